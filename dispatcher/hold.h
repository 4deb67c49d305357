#ifndef DISPATCHER_HOLD_H
#define DISPATCHER_HOLD_H

/*
 * What the end of an attempt says about its destination: whether that is put on
 * hold, and until when, and whether a probe ends a hold. Pure. The hold itself
 * is in Redis (queue_flow.h), and admission.h is how we know of it; what
 *becomes of the job is retry.h's.
 *
 *	outcome                   put on hold       of a probe
 *	-----------------------   ---------------   --------------------------
 *	delivered, conflict       -                 ends the hold
 *	rejected                  if it burns       ends it, unless it burns
 *	render_error              if it burns       given back, unless it burns
 *	throttled                 throttled         prolongs it
 *	unauthorized              unauthorized      prolongs it
 *	server_error,             when there were   prolongs it
 *	network_error, unknown    too many
 *	skipped, unchanged,       -                 given back
 *	released
 *
 * A hold lasts
 *
 *	throttled      as long as the destination asked, within throttle_cap,
 *and up to an eighth more; where it did not ask, twice as long with each of the
 *streak, the upper half of it drawn failing        drawn between base and what
 *doubles with each of the streak, within probe_every the others     probe_every
 *
 * and then one job is sent to see. A reason is never replaced by a weaker one.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/config/config.h"
#include "common/job/outcome.h"
#include "common/queue/queue_flow.h"

struct rng;

struct hold_policy {
	int64_t base_ms;
	int64_t throttle_cap_ms;
	int64_t probe_every_ms;
};

/* What is known when an attempt is over. */
struct hold_facts {
	enum outcome outcome;
	bool is_burning; /* its bad end would be one too many */
	bool is_failing; /* its failure was one too many in a row */
	bool is_probe;
	enum queue_hold_reason held; /* the hold that a probe was for */
	int64_t streak;		     /* of holds up to now */
	int64_t retry_after_ms;	     /* -1: not said */
};

enum hold_step {
	HOLD_NONE,
	HOLD_ORDER,  /* put on hold, or prolong the hold */
	HOLD_END,    /* end it */
	HOLD_RETURN, /* give the probe back: nothing was learned by it */
};

struct hold_decision {
	enum hold_step step;
	/* HOLD_ORDER: */
	enum queue_hold_reason reason;
	int64_t for_ms;
	bool is_asked; /* by the destination */
};

struct hold_policy hold_policy_of(const struct config_destination *destination);

struct hold_decision hold_decide(const struct hold_policy *policy,
    const struct hold_facts *facts, struct rng *rng);

/* Whether another key, template or URL may be what ends it. */
bool hold_may_be_mended(enum queue_hold_reason reason);

/* A failure that is the destination's, not the job's. */
bool hold_is_failure(enum outcome outcome);

#endif
