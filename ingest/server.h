#ifndef INGEST_SERVER_H
#define INGEST_SERVER_H

/*
 * The listening socket, evhttp behind it, and the gate before evhttp
 * (ingest/gate/gate.h), whose limits are those of the configuration. All
 * methods are let through, so that the acceptor answers 405 and not evhttp.
 */

#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "ingest/gate/gate.h"

struct acceptor;
struct loop;
struct metrics;
struct server;

struct server_options {
	struct loop *loop;
	struct metrics *metrics;
	struct acceptor *acceptor;
	const char *listen; /* as in common/loop/listen.h */
	struct gate_limits limits;
};

/* Listens, and logs the address it got. NULL when it cannot. Options are
 * borrowed. Caller destroys with server_destroy. */
MUST_USE struct server *server_create(
    const struct server_options *options, struct err *err);

/* As gate_set_limits. */
void server_set_limits(struct server *server, const struct gate_limits *limits);

/* Closes all connections; requests in flight must have been answered. NULL is
 * fine. */
void server_destroy(struct server *server);

/* Closes the listening socket and goes on serving what is connected, each
 * answer being a connection's last; on_stopped is told as by gate_stop. */
void server_stop(struct server *server, int64_t grace_ms,
    void (*on_stopped)(void *arg), void *arg);

#endif
