#ifndef COMMON_BASE_STRBUF_H
#define COMMON_BASE_STRBUF_H

/*
 * A growing byte buffer with a limit. Its failure is sticky: an append that
 * would pass the limit, or for which there is no memory, marks the buffer as
 * failed and leaves what it holds; later appends do nothing. So a writer
 * appends freely and asks strbuf_failed() once, at the end.
 *
 * Contents are always followed by a NUL that does not count.
 */

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "common/base/attr.h"
#include "common/base/slice.h"

struct strbuf {
	char *data; /* NULL until the first append */
	size_t len;
	size_t cap;
	size_t max; /* the largest len allowed */
	bool failed;
};

#define STRBUF_NO_LIMIT ((size_t)-1 / 4)

void strbuf_init(struct strbuf *buf, size_t max_bytes);

/* Frees. A zeroed buffer is fine. */
void strbuf_finish(struct strbuf *buf);

/* Empty and not failed again; keeps its memory. */
void strbuf_clear(struct strbuf *buf);

/* Shortens to `len` bytes; `len` is at most the present length. */
void strbuf_truncate(struct strbuf *buf, size_t len);

/* strbuf_append where there is no room yet, or must not be. */
void strbuf_append_slowly(struct strbuf *buf, const void *data, size_t len);

/* Inline, as much of what is written comes in small pieces. */
static inline void strbuf_append(
    struct strbuf *buf, const void *data, size_t len)
{
	if (UNLIKELY(buf->failed || len >= buf->cap - buf->len ||
		len > buf->max - buf->len)) {
		strbuf_append_slowly(buf, data, len);
		return;
	}
	if (len > 0) {
		memcpy(buf->data + buf->len, data, len);
	}
	buf->len += len;
	buf->data[buf->len] = '\0';
}

static inline void strbuf_append_slice(struct strbuf *buf, struct slice text)
{
	strbuf_append(buf, text.data, text.len);
}

void strbuf_append_text(struct strbuf *buf, const char *text);
void strbuf_append_char(struct strbuf *buf, char c);
void strbuf_appendf(struct strbuf *buf, const char *format, ...)
    PRINTF_LIKE(2, 3);

/* Room for `bytes` more behind data + len, for writers that fill it in
 * themselves and then add to len. False (and failed) when there is none. */
MUST_USE bool strbuf_reserve(struct strbuf *buf, size_t bytes);

static inline bool strbuf_failed(const struct strbuf *buf)
{
	return buf->failed;
}

/* Borrowed: until the next change. */
static inline struct slice strbuf_slice(const struct strbuf *buf)
{
	return slice_make(buf->data, buf->len);
}

/* Borrowed: until the next change. Never NULL. */
static inline const char *strbuf_text(const struct strbuf *buf)
{
	return buf->data != NULL ? buf->data : "";
}

/* Hands the memory over, NUL-terminated, never NULL; the buffer is empty then.
 * Caller frees with free(). */
MUST_USE char *strbuf_take(struct strbuf *buf);

#endif
