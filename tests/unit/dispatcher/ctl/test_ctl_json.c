#include "dispatcher/ctl/ctl_json.h"

#include "common/json/json_reader.h"

#include "tests/unit/cmocka_test.h"

static void check(struct slice msgpack, const char *expected)
{
	struct strbuf out;

	strbuf_init(&out, STRBUF_NO_LIMIT);
	ctl_append_json(&out, msgpack);
	assert_string_equal(strbuf_text(&out), expected);
	strbuf_finish(&out);
}

static void check_json(const char *json, const char *expected)
{
	struct strbuf msgpack;

	strbuf_init(&msgpack, STRBUF_NO_LIMIT);
	assert_true(
	    json_read(slice_of(json), JSON_DEPTH_LIMIT, &msgpack, NULL));
	check(strbuf_slice(&msgpack), expected);
	strbuf_finish(&msgpack);
}

static void test_ctl_json_of_a_body_is_that_body(void **state)
{
	(void)state;
	check_json("{\"a\": [1, {}, []], \"b\": {\"c\": null}, \"c\": true}",
	    "{\n  \"a\": [\n    1,\n    {},\n    []\n  ],\n"
	    "  \"b\": {\n    \"c\": null\n  },\n  \"c\": true\n}");
}

static void test_ctl_json_loses_no_digit(void **state)
{
	static const char *const numbers[] = {"0", "-1", "0.1", "-2.5",
	    "9223372036854775807", "-9223372036854775808",
	    "18446744073709551615", "123456789012345678901234567890",
	    "0.1234567890123456789", "1e400"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		check_json(numbers[i], numbers[i]);
	}
}

static void test_ctl_json_strings_hold_nothing_for_a_terminal(void **state)
{
	(void)state;
	check_json("\"\\\" \\\\ \\n \\u0000 \\u001b \\u009b \\u00e4\"",
	    "\"\\\" \\\\ \\u000a \\u0000 \\u001b \\u009b \xc3\xa4\"");
	check(SLICE_LITERAL("\xa2\xff\xc2"), "\"\\ufffd\\ufffd\"");
}

static void test_ctl_json_of_what_json_has_not_is_null(void **state)
{
	(void)state;
	check(SLICE_LITERAL("\xd4\x02x"), "null"); /* another ext */
	check(SLICE_LITERAL("\xcb\x7f\xf0\0\0\0\0\0\0"), "null"); /* infinite */
	check(SLICE_LITERAL("\x81\x01\x02"), "{\n  \"?\": 2\n}");
}

static void test_ctl_json_of_cut_bytes_ends(void **state)
{
	(void)state;
	check(SLICE_LITERAL(""), "null");
	check(SLICE_LITERAL("\x92\x01"), "[\n  1\n]");
	check(SLICE_LITERAL("\xdd\xff\xff\xff\xff\xc1"), "[\n  null\n]");
}

static void test_ctl_json_tree_takes_numbers_beyond_jansson(void **state)
{
	struct strbuf msgpack;
	json_t *json;

	(void)state;
	strbuf_init(&msgpack, STRBUF_NO_LIMIT);
	assert_true(json_read(SLICE_LITERAL("{\"n\": 18446744073709551615}"),
	    JSON_DEPTH_LIMIT, &msgpack, NULL));
	json = ctl_json_value(strbuf_slice(&msgpack));
	assert_true(json_is_real(json_object_get(json, "n")));
	json_decref(json);
	strbuf_clear(&msgpack);
	assert_true(json_read(
	    SLICE_LITERAL("[1e400]"), JSON_DEPTH_LIMIT, &msgpack, NULL));
	json = ctl_json_value(strbuf_slice(&msgpack));
	assert_true(json_is_string(json));
	json_decref(json);
	strbuf_finish(&msgpack);
}

static void test_ctl_json_text_that_is_no_utf8_is_shown(void **state)
{
	json_t *json = ctl_json_text(SLICE_LITERAL("a\xff\0"));

	(void)state;
	assert_string_equal(json_string_value(json), "a\\xff\\x00");
	json_decref(json);
	assert_true(json_is_null(ctl_json_time(0)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ctl_json_of_a_body_is_that_body),
	    cmocka_unit_test(test_ctl_json_loses_no_digit),
	    cmocka_unit_test(test_ctl_json_strings_hold_nothing_for_a_terminal),
	    cmocka_unit_test(test_ctl_json_of_what_json_has_not_is_null),
	    cmocka_unit_test(test_ctl_json_of_cut_bytes_ends),
	    cmocka_unit_test(test_ctl_json_tree_takes_numbers_beyond_jansson),
	    cmocka_unit_test(test_ctl_json_text_that_is_no_utf8_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
