/*
 * The public side: sets a reader up over a text and a buffer, and takes what it
 * found.
 */

#include "common/json/json_reader.h"

#include <stdlib.h>
#include <string.h>

#include "common/json/json_scan.h"
#include "common/json/json_value.h"

/* Up to the first value. */
static bool read_start(struct json_scan *scan)
{
	static const unsigned char mark[] = {0xef, 0xbb, 0xbf};

	if (scan->end - scan->start >= (ptrdiff_t)sizeof(mark) &&
	    memcmp(scan->start, mark, sizeof(mark)) == 0) {
		return json_fail(scan, scan->start,
		    "a UTF-8 byte order mark stands before the JSON");
	}
	json_skip_space(scan);
	if (scan->in < scan->end) {
		return true;
	}
	if (scan->start == scan->end) {
		return json_fail(scan, scan->in, "empty: there is no JSON");
	}
	return json_fail(
	    scan, scan->in, "there is no JSON, nothing but white space");
}

static bool read_end(struct json_scan *scan)
{
	json_skip_space(scan);
	if (scan->in < scan->end) {
		return json_fail_unexpected(scan, "behind the JSON's end");
	}
	return true;
}

static bool read_one_value(struct json_reader *reader)
{
	return read_start(&reader->scan) && json_read_value(reader, 0) &&
	    read_end(&reader->scan);
}

static bool reader_init(struct json_reader *reader, struct slice text,
    int max_depth, struct err *err)
{
	const unsigned char *start = (const unsigned char *)text.data;

	if (text.len >= INT32_MAX) {
		err_set(err, "the text is larger than 2 GiB");
		return false;
	}
	if (start == NULL) {
		start = (const unsigned char *)"";
	}
	*reader = (struct json_reader){
	    .scan = {.start = start,
		.end = start + text.len,
		.in = start,
		.keep = SIZE_MAX,
		.err = err},
	    .max_depth =
		max_depth < JSON_DEPTH_LIMIT ? max_depth : JSON_DEPTH_LIMIT,
	};
	return true;
}

/* Reserves for all that the text can become. The buffer's limit is for what
 * it does become, and is looked at in the end. */
static bool reserve_output(
    struct json_reader *reader, struct slice text, struct strbuf *out)
{
	size_t max = out->max;
	bool is_reserved;

	out->max = STRBUF_NO_LIMIT;
	is_reserved = strbuf_reserve(out, json_output_bound(text.len));
	out->max = max;
	if (!is_reserved) {
		err_set(reader->scan.err, "there is no room for the output");
		return false;
	}
	reader->scan.out = (unsigned char *)out->data + out->len;
	return true;
}

/* Takes what was written into the buffer's length, or cuts it off. */
static bool settle_output(
    struct json_reader *reader, struct strbuf *out, bool is_ok)
{
	size_t len =
	    (size_t)(reader->scan.out - (unsigned char *)out->data) - out->len;

	if (is_ok && !strbuf_reserve(out, len)) {
		err_set(reader->scan.err, "the output is over its limit");
		is_ok = false;
	}
	if (is_ok) {
		out->len += len;
	}
	out->data[out->len] = '\0';
	return is_ok;
}

bool json_read(
    struct slice text, int max_depth, struct strbuf *out, struct err *err)
{
	struct json_reader reader;

	return reader_init(&reader, text, max_depth, err) &&
	    reserve_output(&reader, text, out) &&
	    settle_output(&reader, out, read_one_value(&reader));
}

bool json_check(struct slice text, int max_depth, struct err *err)
{
	unsigned char scratch[JSON_SCRATCH_BYTES];
	struct json_reader reader;

	if (!reader_init(&reader, text, max_depth, err)) {
		return false;
	}
	reader.scan.out = scratch;
	reader.scan.keep = 0;
	return read_one_value(&reader);
}

/* What json_read_objects hands out, growing. */
struct found {
	struct json_object *objects;
	size_t count;
	size_t cap;
};

/* Room for one more, NULL when there is none. */
static struct json_object *add_object(
    struct json_reader *reader, struct found *found)
{
	struct json_scan *scan = &reader->scan;
	struct json_object *objects;
	size_t cap;

	if (found->count >= reader->query->max_objects) {
		(void)json_fail(scan, scan->in, "more than %zu objects",
		    reader->query->max_objects);
		return NULL;
	}
	if (found->count == found->cap) {
		cap = found->cap > 0 ? 2 * found->cap : 1;
		objects = realloc(found->objects, cap * sizeof(*objects));
		if (objects == NULL) {
			err_set(
			    scan->err, "there is no memory for the objects");
			return NULL;
		}
		found->objects = objects;
		found->cap = cap;
	}
	return &found->objects[found->count++];
}

static bool read_found(struct json_reader *reader, struct found *found)
{
	struct json_object *object = add_object(reader, found);
	const unsigned char *msgpack = reader->scan.out;

	if (object == NULL) {
		return false;
	}
	memset(reader->members, 0, sizeof(reader->members));
	if (!json_read_object(reader, reader->capture_depth)) {
		return false;
	}
	object->msgpack =
	    slice_make(msgpack, (size_t)(reader->scan.out - msgpack));
	memcpy(object->members, reader->members, sizeof(object->members));
	return true;
}

static bool read_found_array(struct json_reader *reader, struct found *found)
{
	struct json_scan *scan = &reader->scan;
	const unsigned char *element;
	enum json_step step;

	scan->in++;
	reader->capture_depth = 2;
	while ((step = json_next_member(scan, ']', found->count == 0)) ==
	    JSON_STEP_MEMBER) {
		element = scan->in;
		if (json_peek(scan) != '{') {
			return json_read_value(reader, 1) &&
			    json_fail(scan, element,
				"element %zu of the array is no object",
				found->count);
		}
		if (!read_found(reader, found)) {
			return false;
		}
	}
	return step == JSON_STEP_END;
}

static bool read_body(struct json_reader *reader, struct found *found)
{
	struct json_scan *scan = &reader->scan;
	const unsigned char *value;

	if (!read_start(scan)) {
		return false;
	}
	value = scan->in;
	switch (*value) {
	case '{':
		reader->capture_depth = 1;
		return read_found(reader, found) && read_end(scan);
	case '[':
		return read_found_array(reader, found) && read_end(scan);
	default:
		return json_read_value(reader, 0) && read_end(scan) &&
		    json_fail(scan, value,
			"the JSON is neither an object nor an array of "
			"objects");
	}
}

bool json_read_objects(struct slice text,
    const struct json_objects_query *query, struct strbuf *out,
    struct json_object **objects, size_t *count, struct err *err)
{
	struct found found = {.objects = NULL};
	struct json_reader reader;

	*objects = NULL;
	*count = 0;
	if (!reader_init(&reader, text, query->max_depth, err)) {
		return false;
	}
	reader.query = query;
	if (!reserve_output(&reader, text, out) ||
	    !settle_output(&reader, out, read_body(&reader, &found))) {
		free(found.objects);
		return false;
	}
	*objects = found.objects;
	*count = found.count;
	return true;
}
