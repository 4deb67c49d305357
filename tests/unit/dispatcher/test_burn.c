#include "dispatcher/burn.h"

#include "tests/unit/cmocka_test.h"

static void note(struct burn *burn, bool is_bad, int times)
{
	for (int i = 0; i < times; i++) {
		burn_note(burn, is_bad);
	}
}

static void test_burn_is_over_when_one_more_would_pass_the_limit(void **state)
{
	struct burn burn = {.count = 0};

	(void)state;
	note(&burn, true, 49);
	assert_false(burn_is_over(&burn, 50));
	note(&burn, true, 1);
	assert_true(burn_is_over(&burn, 50));
}

static void test_burn_counts_the_last_hundred_only(void **state)
{
	struct burn burn = {.count = 0};

	(void)state;
	note(&burn, true, 50);
	note(&burn, false, 49);
	assert_true(burn_is_over(&burn, 50));
	/* The hundredth is the first that puts a bad one out. */
	note(&burn, false, 1);
	assert_false(burn_is_over(&burn, 50));
	note(&burn, true, 1);
	assert_false(burn_is_over(&burn, 50));
	note(&burn, false, 49);
	assert_int_equal(burn.bad, 1);
	note(&burn, false, 51);
	assert_int_equal(burn.bad, 0);
}

static void test_burn_never_lets_more_than_the_limit_end_badly(void **state)
{
	struct burn burn = {.count = 0};
	bool ends[1000];
	unsigned chance = 1;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		int bad = 0;

		chance = chance * 1103515245 + 12345;
		/* Four of five are bad: those over the limit are kept. */
		ends[i] = (chance >> 16) % 5 > 0 && !burn_is_over(&burn, 30);
		burn_note(&burn, ends[i]);
		for (int j = i; j >= 0 && j > i - BURN_WINDOW; j--) {
			bad += ends[j];
		}
		assert_true(bad <= 30);
		assert_int_equal(burn.bad, bad);
	}
}

static void test_burn_without_a_limit_is_never_over(void **state)
{
	struct burn burn = {.count = 0};

	(void)state;
	note(&burn, true, 200);
	assert_false(burn_is_over(&burn, 0));
	assert_false(burn_is_over(&burn, 100));
	assert_true(burn_is_over(&burn, 99));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		test_burn_is_over_when_one_more_would_pass_the_limit),
	    cmocka_unit_test(test_burn_counts_the_last_hundred_only),
	    cmocka_unit_test(
		test_burn_never_lets_more_than_the_limit_end_badly),
	    cmocka_unit_test(test_burn_without_a_limit_is_never_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
