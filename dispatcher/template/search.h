#ifndef DISPATCHER_TEMPLATE_SEARCH_H
#define DISPATCHER_TEMPLATE_SEARCH_H

/* Looking for something in a string, as several built-ins do it: a text or,
 * with the flag r, a regular expression. */

#include <stdbool.h>
#include <stddef.h>

#include "common/base/attr.h"
#include "common/base/slice.h"
#include "dispatcher/template/regex.h"
#include "dispatcher/template/render.h"

/* What a call works on. */
struct search {
	struct slice text;
	struct regex regex;
	unsigned flags;
	struct regex_span spans[REGEX_GROUPS_MAX];
	size_t from; /* where the next one is looked for */
};

/* True when `status` is no error. */
MUST_USE bool search_raise(struct render *render, const struct expr *call,
    const struct regex *regex, enum regex_status status);

/* Argument 0 is what is looked for, argument `flags_at` the flags. */
MUST_USE bool search_begin(struct render *render, const struct expr *call,
    struct value left, size_t flags_at, struct search *search);

/* What is looked for is a regular expression, whatever the flags said. */
MUST_USE bool search_as_pattern(
    struct render *render, const struct expr *call, struct search *search);

/* The next match into search->spans. False on an error. */
MUST_USE bool search_next(struct render *render, const struct expr *call,
    struct search *search, bool *found);

/* Empty when the span matched nothing. */
struct slice search_part(struct slice text, struct regex_span span);

#endif
