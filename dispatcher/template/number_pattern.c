/*
 * The three phases of a subpattern are strict: prefix, digits, suffix; a
 * character of the digits in an affix must be quoted. Java's rules for odd
 * patterns ("##.#", ".##", "0.", "#,") are kept, because formats found in the
 * wild lean on them.
 */
#include "dispatcher/template/number_pattern.h"

#include <string.h>

#define CURRENCY "\302\244"
#define PER_MILLE "\342\200\260"

enum {
	FRACTION_UNLIMITED = 1000000,
};

/* A slice as a constant; SLICE_LITERAL is none to C. */
#define SYMBOL(text) \
	{ \
		(text), sizeof(text) - 1 \
	}

const struct number_symbols number_symbols_en_us = {
    .point = SYMBOL("."),
    .monetary_point = SYMBOL("."),
    .group = SYMBOL(","),
    .minus = SYMBOL("-"),
    .percent = SYMBOL("%"),
    .per_mille = SYMBOL(PER_MILLE),
    .infinity = SYMBOL("\342\210\236"),
    .nan = SYMBOL("NaN"),
    .exponent = SYMBOL("E"),
    .currency = SYMBOL("$"),
    .currency_code = SYMBOL("USD"),
    .zero = '0',
};

static bool is_digit_char(char c)
{
	return c == '#' || c == '0' || c == ',' || c == '.';
}

/* An affix, up to a digit character or `;`. Quotes hide both. */
static bool take_affix(
    struct slice *rest, struct number_pattern *pattern, struct slice *affix)
{
	bool is_quoted = false;
	size_t at = 0;

	for (; at < rest->len; at++) {
		struct slice here = slice_from(*rest, at);
		bool is_percent = here.data[0] == '%';

		if (here.data[0] == '\'') {
			is_quoted = !is_quoted;
		} else if (is_quoted) {
			continue;
		} else if (is_digit_char(here.data[0]) || here.data[0] == ';') {
			break;
		} else if (is_percent || slice_starts_with(here, PER_MILLE)) {
			if (pattern->multiplier != 1) {
				return false;
			}
			pattern->multiplier = is_percent ? 100 : 1000;
		} else if (slice_starts_with(here, CURRENCY)) {
			pattern->is_monetary = true;
		}
	}
	*affix = slice_make(rest->data, at);
	*rest = slice_from(*rest, at);
	return !is_quoted;
}

/* What the digits of a subpattern count up to. */
struct digit_counts {
	int left;   /* # before the first 0 */
	int zeros;  /* 0 */
	int right;  /* # behind the last 0 */
	int point;  /* digits before the point; -1: no point */
	int group;  /* digits behind the last comma; -1: no comma */
	bool is_ok; /* so far */
};

static void count_digit(struct digit_counts *counts, char c)
{
	int all = counts->left + counts->zeros + counts->right;

	switch (c) {
	case ',':
		counts->group = 0;
		return;
	case '.':
		counts->is_ok = counts->is_ok && counts->point < 0;
		counts->point = all;
		return;
	case '0':
		counts->is_ok = counts->is_ok && counts->right == 0;
		counts->zeros++;
		break;
	default:
		*(counts->zeros > 0 ? &counts->right : &counts->left) += 1;
		break;
	}
	if (counts->group >= 0 && counts->point < 0) {
		counts->group++;
	}
}

/* A pattern without any 0 has one before its point, or behind it if it begins
 * with the point. */
static void imply_zero(struct digit_counts *counts)
{
	if (counts->zeros == 0 && counts->left > 0 && counts->point >= 0) {
		int first = counts->point > 0 ? counts->point : 1;

		counts->right = counts->left - first;
		counts->left = first - 1;
		counts->zeros = 1;
	}
}

static bool apply_counts(
    const struct digit_counts *counts, struct number_pattern *pattern)
{
	int all = counts->left + counts->zeros + counts->right;
	int point = counts->point >= 0 ? counts->point : all;

	pattern->min_whole = point - counts->left;
	pattern->max_whole = counts->left + pattern->min_whole;
	if (counts->point >= 0) {
		pattern->max_fraction = all - point;
		pattern->min_fraction = counts->left + counts->zeros - point;
		pattern->shows_point = point == 0 || point == all;
	}
	pattern->group = counts->group > 0 ? counts->group : 0;
	return counts->is_ok && counts->group != 0 &&
	    (counts->point >= 0 || counts->right == 0) &&
	    point >= counts->left && point <= counts->left + counts->zeros;
}

