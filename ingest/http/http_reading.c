/* The step of a connection that reads: the head, then the body. */
#include "ingest/http/http_state.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include <string.h>

enum {
	/* A body that nobody wants is read to its end when it is no longer:
	 * that keeps the connection. */
	SKIP_BYTES = 64 * 1024,
};

static struct evbuffer *input_of(const struct http_connection *connection)
{
	return bufferevent_get_input(connection->bev);
}

void http_connection_fail(
    struct http_connection *connection, const struct http_fault *fault)
{
	const struct http_handler *handler = &connection->server->handler;
	void *request = connection->request;

	connection->request = NULL;
	connection->closes = true;
	connection->unread = 0;
	handler->on_fault(handler->arg, connection, request, fault);
}

/* A body that an early answer left. */
static bool skip_body(struct http_connection *connection)
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
	http_connection_enter(connection, HTTP_IDLE);
	return true;
}

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

/* What becomes of the body when the head alone is answered: it is skipped, or
 * the connection ends. A client that expects to be told to go on may send it or
 * not. */
static void plan_early_answer(
    struct http_connection *connection, const struct http_head *head)
{
	bool is_short = head->framing == HTTP_LENGTH &&
	    head->length <= SKIP_BYTES && !head->expects_continue;

	connection->closes |= !is_short && !has_no_body(head);
	connection->unread =
	    is_short && !connection->closes ? (size_t)head->length : 0;
}

/* What the handler should have refused. */
static bool check_framing(struct http_connection *connection,
    const struct http_head *head, struct http_fault *fault)
{
	size_t max = connection->server->limits.max_body_bytes;

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

static void begin_body(
    struct http_connection *connection, const struct http_head *head)
{
	struct http_fault fault;

	if (!check_framing(connection, head, &fault)) {
		http_connection_fail(connection, &fault);
		return;
	}
	connection->has_head = true;
	connection->framing = head->framing;
	connection->body_bytes =
	    head->framing == HTTP_LENGTH ? (size_t)head->length : 0;
	if (head->framing == HTTP_CHUNKED) {
		http_chunks_init(&connection->chunks);
		strbuf_init(&connection->body,
		    connection->server->limits.max_body_bytes);
	}
	if (head->expects_continue) {
		http_connection_send(
		    connection, SLICE_LITERAL("HTTP/1.1 100 Continue\r\n\r\n"));
	}
}

static void take_head(
    struct http_connection *connection, const struct http_head *head)
{
	const struct http_handler *handler = &connection->server->handler;

	connection->is_head = slice_is(head->method, "HEAD");
	connection->is_old = head->minor == 0;
	connection->closes = head->closes;
	plan_early_answer(connection, head);
	connection->request = handler->on_head(handler->arg, connection, head);
	if (connection->request != NULL) {
		connection->closes = head->closes;
		connection->unread = 0;
		begin_body(connection, head);
	}
}

/* An empty line before a request is forgiven, as RFC 9112 wants it. */
static bool is_blank(const struct http_connection *connection,
    const unsigned char *bytes, size_t len)
{
	return connection->search.line == 0 && bytes[0] == '\r' &&
	    (len == 1 || bytes[1] == '\n');
}

static bool read_whole_head(
    struct http_connection *connection, struct slice bytes)
{
	struct http_head *head = &connection->server->head;
	size_t len = connection->search.len;
	struct http_fault fault;

	connection->is_head = false;
	connection->is_old = false;
	if (http_head_read(slice_make(bytes.data, len), head, &fault)) {
		take_head(connection, head);
	} else {
		http_connection_fail(connection, &fault);
	}
	(void)evbuffer_drain(input_of(connection), len);
	return true;
}

static bool read_head(struct http_connection *connection)
{
	struct evbuffer *input = input_of(connection);
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
	case HTTP_HEAD_WHOLE:
		return read_whole_head(connection, slice_make(bytes, len));
	case HTTP_HEAD_PART:
		return false;
	case HTTP_HEAD_BAD:
		break;
	}
	http_connection_fail(connection, &fault);
	return true;
}

static void deliver(struct http_connection *connection, struct slice body)
{
	const struct http_handler *handler = &connection->server->handler;
	void *request = connection->request;

	connection->request = NULL;
	http_connection_enter(connection, HTTP_WAITING);
	handler->on_body(handler->arg, request, body);
}

static bool read_plain_body(struct http_connection *connection)
{
	size_t len = connection->body_bytes;
	const unsigned char *bytes = NULL;

	if (evbuffer_get_length(input_of(connection)) < len) {
		return false;
	}
	if (len > 0) {
		bytes = evbuffer_pullup(input_of(connection), (ev_ssize_t)len);
		if (bytes == NULL) {
			http_connection_close(connection);
			return false;
		}
	}
	deliver(connection, slice_make(bytes, len));
	(void)evbuffer_drain(input_of(connection), len);
	return true;
}

/* What can be had of the input without copying it; empty when there is none. */
static struct slice first_part(struct evbuffer *input)
{
	size_t len = evbuffer_get_contiguous_space(input);
	const unsigned char *bytes = evbuffer_pullup(input, (ev_ssize_t)len);

	return slice_make(bytes, bytes != NULL ? len : 0);
}

static bool read_chunks(struct http_connection *connection)
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
			deliver(connection, strbuf_slice(&connection->body));
			strbuf_finish(&connection->body);
			return true;
		case HTTP_CHUNKS_BAD:
			http_connection_fail(connection, &fault);
			return true;
		}
	}
	return false;
}

bool http_connection_read(struct http_connection *connection)
{
	if (connection->unread > 0) {
		return skip_body(connection);
	}
	if (!connection->has_head) {
		return read_head(connection);
	}
	return connection->framing == HTTP_CHUNKED
	    ? read_chunks(connection)
	    : read_plain_body(connection);
}
