/*
 * A pattern is read into its parts on each use: they are short, and what
 * prints many numbers prints them plain. Affixes keep their quotes until they
 * are written.
 */
#include "dispatcher/template/number_format.h"

#include <string.h>

enum {
	DIGITS_MAX = 300,
};

struct pattern {
	struct slice prefix;
	struct slice suffix;
	struct slice negative_prefix;
	struct slice negative_suffix;
	bool has_negative;
	int min_whole;
	int min_fraction;
	int max_fraction;
	int group; /* digits; 0: none */
	int shift; /* 2 for %, 3 for per mille */
	enum number_rounding rounding;
};

/* --- reading */

static bool is_pattern_char(char c)
{
	return c == '#' || c == '0' || c == ',' || c == '.';
}

/* An affix, up to a pattern character or `;`. Quotes hide both. */
static struct slice take_affix(struct slice *rest, struct pattern *pattern)
{
	struct slice affix = {rest->data, 0};
	bool is_quoted = false;

	while (affix.len < rest->len) {
		char c = rest->data[affix.len];

		if (c == '\'') {
			is_quoted = !is_quoted;
		} else if (!is_quoted && (is_pattern_char(c) || c == ';')) {
			break;
		} else if (!is_quoted && c == '%') {
			pattern->shift = 2;
		}
		affix.len++;
	}
	*rest = slice_from(*rest, affix.len);
	return affix;
}

static bool take_digits(struct slice *rest, struct pattern *pattern)
{
	size_t at = 0;
	int since_comma = -1;
	bool in_fraction = false;
	bool ok = true;

	for (; at < rest->len && is_pattern_char(rest->data[at]); at++) {
		char c = rest->data[at];

		if (c == '.') {
			ok = ok && !in_fraction;
			in_fraction = true;
		} else if (c == ',') {
			ok = ok && !in_fraction;
			since_comma = 0;
		} else if (in_fraction) {
			ok = ok &&
			    !(c == '0' &&
				pattern->max_fraction > pattern->min_fraction);
			pattern->min_fraction += c == '0';
			pattern->max_fraction++;
		} else {
			ok = ok && !(c == '#' && pattern->min_whole > 0);
			pattern->min_whole += c == '0';
			since_comma += since_comma >= 0;
		}
	}
	/* Java: a pattern without any 0 has one before its point, or behind it
	 * if it begins with the point. */
	if (in_fraction && pattern->min_whole + pattern->min_fraction == 0) {
		if (rest->data[0] == '.') {
			pattern->min_fraction = pattern->max_fraction > 0;
		} else {
			pattern->min_whole = 1;
		}
	}
	ok = ok && at > 0 && since_comma != 0 && at < DIGITS_MAX;
	pattern->group = since_comma > 0 ? since_comma : 0;
	*rest = slice_from(*rest, at);
	return ok;
}

static bool read_rounding(struct slice name, enum number_rounding *rounding)
{
	static const struct {
		const char *name;
		enum number_rounding rounding;
	} modes[] = {
	    {"halfEven", NUMBER_HALF_EVEN},
	    {"halfUp", NUMBER_HALF_UP},
	    {"halfDown", NUMBER_HALF_DOWN},
	    {"up", NUMBER_UP},
	    {"down", NUMBER_TRUNCATE},
	    {"floor", NUMBER_FLOOR},
	    {"ceiling", NUMBER_CEILING},
	};

	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		if (slice_is(name, modes[i].name)) {
			*rounding = modes[i].rounding;
			return true;
		}
	}
	return false;
}

/* One word of the options; quotes are left as they are. */
static struct slice take_word(struct slice *rest)
{
	struct slice word;
	size_t len = 0;

	*rest = slice_trim(*rest);
	while (len < rest->len && strchr(" ,=\t\n", rest->data[len]) == NULL) {
		len++;
	}
	word = slice_make(rest->data, len);
	*rest = slice_trim(slice_from(*rest, len));
	return word;
}

