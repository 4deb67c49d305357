#ifndef DISPATCHER_TEMPLATE_TEMPLATE_H
#define DISPATCHER_TEMPLATE_TEMPLATE_H

/*
 * The template language: Apache FreeMarker 2.3.31, the part of it that turns a
 * webhook's object into a request body. This header is its manual for the rest
 * of the program; all other headers of the room are private to it.
 *
 *	struct template *template =
 *	    template_compile(&(struct template_options){.name = "event.ftl"},
 *	        source, &err);
 *	struct template_scratch *scratch = template_scratch_create(NULL);
 *	struct template_variable variables[] = {{"input", input_msgpack}};
 *
 *	if (template_render(template, variables, 1, scratch, &body, &err))
 *		...
 *
 * Compiled once into a syntax tree, rendered any number of times; rendering
 * does not change the template. Values are msgpack, as common/json's reader
 * writes them (its number ext included), and are read in place. Single-
 * threaded, no global state. No template and no input can make it recurse,
 * loop, print or allocate past the budgets: that is an error like any other.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/base/strbuf.h"

struct template;
struct template_scratch;

/* FreeMarker's settings of the same names; NULL or 0 takes the default. */
struct template_options {
	const char *name;	    /* for errors; copied */
	const char *number_format;  /* "computer" (default) or "number", ... */
	const char *boolean_format; /* "c" (default) prints true and false;
				     * FreeMarker's own is "true,false": a
				     * bare boolean is an error then */

	/* [#ftl] or <#ftl> at the beginning of a template says otherwise. */
	enum {
		TEMPLATE_TAGS_ANGLE,
		TEMPLATE_TAGS_SQUARE,
		TEMPLATE_TAGS_AUTO, /* as the first tag is */
	} tag_syntax;

	/* `escape: json`: texts that are printed inside of a JSON string
	 * literal are escaped, as README.md says. */
	bool escapes_json;
};

/* What one render may use; 0 takes the default. */
struct template_budget {
	uint64_t max_steps;	 /* expressions and directives evaluated */
	size_t max_memory_bytes; /* values made on the way */
	size_t max_output_bytes;
	int max_depth; /* of calls and of values inside values */
};

/* A variable of the data model. */
struct template_variable {
	const char *name;     /* borrowed */
	struct slice msgpack; /* borrowed; one value. Bytes that are not are a
			       * render error */
};

/*
 * Compiles. NULL when the source is not a template, with line, column and what
 * to mend in *err; the text starts with the template's name. Caller destroys
 * with template_destroy.
 */
MUST_USE struct template *template_compile(
    const struct template_options *options, struct slice source,
    struct err *err);

/* The same for a lone expression such as `input.user_id??`, for template_test.
 */
MUST_USE struct template *template_compile_expression(
    const struct template_options *options, struct slice source,
    struct err *err);

/* NULL is fine. */
void template_destroy(struct template *template);

/* The name it was compiled with. Borrowed. */
const char *template_name(const struct template *template);

/* The memory renders work in, kept between them so that a warm render
 * allocates nothing. One per loop is enough: a render takes it from start to
 * end. NULL takes the default budget. Caller destroys. */
MUST_USE struct template_scratch *template_scratch_create(
    const struct template_budget *budget);
void template_scratch_destroy(struct template_scratch *scratch);

/* One ${} that a render printed: for who asks where a value comes from. All of
 * it is borrowed until the observer returns. */
struct template_print {
	int line;
	int column;
	struct slice expression; /* as written */
	struct slice text;	 /* what it printed */
	/* The expression with what its variables stand for in their places:
	 * `input.items[0].sku`, or `"free"` where a default was taken. */
	struct slice origin;
	struct slice remarks; /* "input.plan is missing; ..."; may be empty */
};

typedef void template_observer(void *arg, const struct template_print *print);

/* From now on each ${} of the renders that use this scratch is told of, in the
 * order they print; NULL ends it. Costs nothing while nobody watches. */
void template_scratch_observe(
    struct template_scratch *scratch, template_observer *observer, void *arg);

/*
 * Appends what the template prints to `out`: always valid UTF-8, with `?` for
 * halves of surrogate pairs, as Java prints them, and for what was no UTF-8 in
 * the template or the input. False on a render error, with
 * name, line, column, the expression and a mend in *err; `out` is then cut back
 * to its old length: there is no partial output.
 */
MUST_USE bool template_render(const struct template *template,
    const struct template_variable *variables, size_t variable_count,
    struct template_scratch *scratch, struct strbuf *out, struct err *err);

/* Evaluates a template_compile_expression's template to a boolean. False when
 * that fails, or it is no boolean. */
MUST_USE bool template_test(const struct template *template,
    const struct template_variable *variables, size_t variable_count,
    struct template_scratch *scratch, bool *result, struct err *err);

#endif
