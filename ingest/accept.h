#ifndef INGEST_ACCEPT_H
#define INGEST_ACCEPT_H

/*
 * The life of a webhook request, from the moment evhttp has read it to its
 * answer:
 *
 *	checks ──refused──────────────▶ answer 4xx
 *	   │ body read, jobs enqueued
 *	   ▼
 *	waiting for Redis's verdicts ─▶ answer 200: all accepted or duplicate
 *	                                       503: a part was not taken
 *
 * A 200 is sent only when Redis has every job. A 503 asks for a repeat, which
 * takes the rest: what was taken is a duplicate by then. The client may go
 * while Redis is asked; its jobs stay.
 *
 * Memory: a waiting request holds its counts and the ids of its jobs; its body
 * is freed once it is enqueued. What the queue holds of all that wait is
 * bounded: beyond max_waiting_bytes the answer is 503 at once.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/base/attr.h"

struct acceptor;
struct config;
struct evhttp_request;
struct loop;
struct metrics;
struct queue;
struct strbuf;

enum {
	ACCEPT_WAITING_BYTES = 64 * 1024 * 1024, /* for max_waiting_bytes */
};

struct acceptor_options {
	struct loop *loop;
	struct metrics *metrics;
	struct queue *queue; /* destinations in the order of the config's */
	const struct config *config;
	size_t max_waiting_bytes; /* bodies without verdicts, together */
};

/* All options are borrowed. Caller destroys with acceptor_destroy. */
MUST_USE struct acceptor *acceptor_create(
    const struct acceptor_options *options);

/* Only when nothing is in flight: after queue_destroy. NULL is fine. */
void acceptor_destroy(struct acceptor *acceptor);

/* Takes a request that evhttp has read; answers it now or later. */
void acceptor_take(struct acceptor *acceptor, struct evhttp_request *request);

/* From now on each answer is the last of its connection. */
void acceptor_stop(struct acceptor *acceptor);

/* Requests that wait for Redis. */
size_t acceptor_in_flight(const struct acceptor *acceptor);

/* Tells, after acceptor_stop, whenever the last one in flight was answered. */
void acceptor_on_idle(
    struct acceptor *acceptor, void (*on_idle)(void *arg), void *arg);

/* Told that an answer's first line was written. One that is not ours is
 * evhttp's own, to what is no request for us: it is counted and logged, and the
 * answer to send in its place is appended to `instead`. */
void acceptor_note_answer(
    struct acceptor *acceptor, int status, struct strbuf *instead);

#endif
