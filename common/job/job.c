#include "common/job/job.h"

#include "common/job/unpack.h"

#include <msgpack/pack.h>

#include <stddef.h>

enum {
	BODY_VERSION = 1,
	BODY_PARTS = 3,
};

/* A failure is kept by the buffer. */
static int on_packer_write(void *arg, const char *data, size_t len)
{
	strbuf_append(arg, data, len);
	return 0;
}

static void pack_text(msgpack_packer *packer, struct slice text)
{
	(void)msgpack_pack_str(packer, text.len);
	(void)msgpack_pack_str_body(packer, text.data, text.len);
}

void job_encode_body(const struct job_body *body, struct strbuf *out)
{
	msgpack_packer packer;

	msgpack_packer_init(&packer, out, on_packer_write);
	(void)msgpack_pack_array(&packer, BODY_PARTS);
	(void)msgpack_pack_int(&packer, BODY_VERSION);
	(void)msgpack_pack_map(&packer, 3);
	pack_text(&packer, SLICE_LITERAL("r"));
	pack_text(&packer, body->route);
	pack_text(&packer, SLICE_LITERAL("t"));
	(void)msgpack_pack_int64(&packer, body->received_at_ms);
	pack_text(&packer, SLICE_LITERAL("d"));
	if (body->delivery_id.len > 0) {
		pack_text(&packer, body->delivery_id);
	} else {
		(void)msgpack_pack_nil(&packer);
	}
	strbuf_append_slice(out, body->object);
}

static uint64_t read_number(const char *bytes, size_t len)
{
	uint64_t number = 0;

	for (size_t i = 0; i < len; i++) {
		number = number << 8 | (unsigned char)bytes[i];
	}
	return number;
}

static uint64_t read_uint64(const char *bytes)
{
	return read_number(bytes, sizeof(uint64_t));
}

bool job_decode_head(struct slice element, struct job *job)
{
	uint64_t accepted_at_ms;
	unsigned int flags;

	*job = (struct job){.id = 0};
	if (element.len < JOB_HEAD_BYTES ||
	    element.data[0] != JOB_HEAD_VERSION) {
		return false;
	}
	flags = (unsigned char)element.data[1];
	accepted_at_ms = read_uint64(element.data + 18);
	if ((flags & ~(unsigned int)JOB_FLAGS) != 0 ||
	    accepted_at_ms > INT64_MAX) {
		return false;
	}
	job->flags = flags;
	job->id = read_uint64(element.data + 2);
	job->order = read_uint64(element.data + 10);
	job->accepted_at_ms = (int64_t)accepted_at_ms;
	return true;
}

/* Takes what stands between head and body, if anything does. */
static bool read_as_sent(struct slice *rest, struct job *job, struct err *err)
{
	const size_t prefix = sizeof(uint32_t);
	size_t len;

	if ((job->flags & JOB_AS_SENT) == 0) {
		return true;
	}
	len = rest->len < prefix ? 0 : read_number(rest->data, prefix);
	if (rest->len < prefix || rest->len - prefix < len) {
		err_set(err, "no job: the body as it was sent is cut");
		return false;
	}
	job->as_sent = slice_make(rest->data + prefix, len);
	*rest = slice_from(*rest, prefix + len);
	return true;
}

struct details {
	bool has_route;
	bool has_time;
};

/* Of a pair that says nothing to us, whatever its type: nothing. */
static void set_detail(struct slice key, const struct unpack_value *value,
    struct details *details, struct job_body *body)
{
	if (slice_is(key, "r") && value->type == UNPACK_STR) {
		body->route = value->bytes;
		details->has_route = true;
	} else if (slice_is(key, "t") && value->type == UNPACK_INT) {
		body->received_at_ms = value->integer;
		details->has_time = true;
	} else if (slice_is(key, "d") && value->type == UNPACK_STR) {
		body->delivery_id = value->bytes;
	}
}

/* One pair of the body's map. */
static bool read_detail(struct slice *rest, struct details *details,
    struct job_body *body, struct err *err)
{
	struct unpack_value key;
	struct unpack_value value;
	struct slice at_value;

	if (!unpack_value(rest, &key) || key.type != UNPACK_STR) {
		err_set(err, "a key of the body is no text");
		return false;
	}
	at_value = *rest;
	if (!unpack_skip(rest, UNPACK_DEPTH_MAX) ||
	    !unpack_value(&at_value, &value)) {
		err_set(err, "a value of the body is cut or too deep");
		return false;
	}
	set_detail(key.bytes, &value, details, body);
	return true;
}

static bool read_details(
    struct slice *rest, struct job_body *body, struct err *err)
{
	struct details details = {.has_route = false};
	struct unpack_value map;

	if (!unpack_value(rest, &map) || map.type != UNPACK_MAP) {
		err_set(err, "the body has no details");
		return false;
	}
	for (uint32_t i = 0; i < map.count; i++) {
		if (!read_detail(rest, &details, body, err)) {
			return false;
		}
	}
	if (!details.has_route || !details.has_time) {
		err_set(err, "the body lacks its route or time");
		return false;
	}
	return true;
}

static bool read_object(
    struct slice *rest, struct job_body *body, struct err *err)
{
	struct slice start = *rest;
	struct slice head = *rest;
	struct unpack_value object;

	if (!unpack_value(&head, &object) || object.type != UNPACK_MAP) {
		err_set(err, "the body holds no object");
		return false;
	}
	if (!unpack_skip(rest, UNPACK_DEPTH_MAX)) {
		err_set(err, "the object is cut or too deep");
		return false;
	}
	body->object = slice_make(start.data, start.len - rest->len);
	return true;
}

bool job_decode(struct slice element, struct job *job, struct err *err)
{
	struct slice rest = slice_from(element, JOB_HEAD_BYTES);
	struct unpack_value array;
	struct unpack_value version;

	if (!job_decode_head(element, job)) {
		err_set(err, "no job: its head is cut or unknown");
		return false;
	}
	if (!read_as_sent(&rest, job, err)) {
		return false;
	}
	if (!unpack_value(&rest, &array) || array.type != UNPACK_ARRAY ||
	    array.count != BODY_PARTS || !unpack_value(&rest, &version)) {
		err_set(err, "no job: its body is no msgpack of ours");
		return false;
	}
	if (version.type != UNPACK_INT || version.integer != BODY_VERSION) {
		err_set(err, "a job of another version");
		return false;
	}
	if (!read_details(&rest, &job->body, err) ||
	    !read_object(&rest, &job->body, err)) {
		err_prefix(err, "no job");
		return false;
	}
	if (rest.len > 0) {
		err_set(err, "no job: there is more behind its body");
		return false;
	}
	return true;
}
