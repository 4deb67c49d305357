#ifndef INGEST_REQUEST_H
#define INGEST_REQUEST_H

/*
 * A webhook's body becomes entries for the queue: one for each object, bound
 * for all destinations of its route. Pure: bytes in, entries out; no socket, no
 * Redis, no clock.
 *
 *	struct request *request = request_create(&limits);
 *
 *	if (!request_read(request, route, body, &err))
 *		...
 *	for (size_t i = 0; i < request_count(request); i++) {
 *		if (request_entry(request, i, now_ms, &entry))
 *			queue_enqueue(queue, &entry, cb, arg);
 *	}
 *	request_clear(request);
 *
 * One is enough for a process: the memory is reused from body to body. It is
 * bounded by the limits: at most REQUEST_GROWTH times the body for its
 * msgpack, the same again for one object's job.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/base/slice.h"

struct config_route;
struct queue_entry;
struct request;

enum {
	/* The msgpack of a JSON text is at most this much longer: `1.5,` is 4
	 * bytes of text and 9 of msgpack, `-0,` is 3 and 9. */
	REQUEST_GROWTH = 4,
};

struct request_limits {
	size_t max_body_bytes;
	int max_depth;
	size_t max_objects;
};

/* Caller destroys with request_destroy. */
MUST_USE struct request *request_create(const struct request_limits *limits);

/* NULL is fine. */
void request_destroy(struct request *request);

/*
 * Reads a body sent to `route`: one JSON object, or an array of objects. False
 * when it is not that, with line and column. `route` is borrowed until
 * request_clear, `body` until this returns.
 */
MUST_USE bool request_read(struct request *request,
    const struct config_route *route, struct slice body, struct err *err);

/* Objects read. */
size_t request_count(const struct request *request);

/*
 * The entry of one object. What it points to is borrowed: it lives until the
 * next request_entry, request_read or request_clear. False when there is no
 * memory.
 */
MUST_USE bool request_entry(struct request *request, size_t place,
    int64_t received_at_ms, struct queue_entry *entry);

/* Forgets the objects. What an outsized body made it take is given back. */
void request_clear(struct request *request);

#endif
