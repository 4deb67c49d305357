#include "ingest/gate/http_head.h"

#include "ingest/gate/http_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	METHOD_MAX = 32,
	NAME_SHOWN = 64, /* of a header in an error */
	DIGITS_MAX = 18, /* of a number that surely fits */
};

void http_fault_set(
    struct http_fault *fault, int status, const char *format, ...)
{
	va_list args;

	err_clear(&fault->reason);
	fault->status = status;
	va_start(args, format);
	(void)vsnprintf(
	    fault->reason.text, sizeof(fault->reason.text), format, args);
	va_end(args);
}

/* ---- the request line ---- */

static bool read_version(
    struct slice text, struct http_head *head, struct http_fault *fault)
{
	bool is_version = text.len == strlen("HTTP/1.1") &&
	    slice_starts_with(text, "HTTP/") && text.data[5] >= '0' &&
	    text.data[5] <= '9' && text.data[6] == '.' && text.data[7] >= '0' &&
	    text.data[7] <= '9';

	if (!is_version) {
		http_fault_set(fault, 400,
		    "this is no HTTP request: its first line does not end in "
		    "HTTP/1.1");
		return false;
	}
	if (text.data[5] != '1') {
		http_fault_set(fault, 505,
		    "HTTP/%c.%c is not spoken here; expected HTTP/1.1",
		    text.data[5], text.data[7]);
		return false;
	}
	head->minor = text.data[7] == '0' ? 0 : 1;
	head->is_plain &= text.data[7] <= '1';
	return true;
}

/* Behind the scheme and the host of "http://host/path"; the whole of "/path".
 */
static struct slice skip_host(struct slice target)
{
	struct slice scheme;
	struct slice rest;

	if (target.data[0] == '/' || !http_cut(target, ':', &scheme, &rest) ||
	    !slice_starts_with(rest, "//")) {
		return target;
	}
	rest = slice_from(rest, 2);
	while (rest.len > 0 && rest.data[0] != '/' && rest.data[0] != '?') {
		rest = slice_from(rest, 1);
	}
	return rest;
}

static void note_target(struct slice target, struct http_head *head)
{
	struct slice query;

	head->target = skip_host(target);
	head->path = head->target;
	(void)http_cut(head->target, '?', &head->path, &query);
	head->is_plain = head->target.len == target.len && head->path.len > 0;
	if (head->path.len == 0) {
		head->path = SLICE_LITERAL("/");
	}
}

static bool read_request_line(
    struct slice line, struct http_head *head, struct http_fault *fault)
{
	struct slice target;
	struct slice rest;

	if (!http_cut(line, ' ', &head->method, &rest) ||
	    !http_cut(rest, ' ', &target, &rest) ||
	    !http_is_token(head->method) || head->method.len > METHOD_MAX ||
	    !http_is_target(target)) {
		http_fault_set(fault, 400,
		    "this is no HTTP request: its first line is not method, "
		    "target and version");
		return false;
	}
	note_target(target, head);
	return read_version(rest, head, fault);
}

/* ---- fields that are about the message itself ---- */

static bool read_length(
    struct slice text, struct http_head *head, struct http_fault *fault)
{
	int64_t length = 0;

	if (head->framing != HTTP_NO_LENGTH) {
		http_fault_set(fault, 400,
		    "more than one of Content-Length and Transfer-Encoding");
		return false;
	}
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '9') {
			text.len = 0;
			break;
		}
	}
	if (text.len == 0) {
		http_fault_set(
		    fault, 400, "Content-Length is not a number of bytes");
		return false;
	}
	while (text.len > 1 && text.data[0] == '0') {
		text = slice_from(text, 1);
	}
	if (text.len > DIGITS_MAX || !slice_to_int64(text, &length)) {
		length = INT64_MAX;
	}
	head->framing = HTTP_LENGTH;
	head->length = length;
	return true;
}

