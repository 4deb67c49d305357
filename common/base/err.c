#include "common/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void set(struct err *err, const char *format, va_list args)
{
	(void)vsnprintf(err->text, sizeof(err->text), format, args);
	for (char *c = err->text; *c != '\0'; c++) {
		if (*c == '\n' || *c == '\r') {
			*c = ' ';
		}
	}
}

void err_clear(struct err *err)
{
	if (err != NULL) {
		*err = (struct err){.line = 0};
	}
}

void err_set(struct err *err, const char *format, ...)
{
	va_list args;

	if (err == NULL) {
		return;
	}
	err_clear(err);
	va_start(args, format);
	set(err, format, args);
	va_end(args);
}

void err_set_at(struct err *err, int line, int column, const char *format, ...)
{
	va_list args;

	if (err == NULL) {
		return;
	}
	err->line = line;
	err->column = column;
	va_start(args, format);
	set(err, format, args);
	va_end(args);
}

void err_prefix(struct err *err, const char *format, ...)
{
	char old[sizeof(err->text)];
	va_list args;
	size_t len;

	if (err == NULL) {
		return;
	}
	memcpy(old, err->text, sizeof(old));
	va_start(args, format);
	set(err, format, args);
	va_end(args);
	len = strlen(err->text);
	(void)snprintf(err->text + len, sizeof(err->text) - len, ": %s", old);
}
