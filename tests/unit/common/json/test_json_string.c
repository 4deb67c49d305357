#include <stdlib.h>

#include "common/json/json_reader.h"
#include "tests/unit/cmocka_test.h"
#include "tests/unit/common/json/json_print.h"

/* A string's text between its quotes, and the bytes that it becomes. */
struct string {
	struct slice text;
	struct slice bytes;
};

#define STRING(text, bytes) \
	{ \
		SLICE_LITERAL(text), SLICE_LITERAL(bytes) \
	}

/* Puts the text between quotes in memory of just its size, so that the
 * sanitizers see each byte read behind it. */
static char *quoted(struct slice text)
{
	char *copy = malloc(text.len + 2);

	assert_non_null(copy);
	copy[0] = '"';
	memcpy(copy + 1, text.data, text.len);
	copy[text.len + 1] = '"';
	return copy;
}

static void assert_string(struct slice text, struct slice bytes)
{
	char *copy = quoted(text);
	msgpack_unpacked unpacked;
	struct strbuf out;
	struct err err = {.line = 0};
	size_t used = 0;

	strbuf_init(&out, STRBUF_NO_LIMIT);
	if (!json_read(slice_make(copy, text.len + 2), 0, &out, &err)) {
		fail_msg(
		    "%.*s: %d: %s", SLICE_ARGS(text), err.column, err.text);
	}
	assert_true(json_check(slice_make(copy, text.len + 2), 0, &err));
	msgpack_unpacked_init(&unpacked);
	assert_int_equal(
	    msgpack_unpack_next(&unpacked, out.data, out.len, &used),
	    MSGPACK_UNPACK_SUCCESS);
	assert_int_equal(used, out.len);
	assert_int_equal(unpacked.data.type, MSGPACK_OBJECT_STR);
	assert_int_equal(unpacked.data.via.str.size, bytes.len);
	assert_memory_equal(unpacked.data.via.str.ptr, bytes.data, bytes.len);
	msgpack_unpacked_destroy(&unpacked);
	strbuf_finish(&out);
	free(copy);
}

static void assert_refused(struct slice text)
{
	char *copy = quoted(text);
	struct strbuf out;

	strbuf_init(&out, STRBUF_NO_LIMIT);
	if (json_read(slice_make(copy, text.len + 2), 0, &out, NULL)) {
		fail_msg("%.*s was accepted", SLICE_ARGS(text));
	}
	assert_false(json_check(slice_make(copy, text.len + 2), 0, NULL));
	strbuf_finish(&out);
	free(copy);
}

