#include "ingest/server.h"

#include "common/base/mem.h"
#include "common/log/log.h"
#include "common/loop/accept_guard.h"
#include "common/loop/listen.h"
#include "common/loop/loop.h"
#include "ingest/accept.h"

#include <event2/http.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct server {
	struct loop *loop;
	struct acceptor *acceptor;
	struct evhttp *http;
	struct evhttp_bound_socket *socket; /* NULL when stopped */
	struct accept_guard *guard;	    /* of the socket's listener */
	struct gate *gate;
};

static bool open_socket(
    struct server *server, const char *address, struct err *err)
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

	server->loop = options->loop;
	server->acceptor = options->acceptor;
	server->http = evhttp_new(loop_base(options->loop));
	if (server->http == NULL) {
		err_set(err, "libevent does not start an HTTP server");
		server_destroy(server);
		return NULL;
	}
	server->gate = gate_create(
	    &(struct gate_options){
		.loop = options->loop,
		.metrics = options->metrics,
		.limits = options->limits,
		.handler = acceptor_handler(options->acceptor),
	    },
	    server->http);
	if (!open_socket(server, options->listen, err)) {
		server_destroy(server);
		return NULL;
	}
	return server;
}

void server_set_limits(struct server *server, const struct gate_limits *limits)
{
	gate_set_limits(server->gate, limits);
}

void server_destroy(struct server *server)
{
	if (server == NULL) {
		return;
	}
	accept_guard_destroy(server->guard);
	gate_destroy(server->gate);
	if (server->http != NULL) {
		evhttp_free(server->http);
	}
	free(server);
}

void server_stop(struct server *server, int64_t grace_ms,
    void (*on_stopped)(void *arg), void *arg)
{
	accept_guard_destroy(server->guard);
	server->guard = NULL;
	evhttp_del_accept_socket(server->http, server->socket);
	server->socket = NULL;
	acceptor_stop(server->acceptor);
	gate_stop(server->gate, grace_ms, on_stopped, arg);
}
