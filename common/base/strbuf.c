#include "common/base/strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/mem.h"

enum {
	FIRST_CAPACITY = 256,
};

void strbuf_init(struct strbuf *buf, size_t max_bytes)
{
	*buf = (struct strbuf){
	    .max = max_bytes < STRBUF_NO_LIMIT ? max_bytes : STRBUF_NO_LIMIT};
}

void strbuf_finish(struct strbuf *buf)
{
	free(buf->data);
	*buf = (struct strbuf){.max = buf->max};
}

void strbuf_clear(struct strbuf *buf)
{
	buf->len = 0;
	buf->failed = false;
	if (buf->data != NULL) {
		buf->data[0] = '\0';
	}
}

void strbuf_truncate(struct strbuf *buf, size_t len)
{
	if (len < buf->len) {
		buf->len = len;
		buf->data[len] = '\0';
	}
}

static bool grow(struct strbuf *buf, size_t need)
{
	size_t cap = buf->cap > 0 ? buf->cap : FIRST_CAPACITY;
	char *data;

	while (cap < need) {
		cap *= 2;
	}
	data = realloc(buf->data, cap);
	if (data == NULL) {
		return false;
	}
	buf->data = data;
	buf->cap = cap;
	return true;
}

bool strbuf_reserve(struct strbuf *buf, size_t bytes)
{
	if (buf->failed) {
		return false;
	}
	if (bytes > buf->max || buf->len > buf->max - bytes) {
		buf->failed = true;
		return false;
	}
	/* One more for the NUL. */
	if (buf->len + bytes + 1 > buf->cap &&
	    !grow(buf, buf->len + bytes + 1)) {
		buf->failed = true;
		return false;
	}
	return true;
}

void strbuf_append_slowly(struct strbuf *buf, const void *data, size_t len)
{
	if (strbuf_reserve(buf, len)) {
		strbuf_append(buf, data, len);
	}
}

void strbuf_append_text(struct strbuf *buf, const char *text)
{
	strbuf_append(buf, text, strlen(text));
}

void strbuf_append_char(struct strbuf *buf, char c)
{
	strbuf_append(buf, &c, 1);
}

void strbuf_appendf(struct strbuf *buf, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0 || !strbuf_reserve(buf, (size_t)len)) {
		buf->failed = true;
		return;
	}
	va_start(args, format);
	(void)vsnprintf(buf->data + buf->len, (size_t)len + 1, format, args);
	va_end(args);
	buf->len += (size_t)len;
}

char *strbuf_take(struct strbuf *buf)
{
	char *data = buf->data != NULL ? buf->data : xstrdup("");

	*buf = (struct strbuf){.max = buf->max};
	return data;
}
