/* Strings: case, search, parts. */
#include <unicode/uchar.h>

#include "dispatcher/template/builtins.h"
#include "dispatcher/template/render.h"
#include "dispatcher/template/text.h"

static bool give_case(struct render *render, const struct expr *call,
    struct value left, enum text_case wanted, struct value *result)
{
	struct slice text;

	if (!render_text(render, call, left, &text)) {
		return false;
	}
	if (!text_to_case(render->arena, text, wanted, &text)) {
		return raise_memory(render);
	}
	*result = value_string(text);
	return true;
}

static bool apply_upper_case(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return give_case(render, call, left, TEXT_UPPER, result);
}

static bool apply_lower_case(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return give_case(render, call, left, TEXT_LOWER, result);
}

/* Changes the first character that is no white space. */
static bool change_first(struct render *render, const struct expr *call,
    struct value left, enum text_case wanted, struct value *result)
{
	struct slice text;
	size_t at = 0;
	size_t len = 0;
	uint32_t first = 0;
	char *out;
	size_t out_len;

	if (!render_text(render, call, left, &text)) {
		return false;
	}
	*result = value_string(text);
	for (; at < text.len; at += len) {
		first = text_decode(text, at, &len);
		if (!text_is_space(first)) {
			break;
		}
	}
	if (at == text.len || first > 0xFFFF) {
		return true;
	}
	out = render_alloc(render, text.len + 4);
	if (out == NULL) {
		return false;
	}
	memcpy(out, text.data, at);
	out_len = at +
	    text_encode(out + at,
		(uint32_t)(wanted == TEXT_UPPER ? u_toupper((UChar32)first)
						: u_tolower((UChar32)first)));
	memcpy(out + out_len, text.data + at + len, text.len - at - len);
	*result = value_string(slice_make(out, out_len + text.len - at - len));
	return true;
}

static bool apply_cap_first(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return change_first(render, call, left, TEXT_UPPER, result);
}

static bool apply_uncap_first(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return change_first(render, call, left, TEXT_LOWER, result);
}