static void test_json_string_escapes_become_their_characters(void **state)
{
	const struct string strings[] = {
	    STRING("\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"),
	    STRING("\\u0041\\u00e9\\u00E9", "A\xc3\xa9\xc3\xa9"),
	    STRING("\\u007f\\u0080\\u07ff\\u0800\\uffff",
		"\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf"),
	    STRING("\\ud83d\\ude00", "\xf0\x9f\x98\x80"),
	    STRING("\\uD800\\uDC00\\uDBFF\\uDFFF",
		"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"),
	    STRING("\\ud7ff\\ue000", "\xed\x9f\xbf\xee\x80\x80"),
	    STRING("a\\u0000b", "a\0b"),
	    STRING("\\u0000", "\0"),
	    STRING("\\u0022\\u005c", "\"\\"),
	    STRING("12345678\\n12345678\\n", "12345678\n12345678\n"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(strings); i++) {
		assert_string(strings[i].text, strings[i].bytes);
	}
}

static void test_json_string_bad_escapes_are_refused(void **state)
{
	const struct slice texts[] = {
	    SLICE_LITERAL("\\"),
	    SLICE_LITERAL("\\a"),
	    SLICE_LITERAL("\\'"),
	    SLICE_LITERAL("\\0"),
	    SLICE_LITERAL("\\x41"),
	    SLICE_LITERAL("\\U0041"),
	    SLICE_LITERAL("\\\n"),
	    SLICE_LITERAL("\\\0"),
	    SLICE_LITERAL("\\\xc3\xa9"),
	    SLICE_LITERAL("\\u"),
	    SLICE_LITERAL("\\u004"),
	    SLICE_LITERAL("\\u004g"),
	    SLICE_LITERAL("\\u 041"),
	    SLICE_LITERAL("\\u+041"),
	    SLICE_LITERAL("\\u00\xd9\xa1"),
	    SLICE_LITERAL("\\ud800"),
	    SLICE_LITERAL("\\udc00"),
	    SLICE_LITERAL("\\udfff\\ud800"),
	    SLICE_LITERAL("\\ud800\\ud800"),
	    SLICE_LITERAL("\\ud800\\u0041"),
	    SLICE_LITERAL("\\ud800\\n"),
	    SLICE_LITERAL("\\ud800 \\udc00"),
	    SLICE_LITERAL("\\ud800udc00"),
	    SLICE_LITERAL("\\ud83d\\"),
	    SLICE_LITERAL("\\ud83d\\u"),
	    SLICE_LITERAL("\\ud83d\\ude0"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		assert_refused(texts[i]);
	}
}

static void test_json_string_utf8_is_kept_byte_for_byte(void **state)
{
	const struct slice texts[] = {
	    SLICE_LITERAL(""),
	    SLICE_LITERAL("\x7f"),
	    SLICE_LITERAL("\xc2\x80\xdf\xbf"),
	    SLICE_LITERAL("\xe0\xa0\x80\xe0\xbf\xbf\xec\xbf\xbf"),
	    SLICE_LITERAL("\xed\x80\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"),
	    SLICE_LITERAL("\xf0\x90\x80\x80\xf3\xbf\xbf\xbf\xf4\x8f\xbf\xbf"),
	    SLICE_LITERAL("\xef\xbb\xbf"),
	    SLICE_LITERAL("\xef\xbf\xbe\xe2\x80\xa8\xe2\x80\xa9"),
	    SLICE_LITERAL("\xd0\xbb\xd0\xb0\xd0\xbc\xd0\xbf\xd0\xb0 "
			  "\xf0\x9f\x92\xa1 1234567 \xc3\xab"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		assert_string(texts[i], texts[i]);
	}
}

static void test_json_string_that_is_not_utf8_is_refused(void **state)
{
	const struct slice texts[] = {
	    /* Lone and missing continuations. */
	    SLICE_LITERAL("\x80"),
	    SLICE_LITERAL("\xbf"),
	    SLICE_LITERAL("\xc3"),
	    SLICE_LITERAL("\xc3 "),
	    SLICE_LITERAL("\xc3\xc3\xa9"),
	    SLICE_LITERAL("\xe2\x82"),
	    SLICE_LITERAL("\xe2\x82 "),
	    SLICE_LITERAL("\xf0\x9f\x98"),
	    SLICE_LITERAL("\xf0\x9f\x98 "),
	    SLICE_LITERAL("\xc3\xa9\xa9"),
	    /* Overlong forms. */
	    SLICE_LITERAL("\xc0\x80"),
	    SLICE_LITERAL("\xc1\xbf"),
	    SLICE_LITERAL("\xe0\x80\x80"),
	    SLICE_LITERAL("\xe0\x9f\xbf"),
	    SLICE_LITERAL("\xf0\x80\x80\x80"),
	    SLICE_LITERAL("\xf0\x8f\xbf\xbf"),
	    /* Surrogates, and past U+10FFFF. */
	    SLICE_LITERAL("\xed\xa0\x80"),
	    SLICE_LITERAL("\xed\xbf\xbf"),
	    SLICE_LITERAL("\xf4\x90\x80\x80"),
	    SLICE_LITERAL("\xf5\x80\x80\x80"),
	    SLICE_LITERAL("\xf8\x88\x80\x80\x80"),
	    SLICE_LITERAL("\xfe"),
	    SLICE_LITERAL("\xff"),
	    /* Latin-1. */
	    SLICE_LITERAL("caf\xe9 cr\xe8me"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		assert_refused(texts[i]);
	}
}

/* Each byte at each place of a word of eight, before and behind one. */
static void test_json_string_each_byte_at_each_place_is_classed(void **state)
{
	char text[24];
	struct slice slice;

	(void)state;
	for (int c = 0; c < 256; c++) {
		for (size_t place = 0; place < sizeof(text); place++) {
			memset(text, 'a', sizeof(text));
			text[place] = (char)c;
			slice = slice_make(text, sizeof(text));
			if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') {
				assert_string(slice, slice);
			} else if (c != '\\' || place == sizeof(text) - 1) {
				assert_refused(slice);
			}
		}
	}
}

/* Around the lengths at which the head of msgpack's str grows, with and
 * without an escape. */
static void test_json_string_of_any_length_is_kept(void **state)
{
	static const size_t lens[] = {
	    1, 7, 8, 9, 31, 32, 255, 256, 65535, 65536, 1048576};
	struct strbuf bytes;
	struct strbuf text;

	(void)state;
	strbuf_init(&bytes, STRBUF_NO_LIMIT);
	strbuf_init(&text, STRBUF_NO_LIMIT);
	for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
		strbuf_clear(&bytes);
		while (bytes.len < lens[i]) {
			strbuf_append_char(
			    &bytes, (char)('a' + bytes.len % 26));
		}
		assert_string(strbuf_slice(&bytes), strbuf_slice(&bytes));
		strbuf_clear(&text);
		strbuf_append_slice(&text, strbuf_slice(&bytes));
		strbuf_append_text(&text, "\\n");
		strbuf_append_char(&bytes, '\n');
		assert_string(strbuf_slice(&text), strbuf_slice(&bytes));
	}
	strbuf_finish(&text);
	strbuf_finish(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_json_string_escapes_become_their_characters),
	    cmocka_unit_test(test_json_string_bad_escapes_are_refused),
	    cmocka_unit_test(test_json_string_utf8_is_kept_byte_for_byte),
	    cmocka_unit_test(test_json_string_that_is_not_utf8_is_refused),
	    cmocka_unit_test(
		test_json_string_each_byte_at_each_place_is_classed),
	    cmocka_unit_test(test_json_string_of_any_length_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
