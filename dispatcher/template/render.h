#ifndef DISPATCHER_TEMPLATE_RENDER_H
#define DISPATCHER_TEMPLATE_RENDER_H

/*
 * One render: its variables, its output, its budgets and its error. Private to
 * the room; what the built-ins may use is the second half of this header.
 *
 * Functions that can fail return false with the error raised here. A missing
 * value is the one error that a template can mend ((a.b)! and such), so it is
 * only noted, and becomes text when nobody did.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/base/strbuf.h"
#include "dispatcher/template/ast.h"
#include "dispatcher/template/date.h"
#include "dispatcher/template/hash.h"
#include "dispatcher/template/number.h"
#include "dispatcher/template/print.h"
#include "dispatcher/template/template.h"
#include "dispatcher/template/template_internal.h"
#include "dispatcher/template/value.h"

enum {
	BYTES_A_STEP = 64,
};

enum raised {
	RAISED_NOTHING,
	RAISED_MISSING, /* a value is missing: (...)! mends it */
	RAISED_ERROR,	/* <#attempt> catches it */
	RAISED_BUDGET,	/* nothing does */
};

/* Loop variables, parameters of lambdas and of nested content: innermost
 * first. They live on the C stack of whoever runs the loop. */
struct variable_scope {
	struct variable_scope *outer;
	const symbol *names;
	struct value *values;
	size_t count;
	struct loop_state *loop; /* NULL when it is no loop */
};

struct loop_state {
	const struct element *list;
	struct value source;
	size_t index;
	size_t count;
	bool is_endless;
	bool is_running;   /* there is an iteration: <#sep> may ask */
	bool was_repeated; /* <#items> ran */
};

/* A macro or function being run. */
struct macro_call {
	struct macro_call *outer;
	const struct macro *macro;
	const struct element *call; /* <@x>, NULL for functions */
	const struct expr_list *arguments;
	struct explain_note *notes; /* of a render that is watched */
	struct variable_scope *caller_scope;
	struct macro_call *caller_macro;
	struct value *locals; /* by symbol, filled in as they come */
	symbol *local_names;
	size_t local_count;
	size_t local_capacity;
	size_t next_position; /* while binding: the next parameter */
	struct value args;    /* .args, if the macro uses it */
	struct value result;
};

/* What ?with_args gave. */
struct with_args {
	struct value values; /* a sequence or a hash */
	bool is_last;
};

/* A macro as a value. */
struct macro_value {
	const struct macro *macro;
	const struct with_args *with; /* NULL: nothing */
};

/* A built-in that waits for its arguments: x?replace, without parentheses. */
struct method_value {
	const struct expr *call;
	struct value left;
	const struct with_args *with; /* NULL: nothing */
};

struct render {
	const struct template *template;
	struct arena *arena;
	struct strbuf *out; /* printed to by print.c alone */
	size_t max_output_bytes;
	struct print print;
	uint64_t steps_left;
	int depth_left;

	struct value *variables; /* <#assign>ed, by symbol */
	struct value *globals;	 /* <#global> and the data model, by symbol */
	const struct template_variable *inputs; /* the data model alone */
	size_t input_count;
	struct variable_scope *scope;
	struct macro_call *macro;

	struct slice number_format;
	struct slice boolean_format;
	struct slice date_formats[TIME_ALONE + 1]; /* by kind */
	struct time_zone time_zone;
	struct slice locale;
	struct slice output_encoding; /* empty: not set */
	struct slice url_charset;

	enum raised raised;
	const struct expr *missing;
	const struct expr *whole; /* the longest a.b.c that `missing` begins */
	const struct expr *missing_in; /* a - b, if `missing` is its a */
	const struct macro *failed_in; /* the innermost; NULL: in none */
	int failed_call_line;	       /* where that was called */
	struct err *err;	       /* without the template's name */
	struct slice recovered;	       /* .error */
	bool is_in_recover;
	struct explain *explain; /* NULL: nobody watches */
};

/* --- raise.c: errors */

void render_note_error(struct render *render, const struct expr *expr,
    const char *format, va_list args);
