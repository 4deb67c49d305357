#include "common/job/job.h"

#include "common/base/mem.h"
#include "tests/unit/cmocka_test.h"

#include <msgpack/unpack.h>

#include <stdlib.h>
#include <string.h>

/* id 0x0102030405060708, order 9, accepted at 1795166400123. */
static const char head[] = "\x02\0\x01\x02\x03\x04\x05\x06\x07\x08"
			   "\0\0\0\0\0\0\0\x09"
			   "\0\0\x01\xa1\xf8\x41\x6e\x7b";

/* {"a": [1, nil], "é": {}} */
static const char object[] = "\x82\xa1\x61\x92\x01\xc0\xa2\xc3\xa9\x80";

static struct job_body make_body(void)
{
	return (struct job_body){
	    .route = SLICE_LITERAL("/amplitude/events"),
	    .delivery_id = SLICE_LITERAL("7b1c-uuid"),
	    .received_at_ms = 1795166400000,
	    .object = SLICE_LITERAL(object),
	};
}

/* Head and body; caller finishes. */
static struct strbuf make_element(const struct job_body *body)
{
	struct strbuf element;

	strbuf_init(&element, STRBUF_NO_LIMIT);
	strbuf_append(&element, head, sizeof(head) - 1);
	job_encode_body(body, &element);
	assert_false(strbuf_failed(&element));
	return element;
}

/* Decodes from memory of just its size, so that a sanitizer sees a read past
 * it. */
static bool decode_copy(struct slice element, struct err *err)
{
	char *copy = xmalloc(element.len);
	struct job job;
	bool is_job;

	if (element.len > 0) {
		memcpy(copy, element.data, element.len);
	}
	is_job = job_decode(slice_make(copy, element.len), &job, err);
	free(copy);
	return is_job;
}

/* Puts `body` behind the head. */
static void assert_body_refused(struct slice body, const char *reason)
{
	struct strbuf element;
	struct err err = {.line = 0};

	strbuf_init(&element, STRBUF_NO_LIMIT);
	strbuf_append(&element, head, sizeof(head) - 1);
	strbuf_append_slice(&element, body);
	assert_false(decode_copy(strbuf_slice(&element), &err));
	if (strstr(err.text, reason) == NULL) {
		fail_msg("'%s' does not say '%s'", err.text, reason);
	}
	strbuf_finish(&element);
}

static void test_job_decode_gives_back_what_was_encoded(void **state)
{
	struct job_body body = make_body();
	struct strbuf element = make_element(&body);
	struct job job;
	struct err err;

	(void)state;
	assert_true(job_decode(strbuf_slice(&element), &job, &err));
	assert_true(job.id == 0x0102030405060708);
	assert_true(job.order == 9);
	assert_true(job.accepted_at_ms == 1795166400123);
	assert_true(slice_equal(job.body.route, body.route));
	assert_true(slice_equal(job.body.delivery_id, body.delivery_id));
	assert_true(job.body.received_at_ms == body.received_at_ms);
	assert_true(slice_equal(job.body.object, body.object));
	strbuf_finish(&element);
}

static void test_job_body_is_the_msgpack_of_the_picture(void **state)
{
	struct job_body body = make_body();
	struct strbuf out;
	msgpack_unpacked unpacked;
	size_t end = 0;

	(void)state;
	strbuf_init(&out, STRBUF_NO_LIMIT);
	job_encode_body(&body, &out);
	msgpack_unpacked_init(&unpacked);
	assert_int_equal(
	    msgpack_unpack_next(&unpacked, out.data, out.len, &end),
	    MSGPACK_UNPACK_SUCCESS);
	assert_int_equal(end, out.len);
	assert_int_equal(unpacked.data.type, MSGPACK_OBJECT_ARRAY);
	assert_int_equal(unpacked.data.via.array.size, 3);
	assert_true(unpacked.data.via.array.ptr[0].via.u64 == 1);
	assert_int_equal(unpacked.data.via.array.ptr[1].via.map.size, 3);
	assert_int_equal(unpacked.data.via.array.ptr[2].via.map.size, 2);
	msgpack_unpacked_destroy(&unpacked);
	strbuf_finish(&out);
}

static void test_job_without_delivery_id_decodes_to_an_empty_one(void **state)
{
	struct job_body body = make_body();
	struct strbuf element;
	struct job job;

	(void)state;
	body.delivery_id = slice_make(NULL, 0);
	element = make_element(&body);
	assert_true(job_decode(strbuf_slice(&element), &job, NULL));
	assert_int_equal(job.body.delivery_id.len, 0);
	strbuf_finish(&element);
}

