#ifndef COMMON_BASE_RNG_H
#define COMMON_BASE_RNG_H

/*
 * Random numbers for jitter and for ids that need not be secret (SplitMix64).
 * Passed in, so that a test with a fixed seed sees fixed numbers.
 */

#include <stdint.h>

struct rng {
	uint64_t state;
};

void rng_seed(struct rng *rng, uint64_t seed);

/* A seed from the system's entropy. */
void rng_seed_from_system(struct rng *rng);

uint64_t rng_next(struct rng *rng);

/* From 0 to limit - 1; 0 when limit is 0. */
uint64_t rng_below(struct rng *rng, uint64_t limit);

#endif
