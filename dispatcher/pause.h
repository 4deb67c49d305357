#ifndef DISPATCHER_PAUSE_H
#define DISPATCHER_PAUSE_H

/*
 * When a destination is left alone for a while: after 429, and while it refuses
 * our credentials. Pure; one for each destination, in this process. (A hold
 * that all dispatchers keep lives in Redis; this is the place that asks it.)
 *
 *	          429, 401                    time is over
 *	 OPEN ----------------> PAUSED --------------------------> PROBING
 *	  ^                       ^                                   |  |
 *	  |                       +-----------------------------------+  |
 *	  |                                  429, 401                    |
 *	  +--------------------------------------------------------------+
 *	                  any other answer of the destination
 *
 * PROBING sends one job at a time. What was sent before the pause began says
 * nothing about its end: it neither lengthens the streak nor opens again.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/job/outcome.h"

enum pause_state {
	PAUSE_OPEN,
	PAUSE_PAUSED,
	PAUSE_PROBING,
};

/* Zeroed: open. */
struct pause {
	enum pause_state state;
	enum outcome reason; /* unless open */
	int streak;	     /* pauses since it was last open */
	int64_t began_at_ms;
	int64_t until_ms;
};

enum pause_change {
	PAUSE_SAME,
	PAUSE_BEGAN,
	PAUSE_ENDED,
};

/* The streak as it would be with this outcome counted: what the length of the
 * pause is made of. */
int pause_streak_with(const struct pause *pause, int64_t sent_at_ms);

/* An attempt, sent at `sent_at_ms`, is over; `pause_ms` is retry_decide's. */
enum pause_change pause_note(struct pause *pause, enum outcome outcome,
    int64_t sent_at_ms, int64_t pause_ms, int64_t now_ms);

/* To be called when until_ms is reached. */
void pause_elapse(struct pause *pause, int64_t now_ms);

/* How many jobs may be in hand: `max`, or less. */
int64_t pause_room(const struct pause *pause, int64_t max);

#endif