static bool read_coding(
    struct slice text, struct http_head *head, struct http_fault *fault)
{
	if (head->framing != HTTP_NO_LENGTH) {
		http_fault_set(fault, 400,
		    "more than one of Content-Length and Transfer-Encoding");
		return false;
	}
	if (head->minor == 0) {
		http_fault_set(
		    fault, 400, "HTTP/1.0 does not have Transfer-Encoding");
		return false;
	}
	head->framing =
	    slice_equal_ignoring_case(text, SLICE_LITERAL("chunked"))
	    ? HTTP_CHUNKED
	    : HTTP_OTHER_CODING;
	return true;
}

/* What is gathered on the way to the end of a head. */
struct reading {
	struct http_head *head;
	size_t hosts;
	bool says_close;
	bool says_keep_alive;
};

/* A list of words, of which two are for us. */
static void read_connection(struct slice text, struct reading *reading)
{
	while (text.len > 0) {
		struct slice word = text;
		struct slice rest = slice_make(NULL, 0);

		(void)http_cut(text, ',', &word, &rest);
		word = http_trim(word);
		if (slice_equal_ignoring_case(word, SLICE_LITERAL("close"))) {
			reading->says_close = true;
		} else if (slice_equal_ignoring_case(
			       word, SLICE_LITERAL("keep-alive"))) {
			reading->says_keep_alive = true;
		}
		text = rest;
	}
}

static bool read_expect(
    struct slice text, struct http_head *head, struct http_fault *fault)
{
	if (!slice_equal_ignoring_case(text, SLICE_LITERAL("100-continue"))) {
		http_fault_set(
		    fault, 417, "only Expect: 100-continue is understood");
		return false;
	}
	head->expects_continue = head->minor >= 1;
	head->is_plain = false;
	return true;
}

static bool names(struct slice name, const char *wanted)
{
	return slice_equal_ignoring_case(name, slice_of(wanted));
}

/* By the length of the name first: most are none of these. */
static bool note_field(const struct http_field *field, struct reading *reading,
    struct http_fault *fault)
{
	struct http_head *head = reading->head;

	switch (field->name.len) {
	case sizeof("Host") - 1:
		reading->hosts += names(field->name, "Host") ? 1 : 0;
		break;
	case sizeof("Expect") - 1:
		if (names(field->name, "Expect")) {
			return read_expect(field->value, head, fault);
		}
		break;
	case sizeof("Connection") - 1:
		if (names(field->name, "Connection")) {
			read_connection(field->value, reading);
		}
		break;
	case sizeof("Content-Length") - 1:
		if (names(field->name, "Content-Length")) {
			return read_length(field->value, head, fault);
		}
		break;
	case sizeof("Transfer-Encoding") - 1:
		if (names(field->name, "Transfer-Encoding")) {
			return read_coding(field->value, head, fault);
		}
		break;
	default:
		break;
	}
	return true;
}

/* ---- lines ---- */

static const char *find_line_end(struct slice bytes)
{
	return bytes.len > 0 ? memchr(bytes.data, '\n', bytes.len) : NULL;
}

/* The line that begins `bytes` and ends at `end`, without its CR LF. */
static bool cut_line(struct slice bytes, const char *end, struct slice *line,
    struct http_fault *fault)
{
	size_t len = (size_t)(end - bytes.data);

	if (len == 0 || bytes.data[len - 1] != '\r') {
		http_fault_set(fault, 400,
		    "a line of the head ends without a carriage return");
		return false;
	}
	*line = slice_make(bytes.data, len - 1);
	return true;
}

static bool read_field(
    struct slice line, struct http_field *field, struct http_fault *fault)
{
	int name_len;

	if (!http_cut(line, ':', &field->name, &field->value) ||
	    !http_is_token(field->name)) {
		http_fault_set(fault, 400,
		    "a line of the head is not a name, a colon and a value");
		return false;
	}
	field->value = http_trim(field->value);
	if (!http_is_field_value(field->value)) {
		name_len = field->name.len < NAME_SHOWN ? (int)field->name.len
							: NAME_SHOWN;
		http_fault_set(fault, 400,
		    "the header %.*s has a control character in it", name_len,
		    field->name.data);
		return false;
	}
	return true;
}

