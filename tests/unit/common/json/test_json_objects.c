#include <stdlib.h>

#include "common/json/json_reader.h"
#include "tests/unit/cmocka_test.h"
#include "tests/unit/common/json/json_print.h"

enum {
	OBJECTS_MAX = 3,
};

struct body {
	struct strbuf out;
	struct strbuf line;
	struct json_object *objects;
	size_t count;
	struct err err;
};

/* Asks for user_id and device_id. */
static bool read_body(struct body *body, struct slice text)
{
	const struct json_objects_query query = {
	    .max_depth = 4,
	    .max_objects = OBJECTS_MAX,
	    .names = {SLICE_LITERAL("user_id"), SLICE_LITERAL("device_id")},
	    .name_count = 2,
	};

	memset(body, 0, sizeof(*body));
	strbuf_init(&body->out, STRBUF_NO_LIMIT);
	strbuf_init(&body->line, STRBUF_NO_LIMIT);
	return json_read_objects(
	    text, &query, &body->out, &body->objects, &body->count, &body->err);
}

static void body_finish(struct body *body)
{
	free(body->objects);
	strbuf_finish(&body->line);
	strbuf_finish(&body->out);
}

static void test_json_read_objects_one_object_is_captured(void **state)
{
	struct body body;

	(void)state;
	assert_true(read_body(&body,
	    SLICE_LITERAL(" {\"user_id\":\"u\",\"a\":{\"device_id\":1},"
			  "\"b\":[{\"user_id\":2}]} ")));
	assert_int_equal(body.count, 1);
	assert_string_equal(print_msgpack(body.objects[0].msgpack, &body.line),
	    "{\"user_id\":\"u\",\"a\":{\"device_id\":1},"
	    "\"b\":[{\"user_id\":2}]}");
	assert_string_equal(
	    print_msgpack(body.objects[0].members[0], &body.line), "\"u\"");
	assert_int_equal(body.objects[0].members[1].len, 0);
	body_finish(&body);
}

static void test_json_read_objects_array_yields_each_object(void **state)
{
	struct body body;

	(void)state;
	assert_true(read_body(&body,
	    SLICE_LITERAL("[{\"device_id\":[1]}, {} ,{\"user_id\":null}]")));
	assert_int_equal(body.count, 3);
	assert_string_equal(
	    print_msgpack(body.objects[0].members[1], &body.line), "[1]");
	assert_string_equal(
	    print_msgpack(body.objects[1].msgpack, &body.line), "{}");
	assert_int_equal(body.objects[1].members[1].len, 0);
	assert_string_equal(
	    print_msgpack(body.objects[2].members[0], &body.line), "null");
	assert_int_equal(body.out.len,
	    body.objects[0].msgpack.len + body.objects[1].msgpack.len +
		body.objects[2].msgpack.len);
	body_finish(&body);
}

static void test_json_read_objects_empty_array_has_none(void **state)
{
	struct body body;

	(void)state;
	assert_true(read_body(&body, SLICE_LITERAL(" [ ] ")));
	assert_int_equal(body.count, 0);
	assert_null(body.objects);
	assert_int_equal(body.out.len, 0);
	body_finish(&body);
}

static void test_json_read_objects_member_there_twice_is_the_last(void **state)
{
	struct body body;

	(void)state;
	assert_true(read_body(
	    &body, SLICE_LITERAL("{\"user_id\":[1,2],\"user_id\":\"last\"}")));
	assert_string_equal(
	    print_msgpack(body.objects[0].members[0], &body.line), "\"last\"");
	body_finish(&body);
}

/* Nor is what only starts like it, nor the same name further in. */
static void test_json_read_objects_other_names_are_not_captured(void **state)
{
	struct body body;

	(void)state;
	assert_true(read_body(&body,
	    SLICE_LITERAL("{\"user_i\":1,\"user_id2\":2,\"User_id\":3,"
			  "\"user_id\\u0000\":4,\"\":5,"
			  "\"o\":{\"user_id\":6},\"a\":[{\"device_id\":7}]}")));
	assert_int_equal(body.objects[0].members[0].len, 0);
	assert_int_equal(body.objects[0].members[1].len, 0);
	body_finish(&body);
}

