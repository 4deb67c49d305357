#include "common/log/log.h"

#include "common/base/mem.h"
#include "tests/unit/cmocka_test.h"
#include "tests/unit/log_capture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char prefix_end[] = " level=info module=test event=started";

/* Ends the line, and returns what was written. Caller frees with free(). */
static char *end_line(struct log_line *line)
{
	struct log_capture log;

	log_capture_start(&log);
	log_end(line);
	log_capture_end(&log);
	return xstrdup(log.text);
}

static void begin(struct log_line *line)
{
	log_begin(line, LOG_INFO, "test", LOG_STARTED);
}

/* What follows the first keys. */
static const char *tail(const char *text)
{
	const char *end = strstr(text, prefix_end);

	assert_non_null(end);
	return end + strlen(prefix_end);
}

static void assert_value(struct slice value, const char *expected)
{
	struct log_line line;
	char *text;
	char *wanted;

	begin(&line);
	log_slice(&line, "k", value);
	text = end_line(&line);
	wanted = malloc(strlen(expected) + 8);
	assert_non_null(wanted);
	(void)sprintf(wanted, " k=%s\n", expected);
	assert_string_equal(tail(text), wanted);
	free(wanted);
	free(text);
}

/* What follows the pattern, in which N is any digit. */
static const char *match_digits(const char *text, const char *pattern)
{
	for (; *pattern != '\0'; pattern++, text++) {
		if (*pattern == 'N') {
			assert_true(*text >= '0' && *text <= '9');
		} else {
			assert_int_equal(*text, *pattern);
		}
	}
	return text;
}

static void test_log_line_begins_with_the_same_keys(void **state)
{
	struct log_line line;
	char *text;
	const char *rest;

	(void)state;
	begin(&line);
	log_text(&line, "job", "0-1795");
	log_number(&line, "status", -200);
	text = end_line(&line);
	rest = match_digits(text, "ts=NNNN-NN-NNTNN:NN:NN.NNNZ");
	assert_string_equal(rest,
	    " level=info module=test event=started job=0-1795 "
	    "status=-200\n");
	free(text);
}

static void test_log_plain_value_is_not_quoted(void **state)
{
	(void)state;
	assert_value(SLICE_LITERAL("aZ09_.:/@+-"), "aZ09_.:/@+-");
}

static void test_log_value_that_needs_it_is_quoted(void **state)
{
	(void)state;
	assert_value(SLICE_LITERAL(""), "\"\"");
	assert_value(SLICE_LITERAL("a b"), "\"a b\"");
	assert_value(SLICE_LITERAL("a=b"), "\"a=b\"");
	assert_value(SLICE_LITERAL("say \"\\\""), "\"say \\\"\\\\\\\"\"");
	assert_value(SLICE_LITERAL("Grüße 😀"), "\"Grüße 😀\"");
}

static void test_log_controls_and_bad_utf8_are_escaped(void **state)
{
	(void)state;
	assert_value(SLICE_LITERAL("a\nts=1\r\t"), "\"a\\nts=1\\r\\t\"");
	assert_value(SLICE_LITERAL("\0\x1b[2J\x7f"), "\"\\x00\\x1b[2J\\x7f\"");
	/* A C1 control, overlong, surrogate, past Unicode, cut, stray. */
	assert_value(SLICE_LITERAL("\xc2\x9b"), "\"\\xc2\\x9b\"");
	assert_value(SLICE_LITERAL("\xc0\xaf"), "\"\\xc0\\xaf\"");
	assert_value(SLICE_LITERAL("\xe0\x80\xaf"), "\"\\xe0\\x80\\xaf\"");
	assert_value(SLICE_LITERAL("\xed\xa0\x80"), "\"\\xed\\xa0\\x80\"");
	assert_value(
	    SLICE_LITERAL("\xf0\x80\x80\xaf"), "\"\\xf0\\x80\\x80\\xaf\"");
	assert_value(
	    SLICE_LITERAL("\xf4\x90\x80\x80"), "\"\\xf4\\x90\\x80\\x80\"");
	assert_value(SLICE_LITERAL("\xe2\x82"), "\"\\xe2\\x82\"");
	assert_value(SLICE_LITERAL("\x80z"), "\"\\x80z\"");
}

static void test_log_null_text_is_empty(void **state)
{
	struct log_line line;
	char *text;

	(void)state;
	begin(&line);
	log_text(&line, "k", NULL);
	text = end_line(&line);
	assert_string_equal(tail(text), " k=\"\"\n");
	free(text);
}

/* However long the value, one whole line that says it is cut, never half an
 * escape, and its quote closed. */
static void assert_cut(char fill, const char *unit)
{
	char value[LOG_LINE_MAX];

	memset(value, fill, sizeof(value));
	for (size_t len = LOG_LINE_MAX - 60; len < sizeof(value); len++) {
		struct log_line line;
		char *text;
		const char *c;

		begin(&line);
		log_text(&line, "note", "a b");
		log_slice(&line, "k", slice_make(value, len));
		log_number(&line, "late", 7);
		assert_true(line.is_cut);
		text = end_line(&line);
		assert_true(strlen(text) <= LOG_LINE_MAX);
		c = tail(text);
		assert_memory_equal(c, " note=\"a b\" k=\"", 15);
		for (c += 15; *c != '"'; c += strlen(unit)) {
			assert_memory_equal(c, unit, strlen(unit));
		}
		assert_string_equal(c, "\" cut=true\n");
		free(text);
	}
}

