#include "tests/unit/cmocka_test.h"

#include "ingest/request.h"

#include "common/base/attr.h"
#include "common/base/mem.h"
#include "common/base/strbuf.h"
#include "common/config/config.h"
#include "common/job/job.h"
#include "common/json/json_reader.h"
#include "common/queue/queue.h"

#include <stdlib.h>
#include <string.h>

enum {
	MAX_BODY = 4096,
	MAX_DEPTH = 8,
	MAX_OBJECTS = 3,
	RECEIVED_AT = 1795166400,
};

static char path[] = "/amplitude/events";
static char user[] = "user_id";
static char device[] = "device_id";
static char uuid[] = "uuid";
static char insert_id[] = "$insert_id";
static int destinations[] = {2, 0};

static const struct config_route route = {
    .path = path,
    .destinations = destinations,
    .destination_count = ARRAY_LEN(destinations),
    .fields =
	{
	    .user = user,
	    .device = device,
	    .uuid = uuid,
	    .insert_id = insert_id,
	},
};

static int set_up(void **state)
{
	*state = request_create(&(struct request_limits){
	    .max_body_bytes = MAX_BODY,
	    .max_depth = MAX_DEPTH,
	    .max_objects = MAX_OBJECTS,
	});
	return 0;
}

static int tear_down(void **state)
{
	request_destroy(*state);
	return 0;
}

static bool read_text(
    struct request *request, const char *body, struct err *err)
{
	return request_read(request, &route, slice_of(body), err);
}

static struct queue_entry entry_of(struct request *request, size_t place)
{
	struct queue_entry entry;

	assert_true(request_entry(request, place, RECEIVED_AT, &entry));
	return entry;
}

static void assert_slice(struct slice actual, const char *expected)
{
	if (!slice_is(actual, expected)) {
		fail_msg(
		    "is \"%.*s\", not \"%s\"", SLICE_ARGS(actual), expected);
	}
}

/* The job that the entry's body will be, behind a head as Redis makes it. */
static void decode(
    const struct queue_entry *entry, struct strbuf *element, struct job *job)
{
	static const char head[JOB_HEAD_BYTES] = {JOB_HEAD_VERSION};
	struct err err;

	strbuf_init(element, STRBUF_NO_LIMIT);
	strbuf_append(element, head, sizeof(head));
	strbuf_append_slice(element, entry->body);
	if (!job_decode(strbuf_slice(element), job, &err)) {
		fail_msg("no job: %s", err.text);
	}
}

static void test_request_of_one_object_gives_one_entry(void **state)
{
	struct request *request = *state;
	struct queue_entry entry;
	struct strbuf element;
	struct strbuf object;
	struct job job;

	assert_true(read_text(request,
	    "{\"user_id\":\"u1\",\"uuid\":\"d-1\",\"n\":[1,2]}", NULL));
	assert_int_equal(request_count(request), 1);
	entry = entry_of(request, 0);
	assert_slice(entry.group, "u:u1");
	assert_true(entry.has_delivery_id);
	assert_ptr_equal(entry.destinations, destinations);
	assert_int_equal(entry.destination_count, 2);

	decode(&entry, &element, &job);
	assert_slice(job.body.route, path);
	assert_slice(job.body.delivery_id, "d-1");
	assert_int_equal(job.body.received_at_ms, RECEIVED_AT);
	strbuf_init(&object, STRBUF_NO_LIMIT);
	assert_true(json_read(
	    SLICE_LITERAL("{\"user_id\":\"u1\",\"uuid\":\"d-1\",\"n\":[1,2]}"),
	    MAX_DEPTH, &object, NULL));
	assert_true(slice_equal(job.body.object, strbuf_slice(&object)));
	strbuf_finish(&object);
	strbuf_finish(&element);
}

