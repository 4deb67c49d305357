/* Beginnings and endings of strings, taken off or made sure of. */
#include "dispatcher/template/builtins.h"
#include "dispatcher/template/render.h"
#include "dispatcher/template/text.h"

static bool has_start(struct slice text, struct slice start)
{
	return text.len >= start.len &&
	    slice_equal(slice_make(text.data, start.len), start);
}

static bool has_end(struct slice text, struct slice end)
{
	return text.len >= end.len &&
	    slice_equal(slice_from(text, text.len - end.len), end);
}

static bool two_texts(struct render *render, const struct expr *call,
    struct value left, struct slice *text, struct slice *other)
{
	return render_text(render, call, left, text) &&
	    render_text_argument(render, call, 0, other);
}

static bool apply_remove_beginning(struct render *render,
    const struct expr *call, struct value left, struct value *result)
{
	struct slice text;
	struct slice other;

	if (!two_texts(render, call, left, &text, &other)) {
		return false;
	}
	*result = value_string(
	    has_start(text, other) ? slice_from(text, other.len) : text);
	return true;
}

static bool apply_remove_ending(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	struct slice text;
	struct slice other;

	if (!two_texts(render, call, left, &text, &other)) {
		return false;
	}
	if (has_end(text, other)) {
		text.len -= other.len;
	}
	*result = value_string(text);
	return true;
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

static bool apply_ensure_ends_with(struct render *render,
    const struct expr *call, struct value left, struct value *result)
{
	struct slice text;
	struct slice other;

	if (!two_texts(render, call, left, &text, &other)) {
		return false;
	}
	if (has_end(text, other)) {
		*result = value_string(text);
		return true;
	}
	return join(render, text, other, result);
}

const struct builtin builtins_affix[] = {
    {"ensure_ends_with", apply_ensure_ends_with, 1, 1, 0},
    {"remove_beginning", apply_remove_beginning, 1, 1, 0},
    {"remove_ending", apply_remove_ending, 1, 1, 0},
    {.name = NULL},
};
