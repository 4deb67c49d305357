#ifndef COMMON_JSON_JSON_VALUE_H
#define COMMON_JSON_JSON_VALUE_H

/*
 * Private to this room: the grammar. Reads values, which for arrays and objects
 * means all in them.
 */

#include <stdbool.h>

#include "common/base/attr.h"
#include "common/base/slice.h"
#include "common/json/json_reader.h"
#include "common/json/json_scan.h"

struct json_reader {
	struct json_scan scan;
	int max_depth;
	/* For json_read_objects: the depth of the objects whose members are
	 * captured, else 0; and what was captured of the present one. */
	int capture_depth;
	const struct json_objects_query *query;
	struct slice members[JSON_CAPTURES_MAX];
};

/* What follows in a container. */
enum json_step {
	JSON_STEP_MEMBER, /* it is next, white space skipped */
	JSON_STEP_END,	  /* the closing bracket is behind us */
	JSON_STEP_FAILED,
};

/* Reads the value that is next, inside of `depth` containers. White space
 * before it is skipped already. */
MUST_USE bool json_read_value(struct json_reader *reader, int depth);

/* The same for the object whose '{' is next; `depth` counts it, too. */
MUST_USE bool json_read_object(struct json_reader *reader, int depth);

/* Steps over what is between members: nothing before the first, else the
 * comma; or the closing bracket. */
MUST_USE enum json_step json_next_member(
    struct json_scan *scan, unsigned char closer, bool is_first);

#endif
