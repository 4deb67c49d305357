#include "common/job/outcome.h"

#include "tests/unit/cmocka_test.h"

static void test_outcome_parse_takes_back_every_name(void **state)
{
	(void)state;
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		const char *name = outcome_name((enum outcome)i);
		enum outcome outcome = OUTCOME_COUNT;

		assert_true(outcome_parse(slice_of(name), &outcome));
		assert_int_equal(outcome, i);
	}
}

static void test_outcome_parse_refuses_other_words(void **state)
{
	const char *const words[] = {
	    "", "Delivered", "delivered ", "deliver", "dead"};
	enum outcome outcome;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		assert_false(outcome_parse(slice_of(words[i]), &outcome));
	}
}

static void test_outcome_names_are_those_of_the_design(void **state)
{
	(void)state;
	assert_string_equal(outcome_name(OUTCOME_DELIVERED), "delivered");
	assert_string_equal(
	    outcome_name(OUTCOME_NETWORK_ERROR), "network_error");
	assert_string_equal(outcome_name(OUTCOME_RELEASED), "released");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_outcome_parse_takes_back_every_name),
	    cmocka_unit_test(test_outcome_parse_refuses_other_words),
	    cmocka_unit_test(test_outcome_names_are_those_of_the_design),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
