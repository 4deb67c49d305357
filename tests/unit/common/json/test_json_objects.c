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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_json_read_objects_one_object_is_captured),
	    cmocka_unit_test(test_json_read_objects_array_yields_each_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
