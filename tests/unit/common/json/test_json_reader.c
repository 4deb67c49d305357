#include "common/json/json_reader.h"

#include <stdlib.h>

#include "tests/unit/cmocka_test.h"
#include "tests/unit/common/json/json_print.h"

/* A text and what it becomes, as json_print.h prints it. */
struct reading {
	const char *text;
	const char *value;
};

static void assert_reads(const char *text, size_t len, const char *value)
{
	struct strbuf out;
	struct strbuf line;
	struct err err = {.line = 0};

	strbuf_init(&out, STRBUF_NO_LIMIT);
	strbuf_init(&line, STRBUF_NO_LIMIT);
	if (!json_read(slice_make(text, len), JSON_DEPTH_LIMIT, &out, &err)) {
		fail_msg("%s: %d:%d: %s", text, err.line, err.column, err.text);
	}
	assert_true(json_check(slice_make(text, len), JSON_DEPTH_LIMIT, &err));
	assert_string_equal(print_msgpack(strbuf_slice(&out), &line), value);
	strbuf_finish(&line);
	strbuf_finish(&out);
}

static void assert_reads_all(const struct reading *readings, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		assert_reads(readings[i].text, strlen(readings[i].text),
		    readings[i].value);
	}
}

static void test_json_read_scalars_and_containers_become_msgpack(void **state)
{
	static const struct reading readings[] = {
	    {"null", "null"},
	    {"true", "true"},
	    {"false", "false"},
	    {"\"\"", "\"\""},
	    {"\"text\"", "\"text\""},
	    {"0", "0"},
	    {"[]", "[]"},
	    {"{}", "{}"},
	    {"[[],{},[{}]]", "[[],{},[{}]]"},
	    {"{\"\":{\"a\":[1,2,3],\"b\":null}}",
		"{\"\":{\"a\":[1,2,3],\"b\":null}}"},
	    {" \t\r\n[ 1 , 2 ]\n", "[1,2]"},
	    {" { \"a\" : true , \"b\" : false } ", "{\"a\":true,\"b\":false}"},
	    {"{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":1,\"b\":2,\"a\":3}"},
	};

	(void)state;
	assert_reads_all(readings, ARRAY_LEN(readings));
}

static void test_json_read_appends_behind_what_is_there(void **state)
{
	struct strbuf out;

	(void)state;
	strbuf_init(&out, STRBUF_NO_LIMIT);
	strbuf_append_text(&out, "head");
	assert_true(json_read(SLICE_LITERAL("[1]"), 1, &out, NULL));
	assert_true(slice_equal(
	    strbuf_slice(&out), SLICE_LITERAL("head\xdc\x00\x01\x01")));
	assert_false(json_read(SLICE_LITERAL("[1}"), 1, &out, NULL));
	assert_int_equal(out.len, 8);
	assert_false(strbuf_failed(&out));
	strbuf_finish(&out);
}

static void assert_refuses(struct slice text)
{
	struct strbuf out;

	strbuf_init(&out, STRBUF_NO_LIMIT);
	if (json_read(text, JSON_DEPTH_LIMIT, &out, NULL)) {
		fail_msg("%.*s was accepted", SLICE_ARGS(text));
	}
	assert_false(json_check(text, JSON_DEPTH_LIMIT, NULL));
	assert_int_equal(out.len, 0);
	assert_false(strbuf_failed(&out));
	strbuf_finish(&out);
}

static void test_json_read_what_is_not_json_is_refused(void **state)
{
	static const char *const texts[] = {"", " ", "\t\r\n", "[", "]", "{",
	    "}", ",", ":", "\"", "\\", "[1", "[1,", "[1,]", "[,]", "[,1]",
	    "[1,,1]", "[1 1]", "[1}", "[1:1]", "[\"a\"", "[[]", "[]]", "{]",
	    "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}",
	    "{\"a\" 1}", "{\"a\",1}", "{\"a\":1:2}", "{\"a\":1 \"b\":2}",
	    "{:1}", "{1:1}", "{a:1}", "{'a':1}", "{null:1}", "{\"a\":a}",
	    "{\"a\":,}", "{,\"a\":1}", "{\"a\":1}}", "{\"a\":1}{}", "[][]",
	    "1 1", "null null", "nul", "nulll", "Null", "NULL", "tru", "truee",
	    "True", "fals", "FALSE", "true1", "true\"", "nulltrue", "'a'",
	    "\"a\" \"b\"", "\"a", "\"a\\\"", "\"\n\"", "undefined", "[]//",
	    "/**/[]", "[]#", "\f[]", "\v[]", "\xc2\xa0[]", "\xe2\x80\xa8[]",
	    "\xef\xbb\xbf[]", "\xef\xbb[]", "[\xef\xbb\xbf]", "\x7f", "<a/>",
	    "[1\x01]", "=", "@", "*", "(1)", "`a`", "\xff"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		assert_refuses(slice_of(texts[i]));
	}
	assert_refuses(slice_make(NULL, 0));
	assert_refuses(SLICE_LITERAL("\0"));
	assert_refuses(SLICE_LITERAL("[]\0"));
	assert_refuses(SLICE_LITERAL("1\0"));
	assert_refuses(SLICE_LITERAL("[1,\0 2]"));
	assert_refuses(SLICE_LITERAL("{\"a\"\0:1}"));
}

