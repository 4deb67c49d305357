#ifndef DISPATCHER_RETRY_H
#define DISPATCHER_RETRY_H

/*
 * What follows from an outcome: the retry policy, as pure arithmetic. Time and
 * chance come in as arguments; nothing here waits, sends or remembers. The
 * table of outcomes is in docs/architecture.md; http_outcome.h has what makes
 * an outcome.
 *
 * The curve: after the n-th attempt (from 1) of a job the wait is drawn evenly
 * from [base, min(cap, base * 2^n)]. Full jitter, so that what failed together
 * does not come back together.
 *
 * A job is given up only when it has had max_attempts AND is older than
 * max_age: a destination that is away for an hour does not use a job up, and a
 * job that waited long in the queue still gets its tries.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/config/config.h"
#include "common/job/outcome.h"
#include "common/queue/queue.h"

struct rng;

enum {
	/* Reteno takes an identical request again after a minute only. */
	RETRY_CONFLICT_MS = 61 * 1000,
};

struct retry_policy {
	int64_t base_ms;
	int64_t cap_ms;
	int64_t max_attempts;
	int64_t max_age_ms;
	int64_t throttle_cap_ms; /* no 429 holds us off longer */
	int64_t probe_every_ms;	 /* between tries while unauthorized */
	enum config_on_unknown on_unknown;
};

/* What is known when an attempt is over. */
struct retry_facts {
	enum outcome outcome;
	int64_t attempts;    /* spent before this one */
	int64_t age_ms;	     /* since acceptance, or replay */
	int throttle_streak; /* of the destination's 429s, this one counted */
	int64_t retry_after_ms; /* as the destination asked; -1: it did not */
};

struct retry_decision {
	enum queue_settle settle;
	bool spends_attempt;
	int64_t delay_ms; /* QUEUE_RETRY: of the job */
	int64_t pause_ms; /* of the whole destination; 0: none */
};

struct retry_policy retry_policy_of(
    const struct config_destination *destination);

struct retry_decision retry_decide(const struct retry_policy *policy,
    const struct retry_facts *facts, struct rng *rng);

/* The furthest off a retry may be: a later one was set by a clock that
 * jumped. */
int64_t retry_limit_ms(const struct retry_policy *policy);

#endif
