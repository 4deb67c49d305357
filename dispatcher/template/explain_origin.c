/*
 * The origin of an expression: its source, copied, with what its parts stand
 * for put in their places. A part's own source lies inside the whole's (it
 * does not for what <#escape> put together: then the whole is copied as
 * written), so no operator needs to be printed here.
 */
#include "dispatcher/template/builtins.h"
#include "dispatcher/template/explain.h"
#include "dispatcher/template/render.h"

enum {
	DEPTH_MAX = 40, /* parameters of recursive macros go on and on */
};

/* ---- texts ---- */

void explain_append_source(struct explain *explain, struct slice source)
{
	bool was_blank = false;

	for (size_t i = 0; i < source.len; i++) {
		char c = source.data[i];
		bool is_blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';

		if (!is_blank) {
			strbuf_append_char(&explain->origin, c);
		} else if (!was_blank) {
			strbuf_append_char(&explain->origin, ' ');
		}
		was_blank = is_blank;
	}
}

/* What was appended since `start`, in parentheses. */
static void wrap(struct strbuf *text, size_t start)
{
	strbuf_append_text(text, "()");
	if (strbuf_failed(text)) {
		return;
	}
	memmove(
	    text->data + start + 1, text->data + start, text->len - start - 2);
	text->data[start] = '(';
}

static bool is_plain_name(struct slice name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.data[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    c != '_' && (i == 0 || !(c >= '0' && c <= '9'))) {
			return false;
		}
	}
	return name.len > 0;
}

void explain_append_member(struct strbuf *out, struct slice name)
{
	if (is_plain_name(name)) {
		strbuf_append_char(out, '.');
		strbuf_append_slice(out, name);
		return;
	}
	strbuf_append_text(out, "[\"");
	for (size_t i = 0; i < name.len; i++) {
		if (name.data[i] == '"' || name.data[i] == '\\') {
			strbuf_append_char(out, '\\');
		}
		strbuf_append_char(out, name.data[i]);
	}
	strbuf_append_text(out, "\"]");
}

void explain_append_index(struct strbuf *out, int64_t index)
{
	strbuf_appendf(out, "[%lld]", (long long)index);
}

/* ---- evaluating again ---- */

/* Whether evaluating it changes nothing: functions may assign. */
static bool is_pure(const struct expr *expr)
{
	if (expr == NULL) {
		return true;
	}
	if (expr->kind == EXPR_CALL ||
	    (expr->kind == EXPR_BUILTIN &&
		(expr->builtin.builtin->flags & BUILTIN_LAMBDA) != 0)) {
		return false;
	}
	for (size_t i = 0; i < expr->list.count; i++) {
		if (!is_pure(expr->list.items[i]) ||
		    (expr->kind == EXPR_HASH &&
			!is_pure(expr->values.items[i]))) {
			return false;
		}
	}
	return is_pure(expr->left) && is_pure(expr->right);
}

bool explain_evaluate(
    struct render *render, const struct expr *expr, struct value *value)
{
	if (is_pure(expr) && eval_forgiving(render, expr, value)) {
		return true;
	}
	raise_forget(render);
	return false;
}

/* ---- expressions ---- */

void explain_append_operand(struct render *render, const struct expr *expr)
{
	struct strbuf *origin = &render->explain->origin;
	size_t start = origin->len;

	if (!explain_append_origin(render, expr)) {
		wrap(origin, start);
	}
}

/* Remarks "<origin of expr> <what>". */
static void remark_origin(
    struct render *render, const struct expr *expr, const char *what)
{
	struct strbuf *origin = &render->explain->origin;
	size_t start = origin->len;

	(void)explain_append_origin(render, expr);
	if (!strbuf_failed(origin)) {
		explain_remark(render->explain, "%s %s",
		    strbuf_text(origin) + start, what);
		strbuf_truncate(origin, start);
	}
}

/* x!y, by what was taken. */
static bool append_default(
    struct render *render, const struct expr *expr, const struct expr *fallback)
{
	struct value value;

	if (!explain_evaluate(render, expr->left, &value)) {
		explain_append_source(render->explain, expr->source);
		return false;
	}
	if (value.kind != VALUE_MISSING) {
		return explain_append_origin(render, expr->left);
	}
	remark_origin(render, expr->left, "is missing");
	if (fallback == NULL) {
		strbuf_append_text(&render->explain->origin, "\"\"");
		return true;
	}
	return explain_append_origin(render, fallback);
}

/* x?then(a, b), by what was taken. */
static bool append_then(struct render *render, const struct expr *expr)
{
	struct value value;
	bool truth;

	if (!explain_evaluate(render, expr->left, &value) ||
	    !value_as_boolean(value, &truth)) {
		explain_append_source(render->explain, expr->source);
		return true;
	}
	remark_origin(render, expr->left, truth ? "is true" : "is false");
	return explain_append_origin(render, expr->list.items[truth ? 0 : 1]);
}