/* [[[...1...]]] */
static void nest(struct strbuf *text, int depth)
{
	strbuf_clear(text);
	for (int i = 0; i < depth; i++) {
		strbuf_append_char(text, '[');
	}
	strbuf_append_char(text, '1');
	for (int i = 0; i < depth; i++) {
		strbuf_append_char(text, ']');
	}
}

static void test_json_read_depth_is_allowed_up_to_the_limit(void **state)
{
	static const int limits[] = {1, 2, 100, JSON_DEPTH_LIMIT};
	struct strbuf text;
	struct strbuf out;

	(void)state;
	strbuf_init(&text, STRBUF_NO_LIMIT);
	strbuf_init(&out, STRBUF_NO_LIMIT);
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		int limit = limits[i];

		nest(&text, limit);
		strbuf_clear(&out);
		assert_true(json_read(strbuf_slice(&text), limit, &out, NULL));
		assert_int_equal(out.len, 3 * limit + 1);
		for (int level = 0; level < limit; level++) {
			assert_memory_equal(
			    out.data + (size_t)level * 3, "\xdc\x00\x01", 3);
		}
		assert_true(json_check(strbuf_slice(&text), limit, NULL));
		nest(&text, limit + 1);
		assert_false(json_read(strbuf_slice(&text), limit, &out, NULL));
		assert_false(json_check(strbuf_slice(&text), limit, NULL));
	}
	assert_false(json_check(strbuf_slice(&text), 1000, NULL));
	strbuf_finish(&out);
	strbuf_finish(&text);
}

static void test_json_read_deep_nesting_without_end_is_refused(void **state)
{
	struct strbuf text;
	struct err err;

	(void)state;
	strbuf_init(&text, STRBUF_NO_LIMIT);
	for (int i = 0; i < 100000; i++) {
		strbuf_append_text(&text, "{\"\":[");
	}
	assert_false(json_check(strbuf_slice(&text), JSON_DEPTH_LIMIT, &err));
	assert_int_equal(err.column, JSON_DEPTH_LIMIT / 2 * 5 + 1);
	strbuf_finish(&text);
}

/* `count` members of the least text each. */
static void make_members(
    struct strbuf *text, const char *brackets, const char *member, size_t count)
{
	strbuf_clear(text);
	strbuf_append_char(text, brackets[0]);
	for (size_t i = 0; i < count; i++) {
		strbuf_append_text(text, i > 0 ? "," : "");
		strbuf_append_text(text, member);
	}
	strbuf_append_char(text, brackets[1]);
}

static void test_json_read_wide_containers_get_32_bit_heads(void **state)
{
	struct strbuf text;
	struct strbuf out;

	(void)state;
	strbuf_init(&text, STRBUF_NO_LIMIT);
	strbuf_init(&out, STRBUF_NO_LIMIT);
	make_members(&text, "[]", "7", 0xffff);
	assert_true(json_read(strbuf_slice(&text), 1, &out, NULL));
	assert_int_equal(out.len, 3 + 0xffff);
	assert_memory_equal(out.data, "\xdc\xff\xff\x07", 4);
	strbuf_clear(&out);
	make_members(&text, "[]", "7", 0x10000);
	assert_true(json_read(strbuf_slice(&text), 1, &out, NULL));
	assert_int_equal(out.len, 5 + 0x10000);
	assert_memory_equal(out.data, "\xdd\x00\x01\x00\x00\x07", 6);
	assert_int_equal(out.data[out.len - 1], 7);
	strbuf_clear(&out);
	make_members(&text, "{}", "\"\":7", 0x10000);
	assert_true(json_read(strbuf_slice(&text), 1, &out, NULL));
	assert_int_equal(out.len, 5 + 0x20000);
	assert_memory_equal(out.data, "\xdf\x00\x01\x00\x00\xa0\x07", 7);
	assert_true(json_check(strbuf_slice(&text), 1, NULL));
	strbuf_finish(&out);
	strbuf_finish(&text);
}

