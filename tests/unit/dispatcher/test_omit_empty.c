#include "dispatcher/omit_empty.h"

#include <string.h>

#include "common/base/attr.h"
#include "common/base/slice.h"
#include "common/json/json_reader.h"

#include "tests/unit/cmocka_test.h"

static void check_keeping(
    char *const *keep, size_t count, const char *json, const char *expected)
{
	struct strbuf text;

	assert_true(json_check(slice_of(json), JSON_DEPTH_LIMIT, NULL));
	strbuf_init(&text, STRBUF_NO_LIMIT);
	strbuf_append_text(&text, json);
	omit_empty(&text, keep, count);
	assert_string_equal(strbuf_text(&text), expected);
	assert_true(json_check(strbuf_slice(&text), JSON_DEPTH_LIMIT, NULL));
	/* What is left has nothing to omit. */
	omit_empty(&text, keep, count);
	assert_string_equal(strbuf_text(&text), expected);
	strbuf_finish(&text);
}

static void check(const char *json, const char *expected)
{
	check_keeping(NULL, 0, json, expected);
}

static void check_same(const char *json)
{
	check(json, json);
}

static void test_omit_drops_members_that_are_null_or_empty(void **state)
{
	(void)state;
	check("{\"a\":\"\",\"b\":1}", "{\"b\":1}");
	check("{\"b\":1,\"a\":null}", "{\"b\":1}");
	check("{\"a\":null,\"b\":\"\"}", "{}");
	check("{\"a\":1,\"b\":null,\"c\":2,\"d\":\"\",\"e\":3}",
	    "{\"a\":1,\"c\":2,\"e\":3}");
	check("{\"o\":{\"a\":\"\",\"p\":{\"b\":null}}}", "{\"o\":{\"p\":{}}}");
}

static void test_omit_leaves_all_else_byte_by_byte(void **state)
{
	(void)state;
	check_same("{ \"a\" : 1.50e+10 , \"b\" : [ -0 , 1E2, "
		   "12345678901234567890 ] }");
	check_same("{\"a\":\" \",\"b\":0,\"c\":false,\"d\":[],\"e\":{}}");
	check_same(
	    "{\"a\":[null,\"\",{}],\"b\":\"\\u0022\\\\\",\"n\":\"null\"}");
	check_same(" [ ] ");
	check_same("null");
	check_same("\"\"");
	check_same("[\"\",null]");
	check(" {\n \"a\": 1.0 ,\n \"b\": null ,\n \"c\": 3\n}\n",
	    " {\n \"a\": 1.0 ,\n \"c\": 3\n}\n");
	check("{\n \"b\": null,\n \"c\": 3\n}", "{\n \"c\": 3\n}");
	check("{\n \"c\": 3,\n \"b\": null\n}", "{\n \"c\": 3\n}");
}

static void test_omit_drops_elements_that_lose_their_value(void **state)
{
	(void)state;
	check("{\"f\":[{\"id\":1,\"value\":\"\"},{\"id\":2,\"value\":\"x\"}]}",
	    "{\"f\":[{\"id\":2,\"value\":\"x\"}]}");
	check("[{\"id\":1,\"value\":\"x\"},{\"id\":2,\"value\":null}]",
	    "[{\"id\":1,\"value\":\"x\"}]");
	check("[{\"id\":\"\",\"value\":\"x\"}]", "[{\"value\":\"x\"}]");
	check("[{\"id\":1,\"values\":\"\"}]", "[{\"id\":1}]");
	check("{\"o\":{\"id\":1,\"value\":\"\"}}", "{\"o\":{\"id\":1}}");
	/* Its value is an array that goes. */
	check("[{\"value\":[{\"value\":\"\"}]},{\"value\":[1]}]",
	    "[{\"value\":[1]}]");
}

static void test_omit_drops_arrays_that_lose_all_but_those_to_keep(void **state)
{
	static char name[] = "channels";
	static char other[] = "other";
	char *const keep[] = {other, name};
	const char *json =
	    "{\"fields\":[ {\"id\":1,\"value\":\"\"} ],"
	    "\"channels\":[\n{\"type\":\"email\",\"value\":null}\n]}";

	(void)state;
	check(json, "{}");
	check_keeping(keep, ARRAY_LEN(keep), json, "{\"channels\":[]}");
	check_keeping(keep, ARRAY_LEN(keep), "{\"channels\":null}", "{}");
	check("[[{\"value\":\"\"}],1]", "[[],1]");
	check("[{\"value\":\"\"}]", "[]");
}

static void test_omit_goes_as_deep_as_json_may(void **state)
{
	struct strbuf json;

	(void)state;
	strbuf_init(&json, STRBUF_NO_LIMIT);
	for (int i = 0; i < JSON_DEPTH_LIMIT; i++) {
		strbuf_append_text(&json, "[");
	}
	for (int i = 0; i < JSON_DEPTH_LIMIT; i++) {
		strbuf_append_text(&json, "]");
	}
	check_same(strbuf_text(&json));
	strbuf_finish(&json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_omit_drops_members_that_are_null_or_empty),
	    cmocka_unit_test(test_omit_leaves_all_else_byte_by_byte),
	    cmocka_unit_test(test_omit_drops_elements_that_lose_their_value),
	    cmocka_unit_test(
		test_omit_drops_arrays_that_lose_all_but_those_to_keep),
	    cmocka_unit_test(test_omit_goes_as_deep_as_json_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
