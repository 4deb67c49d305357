#ifndef COMMON_BASE_MEM_H
#define COMMON_BASE_MEM_H

/*
 * Allocation of small things whose size no input chooses: it succeeds or the
 * process dies with a message. What input sizes goes through an arena or a
 * strbuf, which have limits and can fail.
 */

#include <stddef.h>

#include "common/base/attr.h"

/* Never NULL. Caller frees with free(). */
MUST_USE void *xmalloc(size_t bytes);
MUST_USE void *xcalloc(size_t count, size_t bytes);
MUST_USE void *xrealloc(void *old, size_t bytes);
MUST_USE char *xstrdup(const char *text);
MUST_USE char *xstrndup(const char *text, size_t len);
MUST_USE char *xasprintf(const char *format, ...) PRINTF_LIKE(1, 2);

#endif
