#ifndef TESTS_SUPPORT_STAND_IN_STATS_H
#define TESTS_SUPPORT_STAND_IN_STATS_H

/*
 * Counts of answers by endpoint and status, and how many requests were in
 * hand at the same time. A plain value: zeroed is a start.
 */

#include <jansson.h>
#include <stdint.h>

#include "tests/support/stand_in/endpoint.h"

enum {
	STATS_STATUS_END = 1000,
};

struct stats {
	int64_t counts[ENDPOINT_COUNT][STATS_STATUS_END]; /* [0]: no status */
	int in_hand;
	int max_in_hand;
};

/* A request came; it is judged with a status (0: none is sent); it is over. */
void stats_begin(struct stats *stats);
void stats_count(struct stats *stats, enum endpoint endpoint, int status);
void stats_end(struct stats *stats);

/* From here again; what is in hand stays so. */
void stats_clear(struct stats *stats);

/* Caller frees with json_decref(). */
json_t *stats_describe(const struct stats *stats);

#endif
