#ifndef INGEST_OVERLOAD_H
#define INGEST_OVERLOAD_H

/*
 * When ingest does not take webhooks, though each is fine: 503 at once, and
 * /readyz says why.
 *
 *	memory	 Redis is nearly full (ingest.redis_memory_limit): what is left
 *		 is for taking jobs out
 *	waiting	 too many requests wait for Redis (ingest.max_waiting), or too
 *		 many bytes of them
 *	full	 a destination is at its max_depth; its jobs are refused one by
 *		 one by Redis, so this is only told, not decided here
 *
 * Redis is asked, never guessed about: by INFO memory at most every
 * OVERLOAD_ASK_MS while webhooks or probes come, and for the depths while a
 * destination is known to be full. What it said is forgotten after
 * OVERLOAD_TRUST_MS: better one webhook refused by Redis itself than all of
 *them by a memory of ours.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/queue/queue.h"

struct config;
struct loop;
struct metrics;
struct overload;
struct strbuf;

enum {
	OVERLOAD_ASK_MS = 2000,
	OVERLOAD_TRUST_MS = 30000,
	OVERLOAD_WAITING_BYTES = 64 * 1024 * 1024,
};

struct overload_options {
	struct loop *loop;
	struct metrics *metrics;
	struct queue *queue;
	const struct config *config; /* until overload_follow */
	size_t max_waiting_bytes;    /* OVERLOAD_WAITING_BYTES, but in tests */
};

/* All options are borrowed. Caller destroys with overload_destroy. */
MUST_USE struct overload *overload_create(
    const struct overload_options *options);

/* Another configuration with the same destinations. Borrowed. */
void overload_follow(struct overload *overload, const struct config *config);

/* Only when nothing waits: after queue_destroy. NULL is fine. */
void overload_destroy(struct overload *overload);

/* Whether one more webhook may be taken, of so many bytes as far as that is
 * known. False with the reason; that is counted and, now and then, logged. */
MUST_USE bool overload_admits(
    struct overload *overload, size_t bytes, struct err *reason);

/* A request waits for Redis with so many bytes in its queue; no longer. */
void overload_begin(struct overload *overload, size_t bytes);
void overload_end(struct overload *overload, size_t bytes);

/* Requests that wait. */
size_t overload_waiting(const struct overload *overload);

/* What Redis said to a job for a destination. */
void overload_note_verdict(
    struct overload *overload, int destination, enum queue_verdict verdict);

/* Appends a line for each reason that holds now. */
void overload_add_reasons(struct overload *overload, struct strbuf *reasons);

#endif
