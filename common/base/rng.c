#include "common/base/rng.h"

#include <stdlib.h>
#include <sys/random.h>

#include "common/base/clock.h"

void rng_seed(struct rng *rng, uint64_t seed)
{
	rng->state = seed;
}

void rng_seed_from_system(struct rng *rng)
{
	uint64_t seed;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed)) {
		seed = (uint64_t)clock_wall_ms();
	}
	rng_seed(rng, seed);
}

uint64_t rng_next(struct rng *rng)
{
	uint64_t z = rng->state += 0x9e3779b97f4a7c15U;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return z ^ (z >> 31);
}

uint64_t rng_below(struct rng *rng, uint64_t limit)
{
	return limit > 0 ? rng_next(rng) % limit : 0;
}
