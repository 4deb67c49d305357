#ifndef DISPATCHER_LANES_H
#define DISPATCHER_LANES_H

/*
 * Lanes: what to claim next, for whom, and how much. A lane is a destination's
 * part of a shard, and what one claim takes from. Used by the pump alone.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"

struct admissions;
struct attempts;
struct destination;
struct destinations;
struct lanes;
struct loop;
struct queue;

struct lanes_options {
	struct loop *loop;
	struct queue *queue;
	struct attempts *attempts;
	struct admissions *admissions;
	struct destinations *destinations;
	uint64_t seed; /* of the jitter */

	/* Something changed: a claim is to be made, or came back. */
	void (*on_change)(void *arg);
	void *arg;
};

/* Borrows all it is given. Caller destroys. */
MUST_USE struct lanes *lanes_create(const struct lanes_options *options);

/* After the queue is destroyed: there may be claims under way. NULL is fine. */
void lanes_destroy(struct lanes *lanes);

/* There may be work: in this lane, in those of a destination, in all. */
void lanes_hope(
    struct lanes *lanes, const struct destination *destination, int shard);
void lanes_hope_for(struct lanes *lanes, const struct destination *destination);
void lanes_hope_all(struct lanes *lanes);

/* Claims wherever there may be work, as much as there is room for, and as is
 * admitted. */
void lanes_claim(struct lanes *lanes);

/* Gives back what claims that are under way still bring; claims no more. */
void lanes_stop(struct lanes *lanes);

/* Jobs that are asked for, and not here yet. */
size_t lanes_asked(const struct lanes *lanes);

/* Whether more of the destination's jobs may be in hand, not counting those
 * asked for. */
bool lanes_have_room(
    const struct lanes *lanes, const struct destination *destination);

/* Whether the destination has a lane that is claimed from, or is to be. */
bool lanes_are_busy(
    const struct lanes *lanes, const struct destination *destination);

#endif