void render_note_budget(struct render *render, const char *text);
/* Says that a budget ended in this element, if nothing has said where yet. */
void render_note_place(struct render *render, const struct element *element);
/* Says that a macro or function failed that was called at `place`. */
void render_note_call(
    struct render *render, const struct macro *macro, const struct expr *place);
/* `expr` is left.name, and `left` no hash. */
void render_note_member(
    struct render *render, const struct expr *expr, struct value left);

/* All raise_ functions are false, and inline so that every compiler and
 * checker knows. */

/* "`source` ..." with the place of `expr`. The text may name expressions of
 * the template and types, never values. */
PRINTF_LIKE(3, 4)

static inline bool raise_error(
    struct render *render, const struct expr *expr, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	render_note_error(render, expr, format, args);
	va_end(args);
	return false;
}

static inline bool raise_missing(struct render *render, const struct expr *expr)
{
	render->raised = RAISED_MISSING;
	render->missing = expr;
	render->whole = expr;
	render->missing_in = NULL;
	render->failed_in = NULL;
	return false;
}

/* A step of a.b.c failed: if that is for what was missing, `expr` is more of
 * what was asked for. */
static inline void raise_whole(struct render *render, const struct expr *expr)
{
	if (render->raised == RAISED_MISSING && render->whole == expr->left) {
		render->whole = expr;
	}
}

/* What was raised is mended. */
static inline void raise_forget(struct render *render)
{
	render->raised = RAISED_NOTHING;
	render->failed_in = NULL;
}

/* The left side of `expr`, a - b, failed. */
static inline void raise_part(struct render *render, const struct expr *expr)
{
	if (render->raised == RAISED_MISSING && render->missing == expr->left) {
		render->missing_in = expr;
	}
}

/* "`left` is a string, and has no member name" */
static inline bool raise_member(
    struct render *render, const struct expr *expr, struct value left)
{
	if (left.kind == VALUE_MISSING) {
		return raise_missing(render, expr->left);
	}
	render_note_member(render, expr, left);
	return false;
}

static inline bool raise_budget(struct render *render, const char *text)
{
	render_note_budget(render, text);
	return false;
}

/* The arena is full. */
static inline bool raise_memory(struct render *render)
{
	return raise_budget(render,
	    "the values made on the way take more memory than a render may "
	    "use (max_memory), or the input is no valid msgpack");
}

/* "`x` is a number, but a string is needed here" */
static inline bool raise_type(struct render *render, const struct expr *expr,
    struct value value, const char *expected)
{
	if (value.kind == VALUE_MISSING) {
		return raise_missing(render, expr);
	}
	return raise_error(render, expr, "is a %s, but %s is needed here",
	    value_kind_name(value), expected);
}

/* The exception: true when nothing is wrong. */
bool raise_number(
    struct render *render, const struct expr *expr, enum number_status status);
bool raise_steps(struct render *render);
bool raise_depth(struct render *render);
/* Turns a missing value into text, if that is what was raised. */
void raise_settle(struct render *render);

/* --- eval.c and its parts */

/* The rest of find_variable and eval. */
struct value find_hidden_variable(const struct render *render, symbol name);
MUST_USE bool eval_deep(
    struct render *render, const struct expr *expr, struct value *value);

/* The template's variable, else the global one or the data model's. */
static inline struct value find_top_variable(
    const struct render *render, symbol name)
{
	return render->variables[name].kind != VALUE_MISSING
	    ? render->variables[name]
	    : render->globals[name];
}

/* The variable's value; VALUE_MISSING when there is none. */
static inline struct value find_variable(
    const struct render *render, symbol name)
{
	if (render->scope == NULL && render->macro == NULL) {
		return find_top_variable(render, name);
	}
	return find_hidden_variable(render, name);
}

/* The value may be VALUE_MISSING. */
MUST_USE static inline bool eval(
    struct render *render, const struct expr *expr, struct value *value)
{
	if (expr->kind == EXPR_LITERAL) {
		*value = expr->literal;
		return true;
	}
	if (expr->kind == EXPR_NAME && expr->suffix == SUFFIX_NONE) {
		*value = find_variable(render, expr->name);
		return true;
	}
	return eval_deep(render, expr, value);
}

