#ifndef DISPATCHER_TEMPLATE_MSGPACK_READ_H
#define DISPATCHER_TEMPLATE_MSGPACK_READ_H

/*
 * msgpack, header by header: the format, and nothing of values. Only what JSON
 * has a like of, as common/json's reader writes it; the rest, and bytes that
 * end too early, are refused. Nothing recurses.
 *
 * All functions go from `at`, which is before `end` or there, and give where
 * they have come to, or NULL.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/slice.h"

enum msgpack_kind {
	MSGPACK_NIL,
	MSGPACK_BOOLEAN,
	MSGPACK_SIGNED,
	MSGPACK_UNSIGNED, /* of more than INT64_MAX */
	MSGPACK_FLOAT,
	MSGPACK_STRING,
	MSGPACK_NUMBER_TEXT, /* the JSON text of a number */
	MSGPACK_ARRAY,
	MSGPACK_MAP,
};

/* One header: what it announces, and how much follows. */
struct msgpack_item {
	enum msgpack_kind kind;
	uint32_t count;	 /* items of an array, pairs of a map */
	uint32_t len;	 /* bytes of a text, which come next */
	uint64_t number; /* integers, booleans, the bits of a float */
};

/* Goes behind the next header; what it says that follows is there. */
MUST_USE const unsigned char *msgpack_read(const unsigned char *at,
    const unsigned char *end, struct msgpack_item *item);

/* Goes behind `count` items and all that is in them. */
MUST_USE const unsigned char *msgpack_skip(
    const unsigned char *at, const unsigned char *end, uint64_t count);

/* ---- inline, because objects are read in a tight loop ---- */

/* Goes behind a text of up to 31 bytes, whose length is in its header: the
 * names of most members, and many values. NULL for all else, and near the end,
 * where one look would not do to see that there are as many bytes. */
MUST_USE static inline const unsigned char *msgpack_short_text(
    const unsigned char *at, const unsigned char *end, struct slice *text)
{
	size_t len;

	if (UNLIKELY(end - at <= 31)) {
		return NULL;
	}
	len = (size_t)*at - 0xa0;
	if (len > 31) {
		return NULL;
	}
	*text = slice_make(at + 1, len);
	return at + 1 + len;
}

static inline bool msgpack_is_nil(
    const unsigned char *at, const unsigned char *end)
{
	return at != end && *at == 0xc0;
}

#endif
