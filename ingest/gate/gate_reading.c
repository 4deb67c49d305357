/*
 * The step of a connection that reads. A request in its usual form (a length,
 * and no more to it) stays in the input as it came until it is whole. Any other
 * evhttp gets with a head rewritten to that form: chunks joined, the target
 * without a host, nothing to expect, one word on the connection.
 */
#include "ingest/gate/gate_inner.h"
#include "ingest/gate/gate_state.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include <string.h>

enum {
	/* A body that nobody wants is read to its end when it is no longer:
	 * that keeps the connection. */
	SKIP_BYTES = 64 * 1024,
};

static struct evbuffer *input_of(const struct gate_connection *connection)
{
	return bufferevent_get_input(connection->socket);
}

/* ---- the head ---- */

/* A method that commonly has no body, and says nothing of one, has none. */
static bool has_no_body(const struct http_head *head)
{
	static const char *const methods[] = {
	    "GET", "HEAD", "OPTIONS", "DELETE", "TRACE"};

	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		if (slice_is(head->method, methods[i])) {
			return head->framing == HTTP_NO_LENGTH;
		}
	}
	return false;
}

/* A body that is not awaited is skipped, or the connection ends. A client that
 * expects to be told to go on may send it or not. */
static void plan_skip(
    struct gate_connection *connection, const struct http_head *head)
{
	bool is_short = head->framing == HTTP_LENGTH &&
	    head->length <= SKIP_BYTES && !head->expects_continue;

	connection->closes |= !is_short && !has_no_body(head);
	connection->unread =
	    is_short && !connection->closes ? (size_t)head->length : 0;
}

/* What the handler should not await. */
static bool check_body(const struct gate_connection *connection,
    const struct http_head *head, struct http_fault *fault)
{
	size_t max = connection->gate->limits.max_body_bytes;

	if (head->framing == HTTP_OTHER_CODING) {
		http_fault_set(fault, 411, "the end of the body is not known");
		return false;
	}
	if (head->framing == HTTP_LENGTH && (uint64_t)head->length > max) {
		http_fault_set(
		    fault, 413, "the body is larger than %zu bytes", max);
		return false;
	}
	return true;
}

static void append_field(
    struct strbuf *out, struct slice name, struct slice value)
{
	strbuf_append_slice(out, name);
	strbuf_append_text(out, ": ");
	strbuf_append_slice(out, value);
	strbuf_append_text(out, "\r\n");
}

static bool is_rewritten(struct slice name)
{
	static const char *const names[] = {"Content-Length",
	    "Transfer-Encoding", "Expect", "Connection", "Proxy-Connection"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (slice_equal_ignoring_case(name, slice_of(names[i]))) {
			return true;
		}
	}
	return false;
}

/* Up to the length, which is to follow. */
static void rewrite(
    struct gate_connection *connection, const struct http_head *head)
{
	struct strbuf *out = &connection->head;

	strbuf_init(out, STRBUF_NO_LIMIT);
	strbuf_append_slice(out, head->method);
	strbuf_append_char(out, ' ');
	if (head->target.len == 0 || head->target.data[0] == '?') {
		strbuf_append_char(out, '/');
	}
	strbuf_append_slice(out, head->target);
	strbuf_appendf(out, " HTTP/1.%d\r\n", head->minor);
	for (size_t i = 0; i < head->field_count; i++) {
		if (!is_rewritten(head->fields[i].name)) {
			append_field(
			    out, head->fields[i].name, head->fields[i].value);
		}
	}
	strbuf_append_text(out,
	    connection->closes ? "Connection: close\r\n"
			       : "Connection: keep-alive\r\n");
}

static bool is_usual(
    const struct gate_connection *connection, const struct http_head *head)
{
	return head->is_plain && !connection->closes &&
	    (head->framing == HTTP_NO_LENGTH ||
		(head->framing == HTTP_LENGTH && connection->awaits_body));
}

static void begin_body(
    struct gate_connection *connection, const struct http_head *head)
{
	connection->has_head = true;
	connection->framing = head->framing;
	connection->body_bytes =
	    head->framing == HTTP_LENGTH && connection->awaits_body
	    ? (size_t)head->length
	    : 0;
	if (!is_usual(connection, head)) {
		rewrite(connection, head);
		(void)evbuffer_drain(
		    input_of(connection), connection->search.len);
	}
	if (!connection->awaits_body) {
		return;
	}
	if (head->framing == HTTP_CHUNKED) {
		http_chunks_init(&connection->chunks);
		strbuf_init(
		    &connection->body, connection->gate->limits.max_body_bytes);
	}
	if (head->expects_continue) {
		gate_connection_send(
		    connection, SLICE_LITERAL("HTTP/1.1 100 Continue\r\n\r\n"));
	}
}

