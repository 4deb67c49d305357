#ifndef DISPATCHER_AUDIT_H
#define DISPATCHER_AUDIT_H

/*
 * Looks in Redis, now and then and a little at a time, for what should never
 * be: users whose jobs no claim would find (they are made ready again), and a
 * number of pending jobs that is not the number of jobs. Each destination and
 * shard has its turn once in audit_every, at times that differ from process to
 * process; one call is under way at most. Nothing depends on it.
 */

#include <stdint.h>

#include "common/base/attr.h"

struct audit;
struct config;
struct loop;
struct metrics;
struct queue;

struct audit_options {
	struct loop *loop;
	struct queue *queue;
	struct metrics *metrics;
	const struct config *config; /* borrowed, until audit_follow */
	uint64_t seed;
};

/* Does nothing when audit_every is 0. Caller destroys. */
MUST_USE struct audit *audit_create(const struct audit_options *options);

/* Another configuration with the same destinations; borrowed. */
void audit_follow(struct audit *audit, const struct config *config);

/* After the queue. NULL is fine. */
void audit_destroy(struct audit *audit);

#endif