/* The texts that grow most: nothing is written past what was reserved, or the
 * sanitizers and Valgrind see it. */
static void test_json_read_output_of_the_densest_texts_fits(void **state)
{
	/* Brackets, and what is between them again and again. */
	static const char *const texts[][2] = {
	    {"[]", "-0"},
	    {"[]", "1.5"},
	    {"[]", "[]"},
	    {"[]", "{\"\":-0}"},
	    {"{}", "\"\":1.5"},
	    {"[]", "1e400"},
	};
	struct strbuf text;
	struct strbuf out;

	(void)state;
	strbuf_init(&text, STRBUF_NO_LIMIT);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		for (size_t count = 1; count < 300000; count *= 7) {
			make_members(&text, texts[i][0], texts[i][1], count);
			strbuf_init(&out, STRBUF_NO_LIMIT);
			assert_true(
			    json_read(strbuf_slice(&text), 4, &out, NULL));
			strbuf_finish(&out);
		}
	}
	assert_reads("-0", 2, "f-0");
	strbuf_finish(&text);
}

static void test_json_read_past_the_outputs_limit_fails(void **state)
{
	static const char text[] = "[ \"four\" , \"four\" ]";
	const size_t len = 3 + 5 + 5;
	struct strbuf out;
	struct err err;

	(void)state;
	strbuf_init(&out, len);
	assert_true(json_read(slice_of(text), 1, &out, &err));
	assert_int_equal(out.len, len);
	assert_false(json_read(SLICE_LITERAL("1"), 1, &out, &err));
	assert_true(strbuf_failed(&out));
	assert_int_equal(out.len, len);
	assert_string_equal(err.text, "the output is over its limit");
	assert_int_equal(err.line, 0);
	assert_false(json_read(SLICE_LITERAL("1"), 1, &out, &err));
	strbuf_finish(&out);
	strbuf_init(&out, len - 1);
	assert_false(json_read(slice_of(text), 1, &out, &err));
	assert_true(strbuf_failed(&out));
	assert_int_equal(out.len, 0);
	strbuf_finish(&out);
}

static void test_json_read_long_strings_and_keys_are_kept(void **state)
{
	const size_t len = 1048576;
	struct strbuf text;

	(void)state;
	strbuf_init(&text, STRBUF_NO_LIMIT);
	strbuf_append_text(&text, "{\"");
	while (text.len < len) {
		strbuf_append_text(&text, "\xd0\xb6 key ");
	}
	strbuf_append_text(&text, "\":[\"");
	while (text.len < 2 * len) {
		strbuf_append_text(&text, "value ");
	}
	strbuf_append_text(&text, "\"]}");
	assert_reads(text.data, text.len, text.data);
	strbuf_finish(&text);
}

static void test_json_check_with_no_error_wanted_still_answers(void **state)
{
	(void)state;
	assert_true(json_check(SLICE_LITERAL("{\"a\":[1.5]}"), 2, NULL));
	assert_false(json_check(SLICE_LITERAL("{\"a\":[1.5}"), 2, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		test_json_read_scalars_and_containers_become_msgpack),
	    cmocka_unit_test(test_json_read_appends_behind_what_is_there),
	    cmocka_unit_test(test_json_read_what_is_not_json_is_refused),
	    cmocka_unit_test(test_json_read_depth_is_allowed_up_to_the_limit),
	    cmocka_unit_test(
		test_json_read_deep_nesting_without_end_is_refused),
	    cmocka_unit_test(test_json_read_wide_containers_get_32_bit_heads),
	    cmocka_unit_test(test_json_read_output_of_the_densest_texts_fits),
	    cmocka_unit_test(test_json_read_past_the_outputs_limit_fails),
	    cmocka_unit_test(test_json_read_long_strings_and_keys_are_kept),
	    cmocka_unit_test(
		test_json_check_with_no_error_wanted_still_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
