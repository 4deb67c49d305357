/* ?keep_before and its like, ?ensure_starts_with. */
#include "dispatcher/template/builtins.h"
#include "dispatcher/template/search.h"
#include "dispatcher/template/text.h"

static bool find_last(struct render *render, const struct expr *call,
    struct search *search, struct regex_span *span, bool *found)
{
	bool again = true;

	*found = false;
	while (again) {
		if (!search_next(render, call, search, &again)) {
			return false;
		}
		if (again) {
			size_t len = 1;

			*found = true;
			*span = search->spans[0];
			if (span->start < search->text.len) {
				(void)text_decode(
				    search->text, span->start, &len);
			}
			search->from = span->start + len;
		}
	}
	return true;
}

/* m, s and c say nothing of a plain text. */
static bool check_flags(
    struct render *render, const struct expr *call, const struct search *search)
{
	return (search->flags & REGEX_PATTERN) != 0 ||
	    (search->flags & REGEX_PATTERN_ONLY) == 0 ||
	    raise_error(render, call, "needs the flag r with these flags");
}

/* Which part a built-in keeps. */
struct keep {
	bool last; /* counts from the last match */
	bool after;
};

static bool keep_part(struct render *render, const struct expr *call,
    struct value left, struct keep keep, struct value *result)
{
	struct search search;
	struct regex_span span = {0};
	bool found;
	bool is_ok;

	if (!search_begin(render, call, left, 1, &search)) {
		return false;
	}
	if (!check_flags(render, call, &search)) {
		return false;
	}
	is_ok = keep.last ? find_last(render, call, &search, &span, &found)
			  : search_next(render, call, &search, &found);
	if (!is_ok) {
		return false;
	}
	if (!keep.last) {
		span = search.spans[0];
	}
	if (!found) {
		*result = keep.after ? value_string(slice_make("", 0))
				     : value_string(search.text);
	} else if (keep.after) {
		*result = value_string(slice_from(search.text, span.end));
	} else {
		*result =
		    value_string(slice_make(search.text.data, span.start));
	}
	return true;
}

static bool apply_keep_before(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return keep_part(
	    render, call, left, (struct keep){false, false}, result);
}

static bool apply_keep_before_last(struct render *render,
    const struct expr *call, struct value left, struct value *result)
{
	return keep_part(
	    render, call, left, (struct keep){true, false}, result);
}

static bool apply_keep_after(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return keep_part(
	    render, call, left, (struct keep){false, true}, result);
}

static bool apply_keep_after_last(struct render *render,
    const struct expr *call, struct value left, struct value *result)
{
	return keep_part(render, call, left, (struct keep){true, true}, result);
}

static bool join(
    struct render *render, struct slice a, struct slice b, struct value *result)
{
	struct slice joined;

	if (!text_join(render->arena, a, b, &joined)) {
		return raise_memory(render);
	}
	*result = value_string(joined);
	return true;
}

/* With two arguments the first is a pattern, unless flags say otherwise. */
static bool apply_ensure_starts_with(struct render *render,
    const struct expr *call, struct value left, struct value *result)
{
	struct search search;
	struct slice added;
	bool found;

	if (!search_begin(render, call, left, 2, &search) ||
	    !check_flags(render, call, &search)) {
		return false;
	}
	added = search.regex.text;
	if (call->list.count > 1 &&
	    !render_text_argument(render, call, 1, &added)) {
		return false;
	}
	if (call->list.count == 2 &&
	    !search_as_pattern(render, call, &search)) {
		return false;
	}
	if (!search_next(render, call, &search, &found)) {
		return false;
	}
	if (found && search.spans[0].start == 0) {
		*result = value_string(search.text);
		return true;
	}
	return join(render, added, search.text, result);
}

const struct builtin builtins_keep[] = {
    {"ensure_starts_with", apply_ensure_starts_with, 1, 3, 0},
    {"keep_after", apply_keep_after, 1, 2, 0},
    {"keep_after_last", apply_keep_after_last, 1, 2, 0},
    {"keep_before", apply_keep_before, 1, 2, 0},
    {"keep_before_last", apply_keep_before_last, 1, 2, 0},
    {.name = NULL},
};
