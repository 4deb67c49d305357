#ifndef DISPATCHER_LANES_STATE_H
#define DISPATCHER_LANES_STATE_H

/*
 * What the files of lanes share. Not for others: they have lanes.h.
 *
 *	lanes.c        which lanes may have work
 *	lanes_claim.c  sharing out what there is room for, and claiming it
 *
 * Each lane knows whether it may have work:
 *
 *	QUIET    an earlier claim took all there was, or found nothing
 *	HOPEFUL  something happened since: it is claimed from as soon as there
 *	         is room
 *	ASKING   a claim is under way; what happens meanwhile makes it hopeful
 *	         again afterwards
 */

#include "common/base/rng.h"
#include "common/loop/runq.h"
#include "dispatcher/admission.h"
#include "dispatcher/lanes.h"

struct queue_claim_reply;

enum lane_state {
	LANE_QUIET,
	LANE_HOPEFUL,
	LANE_ASKING,
};

struct lane {
	struct lanes *lanes;
	struct destination *destination;
	int shard;
	enum lane_state state;
	bool is_hopeful_again; /* ASKING: HOPEFUL after it */
	int failures;	       /* of claims, in a row */
	size_t asked;	       /* ASKING: for so many jobs */
	int64_t asked_at_ms;
	struct pass pass;   /* ASKING: what is claimed was paid for with it */
	bool takes_suspect; /* ASKING: it may bring one */
	int64_t next_suspect_at_ms; /* it asks for none before */
	struct runq_item due;	    /* a retry, a lease's end, a claim again */
};

struct lanes {
	struct loop *loop;
	struct queue *queue;
	struct attempts *attempts;
	struct admissions *admissions;
	struct destinations *destinations;
	struct rng rng;
	void (*on_change)(void *arg);
	void *arg;
	struct lane *all; /* destination by destination */
	size_t count;
	size_t shards;
	size_t first;	      /* the destination whose turn it is */
	size_t *first_shards; /* by destination: the shard whose turn it is */
	struct runq *due;
	bool is_suspect_asked; /* a claim is under way that may bring one */
	bool is_stopped;
};

struct lane *lane_of(const struct lanes *lanes,
    const struct destination *destination, size_t shard);

/* There may be work. */
void lane_hope(struct lane *lane);

size_t lanes_count(const struct lanes *lanes,
    const struct destination *destination, enum lane_state state);

#endif
