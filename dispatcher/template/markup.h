#ifndef DISPATCHER_TEMPLATE_MARKUP_H
#define DISPATCHER_TEMPLATE_MARKUP_H

/*
 * FreeMarker's output formats (<#outputformat "HTML">) and the values of type
 * markup output, which ?esc, ?no_esc and captures give: a text that remembers
 * whether it is escaped for its format yet. Not to be confused with
 * `escape: json`, which knows nothing of this (print.c).
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/base/arena.h"
#include "common/base/attr.h"
#include "common/base/slice.h"
#include "dispatcher/template/value.h"

struct expr;
struct render;

struct output_format {
	const char *name;
	/* What stands for a character; NULL for itself. No function: the
	 * format is no markup, but plain text, JSON and such. */
	const char *(*escape)(char c);
	const char *bypassed; /* built-ins that leave its markup as it is */
	bool may_mix;	      /* prints the markup of all formats */
	/* Of a combined format, HTML{XML}: a text goes through inner first. */
	const struct output_format *outer;
	const struct output_format *inner;
};

extern const struct output_format output_undefined;
extern const struct output_format output_html;
extern const struct output_format output_xml;
extern const struct output_format output_rtf;

static inline bool output_is_markup(const struct output_format *format)
{
	return format->escape != NULL || format->outer != NULL;
}

/* A format by its name, also combined ones. *why says what is wrong when there
 * is none; NULL there means that the arena is full. */
MUST_USE const struct output_format *output_find(
    struct arena *arena, struct slice name, const char **why);

/* `name` as `outer`{`inner`}. NULL when the arena is full. */
MUST_USE struct output_format *output_combine(struct arena *arena,
    const struct output_format *outer, const struct output_format *inner);

struct markup {
	const struct output_format *format;
	struct slice text;
	bool is_plain; /* not escaped yet */
};

/* All of these: false with the error raised. */

/* The text as the format escapes it. */
MUST_USE bool markup_escape(struct render *render,
    const struct output_format *format, struct slice text,
    struct slice *escaped);

MUST_USE bool markup_create(struct render *render,
    const struct output_format *format, struct slice text, bool is_plain,
    struct value *value);

/* The text of a markup value, escaped. */
MUST_USE bool markup_text(
    struct render *render, const struct markup *markup, struct slice *text);

/* a + b, strings or markup, at least one of them markup. */
MUST_USE bool markup_add(struct render *render, const struct expr *expr,
    struct value a, struct value b, struct value *sum);

/* The markup as one of `format`, if it is or can be made that. */
MUST_USE bool markup_convert(struct render *render, const struct expr *expr,
    struct value value, const struct output_format *format,
    struct value *converted);

/* Prints a string or markup where the output is of `format`. */
MUST_USE bool markup_print(struct render *render, const struct expr *expr,
    struct value value, const struct output_format *format, bool is_escaped);

#endif