/* "E00" behind the digits. */
static bool take_exponent(struct slice *rest, struct number_pattern *pattern)
{
	size_t at = 1;

	if (rest->len == 0 || rest->data[0] != 'E') {
		return true;
	}
	if (pattern->has_exponent) {
		return false;
	}
	while (at < rest->len && rest->data[at] == '0') {
		at++;
	}
	pattern->has_exponent = true;
	pattern->min_exponent = (int)at - 1;
	*rest = slice_from(*rest, at);
	return at > 1;
}

static bool take_digits(struct slice *rest, struct digit_counts *counts,
    struct number_pattern *pattern)
{
	size_t at = 0;

	while (at < rest->len && is_digit_char(rest->data[at])) {
		count_digit(counts, rest->data[at++]);
	}
	*rest = slice_from(*rest, at);
	return take_exponent(rest, pattern) &&
	    (!pattern->has_exponent || counts->left + counts->zeros > 0);
}

static bool append(struct arena *arena, struct slice *affix, struct slice more)
{
	char *both;

	if (affix->len == 0 || more.len == 0) {
		*affix = affix->len == 0 ? more : *affix;
		return true;
	}
	both = arena_alloc(arena, affix->len + more.len);
	if (both == NULL) {
		return false;
	}
	memcpy(both, affix->data, affix->len);
	memcpy(both + affix->len, more.data, more.len);
	*affix = slice_make(both, affix->len + more.len);
	return true;
}

/* Up to its `;` or the end. Digits that come again behind a part of the suffix
 * go on counting. */
static bool read_subpattern(struct arena *arena, struct slice *rest,
    struct digit_counts *counts, struct number_pattern *pattern)
{
	struct slice part;

	if (!take_affix(rest, pattern, &pattern->prefix) ||
	    (rest->len > 0 && rest->data[0] == ';')) {
		return false;
	}
	while (rest->len > 0 && rest->data[0] != ';') {
		if (!take_digits(rest, counts, pattern) ||
		    !take_affix(rest, pattern, &part) ||
		    !append(arena, &pattern->suffix, part)) {
			return false;
		}
	}
	imply_zero(counts);
	return true;
}

/* Digits and `E` of the negative subpattern are passed over: it counts for its
 * affixes alone. */
static bool read_negative(
    struct arena *arena, struct slice rest, struct number_pattern *pattern)
{
	struct number_pattern negative = {.multiplier = 1};
	struct slice part;

	if (!take_affix(&rest, &negative, &negative.prefix)) {
		return false;
	}
	while (rest.len > 0) {
		size_t at = 0;

		while (at < rest.len &&
		    (is_digit_char(rest.data[at]) || rest.data[at] == 'E')) {
			at++;
		}
		rest = slice_from(rest, at);
		if (!take_affix(&rest, &negative, &part) ||
		    !append(arena, &negative.suffix, part) ||
		    (rest.len > 0 && rest.data[0] == ';')) {
			return false;
		}
	}
	pattern->negative_prefix = negative.prefix;
	pattern->negative_suffix = negative.suffix;
	pattern->has_negative = true;
	pattern->is_monetary = pattern->is_monetary || negative.is_monetary;
	return true;
}

static bool read_standard(
    struct arena *arena, struct slice rest, struct number_pattern *pattern)
{
	struct digit_counts counts = {.point = -1, .group = -1, .is_ok = true};

	if (rest.len == 0) {
		pattern->group = 3;
		pattern->max_fraction = FRACTION_UNLIMITED;
		return true;
	}
	if (!read_subpattern(arena, &rest, &counts, pattern) ||
	    !apply_counts(&counts, pattern)) {
		return false;
	}
	rest = slice_from(rest, 1);
	return rest.len == 0 || read_negative(arena, rest, pattern);
}

/* Where the pattern ends and the options begin: at the second `;`. */
static void split_format(
    struct slice format, struct slice *standard, struct slice *options)
{
	bool is_quoted = false;
	int semicolons = 0;

	for (size_t i = 0; i < format.len; i++) {
		if (format.data[i] == '\'') {
			is_quoted = !is_quoted;
		} else if (format.data[i] == ';' && !is_quoted &&
		    ++semicolons == 2) {
			size_t end = format.data[i - 1] == ';' ? i - 1 : i;

			*standard = slice_make(format.data, end);
			*options = slice_from(format, i + 1);
			return;
		}
	}
	*standard = format;
	*options = slice_make("", 0);
}

bool number_pattern_read(
    struct arena *arena, struct slice format, struct number_pattern *pattern)
{
	struct slice standard;
	struct slice options;

	*pattern = (struct number_pattern){
	    .multiplier = 1,
	    .rounding = NUMBER_HALF_EVEN,
	    .symbols = number_symbols_en_us,
	};
	split_format(format, &standard, &options);
	return read_standard(arena, standard, pattern) &&
	    number_pattern_read_options(arena, options, pattern);
}
