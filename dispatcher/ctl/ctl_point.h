#ifndef DISPATCHER_CTL_CTL_POINT_H
#define DISPATCHER_CTL_CTL_POINT_H

#include "common/base/slice.h"
#include "common/base/strbuf.h"

/*
 * Appends the line of a text and a mark below the place (line and column in
 * bytes, from 1, as common/json's errors have them); of a long line what is
 * around the place:
 *
 *	    {"a": 1, "b": ,
 *	                  ^
 */
void ctl_append_pointed(
    struct strbuf *out, struct slice text, int line, int column);

#endif
