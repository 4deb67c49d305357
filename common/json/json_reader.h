#ifndef COMMON_JSON_JSON_READER_H
#define COMMON_JSON_JSON_READER_H

/*
 * The JSON reader of the hot path: one pass over the text, strict by RFC 8259,
 * straight into msgpack. Ingest reads webhook bodies with it; the dispatcher
 * checks rendered output with it. Not for configuration, answers or tools:
 * those use jansson.
 *
 * What becomes of a value:
 *   object     map16 or map32, keys as written, in their order; a key that is
 *              there twice stays twice, and readers take the last
 *   array      array16 or array32
 *   string     str, UTF-8; \u0000 is a NUL byte in it; a lone surrogate
 *              (\ud800) is refused, as no UTF-8 text can hold it
 *   integer    int64 or uint64 where it fits, else JSON_NUMBER_TEXT
 *   other      float64 when that prints back as the same decimal number,
 *   number     else JSON_NUMBER_TEXT: no digit is lost
 *   -0         the float64 -0.0
 *
 * No state between calls; no allocation but the output's, about three times the
 * text. Time and stack are bounded by the text and by max_depth. Texts of 2 GiB
 * and more are refused.
 *
 * Errors say what is wrong and where (line and column, counted in bytes), and
 * show one character of the text at most. Those without a line are about room.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/base/strbuf.h"

/* msgpack ext type of a number kept as its JSON text (ASCII). */
#define JSON_NUMBER_TEXT 1

/* Arrays and objects inside each other; a scalar has depth 0. */
#define JSON_DEPTH_LIMIT 128

enum {
	JSON_CAPTURES_MAX = 8,
};

/* One object of a webhook body, as json_read_objects finds it. Borrowed: the
 * slices point into the output buffer and live until its next change. */
struct json_object {
	struct slice msgpack; /* the whole map */
	/* The msgpack of the members that were asked for, by their place in
	 * json_objects_query.names; empty where the member is absent. Of a
	 * member that is there twice, the last. */
	struct slice members[JSON_CAPTURES_MAX];
};

struct json_objects_query {
	int max_depth;			       /* 1 to JSON_DEPTH_LIMIT */
	size_t max_objects;		       /* more are an error */
	struct slice names[JSON_CAPTURES_MAX]; /* members to capture */
	size_t name_count;
};

/* Appends the msgpack of the one JSON value that `text` is, with white space
 * around it. False when it is not JSON or is deeper than max_depth, or when the
 * msgpack is over `out`'s limit or memory (`out` has failed then, as by any
 * append). `out` keeps its old length then. */
MUST_USE bool json_read(
    struct slice text, int max_depth, struct strbuf *out, struct err *err);

/* Whether `text` is JSON, without keeping it. The same errors. */
MUST_USE bool json_check(struct slice text, int max_depth, struct err *err);

/*
 * Reads a webhook body: one object, or an array of nothing but objects (an
 * empty array is fine). Appends the objects' msgpack to `out`, one behind the
 * other, and fills in *objects (an array from malloc, in their order; NULL when
 * none) and *count. Caller frees with free().
 *
 * Errors as json_read's; also when the value or an element is no object, and
 * past max_objects. Then *objects is NULL.
 */
MUST_USE bool json_read_objects(struct slice text,
    const struct json_objects_query *query, struct strbuf *out,
    struct json_object **objects, size_t *count, struct err *err);

#endif
