#include "dispatcher/ctl/ctl_point.h"

#include "tests/unit/cmocka_test.h"

static void check(const char *text, int line, int column, const char *expected)
{
	struct strbuf out;

	strbuf_init(&out, STRBUF_NO_LIMIT);
	ctl_append_pointed(&out, slice_of(text), line, column);
	assert_string_equal(strbuf_text(&out), expected);
	strbuf_finish(&out);
}

static void test_point_marks_the_place_in_its_line(void **state)
{
	(void)state;
	check("{\n  \"a\": x\n}", 2, 8, "      \"a\": x\n           ^\n");
	check("{}x", 1, 3, "    {}x\n      ^\n");
}

static void test_point_marks_the_end(void **state)
{
	(void)state;
	check("{\"a\"", 1, 5, "    {\"a\"\n        ^\n");
	check("", 1, 1, "    \n    ^\n");
	check("{\n", 2, 1, "    \n    ^\n");
	check("{", 7, 7, "    \n    ^\n");
}

static void test_point_shows_what_is_around_of_a_long_line(void **state)
{
	char text[300];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	text[149] = '!';
	check(text, 1, 150,
	    " ...aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...\n"
	    "                                                      ^\n");
}

static void test_point_counts_what_is_shown(void **state)
{
	(void)state;
	check("\x1b\xc3\xa9!", 1, 4, "    \\x1b\xc3\xa9!\n         ^\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_point_marks_the_place_in_its_line),
	    cmocka_unit_test(test_point_marks_the_end),
	    cmocka_unit_test(test_point_shows_what_is_around_of_a_long_line),
	    cmocka_unit_test(test_point_counts_what_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
