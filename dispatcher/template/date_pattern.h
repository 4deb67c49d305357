#ifndef DISPATCHER_TEMPLATE_DATE_PATTERN_H
#define DISPATCHER_TEMPLATE_DATE_PATTERN_H

/* The pieces of a SimpleDateFormat pattern, for writing and for reading. */

#include <stdbool.h>

#include "common/base/attr.h"
#include "common/base/slice.h"

struct pattern_piece {
	char letter; /* of a field; 0 for one character as it is */
	int count;   /* how often the letter stands there */
	char literal;
	bool
	    is_abutting; /* a field, and one follows without anything between */
};

struct pattern_reader {
	struct slice left;
	bool is_quoted;
	bool is_bad;
};

/* False at the end, or when the pattern is none. */
MUST_USE bool pattern_next(
    struct pattern_reader *reader, struct pattern_piece *piece);

/* Whether it is one, from its start to its end. */
MUST_USE bool pattern_is_valid(struct slice pattern);

#endif
