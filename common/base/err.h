#ifndef COMMON_BASE_ERR_H
#define COMMON_BASE_ERR_H

/*
 * An error a person must read: one line of text, and where it is. Filled in by
 * the function that fails, shown by whoever talks to the person. Every function
 * takes NULL for "nobody wants to know".
 */

#include "common/base/attr.h"

struct err {
	char text[512]; /* one line, no line break, no secrets, no bodies */
	int line;	/* from 1; 0: not known */
	int column;	/* from 1; 0: not known */
};

void err_clear(struct err *err);
void err_set(struct err *err, const char *format, ...) PRINTF_LIKE(2, 3);
void err_set_at(struct err *err, int line, int column, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* Puts "where: " before the text: err_prefix(err, "%s", path). */
void err_prefix(struct err *err, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
