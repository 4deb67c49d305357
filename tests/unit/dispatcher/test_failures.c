#include "dispatcher/failures.h"

#include "tests/unit/cmocka_test.h"

#include <stdio.h>

/* Of the user of this number. */
static bool note(struct failures *failures, int user)
{
	char group[32];

	(void)snprintf(group, sizeof(group), "u:%d", user);
	return failures_note(failures, slice_of(group));
}

static void test_failures_of_different_groups_in_a_row_are_too_many(
    void **state)
{
	struct failures failures;

	(void)state;
	failures_init(&failures, 3);
	assert_false(note(&failures, 1));
	assert_false(note(&failures, 2));
	assert_true(note(&failures, 3));
	/* Then it counts anew. */
	assert_false(note(&failures, 3));
	assert_false(note(&failures, 2));
	assert_true(note(&failures, 1));
	failures_finish(&failures);
}

static void test_failures_of_few_groups_say_nothing(void **state)
{
	struct failures failures;

	(void)state;
	failures_init(&failures, 3);
	for (int i = 0; i < 1000; i++) {
		assert_false(note(&failures, i % 2));
	}
	failures_finish(&failures);
}

static void test_failures_begin_anew_after_a_success(void **state)
{
	struct failures failures;

	(void)state;
	failures_init(&failures, 2);
	assert_false(note(&failures, 1));
	failures_clear(&failures);
	assert_false(note(&failures, 2));
	assert_true(note(&failures, 1));
	failures_finish(&failures);
}

static void test_failures_of_one_are_too_many_where_it_says_so(void **state)
{
	struct failures failures;

	(void)state;
	failures_init(&failures, 1);
	assert_true(note(&failures, 1));
	assert_true(note(&failures, 1));
	failures_finish(&failures);
}

static void test_failures_without_a_limit_are_never_too_many(void **state)
{
	struct failures failures;

	(void)state;
	failures_init(&failures, 0);
	for (int i = 0; i < 1000; i++) {
		assert_false(note(&failures, i));
	}
	failures_clear(&failures);
	failures_finish(&failures);
}

static void test_failures_tell_thousands_of_groups_apart(void **state)
{
	struct failures failures;

	(void)state;
	failures_init(&failures, 10000);
	for (int i = 1; i < 10000; i++) {
		assert_false(note(&failures, i));
		assert_false(note(&failures, i));
	}
	assert_true(note(&failures, 10000));
	failures_finish(&failures);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		test_failures_of_different_groups_in_a_row_are_too_many),
	    cmocka_unit_test(test_failures_of_few_groups_say_nothing),
	    cmocka_unit_test(test_failures_begin_anew_after_a_success),
	    cmocka_unit_test(
		test_failures_of_one_are_too_many_where_it_says_so),
	    cmocka_unit_test(test_failures_without_a_limit_are_never_too_many),
	    cmocka_unit_test(test_failures_tell_thousands_of_groups_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
