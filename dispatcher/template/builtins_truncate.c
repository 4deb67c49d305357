/* ?truncate, ?truncate_w and ?truncate_c, by FreeMarker's own algorithm. All
 * positions are UTF-16 units, of which the text is unfolded first. */
#include "dispatcher/template/builtins.h"
#include "dispatcher/template/render.h"
#include "dispatcher/template/text.h"

enum truncate_mode {
	TRUNCATE_AUTO, /* at a word's end, if that keeps three quarters */
	TRUNCATE_AT_WORD,
	TRUNCATE_AT_CHARACTER,
};

struct truncation {
	const uint16_t *units;
	int64_t count;
	int64_t max;
	struct slice terminator;
	int64_t terminator_units;
	enum truncate_mode mode;
};

static uint16_t *unfold(struct render *render, struct slice text, size_t count)
{
	uint16_t *units = render_alloc(render, (count + 1) * sizeof(*units));
	size_t to = 0;
	size_t len;

	for (size_t at = 0; units != NULL && at < text.len; at += len) {
		uint32_t character = text_decode(text, at, &len);

		if (character >= 0x10000 && to + 1 < count) {
			character -= 0x10000;
			units[to++] = (uint16_t)(0xD800 + (character >> 10));
			character = 0xDC00 + (character & 0x3FF);
		}
		if (to < count) {
			units[to++] = (uint16_t)character;
		}
	}
	return units;
}

static bool is_space_at(const struct truncation *truncation, int64_t at)
{
	return text_is_space(truncation->units[at]);
}

/* Whether the unit is the last of a word. */
static bool ends_word(const struct truncation *truncation, int64_t last)
{
	return last + 1 >= truncation->count ||
	    is_space_at(truncation, last + 1);
}

static bool is_dot_at(const struct truncation *truncation, int64_t at)
{
	return truncation->units[at] == '.' || truncation->units[at] == 0x2026;
}

static int64_t skip_spaces(const struct truncation *truncation, int64_t last)
{
	while (last >= 0 && is_space_at(truncation, last)) {
		last--;
	}
	return last;
}

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* The last unit of the last word that fits, with a blank and the terminator;
 * -1 when there is none. */
static int64_t find_word_end(const struct truncation *truncation, int64_t last)
{
	int64_t added = truncation->terminator_units + 1;
	int64_t min = 0;

	if (truncation->mode == TRUNCATE_AUTO) {
		min = (truncation->max * 3 + 3) / 4 - added - 1;
		min = min < 0 ? 0 : min;
	}
	last = smaller(truncation->max - added - 1, last);
	for (; last >= min; last--) {
		if (!is_space_at(truncation, last) &&
		    ends_word(truncation, last)) {
			return last;
		}
	}
	return -1;
}

static int64_t find_character(
    const struct truncation *truncation, int64_t last, bool is_full)
{
	bool drops_dots = slice_starts_with(truncation->terminator, ".") ||
	    slice_starts_with(truncation->terminator, "\xE2\x80\xA6");
	bool has_skipped = true;

	/* At a word's end a blank comes in between: it must fit, too. */
	if (is_full && ends_word(truncation, last)) {
		last--;
	}
	while (has_skipped) {
		has_skipped = false;
		last = skip_spaces(truncation, last);
		while (last >= 0 && drops_dots && is_dot_at(truncation, last) &&
		    (has_skipped || !ends_word(truncation, last))) {
			last--;
			has_skipped = true;
		}
	}
	return last;
}

/* The last unit that is kept; -1 for none. */
static int64_t find_last(const struct truncation *truncation)
{
	int64_t wanted = truncation->max - truncation->terminator_units - 1;
	int64_t last =
	    skip_spaces(truncation, smaller(wanted, truncation->count - 1));
	int64_t word_end = -1;

	if (last < 0) {
		return -1;
	}
	if (truncation->mode != TRUNCATE_AT_CHARACTER) {
		word_end = find_word_end(truncation, last);
	}
	if (word_end >= 0 || truncation->mode == TRUNCATE_AT_WORD) {
		return word_end;
	}
	return find_character(truncation, last, last == wanted);
}

static bool read_arguments(struct render *render, const struct expr *call,
    struct truncation *truncation)
{
	if (!render_int_argument(render, call, 0, &truncation->max)) {
		return false;
	}
	truncation->terminator = SLICE_LITERAL("[...]");
	if (call->list.count > 1 &&
	    !render_text_argument(render, call, 1, &truncation->terminator)) {
		return false;
	}
	truncation->terminator_units =
	    (int64_t)text_units(truncation->terminator);
	if (call->list.count > 2 &&
	    !render_int_argument(
		render, call, 2, &truncation->terminator_units)) {
		return false;
	}
	if (truncation->max < 0 || truncation->terminator_units < 0) {
		return raise_error(render, call, "takes no negative length");
	}
	return true;
}

static bool truncate_text(struct render *render, const struct expr *call,
    struct value left, enum truncate_mode mode, struct value *result)
{
	struct truncation truncation = {.mode = mode};
	struct slice text;
	struct slice kept;
	int64_t last;

	if (!render_text(render, call, left, &text) ||
	    !read_arguments(render, call, &truncation)) {
		return false;
	}
	truncation.count = (int64_t)text_units(text);
	*result = value_string(text);
	if (truncation.count <= truncation.max) {
		return true;
	}
	truncation.units = unfold(render, text, (size_t)truncation.count);
	if (truncation.units == NULL) {
		return false;
	}
	last = find_last(&truncation);
	if (last < 0) {
		*result = value_string(truncation.terminator);
		return true;
	}
	if (!text_part(render->arena, text, 0, (size_t)last + 1, &kept) ||
	    (ends_word(&truncation, last) &&
		!text_join(render->arena, kept, SLICE_LITERAL(" "), &kept)) ||
	    !text_join(render->arena, kept, truncation.terminator, &kept)) {
		return raise_memory(render);
	}
	*result = value_string(kept);
	return true;
}

static bool apply_truncate(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return truncate_text(render, call, left, TRUNCATE_AUTO, result);
}

static bool apply_truncate_w(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return truncate_text(render, call, left, TRUNCATE_AT_WORD, result);
}

static bool apply_truncate_c(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return truncate_text(render, call, left, TRUNCATE_AT_CHARACTER, result);
}

const struct builtin builtins_truncate[] = {
    {"truncate", apply_truncate, 1, 3, 0},
    {"truncate_c", apply_truncate_c, 1, 3, 0},
    {"truncate_w", apply_truncate_w, 1, 3, 0},
    {.name = NULL},
};
