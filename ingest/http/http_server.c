#include "ingest/http/http_server.h"

#include "common/base/mem.h"
#include "common/log/log.h"
#include "common/loop/accept_guard.h"
#include "common/loop/descriptors.h"
#include "common/loop/listen.h"
#include "common/loop/loop.h"
#include "ingest/http/http_state.h"

#include <event2/listener.h>

#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	/* Of answers: they are the handler's, and small. */
	OUTPUT_MAX = 16 * 1024 * 1024,
	/* For all but clients; and for those that are accepted in one turn, of
	 * which as many others are closed at its end. */
	SPARE_DESCRIPTORS = 64 + 1024,
};

/* ---- listening ---- */

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *from, int from_len, void *arg)
{
	struct http_server *server = arg;
	struct net_address peer = net_address_of(from);

	(void)listener;
	(void)from_len;
	if (http_crowd_make_room(server)) {
		http_connection_create(server, fd, &peer);
	} else {
		(void)close(fd);
	}
}

static bool open_socket(
    struct http_server *server, const char *address, struct err *err)
{
	char name[LISTEN_NAME_MAX];
	int fd = listen_open(address, name, err);
	int on = 1;
	struct log_line line;

	if (fd < 0) {
		return false;
	}
	/* What is accepted inherits it: small answers go at once. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	server->listener =
	    evconnlistener_new(loop_base(server->loop), on_accept, server,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (server->listener == NULL) {
		err_set(err, "cannot listen on %s: out of memory", address);
		(void)close(fd);
		return false;
	}
	server->guard = accept_guard_create(server->loop, server->listener);
	log_begin(&line, LOG_INFO, "ingest", LOG_LISTENING);
	log_text(&line, "address", name);
	log_end(&line);
	return true;
}

static void close_socket(struct http_server *server)
{
	accept_guard_destroy(server->guard);
	server->guard = NULL;
	if (server->listener != NULL) {
		evconnlistener_free(server->listener);
		server->listener = NULL;
	}
}

/* As many connections as there are to be, or as there can be. */
static void limit_connections(struct http_server *server)
{
	size_t wanted = server->limits.max_connections + SPARE_DESCRIPTORS;
	size_t got = descriptors_raise(wanted);
	struct log_line line;

	if (got >= wanted) {
		return;
	}
	server->limits.max_connections = got / 2;
	log_begin(&line, LOG_WARN, "http", LOG_DESCRIPTORS_SHORT);
	log_number(&line, "limit", (int64_t)got);
	log_number(&line, "wanted", (int64_t)wanted);
	log_number(
	    &line, "connections", (int64_t)server->limits.max_connections);
	log_end(&line);
}

/* ---- stopping ---- */

static void end_stop(struct http_server *server)
{
	runq_cancel(server->timers, &server->quiet);
	runq_cancel(server->timers, &server->grace);
	server->on_stopped(server->on_stopped_arg);
}

/* Stopped now, or asks again when it could be. While requests wait nothing is
 * scheduled: the last of them comes here. */
static void try_stop(struct http_server *server)
{
	int64_t quiet_at_ms = server->active_at_ms + HTTP_SERVER_QUIET_MS;

	if (server->crowd.waiting > 0) {
		return;
	}
	if (server->crowd.count == 0 ||
	    loop_now_ms(server->loop) >= quiet_at_ms) {
		end_stop(server);
	} else {
		runq_schedule(server->timers, &server->quiet, quiet_at_ms);
	}
}

static void on_timer_due(struct runq_item *item, void *arg)
{
	struct http_server *server = arg;

	if (item == &server->grace) {
		end_stop(server);
	} else {
		try_stop(server);
	}
}

void http_server_note_activity(struct http_server *server)
{
	server->active_at_ms = loop_now_ms(server->loop);
}

void http_server_note_calm(struct http_server *server)
{
	if (server->is_stopping && runq_is_scheduled(&server->grace)) {
		try_stop(server);
	}
}

void http_server_stop(struct http_server *server, int64_t grace_ms,
    void (*on_stopped)(void *arg), void *arg)
{
	assert(!server->is_stopping);
	server->is_stopping = true;
	server->on_stopped = on_stopped;
	server->on_stopped_arg = arg;
	close_socket(server);
	runq_schedule(server->timers, &server->grace,
	    loop_now_ms(server->loop) + grace_ms);
	try_stop(server);
}

/* ---- life ---- */

struct http_server *http_server_create(
    const struct http_server_options *options, struct err *err)
{
	struct http_server *server = xcalloc(1, sizeof(*server));

	server->loop = options->loop;
	server->metrics = options->metrics;
	server->limits = options->limits;
	server->handler = options->handler;
	strbuf_init(&server->output, OUTPUT_MAX);
	server->timers = runq_create(server->loop, on_timer_due, server);
	limit_connections(server);
	http_crowd_init(server);
	if (!open_socket(server, options->listen, err)) {
		http_server_destroy(server);
		return NULL;
	}
	return server;
}

void http_server_destroy(struct http_server *server)
{
	if (server == NULL) {
		return;
	}
	close_socket(server);
	http_crowd_finish(server);
	runq_destroy(server->timers);
	strbuf_finish(&server->output);
	free(server);
}
