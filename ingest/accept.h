#ifndef INGEST_ACCEPT_H
#define INGEST_ACCEPT_H

/*
 * The life of a webhook request, from its head to its answer:
 *
 *	head ──refused───────────────────▶ answer 4xx
 *	 │ body read: refused, or enqueued
 *	 ▼
 *	waiting for Redis's verdicts ────▶ answer 200: all accepted or duplicate
 *	                                          503: a part was not taken
 *
 * A 200 is sent only when Redis has every job. A 503 asks for a repeat, which
 * takes the rest: what was taken is a duplicate by then. The client may go
 * while Redis is asked; its jobs stay.
 *
 * Memory: a waiting request holds its counts and the ids of its jobs; its body
 * is freed once it is enqueued. How many wait, and what the queue holds of
 *them, is bounded by overload.h.
 */

#include "common/base/attr.h"
#include "ingest/gate/gate_connection.h"

struct acceptor;
struct loop;
struct overload;
struct queue;
struct rules;

struct acceptor_options {
	struct loop *loop;
	struct queue *queue; /* destinations in the order of the rules' */
	struct rules *rules; /* taken */
	struct overload *overload;
};

/* All else is borrowed. Caller destroys with acceptor_destroy. */
MUST_USE struct acceptor *acceptor_create(
    const struct acceptor_options *options);

/* Only when nothing is in flight, and no connection is left: after
 * queue_destroy and server_destroy. NULL is fine. */
void acceptor_destroy(struct acceptor *acceptor);

/* From the next request on these are the rules. Takes them. */
void acceptor_follow(struct acceptor *acceptor, struct rules *rules);

/* What a gate calls. */
struct gate_handler acceptor_handler(struct acceptor *acceptor);

/* From now on each answer is the last of its connection. */
void acceptor_stop(struct acceptor *acceptor);
#endif
