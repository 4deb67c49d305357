#ifndef DISPATCHER_TEMPLATE_BUILTINS_H
#define DISPATCHER_TEMPLATE_BUILTINS_H

/*
 * The registry of built-ins: what stands behind `?`. The parser looks names up
 * once, when it compiles; the evaluator calls what it found. A new built-in is
 * a function and a row in the table of its family (builtins_<family>.c); the
 * camelCase name follows from the other.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/base/attr.h"
#include "common/base/slice.h"
#include "dispatcher/template/ast.h"
#include "dispatcher/template/value.h"

struct render;

enum {
	BUILTIN_ANY_COUNT = 100, /* of arguments */
};

enum builtin_flags {
	BUILTIN_LOOP = 1,     /* its left side is a loop variable's name */
	BUILTIN_MISSING = 2,  /* its left side may be missing */
	BUILTIN_LAMBDA = 4,   /* takes x -> expression */
	BUILTIN_REFUSED = 8,  /* never supported: an error when compiled */
	BUILTIN_ESCAPES = 16, /* ?html and such: not under auto-escaping */
	/* The string it gives is no version of its left side. Of others, what
	 * is made of a text that is JSON (escape: json) counts as JSON. */
	BUILTIN_FRESH = 32,
	BUILTIN_MARKUP = 64,  /* only where the output format can escape */
	BUILTIN_PRINTS = 128, /* its arguments are strings, or print as one */
};

/*
 * Computes left?name(arguments). Arguments are evaluated by the built-in, with
 * render_argument and its like, so it can leave some out. False, with the
 * error raised by one of the raise functions of render.h.
 */
typedef bool (*builtin_fn)(struct render *render, const struct expr *call,
    struct value left, struct value *result);

struct builtin {
	const char *name; /* with_underscores */
	builtin_fn apply;
	int min_arguments; /* 0 and 0: no parentheses at all */
	int max_arguments;
	unsigned flags;
};

/* `name` in either spelling. NULL when there is none. */
const struct builtin *builtin_find(struct slice name);

enum {
	BUILTIN_HINT_MAX = 128,
};

/* What may be meant by one that is none: "; did you mean ?upper_case?", or "".
 */
void builtin_hint(struct slice name, char hint[BUILTIN_HINT_MAX]);

/* The families: tables that end with an empty row. */
extern const struct builtin builtins_affix[];
extern const struct builtin builtins_callable[];
extern const struct builtin builtins_date[];
extern const struct builtin builtins_encode[];
extern const struct builtin builtins_eval_json[];
extern const struct builtin builtins_existence[];
extern const struct builtin builtins_json[];
extern const struct builtin builtins_keep[];
extern const struct builtin builtins_lambda[];
extern const struct builtin builtins_loop[];
extern const struct builtin builtins_markup[];
extern const struct builtin builtins_number[];
extern const struct builtin builtins_pad[];
extern const struct builtin builtins_refused[];
extern const struct builtin builtins_search[];
extern const struct builtin builtins_sequence[];
extern const struct builtin builtins_sort[];
extern const struct builtin builtins_string[];
extern const struct builtin builtins_truncate[];
extern const struct builtin builtins_type[];
extern const struct builtin builtins_url[];

#endif
