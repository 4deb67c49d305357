#ifndef INGEST_HTTP_HTTP_SERVER_H
#define INGEST_HTTP_HTTP_SERVER_H

/*
 * An HTTP/1.1 server for requests that fit into memory, answered one at a time
 * on each connection. It knows nothing of webhooks: what is asked, and whether
 * it may be, is its handler's.
 *
 * Nothing a client does makes it hold more than its limits, whatever the
 * number of clients, nor keeps others from being served:
 *
 *	a head		HTTP_HEAD_BYTES, HTTP_FIELDS_MAX; then 431
 *	a body		max_body_bytes, announced or not; then 413
 *	a request	request_timeout_ms from its first byte to its last; then
 *			408. The same for a client that has said nothing yet,
 *			and for one that does not read its answer
 *	a pause		idle_timeout_ms between two requests
 *	connections	max_connections: a new one takes the place of the one
 *			whose time would be over first
 *	memory		max_buffered_bytes of requests that are not whole: then
 *			the one begun first is answered 503
 *
 * Only connections that wait for the handler's answer are never ended to make
 * room; bounding those is the handler's.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "ingest/http/http_connection.h"

struct http_server;
struct loop;
struct metrics;

enum {
	/* After a stop, the end of all input: a request that is half here may
	 * still become whole. */
	HTTP_SERVER_QUIET_MS = 250,
};

struct http_limits {
	size_t max_body_bytes;
	size_t max_buffered_bytes;
	size_t max_connections;
	int64_t request_timeout_ms;
	int64_t idle_timeout_ms;
};

struct http_server_options {
	struct loop *loop;
	struct metrics *metrics;
	const char *listen; /* as in common/loop/listen.h */
	struct http_limits limits;
	struct http_handler handler;
};

/* Listens, and logs the address it got. NULL when it cannot. What options point
 * to is borrowed. Caller destroys with http_server_destroy. */
MUST_USE struct http_server *http_server_create(
    const struct http_server_options *options, struct err *err);

/* Closes all connections; requests that wait must have been answered. NULL is
 * fine. */
void http_server_destroy(struct http_server *server);

/*
 * Closes the listening socket and goes on serving what is connected, each
 * answer being a connection's last. Calls on_stopped, once, from here or from
 * the loop: when no request waits for its answer and there is no connection, or
 * no byte has come for HTTP_SERVER_QUIET_MS; or after `grace_ms`. Not to be
 * called twice.
 */
void http_server_stop(struct http_server *server, int64_t grace_ms,
    void (*on_stopped)(void *arg), void *arg);

#endif
