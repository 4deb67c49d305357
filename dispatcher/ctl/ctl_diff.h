#ifndef DISPATCHER_CTL_CTL_DIFF_H
#define DISPATCHER_CTL_CTL_DIFF_H

#include "common/base/slice.h"
#include "common/base/strbuf.h"

/*
 * Appends how two texts differ, line by line, for a person: what is only in
 * the first behind `-`, what is only in the second behind `+`, three lines
 * around each, `...` for the rest. Nothing when they are the same.
 *
 *	    "name": "total",
 *	-   "value": "12"
 *	+   "value": "12.5"
 *	  },
 */
void ctl_diff_append(struct strbuf *out, struct slice old, struct slice new);

#endif
