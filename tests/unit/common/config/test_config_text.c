#include "common/config/config_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/base/arena.h"
#include "common/config/config_yaml.h"

#include "tests/unit/cmocka_test.h"

static void assert_duration(const char *text, int64_t expected)
{
	struct strbuf out;
	int64_t ms = -1;

	assert_true(config_text_duration(slice_of(text), &ms));
	assert_int_equal(ms, expected);
	strbuf_init(&out, STRBUF_NO_LIMIT);
	config_text_append_duration(&out, ms);
	assert_true(config_text_duration(strbuf_slice(&out), &ms));
	assert_int_equal(ms, expected);
	strbuf_finish(&out);
}

static void test_duration_in_every_unit_is_read_and_written(void **state)
{
	(void)state;
	assert_duration("0", 0);
	assert_duration("0s", 0);
	assert_duration("500ms", 500);
	assert_duration("30s", 30000);
	assert_duration("5m", 300000);
	assert_duration("6h", 21600000);
	assert_duration("7d", 604800000);
	assert_duration("90s", 90000);
	assert_duration("9223372036854775807ms", INT64_MAX);
}

static void test_duration_that_is_none_is_refused(void **state)
{
	const char *const texts[] = {"", "5", "s", "-5s", "+5s", "5 s", " 5s",
	    "5s ", "1.5s", "5sec", "5S", "1h30m", "106751991168d",
	    "9223372036854775808ms", "0x5s"};
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		assert_false(config_text_duration(slice_of(texts[i]), &ms));
	}
}

static void test_size_is_read(void **state)
{
	int64_t bytes;

	(void)state;
	assert_true(config_text_size(slice_of("512"), &bytes));
	assert_int_equal(bytes, 512);
	assert_true(config_text_size(slice_of("64KiB"), &bytes));
	assert_int_equal(bytes, 65536);
	assert_true(config_text_size(slice_of("2GiB"), &bytes));
	assert_int_equal(bytes, INT64_C(2147483648));
	assert_false(config_text_size(slice_of("1MB"), &bytes));
	assert_false(config_text_size(slice_of("1M"), &bytes));
	assert_false(config_text_size(slice_of("-1"), &bytes));
	assert_false(config_text_size(slice_of("8589934592GiB"), &bytes));
}

static void test_number_is_written_in_the_largest_exact_unit(void **state)
{
	struct strbuf out;

	(void)state;
	strbuf_init(&out, STRBUF_NO_LIMIT);
	config_text_append_duration(&out, 86400000);
	strbuf_append_char(&out, ' ');
	config_text_append_duration(&out, 90000);
	strbuf_append_char(&out, ' ');
	config_text_append_duration(&out, 1001);
	strbuf_append_char(&out, ' ');
	config_text_append_size(&out, 1024);
	strbuf_append_char(&out, ' ');
	config_text_append_size(&out, 1025);
	strbuf_append_char(&out, ' ');
	config_text_append_size(&out, 0);
	assert_string_equal(strbuf_text(&out), "1d 90s 1001ms 1KiB 1025 0");
	strbuf_finish(&out);
}

static void test_boolean_is_true_or_false_only(void **state)
{
	bool value;

	(void)state;
	assert_true(config_text_boolean(slice_of("true"), &value) && value);
	assert_true(config_text_boolean(slice_of("TRUE"), &value) && value);
	assert_true(config_text_boolean(slice_of("False"), &value) && !value);
	assert_false(config_text_boolean(slice_of("yes"), &value));
	assert_false(config_text_boolean(slice_of("on"), &value));
	assert_false(config_text_boolean(slice_of("1"), &value));
	assert_false(config_text_boolean(slice_of(""), &value));
}

static void assert_expands(
    const char *text, const char *expected, bool expected_secret)
{
	bool is_secret = false;
	struct strbuf out;
	struct err err;

	strbuf_init(&out, STRBUF_NO_LIMIT);
	if (!config_text_expand(slice_of(text), &out, &is_secret, &err)) {
		fail_msg("%s: %s", text, err.text);
	}
	assert_string_equal(strbuf_text(&out), expected);
	assert_int_equal(is_secret, expected_secret);
	strbuf_finish(&out);
}

static void test_expand_puts_variables_in(void **state)
{
	(void)state;
	assert_int_equal(setenv("CONFIG_TEST_A", "va$l${ue", 1), 0);
	assert_expands("", "", false);
	assert_expands("plain $ text $x }", "plain $ text $x }", false);
	assert_expands("${env:CONFIG_TEST_A}", "va$l${ue", true);
	assert_expands("<${env:CONFIG_TEST_A}${env:CONFIG_TEST_A}>",
	    "<va$l${ueva$l${ue>", true);
	assert_expands("$${env:CONFIG_TEST_A}", "${env:CONFIG_TEST_A}", false);
	assert_expands("$$${x}", "$${x}", false);
	assert_expands("$", "$", false);
	assert_expands("$$", "$$", false);
}