static bool read_options(struct slice rest, struct pattern *pattern)
{
	rest = slice_trim(rest);
	while (rest.len > 0) {
		struct slice name = take_word(&rest);
		struct slice value;

		if (rest.len == 0 || rest.data[0] != '=') {
			return false;
		}
		rest = slice_from(rest, 1);
		value = take_word(&rest);
		if (!slice_is(name, "roundingMode") ||
		    !read_rounding(value, &pattern->rounding)) {
			return false;
		}
		if (rest.len > 0 && rest.data[0] == ',') {
			rest = slice_from(rest, 1);
		}
	}
	return true;
}

static bool read_negative(struct slice *rest, struct pattern *pattern)
{
	struct pattern unused = {.group = 0};

	pattern->negative_prefix = take_affix(rest, &unused);
	if (rest->len == 0 || !take_digits(rest, &unused)) {
		return false;
	}
	pattern->negative_suffix = take_affix(rest, &unused);
	pattern->has_negative = true;
	return true;
}

static bool read_pattern(struct slice format, struct pattern *pattern)
{
	struct slice rest = format;

	*pattern = (struct pattern){.rounding = NUMBER_HALF_EVEN};
	pattern->prefix = take_affix(&rest, pattern);
	if (rest.len == 0) {
		/* No place for a digit: whole numbers behind the prefix; and
		 * all digits by the empty pattern. */
		pattern->group = format.len == 0 ? 3 : 0;
		pattern->max_fraction = format.len == 0 ? DIGITS_MAX : 0;
		return true;
	}
	if (!take_digits(&rest, pattern)) {
		return false;
	}
	pattern->suffix = take_affix(&rest, pattern);
	if (rest.len > 0 && rest.data[0] == ';') {
		rest = slice_from(rest, 1);
		if (rest.len > 0 && rest.data[0] != ';' &&
		    !read_negative(&rest, pattern)) {
			return false;
		}
		if (rest.len > 0) {
			return rest.data[0] == ';' &&
			    read_options(slice_from(rest, 1), pattern);
		}
	}
	return rest.len == 0;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* --- writing */

/* An affix without its quotes; '' is one. */
static char *put_affix(char *at, struct slice affix)
{
	for (size_t i = 0; i < affix.len; i++) {
		if (affix.data[i] != '\'') {
			*at++ = affix.data[i];
		} else if (i + 1 < affix.len && affix.data[i + 1] == '\'') {
			*at++ = '\'';
			i++;
		}
	}
	return at;
}

static char *put_whole(
    char *at, struct slice whole, const struct pattern *pattern)
{
	size_t width = whole.len;
	size_t group = (size_t)pattern->group;

	if (width < (size_t)pattern->min_whole) {
		width = (size_t)pattern->min_whole;
	}
	for (size_t left = width; left > 0; left--) {
		*at++ = (char)(left > whole.len ? '0'
						: whole.data[whole.len - left]);
		if (group > 0 && left > 1 && (left - 1) % group == 0) {
			*at++ = ',';
		}
	}
	return at;
}

static char *put_fraction(
    char *at, struct slice fraction, const struct pattern *pattern)
{
	size_t len = fraction.len;
	size_t least = (size_t)pattern->min_fraction;

	while (len > least && fraction.data[len - 1] == '0') {
		len--;
	}
	if (len == 0 && least == 0) {
		return at;
	}
	*at++ = '.';
	memcpy(at, fraction.data, len);
	at += len;
	for (; len < least; len++) {
		*at++ = '0';
	}
	return at;
}

/* The parts of a rounded number's plain text. */
static void split(
    struct slice text, struct slice *whole, struct slice *fraction)
{
	const char *point;

	if (text.len > 0 && text.data[0] == '-') {
		text = slice_from(text, 1);
	}
	point = text.len > 0 ? memchr(text.data, '.', text.len) : NULL;
	*fraction = slice_make(text.data, 0);
	*whole = text;
	if (point != NULL) {
		whole->len = (size_t)(point - text.data);
		*fraction = slice_from(text, whole->len + 1);
	}
	if (slice_is(*whole, "0")) {
		whole->len = 0;
	}
}

static enum number_format_status put_number(struct arena *arena,
    struct slice plain, bool is_negative, const struct pattern *pattern,
    struct slice *text)
{
	struct slice whole;
	struct slice fraction;
	size_t room;
	char *out;
	char *at;

	split(plain, &whole, &fraction);
	room = pattern->prefix.len + pattern->suffix.len +
	    pattern->negative_prefix.len + pattern->negative_suffix.len +
	    (plain.len + 2 * (size_t)DIGITS_MAX) * 2;
	out = arena_alloc(arena, room);
	if (out == NULL) {
		return NUMBER_FORMAT_TOO_LARGE;
	}
	at = out;
	if (is_negative && !pattern->has_negative) {
		*at++ = '-';
	}
	at = put_affix(at,
	    is_negative && pattern->has_negative ? pattern->negative_prefix
						 : pattern->prefix);
	{
		char *digits = at;

		at = put_whole(at, whole, pattern);
		at = put_fraction(at, fraction, pattern);
		if (at == digits) {
			*at++ = '0';
		}
	}
	at = put_affix(at,
	    is_negative && pattern->has_negative ? pattern->negative_suffix
						 : pattern->suffix);
	*text = slice_make(out, (size_t)(at - out));
	return NUMBER_FORMAT_OK;
}

static enum number_format_status format_by(struct arena *arena,
    struct value number, const struct pattern *pattern, struct slice *text)
{
	char *small = arena_alloc(arena, NUMBER_SMALL_TEXT);
	bool is_negative = number_sign(number) < 0;
	struct slice plain;

	if (small == NULL) {
		return NUMBER_FORMAT_TOO_LARGE;
	}
	if (pattern->shift > 0 &&
	    number_compute(arena, NUMBER_MULTIPLY, number,
		value_integer(pattern->shift == 2 ? 100 : 1000),
		&number) != NUMBER_OK) {
		return NUMBER_FORMAT_TOO_LARGE;
	}
	if (number_round(arena, number, pattern->max_fraction,
		pattern->rounding, &number) != NUMBER_OK ||
	    number_text_exact(arena, number, small, &plain) != NUMBER_OK) {
		return NUMBER_FORMAT_TOO_LARGE;
	}
	return put_number(arena, plain, is_negative, pattern, text);
}

static struct slice named_pattern(struct slice format)
{
	if (slice_is(format, "number")) {
		return SLICE_LITERAL("#,##0.###");
	}
	if (slice_is(format, "currency")) {
		return SLICE_LITERAL("$#,##0.00");
	}
	if (slice_is(format, "percent")) {
		return SLICE_LITERAL("#,##0%");
	}
	return format;
}

enum number_format_status number_format(struct arena *arena,
    struct value number, struct slice format, struct slice *text)
{
	struct pattern pattern;
	char *small;

	if (slice_is(format, "computer") || slice_is(format, "c")) {
		small = arena_alloc(arena, NUMBER_SMALL_TEXT);
		return small != NULL &&
			number_text(arena, number, small, text) == NUMBER_OK
		    ? NUMBER_FORMAT_OK
		    : NUMBER_FORMAT_TOO_LARGE;
	}
	/* @name is a custom format, of which there are none. */
	if (format.len > 1 && format.data[0] == '@' &&
	    is_letter(format.data[1])) {
		return NUMBER_FORMAT_BAD;
	}
	if (!read_pattern(named_pattern(format), &pattern)) {
		return NUMBER_FORMAT_BAD;
	}
	return format_by(arena, number, &pattern, text);
}

enum number_format_status number_format_fixed(struct arena *arena,
    struct value number, int min_digits, int max_digits, struct slice *text)
{
	struct pattern pattern = {
	    .min_whole = 1,
	    .min_fraction = min_digits,
	    .max_fraction = max_digits < 0 ? 50 : max_digits,
	    .rounding = NUMBER_HALF_EVEN,
	};

	return format_by(arena, number, &pattern, text);
}
