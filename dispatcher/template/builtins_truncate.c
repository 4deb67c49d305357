/* ?truncate and its like, by FreeMarker's own algorithm. All positions are
 * UTF-16 units, of which the text is unfolded first. */
#include "dispatcher/template/builtins.h"
#include "dispatcher/template/markup.h"
#include "dispatcher/template/markup_visible.h"
#include "dispatcher/template/render.h"
#include "dispatcher/template/text.h"

enum truncate_mode {
	TRUNCATE_AUTO, /* at a word's end, if that keeps three quarters */
	TRUNCATE_AT_WORD,
	TRUNCATE_AT_CHARACTER,
};

enum {
	UNKNOWN_UNITS = 3, /* of markup that nobody here can read */
};

struct truncation {
	const uint16_t *units;
	int64_t count;
	int64_t max;
	struct value terminator; /* a string, or markup */
	int64_t terminator_units;
	bool drops_dots; /* before a terminator that begins with one */
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
	bool has_skipped = true;

	/* At a word's end a blank comes in between: it must fit, too. */
	if (is_full && ends_word(truncation, last)) {
		last--;
	}
	while (has_skipped) {
		has_skipped = false;
		last = skip_spaces(truncation, last);
		while (last >= 0 && truncation->drops_dots &&
		    is_dot_at(truncation, last) &&
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

/* --- terminators */

static bool measure_terminator(
    struct render *render, struct truncation *truncation)
{
	const struct markup *markup = truncation->terminator.markup;
	struct slice text;

	if (truncation->terminator.kind != VALUE_MARKUP) {
		text = value_text(truncation->terminator);
		truncation->terminator_units = (int64_t)text_units(text);
		truncation->drops_dots = slice_starts_with(text, ".") ||
		    slice_starts_with(text, "\xE2\x80\xA6");
		return true;
	}
	if (markup->format != &output_html && markup->format != &output_xml) {
		truncation->terminator_units = UNKNOWN_UNITS;
		truncation->drops_dots = true;
		return true;
	}
	if (!markup_text(render, markup, &text)) {
		return false;
	}
	truncation->terminator_units = (int64_t)markup_visible_units(text);
	truncation->drops_dots = markup_starts_with_dot(text);
	return true;
}

static bool default_terminator(
    struct render *render, bool may_be_markup, struct value *terminator)
{
	*terminator = value_string(SLICE_LITERAL("[...]"));
	return !may_be_markup ||
	    markup_create(render, &output_html,
		SLICE_LITERAL(
		    "<span class='truncateTerminator'>[&#8230;]</span>"),
		false, terminator);
}

static bool terminator_argument(struct render *render, const struct expr *call,
    bool may_be_markup, struct value *terminator)
{
	struct slice text;

	if (may_be_markup) {
		if (!render_argument(render, call, 1, terminator)) {
			return false;
		}
		if (terminator->kind == VALUE_MARKUP) {
			return true;
		}
	}
	if (!render_text_argument(render, call, 1, &text)) {
		return false;
	}
	*terminator = value_string(text);
	return true;
}

static bool read_arguments(struct render *render, const struct expr *call,
    bool may_be_markup, struct truncation *truncation)
{
	bool has_terminator = call->list.count > 1;

	if (!render_int_argument(render, call, 0, &truncation->max)) {
		return false;
	}
	if (!(has_terminator ? terminator_argument(render, call, may_be_markup,
				   &truncation->terminator)
			     : default_terminator(render, may_be_markup,
				   &truncation->terminator)) ||
	    !measure_terminator(render, truncation)) {
		return false;
	}
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

/* --- the whole */

/* What is kept, and the terminator. */
static bool put_together(struct render *render, const struct expr *call,
    const struct truncation *truncation, struct slice kept,
    struct value *result)
{
	struct value terminator = truncation->terminator;

	if (terminator.kind == VALUE_MARKUP) {
		return markup_add(
		    render, call, value_string(kept), terminator, result);
	}
	if (!text_join(render->arena, kept, value_text(terminator), &kept)) {
		return raise_memory(render);
	}
	*result = value_string(kept);
	return true;
}

static bool truncate_text(struct render *render, const struct expr *call,
    struct value left, enum truncate_mode mode, bool may_be_markup,
    struct value *result)
{
	struct truncation truncation = {.mode = mode};
	struct slice text;
	struct slice kept;
	int64_t last;

	if (!render_text(render, call, left, &text) ||
	    !read_arguments(render, call, may_be_markup, &truncation)) {
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
		*result = truncation.terminator;
		return true;
	}
	if (!text_part(render->arena, text, 0, (size_t)last + 1, &kept) ||
	    (ends_word(&truncation, last) &&
		!text_join(render->arena, kept, SLICE_LITERAL(" "), &kept))) {
		return raise_memory(render);
	}
	return put_together(render, call, &truncation, kept, result);
}

#define DEFINE_TRUNCATE(name, mode, may_be_markup) \
	static bool apply_##name(struct render *render, \
	    const struct expr *call, struct value left, struct value *result) \
	{ \
		return truncate_text( \
		    render, call, left, mode, may_be_markup, result); \
	}

DEFINE_TRUNCATE(truncate, TRUNCATE_AUTO, false)
DEFINE_TRUNCATE(truncate_c, TRUNCATE_AT_CHARACTER, false)
DEFINE_TRUNCATE(truncate_c_m, TRUNCATE_AT_CHARACTER, true)
DEFINE_TRUNCATE(truncate_m, TRUNCATE_AUTO, true)
DEFINE_TRUNCATE(truncate_w, TRUNCATE_AT_WORD, false)
DEFINE_TRUNCATE(truncate_w_m, TRUNCATE_AT_WORD, true)

const struct builtin builtins_truncate[] = {
    {"truncate", apply_truncate, 1, 3, 0},
    {"truncate_c", apply_truncate_c, 1, 3, 0},
    {"truncate_c_m", apply_truncate_c_m, 1, 3, 0},
    {"truncate_m", apply_truncate_m, 1, 3, 0},
    {"truncate_w", apply_truncate_w, 1, 3, 0},
    {"truncate_w_m", apply_truncate_w_m, 1, 3, 0},
    {.name = NULL},
};
