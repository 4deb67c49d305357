#ifndef INGEST_GATE_HTTP_CHUNKS_H
#define INGEST_GATE_HTTP_CHUNKS_H

/*
 * The body of a request with Transfer-Encoding: chunked, byte by byte as it
 * comes. As strict as http_head.h: sizes are hexadecimal digits and nothing
 * else, every line ends in CR LF. Extensions and trailers are read and
 * forgotten: no trailer becomes a header. Pure.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/slice.h"
#include "common/base/strbuf.h"
#include "ingest/gate/http_head.h"

enum http_chunks_state {
	HTTP_CHUNKS_SIZE,      /* digits of a size */
	HTTP_CHUNKS_EXTENSION, /* behind them, up to the end of the line */
	HTTP_CHUNKS_SIZE_END,  /* the LF of that line */
	HTTP_CHUNKS_DATA,
	HTTP_CHUNKS_DATA_CR,
	HTTP_CHUNKS_DATA_LF,
	HTTP_CHUNKS_TRAILER,	  /* the beginning of a line of the trailer */
	HTTP_CHUNKS_TRAILER_LINE, /* in it */
	HTTP_CHUNKS_TRAILER_LF,	  /* its LF */
	HTTP_CHUNKS_LAST_LF,	  /* that of the empty line */
	HTTP_CHUNKS_DONE,
	HTTP_CHUNKS_BROKEN,
};

struct http_chunks {
	enum http_chunks_state state;
	uint64_t left;	 /* of a chunk's data; of a size while it is read */
	size_t digits;	 /* of a size */
	size_t overhead; /* bytes of this line, or of the whole trailer */
};

enum http_chunks_read {
	HTTP_CHUNKS_MORE, /* all was taken; there is more to come */
	HTTP_CHUNKS_END,  /* *used bytes were taken; the body is whole */
	HTTP_CHUNKS_BAD,
};

void http_chunks_init(struct http_chunks *chunks);

/* Takes bytes, and appends their data to `body`; a body that would pass its
 * limit is a fault, 413. Not to be called again after END or BAD. */
MUST_USE enum http_chunks_read http_chunks_take(struct http_chunks *chunks,
    struct slice bytes, struct strbuf *body, size_t *used,
    struct http_fault *fault);

#endif
