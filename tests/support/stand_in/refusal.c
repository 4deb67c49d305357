#include "tests/support/stand_in/refusal.h"

#include <stdarg.h>
#include <stdio.h>

bool refuse(struct refusal *refusal, int status, const char *where,
    const char *format, ...)
{
	va_list args;

	refusal->status = status;
	(void)snprintf(refusal->where, sizeof(refusal->where), "%s", where);
	va_start(args, format);
	(void)vsnprintf(refusal->reason, sizeof(refusal->reason), format, args);
	va_end(args);
	return false;
}
