#ifndef DISPATCHER_OMIT_EMPTY_H
#define DISPATCHER_OMIT_EMPTY_H

/*
 * `omit_empty: true`: takes out of a body what says nothing, for templates that
 * print every member whether there is a value or not:
 *
 *	- a member of an object that is null or "" goes;
 *	- an element of an array that loses its member `value` goes, whole;
 *	- an array that loses all its elements goes with its member, or stays as
 *	  [] if its name is one of those to keep.
 *
 * Objects stay, as {} when nothing is left, and so do elements of arrays that
 * are null or "", and arrays that were empty to begin with. All other bytes
 * stay as they are, numbers above all.
 */

#include <stddef.h>

#include "common/base/strbuf.h"

/* In place. `json` is JSON of at most JSON_DEPTH_LIMIT levels: json_check says
 * so. Names are compared as they are written. */
void omit_empty(struct strbuf *json, char *const *keep, size_t keep_count);

#endif
