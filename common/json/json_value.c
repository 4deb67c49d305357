/*
 * Recursive descent, one function per kind of value, as deep as max_depth
 * allows. A container's head of msgpack says how many members follow, which is
 * known at its end only: three bytes are left for it and filled in then. The
 * rare container of more than 65,535 members needs two more, and is moved.
 *
 * Refused: tokens first, values then (a pass more over memory); a tree, as
 * jansson builds it (an allocation per value is most of what its reading
 * costs); the smaller heads of msgpack, which would mean moving nearly every
 * container to save two bytes of it.
 */

#include "common/json/json_value.h"

#include <string.h>

enum {
	HEAD16_BYTES = 3,
	HEAD32_BYTES = 5,
	ARRAY16 = 0xdc, /* the heads of 32 bits are one above */
	MAP16 = 0xde,
};

static bool is_value_start(unsigned char c)
{
	return c == '"' || c == '{' || c == '[' || json_is(c, JSON_CHAR_WORD);
}

static const char *inside(unsigned char closer)
{
	return closer == '}' ? "inside an object" : "inside an array";
}

/* Neither a comma nor the closing bracket came behind a member. */
static enum json_step refuse_next(struct json_scan *scan, unsigned char closer)
{
	if (is_value_start(json_peek(scan))) {
		(void)json_fail(scan, scan->in,
		    "a comma is missing before '%c'", *scan->in);
	} else {
		(void)json_fail_unexpected(scan, inside(closer));
	}
	return JSON_STEP_FAILED;
}

enum json_step json_next_member(
    struct json_scan *scan, unsigned char closer, bool is_first)
{
	const unsigned char *comma;

	json_skip_space(scan);
	if (json_peek(scan) == closer) {
		scan->in++;
		return JSON_STEP_END;
	}
	if (is_first) {
		return JSON_STEP_MEMBER;
	}
	if (json_peek(scan) != ',') {
		return refuse_next(scan, closer);
	}
	comma = scan->in++;
	json_skip_space(scan);
	if (json_peek(scan) == closer) {
		(void)json_fail(
		    scan, comma, "trailing comma before '%c'", closer);
		return JSON_STEP_FAILED;
	}
	return JSON_STEP_MEMBER;
}

/* Steps over the opening bracket and leaves room for the head. NULL when it
 * is one too deep. */
static unsigned char *open_container(struct json_reader *reader, int depth)
{
	struct json_scan *scan = &reader->scan;
	unsigned char *head = scan->out;

	if (depth > reader->max_depth) {
		(void)json_fail(scan, scan->in,
		    "arrays and objects are nested more than %d deep",
		    reader->max_depth);
		return NULL;
	}
	scan->in++;
	json_advance(scan, HEAD16_BYTES);
	return head;
}

/* Fills in the head. Returns by how much what is in the container moved. */
static size_t close_container(
    struct json_scan *scan, unsigned char *head, int head16, size_t count)
{
	const size_t more = HEAD32_BYTES - HEAD16_BYTES;
	size_t len;

	if (LIKELY(count <= 0xffff)) {
		json_store16(head, head16, (uint32_t)count);
		return 0;
	}
	if (scan->keep != 0) {
		len = (size_t)(scan->out - head) - HEAD16_BYTES;
		memmove(head + HEAD32_BYTES, head + HEAD16_BYTES, len);
		json_advance(scan, more);
	}
	json_store32(head, head16 + 1, (uint32_t)count);
	return more;
}

static bool read_array(struct json_reader *reader, int depth)
{
	struct json_scan *scan = &reader->scan;
	unsigned char *head = open_container(reader, depth);
	enum json_step step;
	size_t count = 0;

	if (head == NULL) {
		return false;
	}
	while ((step = json_next_member(scan, ']', count == 0)) ==
	    JSON_STEP_MEMBER) {
		if (!json_read_value(reader, depth)) {
			return false;
		}
		count++;
	}
	if (step == JSON_STEP_FAILED) {
		return false;
	}
	(void)close_container(scan, head, ARRAY16, count);
	return true;
}

/* The bytes of the msgpack str from `head` to `end`. */
static struct slice string_bytes(
    const unsigned char *head, const unsigned char *end)
{
	size_t skip = *head == 0xd9 ? 2
	    : *head == 0xda	    ? 3
	    : *head == 0xdb	    ? 5
				    : 1;

	return slice_make(head + skip, (size_t)(end - head) - skip);
}

