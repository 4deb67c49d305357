#ifndef COMMON_JOB_UNPACK_H
#define COMMON_JOB_UNPACK_H

/*
 * Reads msgpack in place: one value's head at a time, without a tree and
 * without memory. For what comes out of Redis, which may be anything at all.
 *
 * Not msgpack-c's unpacker, which refuses what is nested deeper than 32 (JSON
 * may be 128 deep here), and allocates what an array says it holds before it
 * has seen it.
 *
 * Format: github.com/msgpack/msgpack/blob/master/spec.md
 */

#include "common/base/attr.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	UNPACK_DEPTH_MAX = 128, /* arrays and maps inside each other */
};

enum unpack_type {
	UNPACK_NIL,
	UNPACK_BOOL,
	UNPACK_INT,  /* `integer` */
	UNPACK_UINT, /* `natural`; only what int64 does not hold */
	UNPACK_FLOAT,
	UNPACK_STR, /* `bytes`; UTF-8 is not checked */
	UNPACK_BIN,
	UNPACK_EXT,   /* `bytes`, `ext_type` */
	UNPACK_ARRAY, /* `count` values follow */
	UNPACK_MAP,   /* `count` pairs of values follow */
};

struct unpack_value {
	enum unpack_type type;
	int ext_type;
	bool boolean;
	int64_t integer;
	uint64_t natural;
	double real;
	struct slice bytes; /* borrowed from what is read */
	uint32_t count;
};

/* Takes a value off the front of `rest`; of an array or a map its head alone.
 * False when there is no whole one; `rest` is then where it was. */
MUST_USE bool unpack_value(struct slice *rest, struct unpack_value *value);

/* Takes a value off the front, with all that is in it. False as above, also
 * when it is deeper than max_depth (up to UNPACK_DEPTH_MAX). */
MUST_USE bool unpack_skip(struct slice *rest, int max_depth);

#endif