static void test_json_read_objects_escaped_name_is_captured(void **state)
{
	struct body body;

	(void)state;
	assert_true(
	    read_body(&body, SLICE_LITERAL("{\"\\u0075ser\\u005fid\":1}")));
	assert_string_equal(
	    print_msgpack(body.objects[0].members[0], &body.line), "1");
	body_finish(&body);
}

/* Names of more than 31 and of more than 255 bytes have longer heads. */
static void test_json_read_objects_long_names_are_captured(void **state)
{
	static const size_t lens[] = {0, 31, 32, 255, 256, 65535, 65536};
	struct json_objects_query query = {
	    .max_depth = 1, .max_objects = 1, .name_count = 1};
	struct strbuf text;
	struct body body;

	(void)state;
	strbuf_init(&text, STRBUF_NO_LIMIT);
	for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
		memset(&body, 0, sizeof(body));
		strbuf_init(&body.out, STRBUF_NO_LIMIT);
		strbuf_clear(&text);
		strbuf_append_text(&text, "{\"");
		while (text.len < lens[i] + 2) {
			strbuf_append_char(&text, 'n');
		}
		strbuf_append_text(&text, "\":true}");
		query.names[0] = slice_make(text.data + 2, lens[i]);
		assert_true(json_read_objects(strbuf_slice(&text), &query,
		    &body.out, &body.objects, &body.count, NULL));
		assert_int_equal(body.objects[0].members[0].len, 1);
		assert_int_equal(
		    (unsigned char)body.objects[0].members[0].data[0], 0xc3);
		body_finish(&body);
	}
	strbuf_finish(&text);
}

/* The head grows by two bytes when the object ends, and what was captured is
 * behind it. */
static void test_json_read_objects_wide_object_keeps_its_captures(void **state)
{
	struct strbuf text;
	struct body body;

	(void)state;
	strbuf_init(&text, STRBUF_NO_LIMIT);
	strbuf_append_text(
	    &text, "[{\"user_id\":\"first\"},{\"user_id\":\"u\"");
	for (int i = 0; i < 70000; i++) {
		strbuf_append_text(&text, ",\"\":0");
	}
	strbuf_append_text(&text, ",\"device_id\":\"d\"},{\"user_id\":3}]");
	assert_true(read_body(&body, strbuf_slice(&text)));
	assert_int_equal(body.count, 3);
	assert_string_equal(
	    print_msgpack(body.objects[0].members[0], &body.line), "\"first\"");
	assert_string_equal(
	    print_msgpack(body.objects[1].members[0], &body.line), "\"u\"");
	assert_string_equal(
	    print_msgpack(body.objects[1].members[1], &body.line), "\"d\"");
	assert_string_equal(print_msgpack(body.objects[2].msgpack, &body.line),
	    "{\"user_id\":3}");
	assert_memory_equal(
	    body.objects[1].msgpack.data, "\xdf\x00\x01\x11\x72", 5);
	body_finish(&body);
	strbuf_finish(&text);
}

static void assert_refused(
    struct slice text, int line, int column, const char *error)
{
	struct body body;

	assert_false(read_body(&body, text));
	assert_string_equal(body.err.text, error);
	assert_int_equal(body.err.line, line);
	assert_int_equal(body.err.column, column);
	assert_null(body.objects);
	assert_int_equal(body.count, 0);
	assert_int_equal(body.out.len, 0);
	body_finish(&body);
}

