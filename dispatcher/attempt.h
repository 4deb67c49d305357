#ifndef DISPATCHER_ATTEMPT_H
#define DISPATCHER_ATTEMPT_H

/*
 * Attempts: what becomes of a leased job, from its rendering to Redis's word
 * that it is settled. One HTTP call at most. What to claim, and when, is the
 * pump's; what follows from an outcome for the job is retry.h's, and for its
 * destination hold.h's.
 *
 * An attempt is ended by this process's own clock before its lease is over, so
 * that two attempts of one group never run at once. It ends under the
 * settings (generation.h) under which it began, whatever is reloaded meanwhile.
 * Nothing that a job holds can stop the dispatcher: what cannot be read or
 * rendered is a dead letter.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "dispatcher/admission.h"

struct attempts;
struct destination;
struct loop;
struct queue;
struct queue_claim_reply;
struct queue_lease;

struct attempts_options {
	struct loop *loop;
	struct queue *queue;
	struct admissions *admissions;
	uint64_t seed; /* of the jitter */

	/* An attempt is over and settled; it is in nobody's hand any more. */
	void (*on_settled)(
	    void *arg, struct destination *destination, int shard);
	void *arg;
};

/* Borrows all it is given. Caller destroys. */
MUST_USE struct attempts *attempts_create(
    const struct attempts_options *options);

/* What ends from here on is only freed: for the shutdown, before the queue and
 * the HTTP clients are destroyed. */
void attempts_close(struct attempts *attempts);

/* After the queue and the HTTP clients are destroyed, which ended all that was
 * in hand. NULL is fine. */
void attempts_destroy(struct attempts *attempts);

struct attempt_lane {
	struct destination *destination;
	int shard;
	int64_t lease_ends_at_ms; /* monotonic */
	struct pass pass;	  /* each lease was paid for with a token */
};

/* Starts one for a lease of the reply. Renders at once, so that nothing of the
 * reply is kept; never calls back before it returns. */
void attempts_start(struct attempts *attempts, const struct attempt_lane *lane,
    const struct queue_claim_reply *reply, const struct queue_lease *lease);

/* Gives a lease back untried. */
void attempts_release(struct attempts *attempts,
    const struct attempt_lane *lane, const struct queue_claim_reply *reply,
    const struct queue_lease *lease);

/* Ends all HTTP calls: what was not sent goes back untried, what was is
 * `unknown`. */
void attempts_give_up(struct attempts *attempts);

/* In hand, over all destinations: all, and suspects among them. */
size_t attempts_count(const struct attempts *attempts);
size_t attempts_suspects(const struct attempts *attempts);

#endif
