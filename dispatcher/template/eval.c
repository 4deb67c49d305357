/*
 * Expressions. One switch, whose arms call a named function; what a family of
 * operators needs is in eval_*.c. Recursion is bounded by render_enter.
 */
#include "dispatcher/template/builtins.h"
#include "dispatcher/template/number_format.h"
#include "dispatcher/template/render.h"
#include "dispatcher/template/string_join.h"

static struct value loop_suffix(
    const struct loop_state *loop, enum loop_suffix suffix)
{
	if (suffix == SUFFIX_INDEX) {
		return value_integer((int64_t)loop->index);
	}
	return value_boolean(loop->is_endless || loop->index + 1 < loop->count);
}

/* Loop variables first, then the macro's locals, the template's variables, the
 * globals with the data model. A missing (null) one uncovers the next. */
struct value find_hidden_variable(const struct render *render, symbol name)
{
	for (const struct variable_scope *scope = render->scope; scope != NULL;
	     scope = scope->outer) {
		for (size_t i = 0; i < scope->count; i++) {
			if (scope->names[i] == name &&
			    scope->values[i].kind != VALUE_MISSING) {
				return scope->values[i];
			}
		}
	}
	if (render->macro != NULL) {
		const struct macro_call *call = render->macro;

		for (size_t i = 0; i < call->local_count; i++) {
			if (call->local_names[i] == name &&
			    call->locals[i].kind != VALUE_MISSING) {
				return call->locals[i];
			}
		}
	}
	return find_top_variable(render, name);
}

/* A name like x_index, which is a loop's if there is a loop over x. */
static void eval_suffixed(
    struct render *render, const struct expr *expr, struct value *value)
{
	for (const struct variable_scope *scope = render->scope; scope != NULL;
	     scope = scope->outer) {
		if (scope->loop != NULL && scope->count > 0 &&
		    scope->names[0] == expr->loop_variable) {
			*value = loop_suffix(scope->loop, expr->suffix);
			return;
		}
	}
	*value = find_variable(render, expr->name);
}

static bool eval_dot(
    struct render *render, const struct expr *expr, struct value *value)
{
	struct value left;

	if (!eval_needed(render, expr->left, &left)) {
		raise_whole(render, expr);
		return false;
	}
	if (left.kind == VALUE_HASH) {
		return render_member(
		    render, left.hash, expr->key.text, expr->key.hash, value);
	}
	if (left.kind == VALUE_NOTHING) {
		*value = value_missing();
		return true;
	}
	(void)raise_member(render, expr, left);
	return false;
}

static bool eval_sequence(
    struct render *render, const struct expr *expr, struct value *value)
{
	struct sequence *sequence = expr->constant;

	if (sequence != NULL) {
		*value = value_sequence(sequence);
		return true;
	}
	sequence = sequence_create(render->arena, expr->list.count);
	if (sequence == NULL) {
		return raise_memory(render);
	}
	for (size_t i = 0; i < expr->list.count; i++) {
		if (!eval_needed(
			render, expr->list.items[i], &sequence->items[i])) {
			return false;
		}
	}
	*value = value_sequence(sequence);
	return true;
}

static bool eval_hash(
    struct render *render, const struct expr *expr, struct value *value)
{
	struct hash *hash = hash_create(render->arena, expr->list.count);

	if (hash == NULL) {
		return raise_memory(render);
	}
	for (size_t i = 0; i < expr->list.count; i++) {
		struct slice key;
		struct value member;

		if (!eval_text(render, expr->list.items[i], &key) ||
		    !eval_needed(render, expr->values.items[i], &member)) {
			return false;
		}
		if (!hash_put(render->arena, hash, key, member)) {
			return raise_memory(render);
		}
	}
	*value = value_hash(hash);
	return true;
}

/* "...${x}...": a markup value makes all of it markup, as with +. */
static bool join_parts(struct render *render, const struct expr *expr,
    const struct value *parts, bool has_markup, struct value *value)
{
	size_t count = expr->list.count;

	if (!has_markup) {
		return strings_join(render->arena, parts, count, value) ||
		    raise_memory(render);
	}
	*value = parts[0];
	for (size_t i = 1; i < count; i++) {
		if (!add_values(render, expr, *value, parts[i], value)) {
			return false;
		}
	}
	return true;
}

