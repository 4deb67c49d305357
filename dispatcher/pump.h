#ifndef DISPATCHER_PUMP_H
#define DISPATCHER_PUMP_H

/*
 * The pump keeps attempts in flight: it claims where there is room and there
 * may be work, and sleeps on Redis where there is none. It never polls: a claim
 * follows a wake, an attempt that is over, a due time that an earlier claim
 * told of, or a connect; and once in dispatcher.idle_block, asleep or busy.
 *
 * And it stops: no more claims, attempts may end for a while, the rest is given
 * back.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"

struct admissions;
struct attempts;
struct destination;
struct destinations;
struct loop;
struct pump;
struct queue;

struct pump_options {
	struct loop *loop;
	struct queue *queue;
	struct attempts *attempts;
	struct admissions *admissions;
	struct destinations *destinations;
	uint64_t seed; /* of the jitter */

	/* After pump_stop: nothing is in hand any more, or the time to give it
	 * back is over. */
	void (*on_stopped)(void *arg);
	void *arg;
};

/* Borrows all it is given. Caller destroys. */
MUST_USE struct pump *pump_create(const struct pump_options *options);

/* After the queue is destroyed: the pump may have calls there. NULL is fine. */
void pump_destroy(struct pump *pump);

/* The queue became usable: every lane is claimed from once. */
void pump_wake_all(struct pump *pump);

/* An attempt of this lane is settled: there is room, and its group may have a
 * next job. */
void pump_note_settled(
    struct pump *pump, const struct destination *destination, int shard);

/* The destination may be called again, or may be so: as admissions say. */
void pump_note_open(
    struct pump *pump, const struct destination *destination, bool was_held);

/* The destinations follow another configuration: so does the pump, which looks
 * everywhere, for there may be more room. */
void pump_follow(struct pump *pump);

/* Stops claiming; on_stopped comes later. Twice is fine. */
void pump_stop(struct pump *pump);
bool pump_is_stopping(const struct pump *pump);

#endif