static bool ends_word(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* One word of ?capitalize: first unit upper case, the rest lower case. */
static bool capitalize_word(
    struct render *render, struct slice word, struct slice *result)
{
	size_t len;
	uint32_t first = text_decode(word, 0, &len);
	struct slice head = slice_make(word.data, len);
	struct slice tail = slice_from(word, len);

	if (!text_to_case(render->arena, head,
		first > 0xFFFF ? TEXT_LOWER : TEXT_UPPER, &head) ||
	    !text_to_case(render->arena, tail, TEXT_LOWER, &tail) ||
	    !text_join(render->arena, head, tail, result)) {
		return raise_memory(render);
	}
	return true;
}

static bool apply_capitalize(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	struct slice text;
	struct slice out = slice_make("", 0);

	if (!render_text(render, call, left, &text)) {
		return false;
	}
	for (size_t at = 0; at < text.len;) {
		struct slice part = {text.data + at, 0};
		bool is_space = ends_word(text.data[at]);

		while (at < text.len && ends_word(text.data[at]) == is_space) {
			at++;
			part.len++;
		}
		if (!is_space && !capitalize_word(render, part, &part)) {
			return false;
		}
		if (!text_join(render->arena, out, part, &out)) {
			return raise_memory(render);
		}
	}
	*result = value_string(out);
	return true;
}

/* Java's trim: everything up to a blank. */
static bool apply_trim(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	struct slice text;

	if (!render_text(render, call, left, &text)) {
		return false;
	}
	while (text.len > 0 && (unsigned char)text.data[0] <= ' ') {
		text = slice_from(text, 1);
	}
	while (text.len > 0 && (unsigned char)text.data[text.len - 1] <= ' ') {
		text.len--;
	}
	*result = value_string(text);
	return true;
}

static bool apply_length(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	struct slice text;

	if (!render_text(render, call, left, &text)) {
		return false;
	}
	*result = value_integer((int64_t)text_units(text));
	return true;
}

static bool two_texts(struct render *render, const struct expr *call,
    struct value left, struct slice *text, struct slice *other)
{
	return render_text(render, call, left, text) &&
	    render_text_argument(render, call, 0, other);
}

static bool apply_contains(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	struct slice text;
	struct slice other;
	size_t at;

	if (!two_texts(render, call, left, &text, &other)) {
		return false;
	}
	*result = value_boolean(text_find(text, other, 0, &at));
	return true;
}

static bool apply_starts_with(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	struct slice text;
	struct slice other;

	if (!two_texts(render, call, left, &text, &other)) {
		return false;
	}
	*result = value_boolean(text.len >= other.len &&
	    slice_equal(slice_make(text.data, other.len), other));
	return true;
}

static bool apply_ends_with(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	struct slice text;
	struct slice other;

	if (!two_texts(render, call, left, &text, &other)) {
		return false;
	}
	*result = value_boolean(text.len >= other.len &&
	    slice_equal(slice_make(text.data + text.len - other.len, other.len),
		other));
	return true;
}

static void give_unit_of(
    struct slice text, size_t at, bool is_found, struct value *result)
{
	*result = value_integer(
	    is_found ? (int64_t)text_units(slice_make(text.data, at)) : -1);
}

static bool apply_index_of(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	struct slice text;
	struct slice other;
	int64_t start = 0;
	size_t at = 0;
	bool is_found;

	if (!two_texts(render, call, left, &text, &other) ||
	    (call->list.count > 1 &&
		!render_int_argument(render, call, 1, &start))) {
		return false;
	}
	start = start < 0 ? 0 : start;
	is_found = text_find(
	    text, other, text_offset_of_unit(text, (size_t)start), &at);
	give_unit_of(text, at, is_found, result);
	return true;
}

static bool apply_last_index_of(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	struct slice text;
	struct slice other;
	int64_t start = INT32_MAX;
	size_t at;
	bool is_found = false;

	if (!two_texts(render, call, left, &text, &other) ||
	    (call->list.count > 1 &&
		!render_int_argument(render, call, 1, &start))) {
		return false;
	}
	at = start < 0 ? 0 : text_offset_of_unit(text, (size_t)start) + 1;
	while (start >= 0 && !is_found && at > 0) {
		at--;
		is_found = at + other.len <= text.len &&
		    slice_equal(slice_make(text.data + at, other.len), other);
	}
	give_unit_of(text, at, is_found, result);
	return true;
}

static bool apply_substring(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	struct slice text;
	int64_t start;
	int64_t end;

	if (!render_text(render, call, left, &text) ||
	    !render_int_argument(render, call, 0, &start)) {
		return false;
	}
	end = (int64_t)text_units(text);
	if (start < 0 || start > end) {
		return raise_error(
		    render, call, "begins outside of the string");
	}
	if (call->list.count > 1) {
		int64_t limit = end;

		if (!render_int_argument(render, call, 1, &end)) {
			return false;
		}
		if (end < start || end > limit) {
			return raise_error(render, call,
			    "ends outside of the string; [a..*n] takes n "
			    "characters at most");
		}
	}
	if (!text_part(
		render->arena, text, (size_t)start, (size_t)end, &text)) {
		return raise_memory(render);
	}
	*result = value_string(text);
	return true;
}

const struct builtin builtins_string[] = {
    {"cap_first", apply_cap_first, 0, 0, 0},
    {"capitalize", apply_capitalize, 0, 0, 0},
    {"contains", apply_contains, 1, 1, 0},
    {"ends_with", apply_ends_with, 1, 1, 0},
    {"index_of", apply_index_of, 1, 2, 0},
    {"last_index_of", apply_last_index_of, 1, 2, 0},
    {"length", apply_length, 0, 0, 0},
    {"lower_case", apply_lower_case, 0, 0, 0},
    {"starts_with", apply_starts_with, 1, 1, 0},
    {"substring", apply_substring, 1, 2, 0},
    {"trim", apply_trim, 0, 0, 0},
    {"uncap_first", apply_uncap_first, 0, 0, 0},
    {"upper_case", apply_upper_case, 0, 0, 0},
    {.name = NULL},
};
