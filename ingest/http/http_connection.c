/*
 * All that happens to a connection happens in go_on, step by step: a step does
 * what can be done in the present state, and says whether another may follow.
 * Whatever wakes a connection (input, output that went, an answer, the time)
 * ends in go_on, unless it is in there already (is_busy).
 *
 * An answer goes straight into the socket where that is plain and takes it:
 * through libevent it would cost two changes of what is watched and a turn of
 * the loop. For the same reason reading is left on while a request waits for
 * its answer, and turned off only for a client that sends on.
 */
#include "common/base/mem.h"
#include "common/loop/loop.h"
#include "common/metrics/metrics.h"
#include "ingest/http/http_state.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	READ_BYTES = 64 * 1024, /* at once */
};

static size_t input_len(const struct http_connection *connection)
{
	return evbuffer_get_length(bufferevent_get_input(connection->bev));
}

static size_t output_len(const struct http_connection *connection)
{
	return evbuffer_get_length(bufferevent_get_output(connection->bev));
}

/* ---- the end ---- */

static void abandon_request(struct http_connection *connection)
{
	const struct http_handler *handler = &connection->server->handler;
	void *request = connection->request;

	connection->request = NULL;
	if (request != NULL) {
		handler->on_gone(handler->arg, request);
	}
}

void http_connection_close(struct http_connection *connection)
{
	struct http_crowd *crowd = &connection->server->crowd;

	if (connection->bev == NULL) {
		return;
	}
	bufferevent_free(connection->bev);
	connection->bev = NULL;
	if (connection->state != HTTP_WAITING) {
		http_connection_enter(connection, HTTP_CLOSED);
	}
	crowd->count--;
	metric_set(crowd->metric_open, (double)crowd->count);
	strbuf_finish(&connection->body);
	abandon_request(connection);
	http_crowd_note_held(connection, 0);
}

/* ---- answering ---- */

/* How many of the bytes the socket took. */
static size_t send_now(
    const struct http_connection *connection, struct slice bytes)
{
	ssize_t sent;

	if (output_len(connection) > 0) {
		return 0;
	}
	sent = send(bufferevent_getfd(connection->bev), bytes.data, bytes.len,
	    MSG_NOSIGNAL);
	return sent > 0 ? (size_t)sent : 0;
}

void http_connection_send(
    const struct http_connection *connection, struct slice bytes)
{
	struct slice rest = slice_from(bytes, send_now(connection, bytes));

	if (rest.len > 0) {
		(void)bufferevent_write(connection->bev, rest.data, rest.len);
	}
}

static void go_on(struct http_connection *connection);

static void forget_request(struct http_connection *connection)
{
	connection->search = (struct http_head_search){0};
	connection->has_head = false;
	strbuf_finish(&connection->body);
}

static void write_answer(
    struct http_connection *connection, const struct http_answer *answer)
{
	struct http_server *server = connection->server;
	const struct http_answer_form form = {
	    .date = http_date_text(&server->date, loop_wall_ms(server->loop)),
	    .has_body = !connection->is_head,
	    .says_keep_alive = connection->is_old,
	};

	strbuf_clear(&server->output);
	http_answer_write(&server->output, answer, &form);
	http_connection_send(connection, strbuf_slice(&server->output));
}

void http_connection_answer(
    struct http_connection *connection, const struct http_answer *answer)
{
	struct http_server *server = connection->server;
	struct http_answer last = *answer;
	bool is_early = connection->state != HTTP_WAITING;

	http_server_note_activity(server);
	if (connection->bev == NULL) {
		http_connection_enter(connection, HTTP_CLOSED);
		return;
	}
	connection->lingers = is_early || !connection->closes;
	connection->closes |= answer->closes || server->is_stopping;
	last.closes = connection->closes;
	write_answer(connection, &last);
	forget_request(connection);
	http_connection_enter(connection, HTTP_WRITING);
	if (!connection->is_busy) {
		go_on(connection);
	}
}

const struct net_address *http_connection_peer(
    const struct http_connection *connection)
{
	return &connection->peer;
}

/* ---- steps: true when another may follow ---- */

static bool begin_request(struct http_connection *connection)
{
	if (input_len(connection) == 0) {
		return false;
	}
	http_connection_enter(connection, HTTP_READING);
	return true;
}

/* The answer is on its way. */
static bool end_answer(struct http_connection *connection)
{
	if (output_len(connection) > 0) {
		return false;
	}
	if (!connection->closes) {
		http_connection_enter(connection,
		    connection->unread > 0 ? HTTP_READING : HTTP_IDLE);
		return true;
	}
	if (!connection->is_ended &&
	    (connection->lingers || input_len(connection) > 0)) {
		(void)shutdown(bufferevent_getfd(connection->bev), SHUT_WR);
		http_connection_enter(connection, HTTP_LINGERING);
		return true;
	}
	http_connection_close(connection);
	return false;
}