/* The value is not missing. */
MUST_USE static inline bool eval_needed(
    struct render *render, const struct expr *expr, struct value *value)
{
	if (!eval(render, expr, value)) {
		return false;
	}
	return value->kind != VALUE_MISSING || raise_missing(render, expr);
}

/* Like eval; a missing value inside parentheses is VALUE_MISSING, too. */
MUST_USE bool eval_forgiving(
    struct render *render, const struct expr *expr, struct value *value);
MUST_USE bool eval_boolean(
    struct render *render, const struct expr *expr, bool *result);
MUST_USE bool eval_number(
    struct render *render, const struct expr *expr, struct value *number);
/* What #{} prints of it. */
MUST_USE bool eval_numeric(struct render *render, const struct expr *expr,
    const struct numeric_format *format, struct slice *text);
/* A string, or what prints as one. */
MUST_USE bool eval_text(
    struct render *render, const struct expr *expr, struct slice *text);

MUST_USE bool eval_range(
    struct render *render, const struct expr *expr, struct value *value);
MUST_USE bool eval_index(
    struct render *render, const struct expr *expr, struct value *value);
MUST_USE bool eval_concat(
    struct render *render, const struct expr *expr, struct value *value);
MUST_USE bool eval_arithmetic(
    struct render *render, const struct expr *expr, struct value *value);
MUST_USE bool eval_compare(
    struct render *render, const struct expr *expr, struct value *value);
MUST_USE bool eval_special(
    struct render *render, const struct expr *expr, struct value *value);
MUST_USE bool eval_call(
    struct render *render, const struct expr *expr, struct value *value);
/* a + b of values that are there. */
MUST_USE bool add_values(struct render *render, const struct expr *expr,
    struct value a, struct value b, struct value *sum);
/* Whether two values are equal as for ==; both are there. */
MUST_USE bool values_equal(struct render *render, const struct expr *expr,
    struct value a, struct value b, bool *equal);

/* --- convert.c */

/* A value as text: of strings, numbers, and booleans if boolean_format says
 * how. `expr` is for the error. */
MUST_USE bool value_to_text(struct render *render, const struct expr *expr,
    struct value value, struct slice *text);
/* The same as a string, which still knows what of it is JSON. Markup stays
 * markup. */
MUST_USE bool value_to_string(struct render *render, const struct expr *expr,
    struct value value, struct value *string);
/* What boolean_format writes for it. False when there is no such word. */
MUST_USE bool boolean_word(
    const struct render *render, bool boolean, struct slice *word);
/* A number by the current number_format, or by `format`. */
MUST_USE bool number_to_text(struct render *render, const struct expr *expr,
    struct value number, struct slice format, struct slice *text);
MUST_USE bool date_value_to_text(struct render *render, const struct expr *expr,
    struct value date, struct slice format, struct slice *text);
/* The string in *value as a date. */
MUST_USE bool text_to_date(struct render *render, const struct expr *expr,
    enum date_kind kind, struct slice format, struct value *value);
MUST_USE bool boolean_to_text(struct render *render, const struct expr *expr,
    bool boolean, struct slice *text);

/* --- exec.c and its parts */

enum flow {
	FLOW_NEXT,
	FLOW_BREAK,
	FLOW_CONTINUE,
	FLOW_RETURN,
	FLOW_ERROR,
};

MUST_USE enum flow exec_children(
    struct render *render, const struct element *parent);
MUST_USE enum flow exec_list(
    struct render *render, const struct element *element);
MUST_USE enum flow exec_items(
    struct render *render, const struct element *element);
MUST_USE enum flow exec_sep(
    struct render *render, const struct element *element);
MUST_USE enum flow exec_assign(
    struct render *render, const struct element *element);
MUST_USE enum flow exec_capture(
    struct render *render, const struct element *element);
MUST_USE enum flow exec_switch(
    struct render *render, const struct element *element);
MUST_USE enum flow exec_attempt(
    struct render *render, const struct element *element);
MUST_USE enum flow exec_setting(
    struct render *render, const struct element *element);
MUST_USE enum flow exec_call(
    struct render *render, const struct element *element);
