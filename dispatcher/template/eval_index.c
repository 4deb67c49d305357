/* Ranges, and what stands in brackets: items, characters, members, slices. */
#include "dispatcher/template/render.h"
#include "dispatcher/template/text.h"

/* Java's intValue, for numbers that are not meant to overflow it. */
static bool to_index(
    struct render *render, const struct expr *expr, int64_t *index)
{
	struct value number;

	if (!eval_number(render, expr, &number)) {
		return false;
	}
	return number_to_int32(render->arena, number, index) ||
	    raise_error(render, expr, "is too large to count with");
}

bool eval_range(
    struct render *render, const struct expr *expr, struct value *value)
{
	struct sequence *range;
	int64_t first;
	int64_t last = 0;
	int64_t distance;

	if (!to_index(render, expr->left, &first) ||
	    (expr->right != NULL && !to_index(render, expr->right, &last))) {
		return false;
	}
	range = sequence_create(render->arena, 0);
	if (range == NULL) {
		return raise_memory(render);
	}
	range->form = SEQUENCE_RANGE;
	range->range.first = first;
	range->range.step = 1;
	range->is_endless = expr->range_end == RANGE_ENDLESS;
	range->range.is_adaptive =
	    expr->range_end == RANGE_SIZE || expr->range_end == RANGE_ENDLESS;
	range->range.is_inclusive = expr->range_end == RANGE_INCLUSIVE;
	distance = expr->range_end == RANGE_SIZE ? last : last - first;
	if (range->is_endless) {
		range->count = (size_t)INT32_MAX;
	} else {
		range->range.step = distance >= 0 ? 1 : -1;
		range->count = (size_t)(distance >= 0 ? distance : -distance);
		range->count += range->range.is_inclusive;
	}
	*value = value_sequence(range);
	return true;
}

/* What a slice takes: `count` items from `first` on, by `step`. */
struct slice_plan {
	int64_t first;
	int64_t count;
	int step;
};

/* FreeMarker's rules for slices of something with `size` items. */
static bool plan_slice(struct render *render, const struct expr *expr,
    const struct sequence *range, int64_t size, struct slice_plan *plan)
{
	int64_t first = range->range.first;
	int64_t count = (int64_t)range->count;
	int64_t last;
	int step = range->range.step;
	bool may_end_early = range->range.is_adaptive;

	*plan = (struct slice_plan){first, 0, step};
	if (!range->is_endless && count == 0) {
		return true;
	}
	if (first < 0 ||
	    (may_end_early && step == 1 ? first > size : first >= size)) {
		return raise_error(
		    render, expr, "begins past the end, or before the start");
	}
	if (range->is_endless) {
		plan->count = size - first;
		return true;
	}
	last = first + (count - 1) * step;
	if (last >= 0 && last < size) {
		plan->count = count;
		return true;
	}
	if (!may_end_early) {
		return raise_error(render, expr,
		    "reaches past the end; [a..*n] takes n at most");
	}
	plan->count = last < 0 ? first + 1 : size - first;
	return true;
}

static bool slice_text(struct render *render, const struct expr *expr,
    struct slice text, const struct sequence *range, struct value *value)
{
	struct slice_plan plan;
	struct slice part;

	if (!plan_slice(
		render, expr, range, (int64_t)text_units(text), &plan)) {
		return false;
	}
	if (plan.step < 0 && plan.count > 1) {
		if (!(range->range.is_inclusive && plan.count == 2)) {
			return raise_error(
			    render, expr, "takes a string's part backwards");
		}
		/* FreeMarker's own slip, kept: 'foo'[n..n-1] is ''. */
		plan.count = 0;
	}
	if (!text_part(render->arena, text, (size_t)plan.first,
		(size_t)(plan.first + plan.count), &part)) {
		return raise_memory(render);
	}
	*value = value_string(part);
	return true;
}

