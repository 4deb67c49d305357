#ifndef TESTS_SUPPORT_STAND_IN_ARRIVED_H
#define TESTS_SUPPORT_STAND_IN_ARRIVED_H

/*
 * What arrived, in order, and how it was answered. Bounded: beyond a number
 * of requests, or of bytes, the oldest is dropped and counted.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/slice.h"

#include "tests/support/stand_in/endpoint.h"

struct arrived;
struct evbuffer;

/* All borrowed, and copied. */
struct arrival {
	enum endpoint endpoint;
	const char *method;
	const char *path;
	const json_t *headers;
	struct slice body;
	int64_t at_ms; /* wall */
};

/* How it was judged. Borrowed, and copied. */
struct arrival_verdict {
	int status; /* 0: no status was sent */
	bool is_accepted;
	const char *reason; /* NULL: none */
	const char *broken; /* what was done to the connection; NULL: nothing */
};

struct arrived_filter {
	int64_t since; /* only what has a greater number */
	bool accepted_only;
	int64_t limit; /* so many of the oldest */
};

/* Never NULL. Caller frees with arrived_destroy. */
struct arrived *arrived_create(size_t keep);

/* NULL is fine. */
void arrived_destroy(struct arrived *arrived);

/* Returns its number: 1 for the first, and never used again. */
int64_t arrived_add(struct arrived *arrived, const struct arrival *arrival);

/* Of one that is dropped already: does nothing. */
void arrived_judge(struct arrived *arrived, int64_t seq,
    const struct arrival_verdict *verdict);
void arrived_answer(struct arrived *arrived, int64_t seq, int64_t at_ms);

/* Forgets all; numbers go on. Those dropped are counted from 0 again. */
void arrived_clear(struct arrived *arrived);

size_t arrived_count(const struct arrived *arrived);
int64_t arrived_dropped(const struct arrived *arrived);

/* Appends a JSON array. A body that is JSON is there as it came. */
void arrived_write(const struct arrived *arrived,
    const struct arrived_filter *filter, struct evbuffer *out);

#endif
