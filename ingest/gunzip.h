#ifndef INGEST_GUNZIP_H
#define INGEST_GUNZIP_H

/*
 * Bodies with Content-Encoding: gzip. A few bytes can expand to gigabytes, so
 * expanding ends at a limit: what a body takes in memory and time is bounded by
 * that, not by what it claims. Pure.
 *
 * One is enough for a process: its memory is reused from body to body, and
 * given back when a large one has grown it.
 */

#include <stddef.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/base/slice.h"

struct gunzip;

enum gunzip_status {
	GUNZIP_OK,
	GUNZIP_BAD,	  /* not gzip, cut, or with something behind it */
	GUNZIP_TOO_LARGE, /* over the limit */
	GUNZIP_NO_MEMORY,
};

/* Caller destroys with gunzip_destroy. */
MUST_USE struct gunzip *gunzip_create(size_t max_bytes);

/* NULL is fine. */
void gunzip_destroy(struct gunzip *gunzip);

/* *expanded is borrowed, until the next call. When not GUNZIP_OK, *err says
 * what is wrong. */
MUST_USE enum gunzip_status gunzip_expand(struct gunzip *gunzip,
    struct slice body, struct slice *expanded, struct err *err);

/* Forgets what was expanded. */
void gunzip_clear(struct gunzip *gunzip);

#endif
