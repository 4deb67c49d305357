#include "dispatcher/retry.h"

#include "common/base/rng.h"

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* base * 2^doublings, no more than cap, without overflow. */
static int64_t grow(int64_t base_ms, int64_t doublings, int64_t cap_ms)
{
	int64_t ms = base_ms;

	while (doublings > 0 && ms < cap_ms) {
		ms = ms > cap_ms / 2 ? cap_ms : ms * 2;
		doublings--;
	}
	return smaller(ms, cap_ms);
}

/* Evenly from [low, high]. */
static int64_t draw(int64_t low, int64_t high, struct rng *rng)
{
	if (high <= low) {
		return low;
	}
	return low + (int64_t)rng_below(rng, (uint64_t)(high - low) + 1);
}

static int64_t backoff(const struct retry_policy *policy,
    const struct retry_facts *facts, struct rng *rng)
{
	int64_t base = smaller(policy->base_ms, policy->cap_ms);

	return draw(base, grow(base, facts->attempts + 1, policy->cap_ms), rng);
}

/* As long as the destination asked, and up to an eighth more, so that several
 * dispatchers do not come back at one instant. Where it did not ask: twice as
 * long with each 429 of the streak, the upper half of it drawn. */
static int64_t cool_down(const struct retry_policy *policy,
    const struct retry_facts *facts, struct rng *rng)
{
	int64_t ceiling;

	if (facts->retry_after_ms >= 0) {
		int64_t asked =
		    smaller(facts->retry_after_ms, policy->throttle_cap_ms);

		return smaller(draw(asked, asked + asked / 8, rng),
		    policy->throttle_cap_ms);
	}
	ceiling = grow(
	    policy->base_ms, facts->throttle_streak, policy->throttle_cap_ms);
	return draw(ceiling / 2, ceiling, rng);
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

/* A failure that is the destination's: the job has no part in it. */
static struct retry_decision hold_off(int64_t delay_ms)
{
	return (struct retry_decision){
	    .settle = QUEUE_RETRY, .delay_ms = delay_ms, .pause_ms = delay_ms};
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
		return hold_off(cool_down(policy, facts, rng));
	case OUTCOME_UNKNOWN:
		if (policy->on_unknown == CONFIG_ON_UNKNOWN_DEAD) {
			return bury(true);
		}
		return spend(policy, facts, backoff(policy, facts, rng));
	case OUTCOME_SERVER_ERROR:
	case OUTCOME_NETWORK_ERROR:
		return spend(policy, facts, backoff(policy, facts, rng));
	case OUTCOME_UNAUTHORIZED:
		return hold_off(policy->probe_every_ms);
	case OUTCOME_REJECTED:
		return bury(true);
	case OUTCOME_RENDER_ERROR:
		return bury(false);
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
	    .throttle_cap_ms = destination->throttle_cap_ms,
	    .probe_every_ms = destination->probe_every_ms,
	    .on_unknown = destination->on_unknown,
	};
}

int64_t retry_limit_ms(const struct retry_policy *policy)
{
	int64_t limit = larger(policy->cap_ms, RETRY_CONFLICT_MS);

	limit = larger(limit, policy->throttle_cap_ms);
	return larger(limit, policy->probe_every_ms);
}
