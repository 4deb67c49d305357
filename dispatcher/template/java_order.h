#ifndef DISPATCHER_TEMPLATE_JAVA_ORDER_H
#define DISPATCHER_TEMPLATE_JAVA_ORDER_H

/* The order in which a Java HashMap gives its keys: that of .main?keys, and of
 * named arguments in a catch-all parameter. */

#include <stdbool.h>
#include <stddef.h>

#include "common/base/arena.h"
#include "common/base/attr.h"
#include "common/base/slice.h"

/* The places of the keys, all different, in that order. NULL when the arena is
 * full. */
MUST_USE size_t *java_order(
    struct arena *arena, const struct slice *keys, size_t count);

#endif