static bool finish_head(const struct reading *reading, struct http_fault *fault)
{
	struct http_head *head = reading->head;

	if (reading->hosts > 1 || (reading->hosts == 0 && head->minor >= 1)) {
		http_fault_set(fault, 400, "%s; expected one Host header",
		    reading->hosts == 0 ? "there is no Host"
					: "there are several Host");
		return false;
	}
	head->closes = reading->says_close ||
	    (head->minor == 0 && !reading->says_keep_alive);
	return true;
}

/* But for the fields: they are many. */
static void clear_head(struct http_head *head)
{
	head->framing = HTTP_NO_LENGTH;
	head->length = 0;
	head->expects_continue = false;
	head->field_count = 0;
}

bool http_head_read(
    struct slice bytes, struct http_head *head, struct http_fault *fault)
{
	struct reading reading = {.head = head};
	struct slice line;

	clear_head(head);
	if (!cut_line(bytes, find_line_end(bytes), &line, fault) ||
	    !read_request_line(line, head, fault)) {
		return false;
	}
	for (;;) {
		struct http_field *field = &head->fields[head->field_count];

		bytes = slice_from(bytes, line.len + 2);
		if (!cut_line(bytes, find_line_end(bytes), &line, fault)) {
			return false;
		}
		if (line.len == 0) {
			return finish_head(&reading, fault);
		}
		if (head->field_count == HTTP_FIELDS_MAX) {
			http_fault_set(fault, 431,
			    "the head has more than %d fields",
			    HTTP_FIELDS_MAX);
			return false;
		}
		if (!read_field(line, field, fault) ||
		    !note_field(field, &reading, fault)) {
			return false;
		}
		head->field_count++;
	}
}

struct slice http_head_field(const struct http_head *head, struct slice name)
{
	for (size_t i = 0; i < head->field_count; i++) {
		if (slice_equal_ignoring_case(head->fields[i].name, name)) {
			return head->fields[i].value;
		}
	}
	return slice_make(NULL, 0);
}

/* ---- where it ends ---- */

static bool check_request_line(struct slice bytes, struct http_fault *fault)
{
	struct http_head head;
	struct slice line;

	return cut_line(bytes, find_line_end(bytes), &line, fault) &&
	    read_request_line(line, &head, fault);
}

static bool is_too_large(struct slice bytes, struct http_fault *fault)
{
	if (bytes.len < HTTP_HEAD_BYTES) {
		return false;
	}
	http_fault_set(
	    fault, 431, "the head is larger than %d bytes", HTTP_HEAD_BYTES);
	return true;
}

/* What no method begins with: TLS to a plain port, for one. */
static bool begins_badly(struct slice bytes, struct http_fault *fault)
{
	if (bytes.len == 0 ||
	    http_is_token_char((unsigned char)bytes.data[0])) {
		return false;
	}
	http_fault_set(
	    fault, 400, "this is no HTTP request: no method begins like this");
	return true;
}

enum http_head_found http_head_find(struct slice bytes,
    struct http_head_search *search, struct http_fault *fault)
{
	bool had_line = search->line > 0;
	struct slice rest = slice_from(bytes, search->line);
	struct slice line;
	const char *end;

	while ((end = find_line_end(rest)) != NULL) {
		if (!cut_line(rest, end, &line, fault)) {
			return HTTP_HEAD_BAD;
		}
		search->line += line.len + 2;
		if (line.len == 0) {
			search->len = search->line;
			return HTTP_HEAD_WHOLE;
		}
		rest = slice_from(rest, line.len + 2);
	}
	if (begins_badly(bytes, fault) || is_too_large(bytes, fault) ||
	    (!had_line && search->line > 0 &&
		!check_request_line(bytes, fault))) {
		return HTTP_HEAD_BAD;
	}
	return HTTP_HEAD_PART;
}