static void test_log_long_line_is_cut_between_characters(void **state)
{
	(void)state;
	assert_cut('\x01', "\\x01");
	assert_cut('\n', "\\n");
	assert_cut(' ', " ");
}

static void test_log_long_plain_value_is_cut(void **state)
{
	char value[LOG_LINE_MAX];
	struct log_line line;
	char *text;

	(void)state;
	memset(value, 'x', sizeof(value));
	begin(&line);
	log_slice(&line, "k", slice_make(value, sizeof(value)));
	text = end_line(&line);
	assert_true(strlen(text) <= LOG_LINE_MAX);
	assert_string_equal(text + strlen(text) - 12, "xx cut=true\n");
	free(text);
}

static void test_log_pair_that_does_not_fit_is_left_out_whole(void **state)
{
	char value[LOG_LINE_MAX];

	(void)state;
	memset(value, 'x', sizeof(value));
	for (size_t len = LOG_LINE_MAX - 140; len < LOG_LINE_MAX - 60; len++) {
		struct log_line line;
		const char *c;
		char *text;

		begin(&line);
		log_slice(&line, "k", slice_make(value, len));
		log_number(&line, "status", 1234567);
		text = end_line(&line);
		c = tail(text) + 3;
		c += strspn(c, "x");
		assert_true(strcmp(c, " status=1234567\n") == 0 ||
		    strcmp(c, " cut=true\n") == 0);
		free(text);
	}
}

static void test_log_plain_value_of_which_nothing_fits_takes_its_key_along(
    void **state)
{
	char value[LOG_LINE_MAX];
	int whole = 0;
	int cut = 0;
	int left_out = 0;

	(void)state;
	memset(value, 'x', sizeof(value));
	for (size_t len = LOG_LINE_MAX - 140; len < LOG_LINE_MAX - 60; len++) {
		struct log_line line;
		const char *c;
		char *text;

		begin(&line);
		log_slice(&line, "k", slice_make(value, len));
		log_text(&line, "key", "yyyyy");
		text = end_line(&line);
		c = tail(text) + 3;
		c += strspn(c, "x");
		if (strcmp(c, " cut=true\n") == 0) {
			left_out++;
		} else {
			assert_memory_equal(c, " key=y", 6);
			c += 5 + strspn(c + 5, "y");
			if (strcmp(c, "\n") == 0) {
				whole++;
			} else {
				assert_string_equal(c, " cut=true\n");
				cut++;
			}
		}
		free(text);
	}
	assert_true(whole > 0 && cut == 4 && left_out > 0);
}

static void test_log_below_the_level_writes_nothing(void **state)
{
	struct log_line line;
	char *text;

	(void)state;
	log_set_level(LOG_WARN);
	assert_false(log_is_on(LOG_INFO));
	assert_true(log_is_on(LOG_ERROR));
	begin(&line);
	log_text(&line, "k", "v");
	text = end_line(&line);
	log_set_level(LOG_INFO);
	assert_string_equal(text, "");
	free(text);
}

static void test_log_level_parse_takes_the_four_names(void **state)
{
	enum log_level level = LOG_ERROR;

	(void)state;
	for (int i = LOG_DEBUG; i <= LOG_ERROR; i++) {
		const char *name = log_level_name((enum log_level)i);

		assert_true(log_level_parse(slice_of(name), &level));
		assert_int_equal(level, i);
	}
	assert_false(log_level_parse(slice_of("Info"), &level));
	assert_false(log_level_parse(slice_of(""), &level));
}

static void test_log_err_says_reason_line_and_column(void **state)
{
	struct log_line line;
	struct err err;
	char *text;

	(void)state;
	err_set_at(&err, 3, 14, "no such key");
	begin(&line);
	log_err(&line, &err);
	log_errno(&line, ECONNREFUSED);
	text = end_line(&line);
	assert_string_equal(tail(text),
	    " reason=\"no such key\" line=3 column=14 "
	    "errno=\"Connection refused\"\n");
	free(text);
}

static void test_log_events_have_unique_names(void **state)
{
	(void)state;
	for (int i = 0; i < LOG_EVENT_COUNT; i++) {
		for (int j = 0; j < i; j++) {
			assert_string_not_equal(
			    log_event_name((enum log_event)i),
			    log_event_name((enum log_event)j));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_log_line_begins_with_the_same_keys),
	    cmocka_unit_test(test_log_plain_value_is_not_quoted),
	    cmocka_unit_test(test_log_value_that_needs_it_is_quoted),
	    cmocka_unit_test(test_log_controls_and_bad_utf8_are_escaped),
	    cmocka_unit_test(test_log_null_text_is_empty),
	    cmocka_unit_test(test_log_long_line_is_cut_between_characters),
	    cmocka_unit_test(test_log_long_plain_value_is_cut),
	    cmocka_unit_test(test_log_pair_that_does_not_fit_is_left_out_whole),
	    cmocka_unit_test(
		test_log_plain_value_of_which_nothing_fits_takes_its_key_along),
	    cmocka_unit_test(test_log_below_the_level_writes_nothing),
	    cmocka_unit_test(test_log_level_parse_takes_the_four_names),
	    cmocka_unit_test(test_log_err_says_reason_line_and_column),
	    cmocka_unit_test(test_log_events_have_unique_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
