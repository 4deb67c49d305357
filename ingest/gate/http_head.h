#ifndef INGEST_GATE_HTTP_HEAD_H
#define INGEST_GATE_HTTP_HEAD_H

/*
 * The head of an HTTP/1 request: bytes in, a struct or a fault out. Strict,
 * because a proxy in front may read sloppy bytes another way than we do, and
 * then somebody else's request begins in the middle of ours (smuggling). What
 * RFC 9112 lets a server refuse is refused: lines that end without CR, blanks
 * around names, folded lines, control characters, two lengths, a length beside
 * a transfer coding. Pure.
 *
 *	struct http_head_search search = {0};
 *
 *	switch (http_head_find(bytes, &search, &fault)) {
 *	case HTTP_HEAD_PART:	wait for more bytes; call again with all of them
 *	case HTTP_HEAD_WHOLE:	search.len bytes are the head:
 *		if (http_head_read(head_bytes, &head, &fault))
 *			...
 *	case HTTP_HEAD_BAD:	answer fault.status, and close
 *	}
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/base/slice.h"

enum {
	HTTP_HEAD_BYTES = 16 * 1024,
	HTTP_FIELDS_MAX = 100,
};

/* Why something is no request, and the status to say so with. */
struct http_fault {
	int status;
	struct err reason;
};

enum http_framing {
	HTTP_NO_LENGTH, /* not said: then there is no body */
	HTTP_LENGTH,
	HTTP_CHUNKED,
	HTTP_OTHER_CODING, /* one that nobody here knows: no end is known */
};

struct http_field {
	struct slice name;
	struct slice value; /* without blanks around; never a NULL pointer */
};

/* Slices point into the bytes it was read from. */
struct http_head {
	struct slice method;
	struct slice target; /* without scheme and host: path and query, of
			      * which the path may be missing */
	struct slice path;   /* without the query, too */
	int minor;	     /* of HTTP/1.<minor>: 0 or 1 */
	bool is_plain;	     /* the line is as it would be written from this,
			      * and nothing is expected */
	enum http_framing framing;
	int64_t length; /* HTTP_LENGTH; what does not fit is INT64_MAX */
	bool closes;	/* the client wants one answer only */
	bool expects_continue;
	struct http_field fields[HTTP_FIELDS_MAX];
	size_t field_count;
};

/* Zeroed for each new head. */
struct http_head_search {
	size_t line; /* where the first line that is not whole begins */
	size_t len;  /* of the whole head, its empty line included */
};

enum http_head_found {
	HTTP_HEAD_WHOLE,
	HTTP_HEAD_PART,
	HTTP_HEAD_BAD,
};

/* Finds the end of a head that begins `bytes`, looking at each line once; tells
 * what cannot become one as soon as it is there to see. */
MUST_USE enum http_head_found http_head_find(struct slice bytes,
    struct http_head_search *search, struct http_fault *fault);

/* Reads a whole head. False with *fault filled in. */
MUST_USE bool http_head_read(
    struct slice bytes, struct http_head *head, struct http_fault *fault);

/* The value of the first field of this name, in any case; a NULL pointer when
 * there is none. */
struct slice http_head_field(const struct http_head *head, struct slice name);

void http_fault_set(struct http_fault *fault, int status, const char *format,
    ...) PRINTF_LIKE(3, 4);

#endif
