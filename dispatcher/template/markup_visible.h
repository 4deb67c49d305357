#ifndef DISPATCHER_TEMPLATE_MARKUP_VISIBLE_H
#define DISPATCHER_TEMPLATE_MARKUP_VISIBLE_H

/* What a reader sees of HTML or XML, near enough: without tags and comments, a
 * reference being one character. */

#include <stdbool.h>
#include <stddef.h>

#include "common/base/slice.h"

/* UTF-16 units. */
size_t markup_visible_units(struct slice markup);

/* Whether the first of them is a full stop or an ellipsis. */
bool markup_starts_with_dot(struct slice markup);

#endif
