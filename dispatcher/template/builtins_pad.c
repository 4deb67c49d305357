/* Strings filled up, cut into words, rid of a line break. */
#include "dispatcher/template/builtins.h"
#include "dispatcher/template/render.h"
#include "dispatcher/template/text.h"

enum {
	PAD_MAX = 1000000,
};

/* `count` units of the filling, from its unit `start` on, again and again. */
static bool fill(struct render *render, struct slice filling, size_t start,
    size_t count, struct slice *result)
{
	size_t units = text_units(filling);
	size_t repeats = count / units + 2;
	char *out = render_alloc(render, repeats * filling.len + 1);

	if (out == NULL || !render_step(render, count / 16)) {
		return false;
	}
	for (size_t i = 0; i < repeats; i++) {
		memcpy(out + i * filling.len, filling.data, filling.len);
	}
	start %= units;
	return text_part(render->arena, slice_make(out, repeats * filling.len),
		   start, start + count, result) ||
	    raise_memory(render);
}

static bool pad(struct render *render, const struct expr *call,
    struct value left, bool at_left, struct value *result)
{
	struct slice text;
	struct slice filling = SLICE_LITERAL(" ");
	struct slice added;
	size_t units;
	int64_t wanted;

	if (!render_text(render, call, left, &text) ||
	    !render_int_argument(render, call, 0, &wanted) ||
	    (call->list.count > 1 &&
		!render_text_argument(render, call, 1, &filling))) {
		return false;
	}
	units = text_units(text);
	*result = value_string(text);
	if (wanted <= (int64_t)units) {
		return true;
	}
	if (filling.len == 0 || wanted > PAD_MAX) {
		return raise_error(render, call,
		    "needs something to fill with, and a width below a "
		    "million");
	}
	if (!fill(render, filling, at_left ? 0 : units, (size_t)wanted - units,
		&added) ||
	    !text_join(render->arena, at_left ? added : text,
		at_left ? text : added, &text)) {
		return render->raised != RAISED_NOTHING ? false
							: raise_memory(render);
	}
	*result = value_string(text);
	return true;
}

static bool apply_left_pad(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return pad(render, call, left, true, result);
}

static bool apply_right_pad(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return pad(render, call, left, false, result);
}

static bool apply_chop_linebreak(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	struct slice text;

	if (!render_text(render, call, left, &text)) {
		return false;
	}
	if (text.len > 0 && text.data[text.len - 1] == '\n') {
		text.len--;
		if (text.len > 0 && text.data[text.len - 1] == '\r') {
			text.len--;
		}
	} else if (text.len > 0 && text.data[text.len - 1] == '\r') {
		text.len--;
	}
	*result = value_string(text);
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool apply_word_list(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	struct sequence *words;
	struct slice text;
	size_t count = 0;

	if (!render_text(render, call, left, &text)) {
		return false;
	}
	words = sequence_create(render->arena, text.len / 2 + 1);
	if (words == NULL) {
		return raise_memory(render);
	}
	for (size_t at = 0; at < text.len;) {
		size_t start = at;

		while (at < text.len && !is_blank(text.data[at])) {
			at++;
		}
		if (at > start) {
			words->items[count++] = value_string(
			    slice_make(text.data + start, at - start));
		}
		at++;
	}
	words->count = count;
	*result = value_sequence(words);
	return true;
}

const struct builtin builtins_pad[] = {
    {"chop_linebreak", apply_chop_linebreak, 0, 0, 0},
    {"left_pad", apply_left_pad, 1, 2, 0},
    {"right_pad", apply_right_pad, 1, 2, 0},
    {"word_list", apply_word_list, 0, 0, 0},
    {.name = NULL},
};
