/*
 * All that happens to a connection happens in go_on, step by step: a step does
 * what can be done in the present state, and says whether another may follow.
 * Whatever wakes a connection (input, output that went, an answer, the time)
 * ends in go_on, unless it is in there already (is_busy).
 *
 * An answer goes straight into the socket where that takes it: through libevent
 * it would cost two changes of what is watched and a turn of the loop. For the
 * same reason reading is left on while a request waits for its answer, and
 * turned off only for a client that sends on.
 */
#include "common/base/mem.h"
#include "ingest/gate/gate_inner.h"
#include "ingest/gate/gate_state.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	READ_BYTES = 64 * 1024, /* at once */
};

static size_t input_len(const struct gate_connection *connection)
{
	return evbuffer_get_length(bufferevent_get_input(connection->socket));
}

static size_t output_len(const struct gate_connection *connection)
{
	return evbuffer_get_length(bufferevent_get_output(connection->socket));
}

/* ---- the end ---- */

static void forget_request(struct gate_connection *connection)
{
	connection->search = (struct http_head_search){0};
	connection->has_head = false;
	strbuf_finish(&connection->head);
	strbuf_finish(&connection->body);
}

static void abandon_request(struct gate_connection *connection)
{
	const struct gate_handler *handler = &connection->gate->handler;
	void *request = connection->request;

	connection->request = NULL;
	if (request != NULL) {
		handler->on_gone(handler->arg, request);
	}
}

void gate_connection_close(struct gate_connection *connection)
{
	struct gate *gate = connection->gate;

	if (connection->is_gone) {
		return;
	}
	connection->is_gone = true;
	loop_task_cancel(&connection->take_over);
	gate_inner_end(connection);
	if (connection->socket != NULL) {
		bufferevent_free(connection->socket);
		connection->socket = NULL;
	}
	if (connection->state != GATE_WAITING) {
		gate_enter(connection, GATE_CLOSED);
	}
	forget_request(connection);
	abandon_request(connection);
	gate_crowd_note_held(connection, 0);
	gate_crowd_count(gate, -1);
}

/* ---- answering ---- */

/* How many of the bytes the socket took. */
static size_t send_now(
    const struct gate_connection *connection, struct slice bytes)
{
	ssize_t sent;

	if (output_len(connection) > 0) {
		return 0;
	}
	sent = send(bufferevent_getfd(connection->socket), bytes.data,
	    bytes.len, MSG_NOSIGNAL);
	return sent > 0 ? (size_t)sent : 0;
}

void gate_connection_send(
    const struct gate_connection *connection, struct slice bytes)
{
	struct slice rest = slice_from(bytes, send_now(connection, bytes));

	if (rest.len > 0) {
		(void)bufferevent_write(
		    connection->socket, rest.data, rest.len);
	}
}

static void go_on(struct gate_connection *connection);

static void begin_writing(struct gate_connection *connection)
{
	gate_note_activity(connection->gate);
	forget_request(connection);
	gate_enter(connection, GATE_WRITING);
	if (!connection->is_busy) {
		go_on(connection);
	}
}

void gate_connection_answered(struct gate_connection *connection)
{
	if (connection->is_gone) {
		gate_enter(connection, GATE_CLOSED);
		return;
	}
	connection->lingers = !connection->awaits_body || !connection->closes;
	gate_inner_send(connection);
	begin_writing(connection);
}

void gate_connection_fail(
    struct gate_connection *connection, const struct http_fault *fault)
{
	struct gate *gate = connection->gate;
	void *request = connection->request;

	connection->request = NULL;
	connection->is_by_evhttp = false;
	connection->closes = true;
	connection->lingers = true;
	connection->unread = 0;
	strbuf_clear(&gate->answer);
	gate->handler.on_fault(
	    gate->handler.arg, connection, request, fault, &gate->answer);
	gate_connection_send(connection, strbuf_slice(&gate->answer));
	begin_writing(connection);
}

const struct net_address *gate_connection_peer(
    const struct gate_connection *connection)
{
	return &connection->peer;
}

/* ---- steps: true when another may follow ---- */

static bool begin_request(struct gate_connection *connection)
{
	if (input_len(connection) == 0) {
		return false;
	}
	gate_enter(connection, GATE_READING);
	return true;
}

static void begin_next(struct gate_connection *connection)
{
	gate_enter(
	    connection, connection->unread > 0 ? GATE_READING : GATE_IDLE);
}

/* It was written; evhttp may want the connection closed, or we. */
static bool end_answer(struct gate_connection *connection)
{
	if (output_len(connection) > 0) {
		return false;
	}
	if (connection->is_by_evhttp) {
		connection->is_by_evhttp = false;
		gate_inner_confirm(connection);
	}
	if (connection->inner != NULL && !connection->closes &&
	    !connection->gate->is_stopping) {
		begin_next(connection);
		return true;
	}
	if (connection->is_ended ||
	    (!connection->lingers && input_len(connection) == 0)) {
		gate_connection_close(connection);
		return false;
	}
	gate_inner_end(connection);
	(void)shutdown(bufferevent_getfd(connection->socket), SHUT_WR);
	gate_enter(connection, GATE_LINGERING);
	return true;
}

