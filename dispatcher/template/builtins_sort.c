/* ?sort, ?sort_by, ?min, ?max, ?chunk. */
#include "dispatcher/template/builtins.h"
#include "dispatcher/template/render.h"
#include "dispatcher/template/text.h"

/* An item and what it is sorted by. */
struct sort_entry {
	struct value key;
	struct value item;
};

/* Both keys are of one kind: the caller has checked. */
static bool compare_keys(struct render *render, const struct expr *call,
    struct value a, struct value b, int *order)
{
	if (value_is_number(a)) {
		return raise_number(
		    render, call, number_compare(render->arena, a, b, order));
	}
	if (a.kind == VALUE_DATE) {
		*order = (a.integer > b.integer) - (a.integer < b.integer);
		return true;
	}
	if (a.kind == VALUE_STRING) {
		/* Weighing characters is dearer than reading them. */
		if (!render_read(render, ((size_t)a.len + b.len) * 8)) {
			return false;
		}
		*order = text_compare(value_text(a), value_text(b));
	} else {
		*order = (int)a.boolean - (int)b.boolean;
	}
	return true;
}

/* Two sorted runs, one behind the other, into one. */
static bool merge_runs(struct render *render, const struct expr *call,
    const struct sort_entry *runs, size_t middle, size_t count,
    struct sort_entry *merged)
{
	size_t a = 0;
	size_t b = middle;

	for (size_t to = 0; to < count; to++) {
		int order = a < middle ? -1 : 1;

		if (a < middle && b < count &&
		    !compare_keys(
			render, call, runs[a].key, runs[b].key, &order)) {
			return false;
		}
		merged[to] = order <= 0 ? runs[a++] : runs[b++];
	}
	return true;
}

/* Merge sort: stable, as Java's is, and no worse on any input. */
static bool merge(struct render *render, const struct expr *call,
    struct sort_entry *entries, struct sort_entry *spare, size_t count)
{
	for (size_t width = 1; width < count; width *= 2) {
		if (!render_step(render, count)) {
			return false;
		}
		for (size_t start = 0; start < count; start += 2 * width) {
			size_t left = count - start;
			size_t len = left < 2 * width ? left : 2 * width;

			if (!merge_runs(render, call, entries + start,
				width < len ? width : len, len,
				spare + start)) {
				return false;
			}
		}
		memcpy(entries, spare, count * sizeof(*entries));
	}
	return true;
}

static bool check_key(struct render *render, const struct expr *call,
    struct value first, struct value key)
{
	bool sortable = value_is_number(key) || key.kind == VALUE_STRING ||
	    key.kind == VALUE_BOOLEAN || key.kind == VALUE_DATE;

	if (key.kind == VALUE_MISSING) {
		return raise_error(render, call,
		    "finds an item without what it sorts by; leave such out "
		    "first, with ?filter(x -> ...)");
	}
	if (!sortable) {
		return raise_error(render, call,
		    "sorts strings, numbers, booleans and dates, but found a "
		    "%s",
		    value_kind_name(key));
	}
	if (value_is_number(first) != value_is_number(key) ||
	    (!value_is_number(key) && first.kind != key.kind)) {
		return raise_error(render, call,
		    "finds both a %s and a %s, which it cannot sort",
		    value_kind_name(first), value_kind_name(key));
	}
	return true;
}

/* item.a.b, by the names of ?sort_by. */
static bool dig(struct render *render, const struct expr *call,
    const struct sequence *names, struct value item, struct value *key)
{
	*key = item;
	for (size_t i = 0; names != NULL && i < names->count; i++) {
		struct value name = names->items[i];

		if (key->kind != VALUE_HASH || name.kind != VALUE_STRING) {
			return raise_error(render, call,
			    "finds an item that is no hash with the member it "
			    "sorts by");
		}
		if (!render_member(render, key->hash, value_text(name),
			hash_key(value_text(name)), key)) {
			return false;
		}
	}
	return true;
}

static bool sort_by_names(struct render *render, const struct expr *call,
    struct value left, const struct sequence *names, struct value *result)
{
	struct sequence *source;
	struct sequence *sorted;
	struct sort_entry *entries;

	if (!render_sequence(render, call, left, &source)) {
		return false;
	}
	if (source->is_endless) {
		return raise_error(render, call->left, "has no end");
	}
	sorted = sequence_create(render->arena, source->count);
	entries = arena_calloc(
	    render->arena, source->count * 2 + 1, sizeof(*entries));
	if (sorted == NULL || entries == NULL) {
		return raise_memory(render);
	}
	for (size_t i = 0; i < source->count; i++) {
		if (!render_item(render, source, i, &entries[i].item) ||
		    !dig(render, call, names, entries[i].item,
			&entries[i].key) ||
		    !check_key(render, call, entries[0].key, entries[i].key)) {
			return false;
		}
	}
	if (!merge(render, call, entries, entries + source->count,
		source->count)) {
		return false;
	}
	for (size_t i = 0; i < source->count; i++) {
		sorted->items[i] = entries[i].item;
	}
	*result = value_sequence(sorted);
	return true;
}

