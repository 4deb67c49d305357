#ifndef DISPATCHER_WATCH_H
#define DISPATCHER_WATCH_H

/*
 * The pump's sleep: one watch on the queue at a time, on the destinations that
 * have room, begun again when those change. A destination without room is taken
 * out of it, or its wakes would be lost to the dispatchers that have.
 *
 * However often it is woken, once in idle_block it says to look everywhere: for
 * work whose wake was lost, or whose dispatcher died with it, in a lane where
 * nothing else happens.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"

struct loop;
struct queue;
struct watch;

/* What a destination wants of the watch. */
enum watch_wish {
	WATCH_LEAVE,	/* it has no room */
	WATCH_MAY_STAY, /* it may be in it, and is not worth a new one: its
			 * claim is under way */
	WATCH_JOIN,
};

enum watch_reason {
	WATCH_WOKEN,	/* this lane may have work */
	WATCH_LOOK_ALL, /* any may: the time is over, or a wake may be lost */
	WATCH_ENDED,	/* as it was told to */
};

/* The watch is over, to be minded again. The lane is -1, -1 unless WOKEN. */
typedef void (*watch_cb)(
    void *arg, enum watch_reason reason, int destination, int shard);

/* Borrows the loop and the queue. Caller destroys. */
MUST_USE struct watch *watch_create(struct loop *loop, struct queue *queue,
    size_t destination_count, int64_t idle_block_ms, watch_cb cb, void *arg);

/* After the queue is destroyed. NULL is fine. */
void watch_destroy(struct watch *watch);

/* From the next sleep on. */
void watch_set_idle_block(struct watch *watch, int64_t idle_block_ms);

/* Begins a watch where there is none, or ends one that is on the wrong
 * destinations; call again when it has called back. */
void watch_mind(struct watch *watch, const enum watch_wish *wishes);

/* Ends it; it may still call back once. */
void watch_end(struct watch *watch);

#endif
