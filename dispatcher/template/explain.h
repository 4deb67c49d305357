#ifndef DISPATCHER_TEMPLATE_EXPLAIN_H
#define DISPATCHER_TEMPLATE_EXPLAIN_H

/*
 * For renders that somebody watches (template_scratch_observe): where what a
 * ${} prints comes from. Private to the room. A render that nobody watches has
 * no struct explain, and pays one comparison a ${} and an assignment.
 *
 * The origin of an expression is that expression with every variable replaced
 * by what it stands for: a loop's by the item, a parameter by its argument, an
 * assigned one by what it was assigned, x!y by the side that was taken. It is
 * assigned one by what it was assigned, x!y by the side that was taken, and the
 * call of a function by what it returned. It is worked out after the fact, from
 * the syntax tree and the variables as they are, so evaluation knows nothing of
 * it; nothing that could call a function is evaluated again.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/attr.h"
#include "common/base/slice.h"
#include "common/base/strbuf.h"
#include "dispatcher/template/ast.h"
#include "dispatcher/template/template.h"

struct render;

/* A member of a hash that was written down: { "a": input.b }. */
struct explain_member {
	struct explain_member *next;
	struct slice key;
	bool is_simple;
	struct slice origin;
};

/* What is known of a variable that the template set, or of what a function
 * returned. */
struct explain_note {
	struct explain_note *next;
	const struct expr *call; /* of a function; NULL for a variable */
	symbol name;
	enum assign_scope scope;
	bool is_simple; /* as explain_append_origin has it */
	struct slice origin;
	struct slice remarks;
	struct explain_member *members;
};

struct explain {
	template_observer *observer;
	void *observer_arg;
	struct arena arena; /* notes, of one render */
	struct explain_note *notes;
	struct explain_note *returned; /* by <#return>; NULL: none yet */
	struct strbuf origin;
	struct strbuf remarks;
	int depth;
};

/* Caller destroys with explain_destroy. */
MUST_USE struct explain *explain_create(template_observer *observer, void *arg);
void explain_destroy(struct explain *explain);

/* A render begins. */
void explain_begin(struct explain *explain);

/* A ${} or #{} has printed `text`. */
void explain_print(
    struct render *render, const struct element *element, struct slice text);

/* An <#assign>, <#local> or <#global> is about to set its variable. */
void explain_assign(struct render *render, const struct element *element);

/* A <#return> has a value. */
void explain_return(struct render *render, const struct element *element);

/* A function that was called is over. */
void explain_called(struct render *render, const struct expr *call);

/* Appends the origin of an expression to explain->origin, and what there is to
 * remark to explain->remarks. True when it needs no parentheses in front of a
 * dot. */
bool explain_append_origin(struct render *render, const struct expr *expr);

/* --- what explain_origin.c and explain_name.c share; all append to
 * explain->origin */

/* As written, on one line. */
void explain_append_source(struct explain *explain, struct slice source);

/* .name or ["any name"] */
void explain_append_member(struct strbuf *out, struct slice name);

/* [3] */
void explain_append_index(struct strbuf *out, int64_t index);

/* An origin that something may follow. */
void explain_append_operand(struct render *render, const struct expr *expr);

/* The origin of a name, or of a call; the result as explain_append_origin's. */
bool explain_append_name(struct render *render, const struct expr *expr);
bool explain_append_noted(struct render *render,
    const struct explain_note *note, const struct expr *expr);

/* The origin of a member of a hash, or of its key, when that is known by
 * itself; else false, and nothing is appended. */
MUST_USE bool explain_append_known_member(struct render *render,
    const struct expr *hash, struct slice key, bool wants_key, bool *is_simple);

/* What is in parentheses. */
static inline const struct expr *explain_unwrapped(const struct expr *expr)
{
	while (expr->kind == EXPR_PAREN) {
		expr = expr->left;
	}
	return expr;
}

/* Evaluates again. False when it fails, or must not be: then the expression is
 * shown as written. */
MUST_USE bool explain_evaluate(
    struct render *render, const struct expr *expr, struct value *value);

/* Appends a remark, or several ("a; b"), each once. */
void explain_remark(struct explain *explain, const char *format, ...)
    PRINTF_LIKE(2, 3);

#endif
