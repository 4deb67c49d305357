#include "dispatcher/backoff.h"

#include "common/base/rng.h"

int64_t backoff_grow(int64_t base_ms, int64_t doublings, int64_t cap_ms)
{
	int64_t ms = base_ms;

	while (doublings > 0 && ms < cap_ms) {
		ms = ms > cap_ms / 2 ? cap_ms : ms * 2;
		doublings--;
	}
	return ms < cap_ms ? ms : cap_ms;
}

int64_t backoff_draw(int64_t low_ms, int64_t high_ms, struct rng *rng)
{
	if (high_ms <= low_ms) {
		return low_ms;
	}
	return low_ms +
	    (int64_t)rng_below(rng, (uint64_t)(high_ms - low_ms) + 1);
}

int64_t backoff_wait(
    int64_t base_ms, int64_t doublings, int64_t cap_ms, struct rng *rng)
{
	int64_t ceiling_ms = backoff_grow(base_ms, doublings, cap_ms);

	return backoff_draw(ceiling_ms / 2, ceiling_ms, rng);
}
