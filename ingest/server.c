/*
 * evhttp does not show its connections, so nobody can say which of them is in
 * the middle of a request. Instead we watch all their input, and take silence
 * for the end: SERVER_QUIET_MS after the last byte and the last answer. This
 * covers bytes that are still in a socket buffer, too.
 */
#include "ingest/server.h"

#include "common/base/mem.h"
#include "common/log/log.h"
#include "common/loop/accept_guard.h"
#include "common/loop/listen.h"
#include "common/loop/loop.h"
#include "ingest/accept.h"
#include "ingest/connection.h"

#include <event2/event.h>
#include <event2/http.h>

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	/* evhttp takes 16 bits of methods; all of them, also unknown ones. */
	ALL_METHODS = 0xffff,
};

struct server {
	struct loop *loop;
	struct acceptor *acceptor;
	struct evhttp *http;
	struct evhttp_bound_socket *socket; /* NULL when stopped */
	struct connection_watch watch;
	struct accept_guard *guard; /* of the socket's listener */
	struct event *quiet_timer;
	struct event *grace_timer;
	int64_t active_at_ms; /* the last input or answer */
	void (*on_stopped)(void *arg);
	void *on_stopped_arg;
};

static struct timeval timeval_of(int64_t span_ms)
{
	return (struct timeval){
	    .tv_sec = span_ms / 1000, .tv_usec = span_ms % 1000 * 1000};
}

static void arm(struct event *timer, int64_t delay_ms)
{
	struct timeval delay = timeval_of(delay_ms);

	(void)evtimer_add(timer, &delay);
}

static void on_http_request(struct evhttp_request *request, void *arg)
{
	struct server *server = arg;

	acceptor_take(server->acceptor, request);
}

static void on_connection_input(void *arg)
{
	struct server *server = arg;

	server->active_at_ms = loop_now_ms(server->loop);
}

static void on_connection_answer(void *arg, int status, struct strbuf *instead)
{
	struct server *server = arg;

	server->active_at_ms = loop_now_ms(server->loop);
	acceptor_note_answer(server->acceptor, status, instead);
}

static void end_stop(struct server *server)
{
	(void)evtimer_del(server->quiet_timer);
	(void)evtimer_del(server->grace_timer);
	acceptor_on_idle(server->acceptor, NULL, NULL);
	server->on_stopped(server->on_stopped_arg);
}

/* Stopped now, or asks again when it could be. With requests in flight nothing
 * is armed: the last of them comes here. */
static void try_stop(struct server *server)
{
	int64_t quiet_ms = loop_now_ms(server->loop) - server->active_at_ms;

	if (acceptor_in_flight(server->acceptor) > 0) {
		return;
	}
	if (quiet_ms >= SERVER_QUIET_MS) {
		end_stop(server);
	} else {
		arm(server->quiet_timer, SERVER_QUIET_MS - quiet_ms);
	}
}

static void on_quiet_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	try_stop(arg);
}

static void on_grace_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	end_stop(arg);
}

static void on_acceptor_idle(void *arg)
{
	try_stop(arg);
}

static void set_limits(
    struct server *server, const struct server_options *options)
{
	struct timeval timeout = timeval_of(options->timeout_ms);
	int64_t max_body_bytes = options->max_body_bytes * SERVER_BODY_SLACK;

	evhttp_set_max_headers_size(server->http, SERVER_HEADER_BYTES);
	evhttp_set_max_body_size(server->http, (ev_ssize_t)max_body_bytes);
	evhttp_set_timeout_tv(server->http, &timeout);
	evhttp_set_allowed_methods(server->http, ALL_METHODS);
	/* Reads a body that is over the limit to its end before it answers: a
	 * client that is still sending would not read the answer. */
	(void)evhttp_set_flags(server->http, EVHTTP_SERVER_LINGERING_CLOSE);

	connection_watch_init(&server->watch);
	server->watch.max_input_bytes =
	    (size_t)max_body_bytes + 2 * (size_t)SERVER_HEADER_BYTES;
	server->watch.on_input = on_connection_input;
	server->watch.on_answer = on_connection_answer;
	server->watch.arg = server;
	evhttp_set_bevcb(server->http, connection_create, &server->watch);
	evhttp_set_gencb(server->http, on_http_request, server);
}

static bool open_socket(
    struct server *server, const char *address, struct err *err)
{
	char name[LISTEN_NAME_MAX];
	int fd = listen_open(address, name, err);
	struct log_line line;

	if (fd < 0) {
		return false;
	}
	server->socket = evhttp_accept_socket_with_handle(server->http, fd);
	if (server->socket == NULL) {
		err_set(err, "cannot listen on %s: out of memory", address);
		(void)close(fd);
		return false;
	}
	server->guard = accept_guard_create(
	    server->loop, evhttp_bound_socket_get_listener(server->socket));
	log_begin(&line, LOG_INFO, "ingest", LOG_LISTENING);
	log_text(&line, "address", name);
	log_end(&line);
	return true;
}

struct server *server_create(
    const struct server_options *options, struct err *err)
{
	struct server *server = xcalloc(1, sizeof(*server));
	struct event_base *base = loop_base(options->loop);

	server->loop = options->loop;
	server->acceptor = options->acceptor;
	server->http = evhttp_new(base);
	server->quiet_timer = evtimer_new(base, on_quiet_timer, server);
	server->grace_timer = evtimer_new(base, on_grace_timer, server);
	if (server->http == NULL || server->quiet_timer == NULL ||
	    server->grace_timer == NULL) {
		err_set(err, "libevent does not start an HTTP server");
		server_destroy(server);
		return NULL;
	}
	set_limits(server, options);
	if (!open_socket(server, options->listen, err)) {
		server_destroy(server);
		return NULL;
	}
	return server;
}

static void free_timer(struct event *timer)
{
	if (timer != NULL) {
		event_free(timer);
	}
}

void server_destroy(struct server *server)
{
	if (server == NULL) {
		return;
	}
	accept_guard_destroy(server->guard);
	if (server->http != NULL) {
		evhttp_free(server->http);
	}
	connection_watch_finish(&server->watch);
	free_timer(server->quiet_timer);
	free_timer(server->grace_timer);
	free(server);
}

void server_stop(struct server *server, int64_t grace_ms,
    void (*on_stopped)(void *arg), void *arg)
{
	assert(server->on_stopped == NULL);
	server->on_stopped = on_stopped;
	server->on_stopped_arg = arg;
	accept_guard_destroy(server->guard);
	server->guard = NULL;
	evhttp_del_accept_socket(server->http, server->socket);
	server->socket = NULL;
	acceptor_stop(server->acceptor);
	acceptor_on_idle(server->acceptor, on_acceptor_idle, server);
	arm(server->grace_timer, grace_ms);
	try_stop(server);
}
