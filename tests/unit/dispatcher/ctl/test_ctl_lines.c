#include "dispatcher/ctl/ctl_lines.h"

#include <string.h>

#include "tests/unit/cmocka_test.h"

enum {
	MAX = 5,
};

static FILE *open_text(char *text)
{
	FILE *file = fmemopen(text, strlen(text), "r");

	assert_non_null(file);
	return file;
}

static void check(
    struct ctl_lines *lines, int64_t number, const char *text, bool is_too_long)
{
	assert_true(ctl_lines_next(lines));
	assert_int_equal(lines->number, number);
	assert_string_equal(strbuf_text(&lines->text), text);
	assert_int_equal(lines->is_too_long, is_too_long);
}

static void test_ctl_lines_are_numbered_and_bounded(void **state)
{
	char text[] = "ab\n\n12345\n1234567\ncd\r\nend";
	FILE *file = open_text(text);
	struct ctl_lines lines;

	(void)state;
	ctl_lines_init(&lines, file, MAX);
	check(&lines, 1, "ab", false);
	check(&lines, 2, "", false);
	check(&lines, 3, "12345", false);
	check(&lines, 4, "12345", true);
	check(&lines, 5, "cd\r", false);
	check(&lines, 6, "end", false);
	assert_false(ctl_lines_next(&lines));
	ctl_lines_finish(&lines);
	(void)fclose(file);
}

static void test_ctl_lines_end_with_the_last_break(void **state)
{
	char text[] = "a\n";
	FILE *file = open_text(text);
	struct ctl_lines lines;

	(void)state;
	ctl_lines_init(&lines, file, MAX);
	check(&lines, 1, "a", false);
	assert_false(ctl_lines_next(&lines));
	ctl_lines_finish(&lines);
	(void)fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ctl_lines_are_numbered_and_bounded),
	    cmocka_unit_test(test_ctl_lines_end_with_the_last_break),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