static void discard_input(struct http_connection *connection)
{
	(void)evbuffer_drain(
	    bufferevent_get_input(connection->bev), input_len(connection));
}

static bool step(struct http_connection *connection)
{
	switch (connection->state) {
	case HTTP_OPENING:
	case HTTP_IDLE:
		return begin_request(connection);
	case HTTP_READING:
		return http_connection_read(connection);
	case HTTP_WRITING:
		return end_answer(connection);
	case HTTP_LINGERING:
	case HTTP_WAITING:
	case HTTP_CLOSED:
	case HTTP_STATE_COUNT:
		break;
	}
	return false;
}

/* ---- between the steps and the next event ---- */

static bool is_answering(const struct http_connection *connection)
{
	return connection->state == HTTP_WAITING ||
	    connection->state == HTTP_WRITING;
}

static void set_reading(struct http_connection *connection)
{
	bool is_deaf = is_answering(connection) &&
	    (connection->is_deaf || input_len(connection) > 0);

	if (is_deaf == connection->is_deaf || connection->is_ended) {
		return;
	}
	connection->is_deaf = is_deaf;
	if (is_deaf) {
		(void)bufferevent_disable(connection->bev, EV_READ);
	} else {
		(void)bufferevent_enable(connection->bev, EV_READ);
	}
}

/* True when the steps are to go on: to make room, the request was given up. */
static bool settle(struct http_connection *connection)
{
	enum http_state state = connection->state;

	if (connection->is_ended && !is_answering(connection)) {
		http_connection_close(connection);
		return false;
	}
	if (connection->state == HTTP_LINGERING ||
	    (connection->state == HTTP_WRITING && connection->closes)) {
		discard_input(connection);
	}
	set_reading(connection);
	http_crowd_note_held(
	    connection, input_len(connection) + connection->body.len);
	return connection->state != state;
}

static void go_on(struct http_connection *connection)
{
	connection->is_busy = true;
	do {
		while (connection->bev != NULL && step(connection)) {
		}
	} while (connection->bev != NULL && settle(connection));
	connection->is_busy = false;
}

/* ---- what wakes it ---- */

static void on_readable(struct bufferevent *bev, void *arg)
{
	struct http_connection *connection = arg;

	(void)bev;
	http_server_note_activity(connection->server);
	go_on(connection);
}

static void on_written(struct bufferevent *bev, void *arg)
{
	(void)bev;
	go_on(arg);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct http_connection *connection = arg;

	(void)bev;
	if ((what & BEV_EVENT_ERROR) != 0) {
		http_connection_close(connection);
	} else if ((what & BEV_EVENT_EOF) != 0) {
		connection->is_ended = true;
		go_on(connection);
	}
}

void http_connection_create(
    struct http_server *server, int fd, const struct net_address *peer)
{
	struct http_crowd *crowd = &server->crowd;
	struct bufferevent *bev = bufferevent_socket_new(
	    loop_base(server->loop), fd, BEV_OPT_CLOSE_ON_FREE);
	struct http_connection *connection;

	if (bev == NULL) {
		(void)close(fd);
		return;
	}
	connection = xcalloc(1, sizeof(*connection));
	connection->server = server;
	connection->bev = bev;
	connection->peer = *peer;
	crowd->count++;
	metric_set(crowd->metric_open, (double)crowd->count);
	http_connection_enter(connection, HTTP_OPENING);
	(void)bufferevent_set_max_single_read(bev, READ_BYTES);
	bufferevent_setcb(bev, on_readable, on_written, on_event, connection);
	(void)bufferevent_enable(bev, EV_READ);
}

void http_connection_expire(struct http_connection *connection)
{
	struct http_fault fault;

	if (connection->state != HTTP_READING || connection->unread > 0) {
		http_connection_close(connection);
		return;
	}
	http_fault_set(
	    &fault, 408, "the request did not come to an end in time");
	http_connection_fail(connection, &fault);
}

void http_connection_shed(struct http_connection *connection)
{
	struct http_fault fault;

	if (connection->unread > 0) {
		http_connection_close(connection);
		return;
	}
	http_fault_set(
	    &fault, 503, "too many requests are being received at once");
	http_connection_fail(connection, &fault);
}

void http_connection_evict(struct http_connection *connection)
{
	if (connection->state == HTTP_READING) {
		http_connection_shed(connection);
	}
	http_connection_close(connection);
}