static bool eval_joined(
    struct render *render, const struct expr *expr, struct value *value)
{
	struct value *parts =
	    render_alloc(render, expr->list.count * sizeof(*parts));
	bool has_markup = false;

	if (parts == NULL) {
		return false;
	}
	for (size_t i = 0; i < expr->list.count; i++) {
		const struct expr *part = expr->list.items[i];
		struct value item;

		if (!eval_needed(render, part, &item) ||
		    !value_to_string(render, part, item, &parts[i])) {
			return false;
		}
		has_markup |= parts[i].kind == VALUE_MARKUP;
	}
	return join_parts(render, expr, parts, has_markup, value);
}

bool eval_numeric(struct render *render, const struct expr *expr,
    const struct numeric_format *format, struct slice *text)
{
	struct value number;

	if (!eval_number(render, expr, &number)) {
		return false;
	}
	return number_format_fixed(render->arena, number, format->min_digits,
		   format->max_digits, text) == NUMBER_FORMAT_OK ||
	    raise_error(render, expr, "is too long a number");
}

static bool eval_numeric_part(
    struct render *render, const struct expr *expr, struct value *value)
{
	struct slice text;

	if (!eval_numeric(render, expr->left, &expr->numeric, &text)) {
		return false;
	}
	*value = value_string(text);
	return true;
}

static bool apply_builtin(struct render *render, const struct expr *expr,
    struct value left, struct value *value)
{
	const struct builtin *builtin = expr->builtin.builtin;

	if (!builtin->apply(render, expr, left, value)) {
		return false;
	}
	if (left.kind == VALUE_STRING && left.json != JSON_SHARE_NONE &&
	    value->kind == VALUE_STRING && value->json == JSON_SHARE_NONE &&
	    (builtin->flags & BUILTIN_FRESH) == 0) {
		value->json = JSON_SHARE_ALL;
	}
	return true;
}

/* Without its arguments a built-in is a value, which can be called later. */
static bool give_method(struct render *render, const struct expr *expr,
    struct value left, struct value *value)
{
	struct method_value *method = render_alloc(render, sizeof(*method));

	if (method == NULL) {
		return false;
	}
	*method = (struct method_value){.call = expr, .left = left};
	*value = (struct value){.kind = VALUE_METHOD, .method = method};
	return true;
}

static bool eval_builtin(
    struct render *render, const struct expr *expr, struct value *value)
{
	const struct builtin *builtin = expr->builtin.builtin;
	struct value left = value_missing();

	if ((builtin->flags & BUILTIN_LOOP) != 0) {
		return builtin->apply(render, expr, left, value);
	}
	if ((builtin->flags & BUILTIN_MISSING) != 0) {
		if (!eval_forgiving(render, expr->left, &left)) {
			return false;
		}
	} else if (!eval_needed(render, expr->left, &left)) {
		return false;
	}
	if (!expr->builtin.has_arguments && builtin->min_arguments > 0) {
		return give_method(render, expr, left, value);
	}
	return apply_builtin(render, expr, left, value);
}

static bool eval_default(
    struct render *render, const struct expr *expr, struct value *value)
{
	if (!eval_forgiving(render, expr->left, value)) {
		return false;
	}
	if (value->kind != VALUE_MISSING) {
		return true;
	}
	if (expr->right == NULL) {
		*value = (struct value){.kind = VALUE_NOTHING};
		return true;
	}
	return eval(render, expr->right, value);
}

static bool eval_sign(
    struct render *render, const struct expr *expr, struct value *value)
{
	struct value number;

	if (!eval_number(render, expr->left, &number)) {
		return false;
	}
	if (!expr->is_minus) {
		*value = number;
		return true;
	}
	if (number.kind == VALUE_REAL) {
		return raise_number(
		    render, expr, number_negate(render->arena, number, value));
	}
	/* A product, as in FreeMarker: it keeps 12 places. */
	return raise_number(render, expr,
	    number_compute(render->arena, NUMBER_MULTIPLY, number,
		value_integer(-1), value));
}

/* && and || look at their right side only when they must. */
static bool eval_logic(
    struct render *render, const struct expr *expr, struct value *value)
{
	bool result;

	if (!eval_boolean(render, expr->left, &result)) {
		return false;
	}
	if (result == (expr->kind == EXPR_AND) &&
	    !eval_boolean(render, expr->right, &result)) {
		return false;
	}
	*value = value_boolean(result);
	return true;
}

static bool eval_not(
    struct render *render, const struct expr *expr, struct value *value)
{
	bool result;

