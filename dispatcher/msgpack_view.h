#ifndef DISPATCHER_MSGPACK_VIEW_H
#define DISPATCHER_MSGPACK_VIEW_H

/*
 * Looks at msgpack in place, as common/json's reader writes it: no tree, no
 * allocation; common/job/unpack.h with members by name. For checks of a
 * rendered body; templates have their own values.
 *
 * Views are borrowed from the bytes they look at.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/slice.h"

enum msgpack_kind {
	MSGPACK_NIL,
	MSGPACK_BOOLEAN,
	MSGPACK_INTEGER,
	MSGPACK_NUMBER, /* any other number */
	MSGPACK_TEXT,
	MSGPACK_ARRAY,
	MSGPACK_MAP,
};

struct msgpack_view {
	enum msgpack_kind kind;
	bool truth;	     /* of a BOOLEAN */
	int64_t integer;     /* of an INTEGER; INT64_MAX for larger ones */
	struct slice text;   /* of a TEXT */
	uint32_t count;	     /* of an ARRAY or MAP */
	struct slice inside; /* of an ARRAY or MAP: from its first element */
};

/* Goes over the elements of an array, or the keys and values of a map. */
struct msgpack_walk {
	struct slice rest;
	uint64_t left;
};

/* The first value of the bytes. False when it is none of those kinds, or cut
 * short. */
MUST_USE bool msgpack_view_open(struct slice bytes, struct msgpack_view *view);

/* The member of a map by its name; the last one, if it is there twice. False
 * when it is absent, or this is no map. */
MUST_USE bool msgpack_view_member(const struct msgpack_view *map,
    const char *name, struct msgpack_view *member);

struct msgpack_walk msgpack_view_walk(const struct msgpack_view *container);

/* False at the end. */
MUST_USE bool msgpack_walk_next(
    struct msgpack_walk *walk, struct msgpack_view *view);

#endif
