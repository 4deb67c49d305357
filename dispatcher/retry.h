#ifndef DISPATCHER_RETRY_H
#define DISPATCHER_RETRY_H

/*
 * What becomes of a job by its outcome: the retry policy, as pure arithmetic.
 * Time and chance come in as arguments; nothing here waits, sends or remembers.
 * The table of outcomes is in docs/architecture.md; http_outcome.h has what
 * makes an outcome, and hold.h what it says about the destination.
 *
 * The curve: after the n-th attempt (from 1) of a job the wait is drawn evenly
 * from [base, min(cap, base * 2^n)]. Full jitter, so that what failed together
 * does not come back together.
 *
 * A job is given up only when it has had max_attempts AND is older than
 * max_age: a destination that is away for an hour does not use a job up, and a
 * job that waited long in the queue still gets its tries.
 *
 * What is the destination's trouble (429, refused credentials) is not the
 * job's: it goes behind the others, and spends nothing.
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
	int64_t after_limit_ms; /* waiting for other destinations; 0: never */
	enum config_on_unknown on_unknown;
};

/* What is known when an attempt is over. */
struct retry_facts {
	enum outcome outcome;
	int64_t attempts; /* spent before this one */
	int64_t age_ms;	  /* since acceptance, or replay */
	bool is_burning;  /* too many came to a bad end: it is not buried */
};

struct retry_decision {
	enum queue_settle settle;
	bool spends_attempt;
	int64_t delay_ms; /* QUEUE_RETRY */
};

struct retry_policy retry_policy_of(
    const struct config_destination *destination);

struct retry_decision retry_decide(const struct retry_policy *policy,
    const struct retry_facts *facts, struct rng *rng);

/* The furthest off a retry may be: a later one was set by a clock that
 * jumped. */
int64_t retry_limit_ms(const struct retry_policy *policy);

#endif
