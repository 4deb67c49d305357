#ifndef COMMON_QUEUE_QUEUE_ACK_H
#define COMMON_QUEUE_QUEUE_ACK_H

/*
 * What a verdict of enqueue stands for (queue_options.ack): who has the job,
 *and whether it is on disk. Two halves:
 *
 *	queue_ack.c     may Redis be held to it? Asked on every connection,
 *	                when the shards have been opened
 *	queue_commit.c  verdicts are held until one WAIT or WAITAOF, for all of
 *	                them, says that it is so
 *
 * Where `appendfsync always` does it alone nothing is held: Redis writes before
 * it answers.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/base/err.h"
#include "common/base/list.h"
#include "common/base/slice.h"
#include "common/queue/queue.h"

struct redisReply;

/* Of a queue: the calls of enqueue whose meaning is still to come. */
struct queue_commit {
	struct list held;   /* answered; wait for the WAIT */
	size_t calls;	    /* not answered yet */
	bool is_waiting;    /* a WAIT is on its way */
	bool needs_waiting; /* else a reply of Redis is enough */
	bool was_honoured;  /* by the Redis that we had first */
};

/* Enters READY if Redis honours the level. If it does not now, drops the
 * connection; if it cannot, and never did, enters BROKEN. */
void queue_ack_check(struct queue *queue);

/* Whether this answer to CONFIG GET says that all is on disk before Redis
 * answers. Pure, and so is the next. */
bool queue_ack_is_always(const struct redisReply *reply);

/* How many replicas are online, by INFO replication. */
int queue_ack_count_replicas(struct slice info);

/* May calls of enqueue go out? Not while others wait: these would only stand
 * behind them, and so they all share the next WAIT. */
bool queue_commit_is_open(const struct queue *queue);

/* A call was sent. */
void queue_commit_add(struct queue *queue);

/* It has ended. `link` is what is to be held; NULL when there is nothing. */
void queue_commit_take(struct queue *queue, struct list_link *link);

/* All calls of this turn were sent: one WAIT for all. */
void queue_commit_wait(struct queue *queue);

#endif
