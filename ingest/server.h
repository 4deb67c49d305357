#ifndef INGEST_SERVER_H
#define INGEST_SERVER_H

/*
 * The HTTP server in front of the acceptor: the listening socket, the limits of
 * a connection, and the end of both. All methods are let through, so that the
 * acceptor answers 405 and not evhttp.
 *
 * What evhttp (2.1) refuses by itself, closing the connection, is answered,
 * logged and counted like our own refusals, but before all other checks: 400
 * for what is not HTTP/1 or has a head over SERVER_HEADER_BYTES, 413 for a body
 * over SERVER_BODY_SLACK times the limit, 417 for an Expect other than
 * 100-continue.
 *
 * A connection with nothing to read or write for the time-out is closed; one
 * that waits for our answer is not.
 */

#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/err.h"

struct acceptor;
struct loop;
struct server;

enum {
	SERVER_HEADER_BYTES = 16 * 1024,
	SERVER_BODY_SLACK = 2,

	/* After a stop, the end of all input: a request that is half here may
	 * still become whole. */
	SERVER_QUIET_MS = 250,
};

struct server_options {
	struct loop *loop;
	struct acceptor *acceptor;
	const char *listen; /* as in common/loop/listen.h */
	int64_t max_body_bytes;
	int64_t timeout_ms;
};

/* Listens, and logs the address it got. NULL when it cannot. Options are
 * borrowed. Caller destroys with server_destroy. */
MUST_USE struct server *server_create(
    const struct server_options *options, struct err *err);

/* Closes all connections; requests in flight must have been answered. NULL is
 * fine. */
void server_destroy(struct server *server);

/*
 * Closes the listening socket and goes on serving what is connected, each
 * answer being a connection's last. Calls on_stopped from the loop, once: when
 * nothing is in flight and no byte has come for SERVER_QUIET_MS, or after
 * `grace_ms`, whichever is first. Not to be called twice.
 */
void server_stop(struct server *server, int64_t grace_ms,
    void (*on_stopped)(void *arg), void *arg);

#endif