/* Keeps the value from `value` to the cursor if its key was asked for. */
static void capture(struct json_reader *reader, const unsigned char *key,
    const unsigned char *value)
{
	struct slice name = string_bytes(key, value);

	for (size_t i = 0; i < reader->query->name_count; i++) {
		if (slice_equal(name, reader->query->names[i])) {
			reader->members[i] = slice_make(
			    value, (size_t)(reader->scan.out - value));
		}
	}
}

static bool refuse_name(struct json_scan *scan)
{
	unsigned char c = json_peek(scan);

	if (c == '\'' || json_is(c, JSON_CHAR_WORD)) {
		return json_fail(scan, scan->in,
		    "a member's name needs double quotes around it");
	}
	return json_fail_unexpected(scan, "where a member's name should be");
}

static bool read_member(struct json_reader *reader, int depth)
{
	struct json_scan *scan = &reader->scan;
	const unsigned char *key = scan->out;
	const unsigned char *value;

	if (UNLIKELY(json_peek(scan) != '"')) {
		return refuse_name(scan);
	}
	if (!json_read_string(scan)) {
		return false;
	}
	json_skip_space(scan);
	if (UNLIKELY(json_peek(scan) != ':')) {
		return json_fail_unexpected(
		    scan, "where the ':' behind a member's name should be");
	}
	scan->in++;
	json_skip_space(scan);
	value = scan->out;
	if (!json_read_value(reader, depth)) {
		return false;
	}
	if (depth == reader->capture_depth) {
		capture(reader, key, value);
	}
	return true;
}

static void shift_members(struct json_reader *reader, size_t bytes)
{
	for (size_t i = 0; i < reader->query->name_count; i++) {
		if (reader->members[i].data != NULL) {
			reader->members[i].data += bytes;
		}
	}
}

bool json_read_object(struct json_reader *reader, int depth)
{
	struct json_scan *scan = &reader->scan;
	unsigned char *head = open_container(reader, depth);
	enum json_step step;
	size_t count = 0;
	size_t moved;

	if (head == NULL) {
		return false;
	}
	while ((step = json_next_member(scan, '}', count == 0)) ==
	    JSON_STEP_MEMBER) {
		if (!read_member(reader, depth)) {
			return false;
		}
		count++;
	}
	if (step == JSON_STEP_FAILED) {
		return false;
	}
	moved = close_container(scan, head, MAP16, count);
	if (moved > 0 && depth == reader->capture_depth) {
		shift_members(reader, moved);
	}
	return true;
}

/* No value starts with what is next. */
static bool refuse_value(struct json_scan *scan)
{
	unsigned char c = json_peek(scan);

	if (c == '\'') {
		return json_fail(
		    scan, scan->in, "a string needs double quotes around it");
	}
	if (c == '/' || c == '#') {
		return json_fail(
		    scan, scan->in, "unexpected '%c'; JSON has no comments", c);
	}
	if (c == '+' || c == '.') {
		return json_fail(
		    scan, scan->in, "a number must not start with '%c'", c);
	}
	if (json_is(c, JSON_CHAR_WORD)) {
		return json_fail(scan, scan->in,
		    "only numbers, true, false and null stand without double "
		    "quotes");
	}
	return json_fail_unexpected(scan, "where a value should be");
}

static bool read_word(struct json_scan *scan, struct slice word, int head)
{
	size_t left = (size_t)(scan->end - scan->in);

	if (left < word.len && memcmp(scan->in, word.data, left) == 0) {
		scan->in = scan->end;
		return json_fail_unexpected(scan, "inside a word");
	}
	if (left < word.len || memcmp(scan->in, word.data, word.len) != 0 ||
	    (left > word.len && json_is(scan->in[word.len], JSON_CHAR_WORD))) {
		return refuse_value(scan);
	}
	scan->in += word.len;
	scan->out[0] = (unsigned char)head;
	json_advance(scan, 1);
	return true;
}

bool json_read_value(struct json_reader *reader, int depth)
{
	struct json_scan *scan = &reader->scan;

	switch (json_peek(scan)) {
	case '"':
		return json_read_string(scan);
	case '{':
		return json_read_object(reader, depth + 1);
	case '[':
		return read_array(reader, depth + 1);
	case 'n':
		return read_word(scan, SLICE_LITERAL("null"), 0xc0);
	case 'f':
		return read_word(scan, SLICE_LITERAL("false"), 0xc2);
	case 't':
		return read_word(scan, SLICE_LITERAL("true"), 0xc3);
	case '-':
	case '0':
	case '1':
	case '2':
	case '3':
	case '4':
	case '5':
	case '6':
	case '7':
	case '8':
	case '9':
		return json_read_number(scan);
	default:
		return refuse_value(scan);
	}
}
