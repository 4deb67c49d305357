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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		test_json_read_scalars_and_containers_become_msgpack),
	    cmocka_unit_test(test_json_read_appends_behind_what_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
