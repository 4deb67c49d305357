#include "dispatcher/backoff.h"

#include "common/base/rng.h"

#include "tests/unit/cmocka_test.h"

static void test_backoff_doubles_up_to_its_cap(void **state)
{
	(void)state;
	assert_int_equal(backoff_grow(100, 0, 1000), 100);
	assert_int_equal(backoff_grow(100, 1, 1000), 200);
	assert_int_equal(backoff_grow(100, 3, 1000), 800);
	assert_int_equal(backoff_grow(100, 4, 1000), 1000);
	assert_int_equal(backoff_grow(2000, 0, 1000), 1000);
	assert_int_equal(
	    backoff_grow(1, INT64_MAX, INT64_MAX - 1), INT64_MAX - 1);
}

static void test_backoff_is_drawn_evenly(void **state)
{
	struct rng rng;
	int counts[3] = {0};

	(void)state;
	rng_seed(&rng, 1);
	for (int i = 0; i < 3000; i++) {
		int64_t ms = backoff_draw(5, 7, &rng);

		assert_in_range(ms, 5, 7);
		counts[ms - 5]++;
	}
	for (int i = 0; i < 3; i++) {
		assert_in_range(counts[i], 900, 1100);
	}
	assert_int_equal(backoff_draw(7, 5, &rng), 7);
}

static void test_backoff_waits_in_the_upper_half(void **state)
{
	struct rng rng;

	(void)state;
	rng_seed(&rng, 1);
	for (int i = 0; i < 1000; i++) {
		assert_in_range(backoff_wait(100, 2, 1000, &rng), 200, 400);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_backoff_doubles_up_to_its_cap),
	    cmocka_unit_test(test_backoff_is_drawn_evenly),
	    cmocka_unit_test(test_backoff_waits_in_the_upper_half),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
