#include "common/base/nearest.h"

#include "tests/unit/cmocka_test.h"

static void assert_hint(const char *typed, const char *expected)
{
	static const char *const known[] = {"redis", "ingest", "dispatcher",
	    "routes", "destinations", "url", "retry", "timeout",
	    "connect_timeout"};
	char hint[NEAREST_HINT_MAX];
	struct nearest nearest;

	nearest_init(&nearest, slice_of(typed));
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		nearest_offer(&nearest, slice_of(known[i]));
	}
	nearest_hint(&nearest, hint);
	assert_string_equal(hint, expected);
}

static void test_nearest_finds_what_was_meant(void **state)
{
	(void)state;
	assert_hint("rediss", "; did you mean redis?");
	assert_hint("Redis", "; did you mean redis?");
	assert_hint("route", "; did you mean routes?");
	assert_hint("dispacher", "; did you mean dispatcher?");
	assert_hint("destination", "; did you mean destinations?");
	assert_hint("uri", "; did you mean url?");
	assert_hint("timeuot", "; did you mean timeout?");
	assert_hint("connect-timeout", "; did you mean connect_timeout?");
}

static void test_nearest_of_another_word_is_nothing(void **state)
{
	(void)state;
	assert_hint("", "");
	assert_hint("x", "");
	assert_hint("kafka", "");
	assert_hint("a_key_that_is_so_long_that_no_table_of_keys_has_ever_had_"
		    "one_like_it_at_all",
	    "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nearest_finds_what_was_meant),
	    cmocka_unit_test(test_nearest_of_another_word_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