static void test_request_of_array_gives_entries_in_order(void **state)
{
	struct request *request = *state;

	assert_true(read_text(
	    request, " [{\"user_id\":\"a\"}, {\"device_id\":\"b\"}] ", NULL));
	assert_int_equal(request_count(request), 2);
	assert_slice(entry_of(request, 0).group, "u:a");
	assert_slice(entry_of(request, 1).group, "d:b");
	assert_slice(entry_of(request, 0).group, "u:a");
}

static void test_request_of_empty_array_gives_none(void **state)
{
	assert_true(read_text(*state, "[]", NULL));
	assert_int_equal(request_count(*state), 0);
}

static void test_request_without_delivery_id_is_not_deduplicated(void **state)
{
	assert_true(read_text(*state, "{\"user_id\":\"u1\"}", NULL));
	assert_false(entry_of(*state, 0).has_delivery_id);
}

static void test_request_delivery_digest_is_of_the_delivery(void **state)
{
	struct request *request = *state;
	struct queue_entry first;
	uint8_t digest[IDENTITY_DIGEST_BYTES];

	assert_true(read_text(request,
	    "[{\"user_id\":\"a\",\"uuid\":\"x\"},"
	    "{\"user_id\":\"b\",\"uuid\":\"x\"},"
	    "{\"user_id\":\"a\",\"uuid\":\"y\"}]",
	    NULL));
	first = entry_of(request, 0);
	identity_digest(SLICE_LITERAL("x"), digest);
	assert_memory_equal(first.delivery_digest, digest, sizeof(digest));
	assert_memory_equal(
	    entry_of(request, 1).delivery_digest, digest, sizeof(digest));
	assert_memory_not_equal(
	    entry_of(request, 2).delivery_digest, digest, sizeof(digest));
}

static void test_request_insert_id_with_device_is_a_delivery_id(void **state)
{
	struct queue_entry entry;
	struct strbuf element;
	struct job job;

	assert_true(read_text(
	    *state, "{\"device_id\":\"d\",\"$insert_id\":\"i\"}", NULL));
	entry = entry_of(*state, 0);
	assert_true(entry.has_delivery_id);
	decode(&entry, &element, &job);
	assert_slice(job.body.delivery_id, "d/i");
	strbuf_finish(&element);
}

static void test_request_of_last_duplicate_key_is_the_one(void **state)
{
	assert_true(
	    read_text(*state, "{\"user_id\":\"a\",\"user_id\":\"b\"}", NULL));
	assert_slice(entry_of(*state, 0).group, "u:b");
}

static void test_request_that_changes_its_user_is_partial(void **state)
{
	static const struct {
		const char *body;
		bool is_partial;
	} rows[] = {
	    {"{}", false},
	    {"{\"user_properties\":{}}", false},
	    {"{\"user_properties\":null}", false},
	    {"{\"user_properties\":\"$set\"}", false},
	    {"{\"user_properties\":[\"$set\"]}", false},
	    {"{\"user_properties\":{\"plan\":\"$set\",\"a$\":1,\"\":2}}",
		false},
	    {"{\"user_properties\":{\"plan\":{\"$set\":{}}}}", false},
	    {"{\"$set\":{},\"event_properties\":{\"$set\":{}}}", false},
	    {"{\"user_properties\":{\"$set\":{\"a\":[1,{}]}}}", true},
	    {"{\"user_properties\":{\"a\":[[],{\"b\":1}],\"$add\":{}}}", true},
	    {"{\"user_properties\":{\"\\u0024unset\":{}}}", true},
	    {"{\"user_properties\":{},\"user_properties\":{\"$x\":1}}", true},
	};
	struct request *request = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_true(read_text(request, rows[i].body, NULL));
		if (entry_of(request, 0).is_partial != rows[i].is_partial) {
			fail_msg("%s", rows[i].body);
		}
	}
}

static void test_request_of_empty_body_is_refused_with_reason(void **state)
{
	static const char *const bodies[] = {"", " ", "\r\n\t "};

	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		struct err err;

		assert_false(read_text(*state, bodies[i], &err));
		assert_non_null(strstr(err.text, "empty"));
		assert_int_equal(err.line, 1);
		assert_int_equal(err.column, 1);
		assert_int_equal(request_count(*state), 0);
	}
}

