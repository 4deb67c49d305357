#include "dispatcher/ctl/ctl_diff.h"

#include "tests/unit/cmocka_test.h"

static void check(const char *old, const char *new, const char *expected)
{
	struct strbuf out;

	strbuf_init(&out, STRBUF_NO_LIMIT);
	ctl_diff_append(&out, slice_of(old), slice_of(new));
	assert_string_equal(strbuf_text(&out), expected);
	strbuf_finish(&out);
}

static void test_diff_of_equal_texts_is_empty(void **state)
{
	(void)state;
	check("", "", "");
	check("a\nb\n", "a\nb\n", "");
}

static void test_diff_shows_what_went_and_what_came(void **state)
{
	(void)state;
	check("a\nb\nc\n", "a\nx\nc\n", "  a\n- b\n+ x\n  c\n");
	check("a\nc\n", "a\nb\nc\n", "  a\n+ b\n  c\n");
	check("a\nb\n", "a\n", "  a\n- b\n");
	check("", "a\n", "+ a\n");
	check("a\n", "", "- a\n");
}

static void test_diff_keeps_what_both_have_in_between(void **state)
{
	(void)state;
	check("1\na\n2\nb\n3\n", "1\nb\n2\na\n3\n",
	    "  1\n- a\n- 2\n  b\n+ 2\n+ a\n  3\n");
	check("a\nb\nc\nd\n", "b\nc\nx\nd\n", "- a\n  b\n  c\n+ x\n  d\n");
}

static void test_diff_leaves_out_what_is_far_from_a_change(void **state)
{
	(void)state;
	check("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n",
	    "...\n  2\n  3\n  4\n- 5\n+ x\n  6\n  7\n  8\n...\n");
}

static void test_diff_shows_no_control_characters(void **state)
{
	(void)state;
	check("a\n", "\x1b[31m\n", "- a\n+ \\x1b[31m\n");
}

static void test_diff_of_long_texts_is_bounded(void **state)
{
	struct strbuf old;
	struct strbuf new;
	struct strbuf out;

	(void)state;
	strbuf_init(&old, STRBUF_NO_LIMIT);
	strbuf_init(&new, STRBUF_NO_LIMIT);
	strbuf_init(&out, STRBUF_NO_LIMIT);
	for (int i = 0; i < 20000; i++) {
		strbuf_appendf(&old, "%d\n", i);
		strbuf_appendf(&new, "%d\n", -i - 1);
	}
	ctl_diff_append(&out, strbuf_slice(&old), strbuf_slice(&new));
	assert_true(out.len > old.len + new.len);
	strbuf_finish(&old);
	strbuf_finish(&new);
	strbuf_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_diff_of_equal_texts_is_empty),
	    cmocka_unit_test(test_diff_shows_what_went_and_what_came),
	    cmocka_unit_test(test_diff_keeps_what_both_have_in_between),
	    cmocka_unit_test(test_diff_leaves_out_what_is_far_from_a_change),
	    cmocka_unit_test(test_diff_shows_no_control_characters),
	    cmocka_unit_test(test_diff_of_long_texts_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
