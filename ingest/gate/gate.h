#ifndef INGEST_GATE_GATE_H
#define INGEST_GATE_GATE_H

/*
 * The gate before evhttp: what evhttp (2.1) has no limit for is limited here,
 * and it is only given whole, well-formed requests, one at a time on each
 * connection. The gate owns the sockets; it knows nothing of webhooks.
 *
 *	socket ─▶ gate: strict reading of head and chunks (http_head.h,
 *	  ▲        │    http_chunks.h), limits; refuses by itself, and closes:
 *	  │        │    400, 408, 413, 417, 431, 503, 505
 *	  │        ▼ whole requests
 *	  └────── evhttp: parses them for the handler, writes its answers,
 *decides which connection is kept
 *
 * Nothing a client does makes it hold more than its limits, whatever the
 * number of clients, nor keeps others from being served:
 *
 *	a head		HTTP_HEAD_BYTES, HTTP_FIELDS_MAX; then 431
 *	a body		max_body_bytes in chunks; then 413. Announced, it is for
 *			the handler not to await it
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
#include "ingest/gate/gate_connection.h"

struct evhttp;
struct gate;
struct loop;
struct metrics;

enum {
	/* After a stop, the end of all input: a request that is half here may
	 * still become whole. */
	GATE_QUIET_MS = 250,
};

struct gate_limits {
	size_t max_body_bytes;
	size_t max_buffered_bytes;
	size_t max_connections;
	int64_t request_timeout_ms;
	int64_t idle_timeout_ms;
};

struct gate_options {
	struct loop *loop;
	struct metrics *metrics;
	struct gate_limits limits;
	struct gate_handler handler;
};

/* Stands before all connections that `http` will accept: sets its callbacks
 * for bufferevents and requests, and its limits. Raises the process's limit of
 * open files to what max_connections needs, or lowers that. What options point
 * to is borrowed. Caller destroys with gate_destroy, before `http`. */
MUST_USE struct gate *gate_create(
    const struct gate_options *options, struct evhttp *http);

/* Other limits, by a reload: for all connections, and all that is not whole
 * yet. */
void gate_set_limits(struct gate *gate, const struct gate_limits *limits);

/* Closes all connections; requests that wait must have been answered. NULL is
 * fine. */
void gate_destroy(struct gate *gate);

/*
 * From now on each answer is the last of its connection. Calls on_stopped,
 * once, from here or from the loop: when no request waits for its answer and
 * there is no connection, or no byte has come for GATE_QUIET_MS; or after
 * `grace_ms`. Not to be called twice.
 */
void gate_stop(struct gate *gate, int64_t grace_ms,
    void (*on_stopped)(void *arg), void *arg);

#endif