static bool append_indexed(struct render *render, const struct expr *expr)
{
	struct strbuf *origin = &render->explain->origin;
	struct value key = value_missing();
	int64_t index;
	bool is_simple;

	if (expr->right->kind != EXPR_RANGE &&
	    !explain_evaluate(render, expr->right, &key)) {
		key = value_missing();
	}
	if (key.kind == VALUE_STRING &&
	    explain_append_known_member(
		render, expr->left, value_text(key), false, &is_simple)) {
		return is_simple;
	}
	explain_append_operand(render, expr->left);
	if (key.kind == VALUE_STRING) {
		explain_append_member(origin, value_text(key));
		return true;
	}
	if (value_is_number(key) &&
	    number_to_int32(render->arena, key, &index)) {
		explain_append_index(origin, index);
		return true;
	}
	strbuf_append_char(origin, '[');
	(void)explain_append_origin(render, expr->right);
	strbuf_append_char(origin, ']');
	return true;
}

/* Copies the source up to the child, then the child's origin. */
static void append_child(struct render *render, const struct expr *whole,
    uintptr_t *at, const struct expr *child)
{
	uintptr_t end = (uintptr_t)whole->source.data + whole->source.len;
	uintptr_t start;
	size_t origin_start;

	if (child == NULL || child->kind == EXPR_LAMBDA) {
		return;
	}
	start = (uintptr_t)child->source.data;
	if (start < *at || start + child->source.len > end) {
		return;
	}
	explain_append_source(render->explain,
	    slice_from(slice_make(whole->source.data,
			   start - (uintptr_t)whole->source.data),
		*at - (uintptr_t)whole->source.data));
	origin_start = render->explain->origin.len;
	/* What was one thing may stand for several. */
	if (!explain_append_origin(render, child) &&
	    (child->kind == EXPR_NAME || child->kind == EXPR_DEFAULT ||
		child->kind == EXPR_DOT || child->kind == EXPR_INDEX ||
		child->kind == EXPR_CALL)) {
		wrap(&render->explain->origin, origin_start);
	}
	*at = start + child->source.len;
}

static void append_children(struct render *render, const struct expr *expr)
{
	uintptr_t begin = (uintptr_t)expr->source.data;
	uintptr_t at = begin;

	append_child(render, expr, &at, expr->left);
	for (size_t i = 0; i < expr->list.count; i++) {
		append_child(render, expr, &at, expr->list.items[i]);
		if (expr->kind == EXPR_HASH) {
			append_child(render, expr, &at, expr->values.items[i]);
		}
	}
	append_child(render, expr, &at, expr->right);
	explain_append_source(
	    render->explain, slice_from(expr->source, at - begin));
}

static bool append_builtin(struct render *render, const struct expr *expr)
{
	const struct builtin *builtin = expr->builtin.builtin;

	if (strcmp(builtin->name, "then") == 0) {
		return append_then(render, expr);
	}
	if (strcmp(builtin->name, "default") == 0 && expr->list.count == 1) {
		return append_default(render, expr, expr->list.items[0]);
	}
	if ((builtin->flags & BUILTIN_LOOP) != 0) {
		explain_append_source(render->explain, expr->source);
		return true;
	}
	append_children(render, expr);
	return true;
}

static bool append_dot(struct render *render, const struct expr *expr)
{
	bool is_simple;

	if (explain_append_known_member(
		render, expr->left, expr->key.text, false, &is_simple)) {
		return is_simple;
	}
	append_children(render, expr);
	return true;
}

/* f(x), by what it returned the last time, which was for this. */
static bool append_call(struct render *render, const struct expr *expr)
{
	const struct explain_note *note = render->explain->notes;

	while (note != NULL && note->call != expr) {
		note = note->next;
	}
	if (note != NULL) {
		return explain_append_noted(render, note, expr);
	}
	append_children(render, expr);
	return true;
}

static bool append_known(struct render *render, const struct expr *expr)
{
	switch (expr->kind) {
	case EXPR_NAME:
		return explain_append_name(render, expr);
	case EXPR_PAREN:
		explain_append_operand(render, expr->left);
		return true;
	case EXPR_DEFAULT:
		return append_default(render, expr, expr->right);
	case EXPR_INDEX:
		return append_indexed(render, expr);
	case EXPR_BUILTIN:
		return append_builtin(render, expr);
	case EXPR_CALL:
		return append_call(render, expr);
	case EXPR_DOT:
		return append_dot(render, expr);
	case EXPR_EXISTS:
	case EXPR_SEQUENCE:
	case EXPR_HASH:
	case EXPR_JOINED:
	case EXPR_NUMERIC:
	case EXPR_SPECIAL:
	case EXPR_LITERAL:
		append_children(render, expr);
		return true;
	case EXPR_RANGE:
	case EXPR_NOT:
	case EXPR_SIGN:
	case EXPR_CONCAT:
	case EXPR_ARITHMETIC:
	case EXPR_COMPARE:
	case EXPR_AND:
	case EXPR_OR:
	case EXPR_LAMBDA:
		break;
	}
	append_children(render, expr);
	return false;
}

bool explain_append_origin(struct render *render, const struct expr *expr)
{
	struct explain *explain = render->explain;
	bool is_simple;

	if (explain->depth >= DEPTH_MAX || strbuf_failed(&explain->origin)) {
		explain_append_source(explain, expr->source);
		return true;
	}
	explain->depth++;
	is_simple = append_known(render, expr);
	explain->depth--;
	return is_simple;
}