MUST_USE enum flow exec_nested(
    struct render *render, const struct element *element);
MUST_USE enum flow exec_compress(
    struct render *render, const struct element *element);
/* From here on the macro's or function's name means this one. */
MUST_USE bool define_macro(struct render *render, const struct macro *macro);
/* Runs a function with arguments and gives what it returned. */
MUST_USE bool call_function(struct render *render, const struct expr *expr,
    const struct macro_value *callee, const struct expr_list *arguments,
    struct value *result);
/* The same of a function or a method; an error for anything else. */
MUST_USE bool call_value(struct render *render, const struct expr *expr,
    struct value callee, const struct expr_list *arguments,
    struct value *result);

MUST_USE bool set_local(struct render *render, symbol name, struct value value);

/* Counts work against the steps. */
MUST_USE static inline bool render_step(struct render *render, uint64_t steps)
{
	if (UNLIKELY(render->steps_left < steps)) {
		return raise_steps(render);
	}
	render->steps_left -= steps;
	return true;
}

/* One level deeper, and one step: false past a budget. */
MUST_USE static inline bool render_enter(struct render *render)
{
	if (!render_step(render, 1)) {
		return false;
	}
	if (UNLIKELY(render->depth_left == 0)) {
		return raise_depth(render);
	}
	render->depth_left--;
	return true;
}

static inline void render_leave(struct render *render)
{
	render->depth_left++;
}

/* The steps that reading `bytes` of text costs, so that a long text costs what
 * it takes, read again and again. */
MUST_USE static inline bool render_read(struct render *render, size_t bytes)
{
	return render_step(render, bytes / BYTES_A_STEP);
}

/* The value of variable `i` of the data model. */
MUST_USE bool render_input(
    struct render *render, size_t i, struct value *value);

/* --- for built-ins */

/* Argument `i`, which was given and must not be missing. */
MUST_USE bool render_argument(struct render *render, const struct expr *call,
    size_t i, struct value *value);
MUST_USE bool render_string_argument(struct render *render,
    const struct expr *call, size_t i, struct value *string);
MUST_USE bool render_text_argument(struct render *render,
    const struct expr *call, size_t i, struct slice *text);
/* A whole number that fits int32. */
MUST_USE bool render_int_argument(
    struct render *render, const struct expr *call, size_t i, int64_t *number);
/* The left side as text. */
MUST_USE bool render_text(struct render *render, const struct expr *call,
    struct value left, struct slice *text);
/* The left side as a sequence or number; an error when it is none. */
MUST_USE bool render_sequence(struct render *render, const struct expr *call,
    struct value left, struct sequence **sequence);
MUST_USE bool render_number(
    struct render *render, const struct expr *call, struct value left);
/* Memory; raises when there is none. */
void *render_alloc(struct render *render, size_t bytes);
/* An item of a sequence, opened; raises when memory is out. */
MUST_USE bool render_item(struct render *render, struct sequence *sequence,
    size_t i, struct value *item);

/* A member of a hash, opened; VALUE_MISSING when it is not there. */
MUST_USE static inline bool render_member(struct render *render,
    struct hash *hash, struct slice key, uint32_t key_hash, struct value *value)
{
	struct hash_entry *entry = hash_find(hash, key, key_hash);

	if (entry == NULL) {
		*value = value_missing();
		return true;
	}
	if (!value_open(render->arena, &entry->value)) {
		return raise_memory(render);
	}
	*value = entry->value;
	return true;
}

/* A text that JSON string literals take as it is: `escape: json` does not touch
 * it. */
static inline struct value json_value(
    const struct render *render, struct slice text)
{
	struct value value = value_string(text);

	value.json =
	    render->print.escapes_json ? JSON_SHARE_ALL : JSON_SHARE_NONE;
	return value;
}

/* Calls x -> ..., a function or a built-in's argument with one value. */
MUST_USE bool render_apply(struct render *render, const struct expr *lambda,
    struct value item, struct value *result);
/* JSON of any value, compact. */
MUST_USE bool render_json(struct render *render, const struct expr *expr,
    struct value value, struct slice *json);

#endif
