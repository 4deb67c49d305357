#ifndef DISPATCHER_FAILURES_H
#define DISPATCHER_FAILURES_H

/*
 * Failures of a destination in a row, of different groups: one user's job that
 * fails again and again says nothing about the destination. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/slice.h"

/* Zeroed: counts nothing. */
struct failures {
	int64_t limit;
	int64_t count;
	uint64_t *groups; /* hashes of those counted; 0: free */
	size_t size;	  /* a power of two, over twice the limit */
};

/* `limit` in a row are too many; 0: none are. Finish with failures_finish. */
void failures_init(struct failures *failures, int64_t limit);
void failures_finish(struct failures *failures);

/* One more. True when it made them too many: it counts anew then. */
bool failures_note(struct failures *failures, struct slice group);

/* The row is broken. */
void failures_clear(struct failures *failures);

#endif
