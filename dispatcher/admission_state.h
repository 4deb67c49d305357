#ifndef DISPATCHER_ADMISSION_STATE_H
#define DISPATCHER_ADMISSION_STATE_H

/*
 * What the files of admission share. Not for others: they have admission.h.
 *
 *	admission.c        states, and asking
 *	admission_purse.c  the tokens that were granted
 *	admission_order.c  beginning and ending holds
 *
 * A destination is
 *
 *	OPEN      it may be asked for
 *	ASKING    a question is under way
 *	WAITING   the answer was no: until a timer says that it is OPEN again
 *
 * While an order is under way nothing is asked, so that nothing is claimed that
 * the order is about to stop.
 */

#include "common/base/rng.h"
#include "common/loop/runq.h"
#include "dispatcher/admission.h"

enum {
	ADMISSION_HELD_LOOK_MS = 2000, /* between looks at a hold, at most */
};

enum admission_state {
	ADMISSION_OPEN,
	ADMISSION_ASKING,
	ADMISSION_WAITING,
};

struct admission {
	struct admissions *admissions;
	struct destination *destination;
	enum admission_state state;
	bool was_held;	      /* WAITING: for a hold */
	int failures;	      /* of questions, in a row */
	size_t orders;	      /* under way */
	size_t tokens;	      /* the purse */
	struct pass pass;     /* of what is in it */
	struct runq_item due; /* WAITING: to be OPEN */
};

struct admissions {
	struct loop *loop;
	struct queue *queue;
	const struct destinations *destinations;
	struct rng rng;
	struct admission *all; /* as the destinations */
	size_t count;
	size_t pending;
	struct runq *dues;
	bool is_stopped;
	void (*on_open)(
	    void *arg, const struct destination *destination, bool was_held);
	void *arg;
};

struct admission *admission_of(
    const struct admissions *admissions, const struct destination *destination);

bool admission_is_held(const struct admission *admission);

void admission_tell_open(struct admission *admission, bool was_held);

/* To be OPEN after so long. */
void admission_wait(struct admission *admission, int64_t ms, bool was_held);

/* OPEN, if it is WAITING. */
void admission_stop_waiting(struct admission *admission);

/* All of it goes back to Redis. */
void admission_empty_purse(struct admission *admission);

#endif