static void test_json_read_objects_other_values_are_refused(void **state)
{
	static const char *const scalars[] = {"1", "\"a\"", "true", "null"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(scalars); i++) {
		assert_refused(slice_of(scalars[i]), 1, 1,
		    "the JSON is neither an object nor an array of objects");
	}
	assert_refused(SLICE_LITERAL("[{},\n 1]"), 2, 2,
	    "element 1 of the array is no object");
	assert_refused(SLICE_LITERAL("[[{}]]"), 1, 2,
	    "element 0 of the array is no object");
}

static void test_json_read_objects_what_is_not_json_is_refused(void **state)
{
	(void)state;
	assert_refused(SLICE_LITERAL(""), 1, 1, "empty: there is no JSON");
	assert_refused(
	    SLICE_LITERAL("{\"a\":1,}"), 1, 7, "trailing comma before '}'");
	assert_refused(SLICE_LITERAL("[{\"a\":1}{}]"), 1, 9,
	    "a comma is missing before '{'");
	assert_refused(
	    SLICE_LITERAL("[{\"a\":1},]"), 1, 9, "trailing comma before ']'");
	assert_refused(SLICE_LITERAL("[{}"), 1, 4,
	    "unexpected end of text inside an array");
	assert_refused(SLICE_LITERAL("{} x"), 1, 4,
	    "unexpected 'x' behind the JSON's end");
	assert_refused(SLICE_LITERAL("[{}]]"), 1, 5,
	    "unexpected ']' behind the JSON's end");
	assert_refused(SLICE_LITERAL("hello"), 1, 1,
	    "only numbers, true, false and null stand without double quotes");
	assert_refused(SLICE_LITERAL("[{},nope]"), 1, 5,
	    "only numbers, true, false and null stand without double quotes");
}

static void test_json_read_objects_limits_are_of_objects_and_depth(void **state)
{
	struct body body;

	(void)state;
	assert_refused(
	    SLICE_LITERAL("[{},{},{},{}]"), 1, 11, "more than 3 objects");
	assert_true(read_body(&body, SLICE_LITERAL("{\"a\":[[[]]]}")));
	body_finish(&body);
	assert_refused(SLICE_LITERAL("{\"a\":[[[[]]]]}"), 1, 9,
	    "arrays and objects are nested more than 4 deep");
	assert_refused(SLICE_LITERAL("[{\"a\":[[[]]]}]"), 1, 9,
	    "arrays and objects are nested more than 4 deep");
}

static void test_json_read_objects_past_the_outputs_limit_fails(void **state)
{
	const struct json_objects_query query = {
	    .max_depth = 2, .max_objects = 2};
	struct json_object *objects;
	struct strbuf out;
	struct err err;
	size_t count;

	(void)state;
	strbuf_init(&out, 6);
	assert_true(json_read_objects(
	    SLICE_LITERAL("[{},{}]"), &query, &out, &objects, &count, &err));
	free(objects);
	assert_false(json_read_objects(
	    SLICE_LITERAL("{}"), &query, &out, &objects, &count, &err));
	assert_true(strbuf_failed(&out));
	assert_null(objects);
	assert_int_equal(out.len, 6);
	strbuf_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_json_read_objects_one_object_is_captured),
	    cmocka_unit_test(test_json_read_objects_array_yields_each_object),
	    cmocka_unit_test(test_json_read_objects_empty_array_has_none),
	    cmocka_unit_test(
		test_json_read_objects_member_there_twice_is_the_last),
	    cmocka_unit_test(
		test_json_read_objects_other_names_are_not_captured),
	    cmocka_unit_test(test_json_read_objects_escaped_name_is_captured),
	    cmocka_unit_test(test_json_read_objects_long_names_are_captured),
	    cmocka_unit_test(
		test_json_read_objects_wide_object_keeps_its_captures),
	    cmocka_unit_test(test_json_read_objects_other_values_are_refused),
	    cmocka_unit_test(
		test_json_read_objects_what_is_not_json_is_refused),
	    cmocka_unit_test(
		test_json_read_objects_limits_are_of_objects_and_depth),
	    cmocka_unit_test(
		test_json_read_objects_past_the_outputs_limit_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