static void test_job_decode_refuses_every_truncation(void **state)
{
	struct job_body body = make_body();
	struct strbuf element = make_element(&body);

	(void)state;
	for (size_t len = 0; len < element.len; len++) {
		struct err err = {.line = 0};

		assert_false(decode_copy(slice_make(element.data, len), &err));
		assert_true(err.text[0] != '\0');
	}
	assert_true(decode_copy(strbuf_slice(&element), NULL));
	strbuf_finish(&element);
}

static void test_job_decode_refuses_bytes_behind_it(void **state)
{
	struct job_body body = make_body();
	struct strbuf element = make_element(&body);
	struct err err;

	(void)state;
	strbuf_append_char(&element, '\xc0');
	assert_false(decode_copy(strbuf_slice(&element), &err));
	assert_string_equal(err.text, "no job: there is more behind its body");
	strbuf_finish(&element);
}

static void test_job_decode_survives_every_changed_byte(void **state)
{
	struct job_body body = make_body();
	struct strbuf element = make_element(&body);

	(void)state;
	for (size_t i = 0; i < element.len; i++) {
		char kept = element.data[i];

		for (int c = 0; c < 256; c++) {
			element.data[i] = (char)c;
			/* Either is right; only reading outside is not. */
			(void)decode_copy(strbuf_slice(&element), NULL);
		}
		element.data[i] = kept;
	}
	strbuf_finish(&element);
}

static void test_job_decode_says_what_is_wrong(void **state)
{
	(void)state;
#define BODY(bytes) SLICE_LITERAL(bytes)
	assert_body_refused(BODY(""), "no msgpack of ours");
	assert_body_refused(BODY("\xc1"), "no msgpack of ours");
	assert_body_refused(BODY("\x92\x01\x80"), "no msgpack of ours");
	assert_body_refused(BODY("\x93\x02\x80\x80"), "another version");
	assert_body_refused(BODY("\x93\xa1\x31\x80\x80"), "another version");
	assert_body_refused(BODY("\x93\x01\x90\x80"), "no details");
	assert_body_refused(BODY("\x93\x01\x80\x80"), "lacks its route");
	assert_body_refused(BODY("\x93\x01\x81\x01\x01\x80"), "no text");
	assert_body_refused(
	    BODY("\x93\x01\x82\xa1r\x01\xa1t\x01\x80"), "lacks its route");
	assert_body_refused(
	    BODY("\x93\x01\x82\xa1r\xa0\xa1t\xa0\x80"), "lacks its route");
	assert_body_refused(
	    BODY("\x93\x01\x82\xa1r\xa0\xa1t\x01\x90"), "no object");
	assert_body_refused(
	    BODY("\x93\x01\x82\xa1r\xa0\xa1t\x01\x81\xa1x"), "object is cut");
#undef BODY
}

static void test_job_decode_ignores_keys_of_a_later_version(void **state)
{
	static const char element[] =
	    "\x02\0"
	    "\0\0\0\0\0\0\0\x01"
	    "\0\0\0\0\0\0\0\x01"
	    "\0\0\0\0\0\0\0\x01"
	    "\x93\x01\x84\xa1r\xa1/\xa1z\x92\xc0\x81\x01\x02\xa1t\x05"
	    "\xa1\x64\xa1x\x80";
	struct job job;
	struct err err;

	(void)state;
	assert_true(
	    job_decode(slice_make(element, sizeof(element) - 1), &job, &err));
	assert_true(slice_is(job.body.route, "/"));
	assert_true(slice_is(job.body.delivery_id, "x"));
	assert_true(job.body.received_at_ms == 5);
	assert_int_equal(job.body.object.len, 1);
}

/* {"a": {"a": ... 0}}, `depth` maps. Caller frees. */
static char *make_nest(size_t depth, size_t *len)
{
	char *nest = xmalloc(depth * 3 + 1);

	for (size_t i = 0; i < depth; i++) {
		memcpy(nest + i * 3, "\x81\xa1\x61", 3);
	}
	nest[depth * 3] = '\0';
	*len = depth * 3 + 1;
	return nest;
}

static void assert_nest(size_t depth, bool is_job)
{
	struct job_body body = make_body();
	struct strbuf element;
	size_t len;
	char *nest = make_nest(depth, &len);

	body.object = slice_make(nest, len);
	element = make_element(&body);
	assert_int_equal(decode_copy(strbuf_slice(&element), NULL), is_job);
	strbuf_finish(&element);
	free(nest);
}

static void test_job_decode_takes_the_readers_depth_and_no_more(void **state)
{
	(void)state;
	assert_nest(1, true);
	assert_nest(33, true);
	assert_nest(128, true);
	assert_nest(129, false);
	assert_nest(1000000, false);
}

static void test_job_decode_head_needs_the_head_alone(void **state)
{
	struct job job;

	(void)state;
	assert_true(job_decode_head(slice_make(head, sizeof(head) - 1), &job));
	assert_true(job.id == 0x0102030405060708);
	assert_false(
	    job_decode_head(slice_make(head, JOB_HEAD_BYTES - 1), &job));
	assert_false(job_decode_head(slice_make(NULL, 0), &job));
}

