#ifndef DISPATCHER_TEMPLATE_STRING_JOIN_H
#define DISPATCHER_TEMPLATE_STRING_JOIN_H

/*
 * Strings put together, with the memory of which parts of the whole are JSON
 * already. To all but those who print it, such a string is like any other; the
 * memory is lost where a part is cut out of it.
 *
 * A string of JSON_SHARE_PARTS has a table behind its text. Its parts take
 * turns; the first is none that is JSON, and may be empty:
 *
 *	| text ... | 0 to 3 bytes | count | end of part 0 | end of part 1 | ...
 *	                          ^ 4-byte numbers, ends from the text's start
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/attr.h"
#include "common/base/slice.h"
#include "dispatcher/template/value.h"

/* The strings, one behind the other; one of them itself when the others are
 * empty. False when the arena is full. */
MUST_USE bool strings_join(struct arena *arena, const struct value *strings,
    size_t count, struct value *joined);

struct string_parts {
	struct value string;
	const uint32_t *ends;
	uint32_t count;
	uint32_t next;
	uint32_t at; /* in the text */
};

void string_parts_begin(struct string_parts *parts, struct value string);

/* The next part, which is not empty. False when there is none. */
MUST_USE bool string_parts_next(
    struct string_parts *parts, struct slice *part, bool *is_json);

#endif
