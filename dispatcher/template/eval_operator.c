/* +, arithmetic and comparison. */
#include "dispatcher/template/markup.h"
#include "dispatcher/template/render.h"
#include "dispatcher/template/string_join.h"
#include "dispatcher/template/text.h"

static bool add_sequences(struct render *render, struct sequence *a,
    struct sequence *b, struct value *sum)
{
	struct sequence *joined;

	if (a->is_endless || b->is_endless) {
		return raise_budget(
		    render, "an endless range cannot be added to");
	}
	joined = sequence_create(render->arena, a->count + b->count);
	if (joined == NULL) {
		return raise_memory(render);
	}
	if (!render_step(render, (a->count + b->count) / 16)) {
		return false;
	}
	for (size_t i = 0; i < a->count + b->count; i++) {
		bool is_first = i < a->count;

		if (!render_item(render, is_first ? a : b,
			is_first ? i : i - a->count, &joined->items[i])) {
			return false;
		}
	}
	*sum = value_sequence(joined);
	return true;
}

static bool put_all(
    struct render *render, struct hash *into, const struct hash *from)
{
	for (uint32_t i = 0; i < from->count; i++) {
		struct hash_entry *entry = &from->entries[i];

		if (!hash_put(render->arena, into,
			slice_make(entry->key, entry->key_len), entry->value)) {
			return raise_memory(render);
		}
	}
	return render_step(render, from->count / 16);
}

static bool add_hashes(
    struct render *render, struct hash *a, struct hash *b, struct value *sum)
{
	struct hash *joined = hash_create(render->arena, a->count + b->count);

	if (joined == NULL) {
		return raise_memory(render);
	}
	*sum = value_hash(joined);
	return put_all(render, joined, a) && put_all(render, joined, b);
}

static bool add_texts(struct render *render, const struct expr *expr,
    struct value a, struct value b, struct value *sum)
{
	const struct expr *left = expr->left != NULL ? expr->left : expr;
	const struct expr *right = expr->right != NULL ? expr->right : expr;
	struct value strings[2];

	if (!value_to_string(render, left, a, &strings[0]) ||
	    !value_to_string(render, right, b, &strings[1])) {
		return false;
	}
	if (strings[0].kind == VALUE_MARKUP ||
	    strings[1].kind == VALUE_MARKUP) {
		return markup_add(render, expr, strings[0], strings[1], sum);
	}
	return strings_join(render->arena, strings, 2, sum) ||
	    raise_memory(render);
}

bool add_values(struct render *render, const struct expr *expr, struct value a,
    struct value b, struct value *sum)
{
	bool hash_or_nothing =
	    (a.kind == VALUE_HASH || a.kind == VALUE_NOTHING) &&
	    (b.kind == VALUE_HASH || b.kind == VALUE_NOTHING);
	bool sequence_or_nothing =
	    (a.kind == VALUE_SEQUENCE || a.kind == VALUE_NOTHING) &&
	    (b.kind == VALUE_SEQUENCE || b.kind == VALUE_NOTHING);

	if (value_is_number(a) && value_is_number(b)) {
		return raise_number(render, expr,
		    number_compute(render->arena, NUMBER_ADD, a, b, sum));
	}
	if (a.kind == VALUE_NOTHING && b.kind == VALUE_NOTHING) {
		*sum = a;
		return true;
	}
	if (sequence_or_nothing) {
		if (a.kind != b.kind) {
			*sum = a.kind == VALUE_NOTHING ? b : a;
			return true;
		}
		return add_sequences(render, a.sequence, b.sequence, sum);
	}
	if (hash_or_nothing) {
		if (a.kind != b.kind) {
			*sum = a.kind == VALUE_NOTHING ? b : a;
			return true;
		}
		return add_hashes(render, a.hash, b.hash, sum);
	}
	return add_texts(render, expr, a, b, sum);
}

bool eval_concat(
    struct render *render, const struct expr *expr, struct value *value)
{
	struct value left;
	struct value right;