static bool apply_sort(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return sort_by_names(render, call, left, NULL, result);
}

static bool apply_sort_by(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	struct value name;
	struct sequence one = {
	    .form = SEQUENCE_ITEMS, .count = 1, .items = &name};

	if (!render_argument(render, call, 0, &name)) {
		return false;
	}
	if (name.kind == VALUE_SEQUENCE &&
	    name.sequence->form == SEQUENCE_ITEMS) {
		return sort_by_names(render, call, left, name.sequence, result);
	}
	if (name.kind != VALUE_STRING) {
		return raise_type(render, call->list.items[0], name,
		    "a string or a sequence of strings");
	}
	return sort_by_names(render, call, left, &one, result);
}

/* A number or a date, of the kind of what was found so far. */
static bool is_extremable(struct value item, struct value found)
{
	if (value_is_number(item)) {
		return found.kind == VALUE_MISSING || value_is_number(found);
	}
	return item.kind == VALUE_DATE &&
	    (found.kind == VALUE_MISSING ||
		(found.kind == VALUE_DATE && found.len == item.len));
}

static bool find_extreme(struct render *render, const struct expr *call,
    struct value left, int wanted, struct value *result)
{
	struct sequence *source;

	if (!render_sequence(render, call, left, &source)) {
		return false;
	}
	if (source->is_endless) {
		return raise_error(render, call->left, "has no end");
	}
	if (!render_step(render, source->count)) {
		return false;
	}
	*result = value_missing();
	for (size_t i = 0; i < source->count; i++) {
		struct value item;
		int order = wanted;

		if (!render_item(render, source, i, &item)) {
			return false;
		}
		if (item.kind == VALUE_MISSING) {
			continue;
		}
		if (!is_extremable(item, *result)) {
			return raise_error(render, call,
			    "compares numbers or dates, but found a %s",
			    value_kind_name(item));
		}
		if (result->kind != VALUE_MISSING &&
		    !compare_keys(render, call, item, *result, &order)) {
			return false;
		}
		if ((order > 0) == (wanted > 0) && order != 0) {
			*result = item;
		}
	}
	return true;
}

static bool apply_min(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return find_extreme(render, call, left, -1, result);
}

static bool apply_max(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return find_extreme(render, call, left, 1, result);
}

/* Groups of `size`; the last is filled up if there is something to do so. */
static bool apply_chunk(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	struct sequence *source;
	struct sequence *chunks;
	struct value filler = value_missing();
	int64_t size;

	if (!render_sequence(render, call, left, &source) ||
	    !render_int_argument(render, call, 0, &size) ||
	    (call->list.count > 1 &&
		!render_argument(render, call, 1, &filler))) {
		return false;
	}
	if (size < 1 || source->is_endless) {
		return raise_error(render, call, "needs a size of 1 at least");
	}
	chunks = sequence_create(
	    render->arena, (source->count + (size_t)size - 1) / (size_t)size);
	if (chunks == NULL) {
		return raise_memory(render);
	}
	for (size_t i = 0; i < chunks->count; i++) {
		size_t first = i * (size_t)size;
		size_t left_over = source->count - first;
		size_t taken =
		    left_over < (size_t)size ? left_over : (size_t)size;
		size_t count =
		    filler.kind != VALUE_MISSING ? (size_t)size : taken;
		struct sequence *chunk = sequence_create(render->arena, count);

		if (chunk == NULL) {
			return raise_memory(render);
		}
		for (size_t n = 0; n < count; n++) {
			chunk->items[n] = filler;
			if (n < taken &&
			    !render_item(
				render, source, first + n, &chunk->items[n])) {
				return false;
			}
		}
		chunks->items[i] = value_sequence(chunk);
	}
	*result = value_sequence(chunks);
	return true;
}

static bool apply_sequence(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	struct sequence *source;

	if (!render_sequence(render, call, left, &source)) {
		return false;
	}
	*result = left;
	return true;
}

const struct builtin builtins_sort[] = {
    {"chunk", apply_chunk, 1, 2, 0},
    {"max", apply_max, 0, 0, 0},
    {"min", apply_min, 0, 0, 0},
    {"sequence", apply_sequence, 0, 0, 0},
    {"sort", apply_sort, 0, 0, 0},
    {"sort_by", apply_sort_by, 1, 1, 0},
    {.name = NULL},
};
