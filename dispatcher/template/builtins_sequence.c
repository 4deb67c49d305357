/* Sequences and hashes. */
#include "dispatcher/template/builtins.h"
#include "dispatcher/template/render.h"
#include "dispatcher/template/string_join.h"
#include "dispatcher/template/text.h"

/* Of a sequence that ends. */
static bool finite_sequence(struct render *render, const struct expr *call,
    struct value left, struct sequence **sequence)
{
	if (!render_sequence(render, call, left, sequence)) {
		return false;
	}
	if ((*sequence)->is_endless) {
		(void)raise_error(render, call->left, "has no end");
		return false;
	}
	return render_step(render, (*sequence)->count);
}

static bool apply_size(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	left = value_flatten(left);
	if (left.kind == VALUE_HASH && !left.hash->hides_keys) {
		*result = value_integer(left.hash->count);
		return true;
	}
	if (left.kind == VALUE_NOTHING) {
		*result = value_integer(0);
		return true;
	}
	if (left.kind != VALUE_SEQUENCE) {
		return raise_type(
		    render, call->left, left, "a sequence or hash");
	}
	*result = value_integer((int64_t)left.sequence->count);
	return true;
}

static bool apply_first(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	struct sequence *sequence;

	if (!render_sequence(render, call, left, &sequence)) {
		return false;
	}
	*result = value_missing();
	return sequence->count == 0 || render_item(render, sequence, 0, result);
}

static bool apply_last(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	struct sequence *sequence;

	if (!finite_sequence(render, call, left, &sequence)) {
		return false;
	}
	*result = value_missing();
	return sequence->count == 0 ||
	    render_item(render, sequence, sequence->count - 1, result);
}

static bool apply_reverse(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	struct sequence *sequence;
	struct sequence *reversed;

	if (!finite_sequence(render, call, left, &sequence)) {
		return false;
	}
	reversed = sequence_create(render->arena, sequence->count);
	if (reversed == NULL) {
		return raise_memory(render);
	}
	for (size_t i = 0; i < sequence->count; i++) {
		if (!render_item(render, sequence, sequence->count - 1 - i,
			&reversed->items[i])) {
			return false;
		}
	}
	*result = value_sequence(reversed);
	return true;
}

static bool hash_of(struct render *render, const struct expr *call,
    struct value left, struct hash **hash)
{
	if (left.kind == VALUE_NOTHING) {
		*hash = hash_create(render->arena, 0);
		return *hash != NULL || raise_memory(render);
	}
	if (left.kind != VALUE_HASH || left.hash->hides_keys) {
		(void)raise_type(render, call->left, left, "a hash");
		return false;
	}
	*hash = left.hash;
	return true;
}

/* Its keys, or its values. */
static bool list_members(struct render *render, const struct expr *call,
    struct value left, bool wants_keys, struct value *result)
{
	struct hash *hash = NULL;
	struct sequence *sequence;

	if (!hash_of(render, call, left, &hash)) {
		return false;
	}
	sequence = sequence_create(render->arena, hash->count);
	if (sequence == NULL) {
		return raise_memory(render);
	}
	for (uint32_t i = 0; i < hash->count; i++) {
		const struct hash_entry *entry = &hash->entries[i];

		sequence->items[i] = wants_keys
		    ? value_string(slice_make(entry->key, entry->key_len))
		    : entry->value;
	}
	*result = value_sequence(sequence);
	return true;
}

static bool apply_keys(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return list_members(render, call, left, true, result);
}

static bool apply_values(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return list_members(render, call, left, false, result);
}

/* Where ?join stands with the strings it will put together. */
struct join {
	struct value separator;
	struct value *strings;
	size_t count;
};

/* The items' texts with the separator between them; missing ones are left
 * out. */
static bool join_items(struct render *render, const struct expr *call,
    struct sequence *sequence, struct join *join)
{
	for (size_t i = 0; i < sequence->count; i++) {
		struct value item;

		if (!render_item(render, sequence, i, &item)) {
			return false;
		}
		if (item.kind == VALUE_MISSING) {
			continue;
		}
		if (join->count > 0) {
			join->strings[join->count++] = join->separator;
		}
		if (item.kind == VALUE_MARKUP) {
			return raise_type(
			    render, call->left, item, "a sequence of strings");
		}
		if (!value_to_string(render, call->left, item,
			&join->strings[join->count++])) {
			return false;
		}
	}
	return true;
}

