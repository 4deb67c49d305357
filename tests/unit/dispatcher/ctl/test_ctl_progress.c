#include "dispatcher/ctl/ctl_progress.h"

#include "tests/unit/cmocka_test.h"

static void check(
    const struct ctl_progress *progress, int64_t now_ms, const char *expected)
{
	struct strbuf out;

	strbuf_init(&out, STRBUF_NO_LIMIT);
	ctl_progress_append(&out, progress, now_ms);
	assert_string_equal(strbuf_text(&out), expected);
	strbuf_finish(&out);
}

static void test_ctl_progress_on_a_terminal_is_a_bar(void **state)
{
	struct ctl_progress progress = {
	    .done_word = "replayed", .total = 5000, .is_terminal = true};

	(void)state;
	check(&progress, 0,
	    "[>                       ]   0%  0 of 5000 replayed");
	progress.done = 2100;
	check(&progress, 6770,
	    "[==========>             ]  42%  2100 of 5000 replayed, 310/s, "
	    "10s left");
	progress.done = 5000;
	check(&progress, 10000,
	    "[========================] 100%  5000 of 5000 replayed, 500/s");
}

static void test_ctl_progress_elsewhere_is_plain(void **state)
{
	struct ctl_progress progress = {
	    .done_word = "imported", .done = 30, .started_at_ms = 1000};

	(void)state;
	check(&progress, 1999, "30 imported");
	check(&progress, 4000, "30 imported, 10/s");
	progress.total = 100000;
	check(&progress, 4000, "30 of 100000 imported, 10/s, 2h 46m left");
}

static void test_ctl_progress_past_its_total_has_no_bar(void **state)
{
	struct ctl_progress progress = {.done_word = "purged",
	    .total = 10,
	    .done = 12,
	    .is_terminal = true};

	(void)state;
	check(&progress, 0, "12 of 10 purged");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ctl_progress_on_a_terminal_is_a_bar),
	    cmocka_unit_test(test_ctl_progress_elsewhere_is_plain),
	    cmocka_unit_test(test_ctl_progress_past_its_total_has_no_bar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
