#ifndef DISPATCHER_BACKOFF_H
#define DISPATCHER_BACKOFF_H

/*
 * The arithmetic of waiting: growing, and drawn by lot, so that what failed
 * together does not come back together. Pure.
 */

#include <stdint.h>

struct rng;

/* base * 2^doublings, no more than cap. */
int64_t backoff_grow(int64_t base_ms, int64_t doublings, int64_t cap_ms);

/* Evenly from [low, high]. */
int64_t backoff_draw(int64_t low_ms, int64_t high_ms, struct rng *rng);

/* What has grown so, the upper half of it drawn. */
int64_t backoff_wait(
    int64_t base_ms, int64_t doublings, int64_t cap_ms, struct rng *rng);

#endif