/* ?join(separator, when empty, after the last) */
static bool apply_join(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	struct value when_empty = value_string(slice_of(""));
	struct value after_last = value_string(slice_of(""));
	struct join join = {.count = 0};
	struct sequence *sequence;

	if (!finite_sequence(render, call, left, &sequence) ||
	    !render_string_argument(render, call, 0, &join.separator) ||
	    (call->list.count > 1 &&
		!render_string_argument(render, call, 1, &when_empty)) ||
	    (call->list.count > 2 &&
		!render_string_argument(render, call, 2, &after_last))) {
		return false;
	}
	if (sequence->count > SIZE_MAX / sizeof(*join.strings) / 2 - 1) {
		return raise_memory(render);
	}
	join.strings = render_alloc(
	    render, (sequence->count * 2 + 1) * sizeof(*join.strings));
	if (join.strings == NULL ||
	    !join_items(render, call, sequence, &join)) {
		return false;
	}
	join.strings[join.count] = join.count > 0 ? after_last : when_empty;
	return strings_join(
		   render->arena, join.strings, join.count + 1, result) ||
	    raise_memory(render);
}

static bool comparable(struct value a, struct value b)
{
	return (value_is_number(a) && value_is_number(b)) ||
	    (a.kind == b.kind &&
		(a.kind == VALUE_STRING || a.kind == VALUE_BOOLEAN ||
		    (a.kind == VALUE_DATE && a.len == b.len)));
}

/* The first place from `at` on, by `step`, that holds the value; -1. */
static bool search(struct render *render, const struct expr *call,
    struct sequence *sequence, int64_t at, int step, int64_t *found)
{
	struct value wanted;

	*found = -1;
	if (!eval(render, call->list.items[0], &wanted)) {
		return false;
	}
	for (; at >= 0 && at < (int64_t)sequence->count; at += step) {
		struct value item;
		bool equal = false;

		if (!render_item(render, sequence, (size_t)at, &item)) {
			return false;
		}
		if (comparable(item, wanted) &&
		    !values_equal(render, call, item, wanted, &equal)) {
			return false;
		}
		if (equal) {
			*found = at;
			return true;
		}
	}
	return true;
}

static bool apply_seq_contains(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	struct sequence *sequence;
	int64_t found;

	if (!finite_sequence(render, call, left, &sequence) ||
	    !search(render, call, sequence, 0, 1, &found)) {
		return false;
	}
	*result = value_boolean(found >= 0);
	return true;
}

static bool apply_seq_index_of(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	struct sequence *sequence;
	int64_t start = 0;
	int64_t found;

	if (!finite_sequence(render, call, left, &sequence) ||
	    (call->list.count > 1 &&
		!render_int_argument(render, call, 1, &start)) ||
	    !search(render, call, sequence, start < 0 ? 0 : start, 1, &found)) {
		return false;
	}
	*result = value_integer(found);
	return true;
}

static bool apply_seq_last_index_of(struct render *render,
    const struct expr *call, struct value left, struct value *result)
{
	struct sequence *sequence;
	int64_t start;
	int64_t found;

	if (!finite_sequence(render, call, left, &sequence)) {
		return false;
	}
	start = (int64_t)sequence->count - 1;
	if (call->list.count > 1) {
		int64_t wanted;

		if (!render_int_argument(render, call, 1, &wanted)) {
			return false;
		}
		start = wanted < start ? wanted : start;
	}
	if (!search(render, call, sequence, start, -1, &found)) {
		return false;
	}
	*result = value_integer(found);
	return true;
}

const struct builtin builtins_sequence[] = {
    {"first", apply_first, 0, 0, 0},
    {"join", apply_join, 1, 3, 0},
    {"keys", apply_keys, 0, 0, 0},
    {"last", apply_last, 0, 0, 0},
    {"reverse", apply_reverse, 0, 0, 0},
    {"seq_contains", apply_seq_contains, 1, 1, 0},
    {"seq_index_of", apply_seq_index_of, 1, 2, 0},
    {"seq_last_index_of", apply_seq_last_index_of, 1, 2, 0},
    {"size", apply_size, 0, 0, 0},
    {"values", apply_values, 0, 0, 0},
    {.name = NULL},
};
