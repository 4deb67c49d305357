#include "dispatcher/hold.h"

#include "dispatcher/backoff.h"

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

bool hold_is_failure(enum outcome outcome)
{
	return outcome == OUTCOME_SERVER_ERROR ||
	    outcome == OUTCOME_NETWORK_ERROR || outcome == OUTCOME_UNKNOWN;
}

bool hold_may_be_mended(enum queue_hold_reason reason)
{
	return reason == QUEUE_HOLD_FAILING ||
	    reason == QUEUE_HOLD_UNAUTHORIZED || reason == QUEUE_HOLD_BURNING;
}

/* Whether the destination took the request for what it is, and answered. */
static bool is_answer(enum outcome outcome)
{
	return outcome == OUTCOME_DELIVERED || outcome == OUTCOME_CONFLICT ||
	    outcome == OUTCOME_REJECTED;
}

/* The trouble that it met. */
static enum queue_hold_reason trouble_of(const struct hold_facts *facts)
{
	if (facts->is_burning) {
		return QUEUE_HOLD_BURNING;
	}
	if (facts->outcome == OUTCOME_UNAUTHORIZED) {
		return QUEUE_HOLD_UNAUTHORIZED;
	}
	if (facts->is_failing) {
		return QUEUE_HOLD_FAILING;
	}
	if (facts->outcome == OUTCOME_THROTTLED) {
		return QUEUE_HOLD_THROTTLED;
	}
	return QUEUE_HOLD_NONE;
}

/* ---- how long ---- */

static int64_t cool_down(const struct hold_policy *policy,
    const struct hold_facts *facts, struct rng *rng)
{
	int64_t cap_ms = policy->throttle_cap_ms;

	if (facts->retry_after_ms > 0) {
		int64_t asked_ms = smaller(facts->retry_after_ms, cap_ms);

		return smaller(
		    backoff_draw(asked_ms, asked_ms + asked_ms / 8, rng),
		    cap_ms);
	}
	return backoff_wait(policy->base_ms, facts->streak + 1, cap_ms, rng);
}

static int64_t probe_later(const struct hold_policy *policy,
    const struct hold_facts *facts, struct rng *rng)
{
	int64_t cap_ms = policy->probe_every_ms;

	return backoff_draw(smaller(policy->base_ms, cap_ms),
	    backoff_grow(policy->base_ms, facts->streak + 1, cap_ms), rng);
}

static struct hold_decision order(const struct hold_policy *policy,
    const struct hold_facts *facts, enum queue_hold_reason reason,
    struct rng *rng)
{
	struct hold_decision decision = {
	    .step = HOLD_ORDER,
	    .reason = reason,
	    .for_ms = policy->probe_every_ms,
	};

	if (facts->outcome == OUTCOME_THROTTLED) {
		decision.for_ms = cool_down(policy, facts, rng);
		decision.is_asked = facts->retry_after_ms > 0;
	} else if (reason == QUEUE_HOLD_FAILING ||
	    reason == QUEUE_HOLD_THROTTLED) {
		decision.for_ms = probe_later(policy, facts, rng);
	}
	return decision;
}

/* ---- what follows ---- */

static struct hold_decision decide_probe(const struct hold_policy *policy,
    const struct hold_facts *facts, struct rng *rng)
{
	enum queue_hold_reason trouble = trouble_of(facts);

	if (trouble != QUEUE_HOLD_NONE || hold_is_failure(facts->outcome)) {
		return order(policy, facts,
		    trouble > facts->held ? trouble : facts->held, rng);
	}
	return (struct hold_decision){
	    .step = is_answer(facts->outcome) ? HOLD_END : HOLD_RETURN};
}

struct hold_decision hold_decide(const struct hold_policy *policy,
    const struct hold_facts *facts, struct rng *rng)
{
	enum queue_hold_reason trouble = trouble_of(facts);

	if (facts->is_probe) {
		return decide_probe(policy, facts, rng);
	}
	if (trouble == QUEUE_HOLD_NONE) {
		return (struct hold_decision){.step = HOLD_NONE};
	}
	return order(policy, facts, trouble, rng);
}

struct hold_policy hold_policy_of(const struct config_destination *destination)
{
	return (struct hold_policy){
	    .base_ms = destination->retry.base_ms,
	    .throttle_cap_ms = destination->throttle_cap_ms,
	    .probe_every_ms = destination->probe_every_ms,
	};
}
