#ifndef COMMON_LOOP_RUNQ_H
#define COMMON_LOOP_RUNQ_H

/*
 * A run queue: any number of future instants on one timer. Each purpose has
 * its own (request time-outs, retries of a connection, ...). Items are embedded
 * in their owners; a binary heap by due time keeps schedule and cancel at
 * O(log n).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"

struct loop;
struct runq;

/* Zeroed before first use. */
struct runq_item {
	int64_t due_at_ms; /* monotonic */
	size_t place;	   /* in the heap, from 1; 0: not scheduled */
};

/* Called from the loop when `item` is due; it is off the queue then and may be
 * scheduled again or freed. */
typedef void (*runq_cb)(struct runq_item *item, void *arg);

/* Caller destroys with runq_destroy. */
MUST_USE struct runq *runq_create(struct loop *loop, runq_cb cb, void *arg);

/* Forgets all items. NULL is fine. */
void runq_destroy(struct runq *runq);

/* Schedules, or moves one that is scheduled. An instant in the past is due at
 * the next turn, never before this returns. */
void runq_schedule(
    struct runq *runq, struct runq_item *item, int64_t due_at_ms);

/* Fine if it is not scheduled. */
void runq_cancel(struct runq *runq, struct runq_item *item);

bool runq_is_scheduled(const struct runq_item *item);

#endif