static void test_job_decode_head_refuses_other_versions_and_times(void **state)
{
	char bytes[JOB_HEAD_BYTES];
	struct job job;

	(void)state;
	memcpy(bytes, head, sizeof(bytes));
	bytes[0] = 1;
	assert_false(job_decode_head(slice_make(bytes, sizeof(bytes)), &job));
	bytes[0] = JOB_HEAD_VERSION;
	bytes[18] = '\x80';
	assert_false(job_decode_head(slice_make(bytes, sizeof(bytes)), &job));
}

static void test_job_decode_head_knows_its_flags_and_no_others(void **state)
{
	char bytes[JOB_HEAD_BYTES];
	struct job job;

	(void)state;
	memcpy(bytes, head, sizeof(bytes));
	for (int flags = 0; flags < 256; flags++) {
		bytes[1] = (char)flags;
		assert_int_equal(
		    job_decode_head(slice_make(bytes, sizeof(bytes)), &job),
		    flags <= JOB_FLAGS);
		assert_int_equal(job.flags, flags <= JOB_FLAGS ? flags : 0);
	}
}

/* The element of `body` with what was sent behind its head; caller finishes. */
static struct strbuf make_sent_element(const char *length, struct slice sent)
{
	struct job_body body = make_body();
	struct strbuf element;

	strbuf_init(&element, STRBUF_NO_LIMIT);
	strbuf_append(&element, head, sizeof(head) - 1);
	element.data[1] = JOB_PARTIAL | JOB_AS_SENT;
	strbuf_append(&element, length, 4);
	strbuf_append_slice(&element, sent);
	job_encode_body(&body, &element);
	assert_false(strbuf_failed(&element));
	return element;
}

static void test_job_decode_finds_the_body_as_it_was_sent(void **state)
{
	struct strbuf element =
	    make_sent_element("\0\0\0\x0d", SLICE_LITERAL("{\"sent\":true}"));
	struct job_body body = make_body();
	struct job job;
	struct err err;

	(void)state;
	assert_true(job_decode(strbuf_slice(&element), &job, &err));
	assert_int_equal(job.flags, JOB_PARTIAL | JOB_AS_SENT);
	assert_true(slice_is(job.as_sent, "{\"sent\":true}"));
	assert_true(slice_equal(job.body.object, body.object));
	for (size_t len = 0; len < element.len; len++) {
		assert_false(decode_copy(slice_make(element.data, len), NULL));
	}
	strbuf_finish(&element);
}

static void test_job_decode_refuses_more_sent_than_there_is(void **state)
{
	static const char *const lengths[] = {
	    "\0\0\xff\xff", "\xff\xff\xff\xff"};
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		struct strbuf element =
		    make_sent_element(lengths[i], SLICE_LITERAL("{}"));

		assert_false(decode_copy(strbuf_slice(&element), &err));
		assert_string_equal(
		    err.text, "no job: the body as it was sent is cut");
		strbuf_finish(&element);
	}
}

static void test_job_encode_body_past_the_limit_fails_the_buffer(void **state)
{
	struct job_body body = make_body();
	struct strbuf whole = make_element(&body);
	size_t body_len = whole.len - JOB_HEAD_BYTES;

	(void)state;
	for (size_t max = 0; max < body_len; max++) {
		struct strbuf out;

		strbuf_init(&out, max);
		job_encode_body(&body, &out);
		assert_true(strbuf_failed(&out));
		strbuf_finish(&out);
	}
	strbuf_finish(&whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_job_decode_gives_back_what_was_encoded),
	    cmocka_unit_test(test_job_body_is_the_msgpack_of_the_picture),
	    cmocka_unit_test(
		test_job_without_delivery_id_decodes_to_an_empty_one),
	    cmocka_unit_test(test_job_decode_refuses_every_truncation),
	    cmocka_unit_test(test_job_decode_refuses_bytes_behind_it),
	    cmocka_unit_test(test_job_decode_survives_every_changed_byte),
	    cmocka_unit_test(test_job_decode_says_what_is_wrong),
	    cmocka_unit_test(test_job_decode_ignores_keys_of_a_later_version),
	    cmocka_unit_test(
		test_job_decode_takes_the_readers_depth_and_no_more),
	    cmocka_unit_test(test_job_decode_head_needs_the_head_alone),
	    cmocka_unit_test(
		test_job_decode_head_refuses_other_versions_and_times),
	    cmocka_unit_test(
		test_job_decode_head_knows_its_flags_and_no_others),
	    cmocka_unit_test(test_job_decode_finds_the_body_as_it_was_sent),
	    cmocka_unit_test(test_job_decode_refuses_more_sent_than_there_is),
	    cmocka_unit_test(
		test_job_encode_body_past_the_limit_fails_the_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
