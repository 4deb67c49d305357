#include "common/base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

NORETURN static void die(size_t bytes)
{
	(void)fprintf(stderr, "out of memory allocating %zu bytes\n", bytes);
	abort();
}

void *xmalloc(size_t bytes)
{
	void *memory = malloc(bytes > 0 ? bytes : 1);

	if (memory == NULL) {
		die(bytes);
	}
	return memory;
}

void *xcalloc(size_t count, size_t bytes)
{
	void *memory = calloc(count > 0 ? count : 1, bytes > 0 ? bytes : 1);

	if (memory == NULL) {
		die(bytes);
	}
	return memory;
}

void *xrealloc(void *old, size_t bytes)
{
	void *memory = realloc(old, bytes > 0 ? bytes : 1);

	if (memory == NULL) {
		die(bytes);
	}
	return memory;
}

char *xstrdup(const char *text)
{
	return xstrndup(text, strlen(text));
}

char *xstrndup(const char *text, size_t len)
{
	char *copy = xmalloc(len + 1);

	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

char *xasprintf(const char *format, ...)
{
	va_list args;
	int len;
	char *text;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0) {
		die(0);
	}
	text = xmalloc((size_t)len + 1);
	va_start(args, format);
	(void)vsnprintf(text, (size_t)len + 1, format, args);
	va_end(args);
	return text;
}
