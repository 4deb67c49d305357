#ifndef COMMON_BASE_SLICE_H
#define COMMON_BASE_SLICE_H

/*
 * A borrowed run of bytes: a pointer and a length. Not NUL-terminated, may
 * hold NULs, never owns its memory. Empty slices may have a NULL pointer.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/base/attr.h"

struct slice {
	const char *data;
	size_t len;
};

/* printf("%.*s", SLICE_ARGS(s)): for texts under 2 GiB. */
#define SLICE_ARGS(slice) (int)(slice).len, ((slice).data ? (slice).data : "")
#define SLICE_LITERAL(text) ((struct slice){(text), sizeof(text) - 1})

static inline struct slice slice_make(const void *data, size_t len)
{
	return (struct slice){data, len};
}

static inline struct slice slice_of(const char *text)
{
	return slice_make(text, text != NULL ? strlen(text) : 0);
}

static inline bool slice_equal(struct slice a, struct slice b)
{
	return a.len == b.len &&
	    (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool slice_is(struct slice a, const char *text)
{
	return slice_equal(a, slice_of(text));
}

static inline bool slice_starts_with(struct slice a, const char *prefix)
{
	size_t len = strlen(prefix);

	return a.len >= len && memcmp(a.data, prefix, len) == 0;
}

/* The part from `start`; empty when `start` is past the end. */
static inline struct slice slice_from(struct slice a, size_t start)
{
	if (start >= a.len) {
		return slice_make(a.data, 0);
	}
	return slice_make(a.data + start, a.len - start);
}

/* Without blanks, tabs and line ends at both ends. */
struct slice slice_trim(struct slice a);

/* ASCII letters are equal whatever their case. */
bool slice_equal_ignoring_case(struct slice a, struct slice b);

/* A whole decimal number and nothing else. False when it is not one or does
 * not fit. */
MUST_USE bool slice_to_int64(struct slice a, int64_t *value);

#endif
