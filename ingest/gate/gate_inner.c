/*
 * evhttp is given a bufferevent that is connected to nothing: as soon as it has
 * put the accepted socket into it, the gate takes it out again. Then the gate
 * moves bytes into its input and out of its output, and calls back in its name.
 * Everything evhttp does to it costs no system call, as it has no socket.
 *
 * evhttp keeps the number of the socket all the same: when it forgets a
 * connection it shuts that down for writing, and leaves the rest to the
 * bufferevent (BEV_OPT_CLOSE_ON_FREE), which has none to close. So it must be
 * made to forget before the socket is closed and its number is another's.
 *
 * The gate holds a reference of its own, until evhttp says that it is done, or
 * has been made to be.
 */
#include "ingest/gate/gate_inner.h"
#include "common/loop/loop.h"
#include "ingest/gate/gate_state.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>

#include <stdio.h>
#include <stdlib.h>

static struct evbuffer *inner_input(const struct gate_connection *connection)
{
	return bufferevent_get_input(connection->inner);
}

static struct evbuffer *inner_output(const struct gate_connection *connection)
{
	return bufferevent_get_output(connection->inner);
}

struct bufferevent *gate_inner_create(struct gate *gate)
{
	struct bufferevent *inner = bufferevent_socket_new(
	    loop_base(gate->loop), -1, BEV_OPT_CLOSE_ON_FREE);

	if (inner == NULL) {
		(void)fprintf(stderr, "out of memory: a connection\n");
		abort();
	}
	bufferevent_incref(inner);
	return inner;
}

static void forget(struct gate_connection *connection)
{
	if (connection->inner != NULL) {
		(void)bufferevent_decref(connection->inner);
		connection->inner = NULL;
	}
}

/* When evhttp could not go on with what it accepted, it has closed it. */
static bool is_dropped(const struct gate_connection *connection)
{
	bufferevent_event_cb on_event = NULL;

	bufferevent_getcb(connection->inner, NULL, NULL, &on_event, NULL);
	return on_event == NULL;
}

int gate_inner_take_socket(struct gate_connection *connection)
{
	int fd = bufferevent_getfd(connection->inner);

	(void)bufferevent_setfd(connection->inner, -1);
	return is_dropped(connection) ? -1 : fd;
}

/* ---- requests ---- */

/* As it came: head and body lie at the beginning of the input. */
static void move_request(struct gate_connection *connection)
{
	size_t len = connection->search.len + connection->body_bytes;

	(void)evbuffer_remove_buffer(bufferevent_get_input(connection->socket),
	    inner_input(connection), len);
}

static void add(struct gate_connection *connection, struct slice bytes)
{
	if (bytes.len > 0) {
		(void)evbuffer_add(
		    inner_input(connection), bytes.data, bytes.len);
	}
}

/* The rewritten head, its length, and a body that is in chunks, in the input
 * or nowhere. */
static void write_request(struct gate_connection *connection)
{
	size_t len = 0;

	if (connection->awaits_body) {
		len = connection->framing == HTTP_CHUNKED
		    ? connection->body.len
		    : connection->body_bytes;
	}
	add(connection, strbuf_slice(&connection->head));
	(void)evbuffer_add_printf(
	    inner_input(connection), "Content-Length: %zu\r\n\r\n", len);
	if (connection->framing == HTTP_CHUNKED) {
		add(connection, strbuf_slice(&connection->body));
	} else if (len > 0) {
		(void)evbuffer_remove_buffer(
		    bufferevent_get_input(connection->socket),
		    inner_input(connection), len);
	}
}

void gate_inner_feed(struct gate_connection *connection)
{
	struct gate *gate = connection->gate;

	if (connection->head.len > 0) {
		write_request(connection);
	} else {
		move_request(connection);
	}
	gate->feeding = connection;
	bufferevent_trigger(connection->inner, EV_READ, 0);
	gate->feeding = NULL;
}

static void on_evhttp_done(struct evhttp_connection *from_evhttp, void *arg)
{
	(void)from_evhttp;
	forget(arg);
}

void gate_inner_on_request(struct evhttp_request *request, void *arg)
{
	struct gate *gate = arg;
	struct gate_connection *connection = gate->feeding;
	void *ours = connection->request;

	evhttp_connection_set_closecb(
	    evhttp_request_get_connection(request), on_evhttp_done, connection);
	connection->request = NULL;
	connection->is_by_evhttp = true;
	gate->handler.on_request(gate->handler.arg, ours, request);
}

/* ---- answers ---- */

void gate_inner_send(struct gate_connection *connection)
{
	struct evbuffer *output = inner_output(connection);
	size_t len = evbuffer_get_length(output);
	unsigned char *bytes = evbuffer_pullup(output, -1);

	if (bytes != NULL) {
		gate_connection_send(connection, slice_make(bytes, len));
	}
	(void)evbuffer_drain(output, len);
}

void gate_inner_confirm(struct gate_connection *connection)
{
	bufferevent_trigger(connection->inner, EV_WRITE, 0);
}

/* As if the client had gone. */
void gate_inner_end(struct gate_connection *connection)
{
	if (connection->inner != NULL) {
		bufferevent_trigger_event(
		    connection->inner, BEV_EVENT_READING | BEV_EVENT_EOF, 0);
	}
	forget(connection);
}
