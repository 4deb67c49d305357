#include "dispatcher/retry.h"

#include "dispatcher/backoff.h"

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t backoff(const struct retry_policy *policy,
    const struct retry_facts *facts, struct rng *rng)
{
	int64_t low = backoff_grow(policy->base_ms, 0, policy->cap_ms);
	int64_t high =
	    backoff_grow(policy->base_ms, facts->attempts + 1, policy->cap_ms);

	return backoff_draw(low, high, rng);
}

static struct retry_decision pop(bool spends_attempt)
{
	return (struct retry_decision){
	    .settle = QUEUE_POP, .spends_attempt = spends_attempt};
}

static struct retry_decision bury(bool spends_attempt)
{
	return (struct retry_decision){
	    .settle = QUEUE_BURY, .spends_attempt = spends_attempt};
}

/* A failure that is the job's own: it has so many tries, and so much time. */
static struct retry_decision spend(const struct retry_policy *policy,
    const struct retry_facts *facts, int64_t delay_ms)
{
	if (facts->attempts + 1 >= policy->max_attempts &&
	    facts->age_ms >= policy->max_age_ms) {
		return bury(true);
	}
	return (struct retry_decision){.settle = QUEUE_RETRY,
	    .spends_attempt = true,
	    .delay_ms = delay_ms};
}

/* The trouble is the destination's. */
static struct retry_decision requeue(void)
{
	return (struct retry_decision){.settle = QUEUE_REQUEUE};
}

struct retry_decision retry_decide(const struct retry_policy *policy,
    const struct retry_facts *facts, struct rng *rng)
{
	switch (facts->outcome) {
	case OUTCOME_DELIVERED:
		return pop(true);
	case OUTCOME_SKIPPED:
	case OUTCOME_UNCHANGED:
		return pop(false);
	case OUTCOME_CONFLICT:
		return spend(policy, facts,
		    larger(RETRY_CONFLICT_MS, backoff(policy, facts, rng)));
	case OUTCOME_THROTTLED:
	case OUTCOME_UNAUTHORIZED:
		return requeue();
	case OUTCOME_UNKNOWN:
		if (policy->on_unknown == CONFIG_ON_UNKNOWN_DEAD) {
			return bury(true);
		}
		return spend(policy, facts, backoff(policy, facts, rng));
	case OUTCOME_SERVER_ERROR:
	case OUTCOME_NETWORK_ERROR:
		return spend(policy, facts, backoff(policy, facts, rng));
	case OUTCOME_REJECTED:
		return facts->is_burning ? requeue() : bury(true);
	case OUTCOME_RENDER_ERROR:
		return facts->is_burning ? requeue() : bury(false);
	case OUTCOME_SUPERSEDED:
	case OUTCOME_LEASE_LOST:
	case OUTCOME_RELEASED:
	case OUTCOME_COUNT:
		break;
	}
	return (struct retry_decision){.settle = QUEUE_RELEASE};
}

struct retry_policy retry_policy_of(
    const struct config_destination *destination)
{
	return (struct retry_policy){
	    .base_ms = destination->retry.base_ms,
	    .cap_ms = destination->retry.cap_ms,
	    .max_attempts = destination->retry.max_attempts,
	    .max_age_ms = destination->retry.max_age_ms,
	    .after_limit_ms =
		destination->after_count > 0 ? destination->after_limit_ms : 0,
	    .on_unknown = destination->on_unknown,
	};
}

int64_t retry_limit_ms(const struct retry_policy *policy)
{
	return larger(
	    larger(policy->cap_ms, RETRY_CONFLICT_MS), policy->after_limit_ms);
}
