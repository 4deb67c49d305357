#ifndef DISPATCHER_TEMPLATE_JSON_TEXT_H
#define DISPATCHER_TEMPLATE_JSON_TEXT_H

/*
 * Texts in JSON: where in it one is printed, and how it is escaped there.
 * Pure; what `escape: json` makes of it is in print.c.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/base/slice.h"

/* Where in JSON the next byte comes to stand. */
enum json_place {
	JSON_OUTSIDE,	/* of all string literals */
	JSON_INSIDE,	/* of one */
	JSON_BACKSLASH, /* ... behind a backslash, which the byte belongs to */
};

enum {
	JSON_PLACES = JSON_BACKSLASH + 1,
	JSON_ESCAPE_MAX = 6, /* bytes for one: \u0000 */
};

/* The place behind `text`, which begins at `place`. */
enum json_place json_place_after(enum json_place place, struct slice text);

/* Whether `text` inside of a literal would end it, break it, or be read as
 * something else: it holds a quote, a backslash or a control character. */
bool json_breaks_literal(struct slice text);

/* Whether `text` ends one literal and begins the next, with nothing but
 * punctuation between: `", "`. */
bool json_is_separator(struct slice text);

/* Writes the text as ?json_string gives it into `out`, which has room for
 * JSON_ESCAPE_MAX times its length, and returns the length of that. It also
 * escapes what is harmless in JSON but not in the HTML around it. */
size_t json_escape(struct slice text, char *out);

/* Whether that would change anything. */
bool json_escape_changes(struct slice text);

/* The two-character escape for `c` without its backslash, or 0. */
char json_short_escape(char c);

#endif