static bool slice_sequence(struct render *render, const struct expr *expr,
    struct sequence *source, const struct sequence *range, struct value *value)
{
	struct slice_plan plan;
	struct sequence *result;

	if (!plan_slice(render, expr, range, (int64_t)source->count, &plan)) {
		return false;
	}
	result = sequence_create(render->arena, (size_t)plan.count);
	if (result == NULL || !render_step(render, (uint64_t)plan.count / 16)) {
		return raise_memory(render);
	}
	for (int64_t i = 0; i < plan.count; i++) {
		if (!render_item(render, source,
			(size_t)(plan.first + i * plan.step),
			&result->items[i])) {
			return false;
		}
	}
	*value = value_sequence(result);
	return true;
}

static bool eval_slice(struct render *render, const struct expr *expr,
    struct value left, const struct sequence *range, struct value *value)
{
	struct slice text;

	if (left.kind == VALUE_SEQUENCE) {
		return slice_sequence(
		    render, expr, left.sequence, range, value);
	}
	if (left.kind == VALUE_HASH) {
		return raise_type(
		    render, expr->left, left, "a sequence or string");
	}
	return value_to_text(render, expr->left, left, &text) &&
	    slice_text(render, expr, text, range, value);
}

static bool eval_item(struct render *render, const struct expr *expr,
    struct value left, struct value key, struct value *value)
{
	struct slice text;
	struct slice part;
	int64_t index;

	if (!number_to_int32(render->arena, key, &index)) {
		return raise_error(
		    render, expr->right, "is too large to count with");
	}
	*value = value_missing();
	if (left.kind == VALUE_NOTHING) {
		return true;
	}
	if (left.kind == VALUE_SEQUENCE) {
		if (index < 0 || index >= (int64_t)left.sequence->count) {
			return true;
		}
		return render_item(render, left.sequence, (size_t)index, value);
	}
	if (left.kind == VALUE_HASH) {
		return raise_type(
		    render, expr->left, left, "a sequence or string");
	}
	if (!value_to_text(render, expr->left, left, &text)) {
		return false;
	}
	if (index < 0 || index >= (int64_t)text_units(text)) {
		return raise_error(render, expr, "is outside of the string");
	}
	if (!text_part(
		render->arena, text, (size_t)index, (size_t)index + 1, &part)) {
		return raise_memory(render);
	}
	*value = value_string(part);
	return true;
}

static bool eval_member(struct render *render, struct hash *hash,
    struct slice key, struct value *value)
{
	return render_read(render, key.len) &&
	    render_member(render, hash, key, hash_key(key), value);
}

bool eval_index(
    struct render *render, const struct expr *expr, struct value *value)
{
	struct value left;
	struct value key;
	struct slice text;

	if (!eval_needed(render, expr->left, &left)) {
		raise_whole(render, expr);
		return false;
	}
	if (!eval_needed(render, expr->right, &key)) {
		return false;
	}
	if (left.kind == VALUE_HASH && key.kind == VALUE_STRING) {
		return eval_member(render, left.hash, value_text(key), value);
	}
	left = value_flatten(left);
	key = value_flatten(key);
	if (value_is_number(key)) {
		return eval_item(render, expr, left, key, value);
	}
	if (key.kind == VALUE_STRING || key.kind == VALUE_NOTHING) {
		text = key.kind == VALUE_STRING ? value_text(key)
						: slice_make("", 0);
		*value = value_missing();
		if (left.kind == VALUE_NOTHING) {
			return true;
		}
		if (left.kind != VALUE_HASH) {
			return raise_type(render, expr->left, left, "a hash");
		}
		return eval_member(render, left.hash, text, value);
	}
	if (key.kind == VALUE_SEQUENCE &&
	    key.sequence->form == SEQUENCE_RANGE) {
		return eval_slice(render, expr, left, key.sequence, value);
	}
	return raise_type(
	    render, expr->right, key, "a string, number or range");
}