/* A fresh file with these bytes; its path in `path`. */
static void make_file(char path[64], const void *bytes, size_t len)
{
	int fd;

	(void)snprintf(path, 64, "%s", "/tmp/relay-test-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	assert_int_equal(close(fd), 0);
}

static void assert_file_expands(const char *contents, const char *expected)
{
	char path[64];
	char text[80];

	make_file(path, contents, strlen(contents));
	(void)snprintf(text, sizeof(text), "${file:%s}", path);
	assert_expands(text, expected, true);
	assert_int_equal(unlink(path), 0);
}

static void test_expand_drops_one_last_line_break_of_a_file(void **state)
{
	(void)state;
	assert_file_expands("secret", "secret");
	assert_file_expands("secret\n", "secret");
	assert_file_expands("secret\r\n", "secret");
	assert_file_expands("secret\n\n", "secret\n");
	assert_file_expands("${env:NO}", "${env:NO}");
}

static void assert_not_expanded(const char *text, const char *reason)
{
	bool is_secret = false;
	struct strbuf out;
	struct err err;

	strbuf_init(&out, STRBUF_NO_LIMIT);
	assert_false(
	    config_text_expand(slice_of(text), &out, &is_secret, &err));
	if (strstr(err.text, reason) == NULL) {
		fail_msg("%s: %s", text, err.text);
	}
	strbuf_finish(&out);
}

static void test_expand_without_what_it_needs_says_what(void **state)
{
	(void)state;
	assert_int_equal(unsetenv("CONFIG_TEST_B"), 0);
	assert_int_equal(setenv("CONFIG_TEST_C", "", 1), 0);
	assert_int_equal(setenv("CONFIG_TEST_D", "\xff", 1), 0);
	assert_not_expanded("a ${env:CONFIG_TEST_B}",
	    "environment variable CONFIG_TEST_B is not set");
	assert_not_expanded("${env:CONFIG_TEST_C}",
	    "environment variable CONFIG_TEST_C is empty");
	assert_not_expanded("${env:CONFIG_TEST_D}", "not UTF-8");
	assert_not_expanded("${env:}", "needs the name");
	assert_not_expanded("${env:A-B}", "needs the name");
	assert_not_expanded("${env:1A}", "needs the name");
	assert_not_expanded("${env:A", "without its }");
	assert_not_expanded("${A}", "unknown ${...}");
	assert_not_expanded("${", "unknown ${...}");
	assert_not_expanded("${file:a}", "begins with /");
	assert_not_expanded("${file:/nowhere/at/all}",
	    "cannot read /nowhere/at/all: No such file or directory");
	assert_not_expanded("${file:/tmp}", "not a regular file");
	assert_not_expanded("${file:/dev/zero}", "not a regular file");
}

static void test_expand_of_a_bad_file_does_not_say_what_is_in_it(void **state)
{
	static char large[64 * 1024 + 1];
	char path[64];
	char text[80];

	(void)state;
	memset(large, 'x', sizeof(large));
	make_file(path, "", 0);
	(void)snprintf(text, sizeof(text), "${file:%s}", path);
	assert_not_expanded(text, "is empty");
	assert_int_equal(unlink(path), 0);

	make_file(path, "a\0b", 3);
	(void)snprintf(text, sizeof(text), "${file:%s}", path);
	assert_not_expanded(text, "not UTF-8 text");
	assert_int_equal(unlink(path), 0);

	make_file(path, large, sizeof(large));
	(void)snprintf(text, sizeof(text), "${file:%s}", path);
	assert_not_expanded(text, "too large");
	assert_int_equal(unlink(path), 0);
}

/* What YAML and config_text_expand make of the quoted text. */
static void assert_quoted_comes_back(struct slice text)
{
	struct config_yaml_node *node;
	bool is_secret = false;
	struct arena arena;
	struct strbuf quoted;
	struct strbuf back;

	arena_init(&arena, CONFIG_YAML_ARENA_BYTES);
	strbuf_init(&quoted, STRBUF_NO_LIMIT);
	strbuf_init(&back, STRBUF_NO_LIMIT);
	config_text_append_quoted(&quoted, text);
	node = config_yaml_parse(strbuf_slice(&quoted), &arena, NULL);
	assert_non_null(node);
	assert_true(
	    config_text_expand(slice_of(node->text), &back, &is_secret, NULL));
	assert_false(is_secret);
	assert_true(slice_equal(strbuf_slice(&back), text));
	strbuf_finish(&back);
	strbuf_finish(&quoted);
	arena_finish(&arena);
}

static void test_quoted_text_comes_back_whatever_is_in_it(void **state)
{
	const char *const texts[] = {"", " ", "a", "\"", "\\", "a\\\"b", "\n",
	    " a\r\n\tb ", "${env:X}", "$${", "$", "# no", "- a: b", "\x7f",
	    "\xc2\x80", "\xc2\x85", "\xc2\xa0", "\xe2\x80\xa8", "\xe2\x80\xa9",
	    "\xef\xbb\xbf", "\xef\xbf\xbe", "\xf0\x9f\x98\x80", "\x01\x1f",
	    "\xed\x9f\xbf\xee\x80\x80", "\xf4\x8f\xbf\xbf"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		assert_quoted_comes_back(slice_of(texts[i]));
	}
	/* Every character that UTF-8 writes in up to two bytes. */
	for (unsigned code = 1; code < 0x800; code++) {
		char bytes[2] = {(char)code};
		size_t len = 1;

		if (code >= 0x80) {
			bytes[0] = (char)(0xc0 | code >> 6);
			bytes[1] = (char)(0x80 | (code & 0x3f));
			len = 2;
		}
		assert_quoted_comes_back(slice_make(bytes, len));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_duration_in_every_unit_is_read_and_written),
	    cmocka_unit_test(test_duration_that_is_none_is_refused),
	    cmocka_unit_test(test_size_is_read),
	    cmocka_unit_test(test_number_is_written_in_the_largest_exact_unit),
	    cmocka_unit_test(test_boolean_is_true_or_false_only),
	    cmocka_unit_test(test_expand_puts_variables_in),
	    cmocka_unit_test(test_expand_drops_one_last_line_break_of_a_file),
	    cmocka_unit_test(test_expand_without_what_it_needs_says_what),
	    cmocka_unit_test(
		test_expand_of_a_bad_file_does_not_say_what_is_in_it),
	    cmocka_unit_test(test_quoted_text_comes_back_whatever_is_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