static void test_request_that_is_no_object_is_refused_with_place(void **state)
{
	static const struct {
		const char *body;
		int line;
		int column;
	} cases[] = {
	    {"42", 1, 1},
	    {"\"text\"", 1, 1},
	    {"null", 1, 1},
	    {"[1]", 1, 2},
	    {"[{},\n []]", 2, 2},
	    {"{\"a\":}", 1, 6},
	    {"{\"a\":1", 1, 7},
	    {"{\"a\":1}x", 1, 8},
	    {"[[[[[[[[[[", 1, 9},
	    {"{\"a\":[[[[[[[[[[", 1, 13},
	    {"[{},{},{},{}]", 1, 11},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err err;

		assert_false(read_text(*state, cases[i].body, &err));
		if (err.line != cases[i].line ||
		    err.column != cases[i].column) {
			fail_msg("%s: %d:%d %s", cases[i].body, err.line,
			    err.column, err.text);
		}
		assert_true(err.text[0] != '\0');
	}
}

static void test_request_after_a_refusal_reads_the_next(void **state)
{
	assert_false(read_text(*state, "{", NULL));
	assert_int_equal(request_count(*state), 0);
	assert_true(read_text(*state, "{\"user_id\":\"u\"}", NULL));
	assert_slice(entry_of(*state, 0).group, "u:u");
	request_clear(*state);
	assert_int_equal(request_count(*state), 0);
}

/* As large as msgpack gets for its text, with every byte of the limit. */
static void test_request_of_the_largest_body_fits(void **state)
{
	static const char *const elements[] = {"-0,", "1.5,", "[],", "{},",
	    "1e9,", "0.1,", "\"\",", "1,", "12345678901234567890123,"};
	struct request *request = *state;

	for (size_t i = 0; i < ARRAY_LEN(elements); i++) {
		struct strbuf body;

		strbuf_init(&body, MAX_BODY);
		strbuf_append_text(&body, "{\"a\":[");
		while (body.len + strlen(elements[i]) + 4 < MAX_BODY) {
			strbuf_append_text(&body, elements[i]);
		}
		strbuf_append_text(&body, "0]}");
		assert_false(strbuf_failed(&body));
		assert_true(
		    request_read(request, &route, strbuf_slice(&body), NULL));
		(void)entry_of(request, 0);
		strbuf_finish(&body);
	}
}

/* The delivery id stands in the job twice: in the object and by itself. */
static void test_request_with_longest_delivery_id_fits(void **state)
{
	static const char format[] = "{\"uuid\":\"%0*d\"}";
	int id_len = MAX_BODY - (int)strlen("{\"uuid\":\"\"}");
	char *body = xasprintf(format, id_len, 7);

	assert_int_equal(strlen(body), MAX_BODY);
	assert_true(read_text(*state, body, NULL));
	assert_true(entry_of(*state, 0).group.len <= IDENTITY_GROUP_MAX + 2);
	free(body);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(test_request_of_one_object_gives_one_entry),
	    TEST(test_request_of_array_gives_entries_in_order),
	    TEST(test_request_of_empty_array_gives_none),
	    TEST(test_request_without_delivery_id_is_not_deduplicated),
	    TEST(test_request_delivery_digest_is_of_the_delivery),
	    TEST(test_request_insert_id_with_device_is_a_delivery_id),
	    TEST(test_request_of_last_duplicate_key_is_the_one),
	    TEST(test_request_that_changes_its_user_is_partial),
	    TEST(test_request_of_empty_body_is_refused_with_reason),
	    TEST(test_request_that_is_no_object_is_refused_with_place),
	    TEST(test_request_after_a_refusal_reads_the_next),
	    TEST(test_request_of_the_largest_body_fits),
	    TEST(test_request_with_longest_delivery_id_fits),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