	return eval_needed(render, expr->left, &left) &&
	    eval_needed(render, expr->right, &right) &&
	    add_values(render, expr, left, right, value);
}

bool eval_arithmetic(
    struct render *render, const struct expr *expr, struct value *value)
{
	struct value left;
	struct value right;

	if (!eval_number(render, expr->left, &left)) {
		raise_part(render, expr);
		return false;
	}
	return eval_number(render, expr->right, &right) &&
	    raise_number(render, expr,
		number_compute(
		    render->arena, expr->arithmetic, left, right, value));
}

static struct value nothing_as_text(struct value value)
{
	if (value.kind == VALUE_MATCH) {
		return value.match->is_item
		    ? value_string(value.match->text)
		    : value_boolean(value.match->is_whole);
	}
	return value.kind == VALUE_NOTHING ? value_string(slice_make("", 0))
					   : value;
}

static bool raise_comparison(struct render *render, const struct expr *expr,
    struct value a, struct value b)
{
	bool is_mixed = (value_is_number(a) && b.kind == VALUE_STRING) ||
	    (a.kind == VALUE_STRING && value_is_number(b));

	return raise_error(render, expr, "compares a %s with a %s%s",
	    value_kind_name(a), value_kind_name(b),
	    is_mixed ? "; make both the same with ?number or ?c" : "");
}

bool values_equal(struct render *render, const struct expr *expr,
    struct value a, struct value b, bool *equal)
{
	int order = 0;

	a = nothing_as_text(a);
	b = nothing_as_text(b);
	if (value_is_number(a) && value_is_number(b)) {
		if (!raise_number(render, expr,
			number_compare(render->arena, a, b, &order))) {
			return false;
		}
		*equal = order == 0;
		return true;
	}
	if (a.kind == VALUE_STRING && b.kind == VALUE_STRING) {
		if (!render_read(render, (size_t)a.len + b.len)) {
			return false;
		}
		*equal = text_equal(value_text(a), value_text(b));
		return true;
	}
	if (a.kind == VALUE_DATE && b.kind == VALUE_DATE && a.len == b.len) {
		*equal = a.integer == b.integer;
		return true;
	}
	if (a.kind == VALUE_BOOLEAN && b.kind == VALUE_BOOLEAN) {
		*equal = a.boolean == b.boolean;
		return true;
	}
	return raise_comparison(render, expr, a, b);
}

static bool compare_order(struct render *render, const struct expr *expr,
    struct value a, struct value b, bool *result)
{
	int order;

	if (a.kind == VALUE_DATE && b.kind == VALUE_DATE && a.len == b.len) {
		a = value_integer(a.integer);
		b = value_integer(b.integer);
	}
	if (!value_is_number(a) || !value_is_number(b)) {
		return raise_comparison(render, expr, a, b);
	}
	if (!raise_number(
		render, expr, number_compare(render->arena, a, b, &order))) {
		return false;
	}
	switch (expr->compare) {
	case COMPARE_LESS:
		*result = order < 0;
		break;
	case COMPARE_LESS_EQUAL:
		*result = order <= 0;
		break;
	case COMPARE_GREATER:
		*result = order > 0;
		break;
	case COMPARE_GREATER_EQUAL:
		*result = order >= 0;
		break;
	case COMPARE_EQUAL:
	case COMPARE_NOT_EQUAL:
		break;
	}
	return true;
}

bool eval_compare(
    struct render *render, const struct expr *expr, struct value *value)
{
	bool is_equality = expr->compare == COMPARE_EQUAL ||
	    expr->compare == COMPARE_NOT_EQUAL;
	struct value left;
	struct value right;
	bool result = false;

	if (!eval_needed(render, expr->left, &left) ||
	    !eval_needed(render, expr->right, &right)) {
		return false;
	}
	if (is_equality) {
		if (!values_equal(render, expr, left, right, &result)) {
			return false;
		}
		result = result == (expr->compare == COMPARE_EQUAL);
	} else if (!compare_order(render, expr, left, right, &result)) {
		return false;
	}
	*value = value_boolean(result);
	return true;
}