static bool step(struct gate_connection *connection)
{
	switch (connection->state) {
	case GATE_OPENING:
	case GATE_IDLE:
		return begin_request(connection);
	case GATE_READING:
		return gate_read(connection);
	case GATE_WRITING:
		return end_answer(connection);
	case GATE_LINGERING:
	case GATE_WAITING:
	case GATE_CLOSED:
	case GATE_STATE_COUNT:
		break;
	}
	return false;
}

/* ---- between the steps and the next event ---- */

static bool is_answering(const struct gate_connection *connection)
{
	return connection->state == GATE_WAITING ||
	    connection->state == GATE_WRITING;
}

static void discard_input(struct gate_connection *connection)
{
	(void)evbuffer_drain(
	    bufferevent_get_input(connection->socket), input_len(connection));
}

static void set_reading(struct gate_connection *connection)
{
	bool is_deaf = is_answering(connection) &&
	    (connection->is_deaf || input_len(connection) > 0);

	if (is_deaf == connection->is_deaf || connection->is_ended) {
		return;
	}
	connection->is_deaf = is_deaf;
	if (is_deaf) {
		(void)bufferevent_disable(connection->socket, EV_READ);
	} else {
		(void)bufferevent_enable(connection->socket, EV_READ);
	}
}

/* True when the steps are to go on: to make room, the request was given up. */
static bool settle(struct gate_connection *connection)
{
	enum gate_state state = connection->state;

	if (connection->is_ended && !is_answering(connection)) {
		gate_connection_close(connection);
		return false;
	}
	if (state == GATE_LINGERING ||
	    (state == GATE_WRITING && connection->closes)) {
		discard_input(connection);
	}
	set_reading(connection);
	gate_crowd_note_held(connection,
	    input_len(connection) + connection->head.len +
		connection->body.len);
	return connection->state != state;
}

static void go_on(struct gate_connection *connection)
{
	connection->is_busy = true;
	do {
		while (!connection->is_gone && step(connection)) {
		}
	} while (!connection->is_gone && settle(connection));
	connection->is_busy = false;
}

/* ---- what wakes it ---- */

static void on_readable(struct bufferevent *socket, void *arg)
{
	struct gate_connection *connection = arg;

	(void)socket;
	gate_note_activity(connection->gate);
	go_on(connection);
}

static void on_written(struct bufferevent *socket, void *arg)
{
	(void)socket;
	go_on(arg);
}

static void on_event(struct bufferevent *socket, short what, void *arg)
{
	struct gate_connection *connection = arg;

	(void)socket;
	if ((what & BEV_EVENT_ERROR) != 0) {
		gate_connection_close(connection);
	} else if ((what & BEV_EVENT_EOF) != 0) {
		connection->is_ended = true;
		go_on(connection);
	}
}

static struct net_address peer_of(int fd)
{
	struct sockaddr_storage peer = {.ss_family = AF_UNSPEC};
	socklen_t len = sizeof(peer);

	(void)getpeername(fd, (struct sockaddr *)&peer, &len);
	return net_address_of((const struct sockaddr *)&peer);
}

/* At the end of the turn in which evhttp accepted it. */
static void on_take_over(void *arg)
{
	struct gate_connection *connection = arg;
	int fd = gate_inner_take_socket(connection);
	struct bufferevent *socket = NULL;

	if (fd >= 0) {
		connection->peer = peer_of(fd);
		socket =
		    bufferevent_socket_new(loop_base(connection->gate->loop),
			fd, BEV_OPT_CLOSE_ON_FREE);
	}
	connection->socket = socket;
	if (socket == NULL || connection->is_unwelcome) {
		gate_connection_close(connection);
		if (socket == NULL && fd >= 0) {
			(void)close(fd);
		}
		return;
	}
	(void)bufferevent_set_max_single_read(socket, READ_BYTES);
	bufferevent_setcb(
	    socket, on_readable, on_written, on_event, connection);
	(void)bufferevent_enable(socket, EV_READ);
}

struct bufferevent *gate_connection_create(struct gate *gate)
{
	struct gate_connection *connection = xcalloc(1, sizeof(*connection));

	connection->gate = gate;
	connection->is_unwelcome = !gate_crowd_make_room(gate);
	connection->inner = gate_inner_create(gate);
	gate_crowd_count(gate, 1);
	gate_enter(connection, GATE_OPENING);
	loop_task_init(&connection->take_over, on_take_over, connection);
	loop_defer(gate->loop, &connection->take_over);
	return connection->inner;
}

void gate_connection_expire(struct gate_connection *connection)
{
	struct http_fault fault;

	if (connection->state != GATE_READING || connection->unread > 0) {
		gate_connection_close(connection);
		return;
	}
	http_fault_set(
	    &fault, 408, "the request did not come to an end in time");
	gate_connection_fail(connection, &fault);
}

void gate_connection_shed(struct gate_connection *connection)
{
	struct http_fault fault;

	if (connection->unread > 0) {
		gate_connection_close(connection);
		return;
	}
	http_fault_set(
	    &fault, 503, "too many requests are being received at once");
	gate_connection_fail(connection, &fault);
}

void gate_connection_evict(struct gate_connection *connection)
{
	if (connection->state == GATE_READING) {
		gate_connection_shed(connection);
	}
	gate_connection_close(connection);
}