static void take_head(
    struct gate_connection *connection, const struct http_head *head)
{
	const struct gate_handler *handler = &connection->gate->handler;
	struct http_fault fault;

	connection->closes = head->closes;
	connection->request = handler->on_head(
	    handler->arg, connection, head, &connection->awaits_body);
	if (!connection->awaits_body) {
		plan_skip(connection, head);
	} else if (!check_body(connection, head, &fault)) {
		gate_connection_fail(connection, &fault);
		return;
	}
	begin_body(connection, head);
}

/* An empty line before a request is forgiven, as RFC 9112 wants it. */
static bool is_blank(const struct gate_connection *connection,
    const unsigned char *bytes, size_t len)
{
	return connection->search.line == 0 && bytes[0] == '\r' &&
	    (len == 1 || bytes[1] == '\n');
}

static bool read_head(struct gate_connection *connection)
{
	struct evbuffer *input = input_of(connection);
	struct http_head *head = &connection->gate->head;
	size_t len = evbuffer_get_length(input);
	unsigned char *bytes;
	struct http_fault fault;

	if (len > HTTP_HEAD_BYTES) {
		len = HTTP_HEAD_BYTES;
	}
	bytes = len > 0 ? evbuffer_pullup(input, (ev_ssize_t)len) : NULL;
	if (bytes == NULL) {
		return false;
	}
	if (is_blank(connection, bytes, len)) {
		(void)evbuffer_drain(input, len > 1 ? 2 : 0);
		return len > 1;
	}
	switch (http_head_find(
	    slice_make(bytes, len), &connection->search, &fault)) {
	case HTTP_HEAD_PART:
		return false;
	case HTTP_HEAD_WHOLE:
		if (http_head_read(slice_make(bytes, connection->search.len),
			head, &fault)) {
			take_head(connection, head);
			return true;
		}
		break;
	case HTTP_HEAD_BAD:
		break;
	}
	gate_connection_fail(connection, &fault);
	return true;
}

/* ---- the body ---- */

/* All of it is there: evhttp's turn. */
static void pass_on(struct gate_connection *connection)
{
	struct http_fault fault;

	gate_enter(connection, GATE_WAITING);
	gate_inner_feed(connection);
	if (connection->request != NULL) {
		/* evhttp will not: a target like http://[ is none to it. */
		http_fault_set(&fault, 400,
		    "this request is not understood: its target is none");
		gate_connection_fail(connection, &fault);
	}
}

static bool read_plain_body(struct gate_connection *connection)
{
	size_t head_len = connection->head.len > 0 ? 0 : connection->search.len;

	if (evbuffer_get_length(input_of(connection)) <
	    head_len + connection->body_bytes) {
		return false;
	}
	pass_on(connection);
	return true;
}

/* What can be had of the input without copying it; empty when there is none. */
static struct slice first_part(struct evbuffer *input)
{
	size_t len = evbuffer_get_contiguous_space(input);
	const unsigned char *bytes = evbuffer_pullup(input, (ev_ssize_t)len);

	return slice_make(bytes, bytes != NULL ? len : 0);
}

static bool read_chunks(struct gate_connection *connection)
{
	struct evbuffer *input = input_of(connection);
	struct http_fault fault;
	struct slice part;
	size_t used;

	while ((part = first_part(input)).len > 0) {
		switch (http_chunks_take(&connection->chunks, part,
		    &connection->body, &used, &fault)) {
		case HTTP_CHUNKS_MORE:
			(void)evbuffer_drain(input, used);
			break;
		case HTTP_CHUNKS_END:
			(void)evbuffer_drain(input, used);
			pass_on(connection);
			return true;
		case HTTP_CHUNKS_BAD:
			gate_connection_fail(connection, &fault);
			return true;
		}
	}
	return false;
}

/* A body that was not awaited, behind the answer. */
static bool skip_body(struct gate_connection *connection)
{
	size_t len = evbuffer_get_length(input_of(connection));

	if (len > connection->unread) {
		len = connection->unread;
	}
	(void)evbuffer_drain(input_of(connection), len);
	connection->unread -= len;
	if (connection->unread > 0) {
		return false;
	}
	gate_enter(connection, GATE_IDLE);
	return true;
}

bool gate_read(struct gate_connection *connection)
{
	if (!connection->has_head) {
		return connection->unread > 0 ? skip_body(connection)
					      : read_head(connection);
	}
	return connection->framing == HTTP_CHUNKED && connection->awaits_body
	    ? read_chunks(connection)
	    : read_plain_body(connection);
}
