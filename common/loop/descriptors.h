#ifndef COMMON_LOOP_DESCRIPTORS_H
#define COMMON_LOOP_DESCRIPTORS_H

/* The process's limit of open files. */

#include <stddef.h>

#include "common/base/attr.h"

/* Raises the soft limit to `wanted`, or as far as the hard one lets it; what it
 * is then, never less than before. */
MUST_USE size_t descriptors_raise(size_t wanted);

#endif