	if (!eval_boolean(render, expr->left, &result)) {
		return false;
	}
	*value = value_boolean(!result);
	return true;
}

static bool eval_exists(
    struct render *render, const struct expr *expr, struct value *value)
{
	struct value left;

	if (!eval_forgiving(render, expr->left, &left)) {
		return false;
	}
	*value = value_boolean(left.kind != VALUE_MISSING);
	return true;
}

static bool eval_operator(
    struct render *render, const struct expr *expr, struct value *value)
{
	switch (expr->kind) {
	case EXPR_NUMERIC:
		return eval_numeric_part(render, expr, value);
	case EXPR_JOINED:
		return eval_joined(render, expr, value);
	case EXPR_SEQUENCE:
		return eval_sequence(render, expr, value);
	case EXPR_HASH:
		return eval_hash(render, expr, value);
	case EXPR_RANGE:
		return eval_range(render, expr, value);
	case EXPR_SPECIAL:
		return eval_special(render, expr, value);
	case EXPR_PAREN:
		return eval(render, expr->left, value);
	case EXPR_DOT:
		return eval_dot(render, expr, value);
	case EXPR_INDEX:
		return eval_index(render, expr, value);
	case EXPR_CALL:
		return eval_call(render, expr, value);
	case EXPR_BUILTIN:
		return eval_builtin(render, expr, value);
	case EXPR_DEFAULT:
		return eval_default(render, expr, value);
	case EXPR_EXISTS:
		return eval_exists(render, expr, value);
	case EXPR_NOT:
		return eval_not(render, expr, value);
	case EXPR_SIGN:
		return eval_sign(render, expr, value);
	case EXPR_CONCAT:
		return eval_concat(render, expr, value);
	case EXPR_ARITHMETIC:
		return eval_arithmetic(render, expr, value);
	case EXPR_COMPARE:
		return eval_compare(render, expr, value);
	case EXPR_AND:
	case EXPR_OR:
		return eval_logic(render, expr, value);
	case EXPR_LITERAL:
	case EXPR_NAME:
	case EXPR_LAMBDA:
		break;
	}
	(void)raise_error(render, expr, "is out of place here");
	return false;
}

bool eval_deep(
    struct render *render, const struct expr *expr, struct value *value)
{
	bool is_ok;

	if (expr->kind == EXPR_NAME) {
		eval_suffixed(render, expr, value);
		return true;
	}
	if (!render_enter(render)) {
		return false;
	}
	is_ok = eval_operator(render, expr, value);
	render_leave(render);
	return is_ok;
}

bool eval_forgiving(
    struct render *render, const struct expr *expr, struct value *value)
{
	if (eval(render, expr, value)) {
		return true;
	}
	if (expr->kind != EXPR_PAREN || render->raised != RAISED_MISSING) {
		return false;
	}
	raise_forget(render);
	*value = value_missing();
	return true;
}

/* The two slips behind nearly all conditions that are none. */
static bool raise_condition(
    struct render *render, const struct expr *expr, struct value value)
{
	if (expr->kind == EXPR_DEFAULT && expr->right != NULL &&
	    expr->right->kind == EXPR_COMPARE) {
		return raise_error(render, expr,
		    "is a %s: all that is right of ! is its default; write "
		    "(%.*s!\"\") == ...",
		    value_kind_name(value), SLICE_ARGS(expr->left->source));
	}
	if (value_is_number(value)) {
		return raise_type(render, expr, value,
		    "true or false (a bare > ends the tag: write gt)");
	}
	return raise_type(render, expr, value,
	    "true or false (a comparison, ??, ?has_content, or ?boolean for a "
	    "text that says true)");
}

bool eval_boolean(struct render *render, const struct expr *expr, bool *result)
{
	struct value value;

	if (!eval_needed(render, expr, &value)) {
		return false;
	}
	return value_as_boolean(value, result) ||
	    raise_condition(render, expr, value);
}

bool eval_number(
    struct render *render, const struct expr *expr, struct value *number)
{
	if (!eval_needed(render, expr, number)) {
		return false;
	}
	return value_is_number(*number) ||
	    raise_type(render, expr, *number, "a number");
}

bool eval_text(
    struct render *render, const struct expr *expr, struct slice *text)
{
	struct value value;

	return eval_needed(render, expr, &value) &&
	    value_to_text(render, expr, value, text);
}
