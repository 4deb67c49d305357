#include "dispatcher/ctl/ctl_text.h"

#include "tests/unit/cmocka_test.h"

static void check(struct strbuf *text, const char *expected)
{
	assert_string_equal(strbuf_text(text), expected);
	strbuf_clear(text);
}

static void test_ctl_text_shows_no_control_character(void **state)
{
	struct strbuf out;

	(void)state;
	strbuf_init(&out, STRBUF_NO_LIMIT);
	ctl_append_shown(&out, SLICE_LITERAL("a\n\t\r\x1b[31m\0\x7f"));
	check(&out, "a\\n\\t\\r\\x1b[31m\\x00\\x7f");
	ctl_append_shown(&out, SLICE_LITERAL("\xc3\xa4 \xc2\x9b \xff\xc3"));
	check(&out, "\xc3\xa4 \\xc2\\x9b \\xff\\xc3");
	ctl_append_shown_lines(&out, SLICE_LITERAL("a\n\tb\x1b"));
	check(&out, "a\n\tb\\x1b\n");
	ctl_append_shown_lines(&out, SLICE_LITERAL("a\n"));
	check(&out, "a\n");
	strbuf_finish(&out);
}

static void test_ctl_text_is_cut_by_characters(void **state)
{
	struct strbuf out;

	(void)state;
	strbuf_init(&out, STRBUF_NO_LIMIT);
	ctl_append_shown_cut(
	    &out, SLICE_LITERAL("\xc3\xa4\xc3\xa4\xc3\xa4"), 2);
	check(&out, "\xc3\xa4\xc3\xa4...");
	ctl_append_shown_cut(&out, SLICE_LITERAL("\xc3\xa4\xc3\xa4"), 2);
	check(&out, "\xc3\xa4\xc3\xa4");
	assert_int_equal(ctl_width(SLICE_LITERAL("\xc3\xa4x")), 2);
	strbuf_finish(&out);
}

static void test_ctl_text_of_an_instant_is_iso_utc(void **state)
{
	struct strbuf out;

	(void)state;
	strbuf_init(&out, STRBUF_NO_LIMIT);
	ctl_append_time(&out, 1795205221007);
	check(&out, "2026-11-20T20:07:01.007Z");
	ctl_append_time(&out, 0);
	check(&out, "-");
	strbuf_finish(&out);
}

static void test_ctl_text_of_a_span_has_two_units(void **state)
{
	static const struct {
		int64_t span_ms;
		const char *expected;
	} cases[] = {
	    {-1, "-"},
	    {0, "0ms"},
	    {999, "999ms"},
	    {1000, "1s"},
	    {61000, "1m 1s"},
	    {60000, "1m"},
	    {3605000, "1h"},
	    {93600000, "1d 2h"},
	};
	struct strbuf out;

	(void)state;
	strbuf_init(&out, STRBUF_NO_LIMIT);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		ctl_append_span(&out, cases[i].span_ms);
		check(&out, cases[i].expected);
	}
	strbuf_finish(&out);
}

static void test_ctl_text_of_one_is_singular(void **state)
{
	(void)state;
	assert_string_equal(ctl_plural(1), "");
	assert_string_equal(ctl_plural(0), "s");
	assert_string_equal(ctl_plural(2), "s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ctl_text_shows_no_control_character),
	    cmocka_unit_test(test_ctl_text_is_cut_by_characters),
	    cmocka_unit_test(test_ctl_text_of_an_instant_is_iso_utc),
	    cmocka_unit_test(test_ctl_text_of_a_span_has_two_units),
	    cmocka_unit_test(test_ctl_text_of_one_is_singular),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
