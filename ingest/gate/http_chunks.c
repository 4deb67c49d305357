#include "ingest/gate/http_chunks.h"

#include <stdbool.h>

enum {
	DIGITS_MAX = 16,
	OVERHEAD_MAX = 4096, /* of one line, of all trailers */
};

void http_chunks_init(struct http_chunks *chunks)
{
	*chunks = (struct http_chunks){.state = HTTP_CHUNKS_SIZE};
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	if (c >= 'a' && c <= 'f') {
		return c - 'a' + 10;
	}
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool is_text(char c)
{
	return (unsigned char)c >= ' ' ? c != 0x7f : c == '\t';
}

static enum http_chunks_state after_size(struct http_chunks *chunks, char c)
{
	if (chunks->digits == 0) {
		return HTTP_CHUNKS_BROKEN;
	}
	chunks->overhead = 0;
	switch (c) {
	case '\r':
		return HTTP_CHUNKS_SIZE_END;
	case ';':
	case ' ':
	case '\t':
		return HTTP_CHUNKS_EXTENSION;
	default:
		return HTTP_CHUNKS_BROKEN;
	}
}

static enum http_chunks_state in_size(struct http_chunks *chunks, char c)
{
	int digit = digit_of(c);

	if (digit < 0) {
		return after_size(chunks, c);
	}
	if (chunks->digits == DIGITS_MAX) {
		return HTTP_CHUNKS_BROKEN;
	}
	chunks->digits++;
	chunks->left = chunks->left * 16 + (uint64_t)digit;
	return HTTP_CHUNKS_SIZE;
}

/* A text that goes on to a CR, and has an end. */
static enum http_chunks_state in_text(struct http_chunks *chunks, char c,
    enum http_chunks_state same, enum http_chunks_state next)
{
	if (c == '\r') {
		return next;
	}
	chunks->overhead++;
	return is_text(c) && chunks->overhead <= OVERHEAD_MAX
	    ? same
	    : HTTP_CHUNKS_BROKEN;
}

static enum http_chunks_state expect(
    char c, char wanted, enum http_chunks_state next)
{
	return c == wanted ? next : HTTP_CHUNKS_BROKEN;
}

static void begin_size(struct http_chunks *chunks)
{
	chunks->left = 0;
	chunks->digits = 0;
}

/* One byte that is no data. */
static enum http_chunks_state step(struct http_chunks *chunks, char c)
{
	switch (chunks->state) {
	case HTTP_CHUNKS_SIZE:
		return in_size(chunks, c);
	case HTTP_CHUNKS_EXTENSION:
		return in_text(
		    chunks, c, HTTP_CHUNKS_EXTENSION, HTTP_CHUNKS_SIZE_END);
	case HTTP_CHUNKS_SIZE_END:
		chunks->overhead = 0;
		return expect(c, '\n',
		    chunks->left > 0 ? HTTP_CHUNKS_DATA : HTTP_CHUNKS_TRAILER);
	case HTTP_CHUNKS_DATA_CR:
		return expect(c, '\r', HTTP_CHUNKS_DATA_LF);
	case HTTP_CHUNKS_DATA_LF:
		begin_size(chunks);
		return expect(c, '\n', HTTP_CHUNKS_SIZE);
	case HTTP_CHUNKS_TRAILER:
		return c == '\r' ? HTTP_CHUNKS_LAST_LF
				 : in_text(chunks, c, HTTP_CHUNKS_TRAILER_LINE,
				       HTTP_CHUNKS_TRAILER_LF);
	case HTTP_CHUNKS_TRAILER_LINE:
		return in_text(chunks, c, HTTP_CHUNKS_TRAILER_LINE,
		    HTTP_CHUNKS_TRAILER_LF);
	case HTTP_CHUNKS_TRAILER_LF:
		return expect(c, '\n', HTTP_CHUNKS_TRAILER);
	case HTTP_CHUNKS_LAST_LF:
		return expect(c, '\n', HTTP_CHUNKS_DONE);
	case HTTP_CHUNKS_DATA:
	case HTTP_CHUNKS_DONE:
	case HTTP_CHUNKS_BROKEN:
		break;
	}
	return HTTP_CHUNKS_BROKEN;
}

/* The data of a chunk that is there; all of it stays within the limit. */
static bool take_data(struct http_chunks *chunks, struct slice bytes,
    struct strbuf *body, size_t *used)
{
	size_t len =
	    bytes.len < chunks->left ? bytes.len : (size_t)chunks->left;

	strbuf_append(body, bytes.data, len);
	*used += len;
	chunks->left -= len;
	if (chunks->left == 0) {
		chunks->state = HTTP_CHUNKS_DATA_CR;
	}
	return !strbuf_failed(body);
}

/* A chunk that does not fit is refused before its data has come. */
static bool fits(const struct http_chunks *chunks, const struct strbuf *body)
{
	return chunks->state != HTTP_CHUNKS_DATA ||
	    chunks->left <= body->max - body->len;
}

static enum http_chunks_read fail(
    struct http_fault *fault, int status, const char *reason)
{
	http_fault_set(fault, status, "%s", reason);
	return HTTP_CHUNKS_BAD;
}

enum http_chunks_read http_chunks_take(struct http_chunks *chunks,
    struct slice bytes, struct strbuf *body, size_t *used,
    struct http_fault *fault)
{
	*used = 0;
	while (*used < bytes.len && chunks->state != HTTP_CHUNKS_DONE) {
		if (chunks->state == HTTP_CHUNKS_DATA) {
			if (!take_data(
				chunks, slice_from(bytes, *used), body, used)) {
				return fail(fault, 503, "out of memory");
			}
			continue;
		}
		chunks->state = step(chunks, bytes.data[*used]);
		(*used)++;
		if (chunks->state == HTTP_CHUNKS_BROKEN) {
			return fail(fault, 400,
			    "the chunks of the body are not as HTTP has them");
		}
		if (!fits(chunks, body)) {
			return fail(fault, 413, "the body is too large");
		}
	}
	return chunks->state == HTTP_CHUNKS_DONE ? HTTP_CHUNKS_END
						 : HTTP_CHUNKS_MORE;
}
