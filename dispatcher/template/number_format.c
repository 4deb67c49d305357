/*
 * A pattern is read into its parts on each use: they are short, and what
 * prints many numbers prints them plain. Printing goes twice over the parts:
 * once to measure, once to write.
 */
#include "dispatcher/template/number_format.h"

#include <math.h>
#include <string.h>

#include "dispatcher/template/number_digits.h"
#include "dispatcher/template/number_pattern.h"
#include "dispatcher/template/text.h"

enum {
	REAL_FRACTION_MAX = 340, /* Java's, of a double */
	UNICODE_LENGTH_MAX = 4,
};

#define CURRENCY "\302\244"
#define PER_MILLE "\342\200\260"

struct printer {
	char *out; /* NULL while measuring */
	size_t len;
	const struct number_pattern *pattern;
};

static void put(struct printer *printer, struct slice text)
{
	if (printer->out != NULL && text.len > 0) {
		memcpy(printer->out + printer->len, text.data, text.len);
	}
	printer->len += text.len;
}

/* `digit` from '0' to '9'. */
static void put_digit(struct printer *printer, char digit)
{
	char text[UNICODE_LENGTH_MAX];
	uint32_t character =
	    printer->pattern->symbols.zero + (uint32_t)(digit - '0');

	put(printer, slice_make(text, text_encode(text, character)));
}

/* An affix, less its quotes, with the symbols that its signs stand for. */
static void put_affix(struct printer *printer, struct slice affix)
{
	const struct number_symbols *symbols = &printer->pattern->symbols;
	bool is_quoted = false;

	while (affix.len > 0) {
		size_t taken = 1;
		struct slice shown = slice_make(affix.data, 1);

		if (slice_starts_with(affix, "''")) {
			taken = 2;
		} else if (affix.data[0] == '\'') {
			is_quoted = !is_quoted;
			shown.len = 0;
		} else if (is_quoted) {
			taken = 1;
		} else if (affix.data[0] == '%') {
			shown = symbols->percent;
		} else if (affix.data[0] == '-') {
			shown = symbols->minus;
		} else if (slice_starts_with(affix, PER_MILLE)) {
			taken = sizeof(PER_MILLE) - 1;
			shown = symbols->per_mille;
		} else if (slice_starts_with(affix, CURRENCY CURRENCY)) {
			taken = 2 * (sizeof(CURRENCY) - 1);
			shown = symbols->currency_code;
		} else if (slice_starts_with(affix, CURRENCY)) {
			taken = sizeof(CURRENCY) - 1;
			shown = symbols->currency;
		}
		put(printer, shown);
		affix = slice_from(affix, taken);
	}
}

/* Affixes of its own make a number negative only if they differ from those of
 * the others; else a minus sign does. */
static bool has_own_affixes(const struct number_pattern *pattern)
{
	return pattern->has_negative &&
	    (!slice_equal(pattern->negative_prefix, pattern->prefix) ||
		!slice_equal(pattern->negative_suffix, pattern->suffix));
}

static void put_prefix(struct printer *printer, bool is_negative)
{
	const struct number_pattern *pattern = printer->pattern;

	if (is_negative && has_own_affixes(pattern)) {
		put_affix(printer, pattern->negative_prefix);
		return;
	}
	if (is_negative) {
		put(printer, pattern->symbols.minus);
	}
	put_affix(printer, pattern->prefix);
}

static void put_suffix(struct printer *printer, bool is_negative)
{
	const struct number_pattern *pattern = printer->pattern;

	put_affix(printer,
	    is_negative && has_own_affixes(pattern) ? pattern->negative_suffix
						    : pattern->suffix);
}

static void put_point(struct printer *printer)
{
	const struct number_pattern *pattern = printer->pattern;

	put(printer,
	    pattern->is_monetary ? pattern->symbols.monetary_point
				 : pattern->symbols.point);
}

/* Digit `i`, or the zeros that follow the last. */
static char digit_at(const struct number_digits *number, int64_t i)
{
	return (char)(i < (int64_t)number->count ? number->digits[i] : '0');
}

static void put_fraction(
    struct printer *printer, const struct number_digits *number)
{
	const struct number_pattern *pattern = printer->pattern;
	int64_t places = (int64_t)number->count - number->point;

	if (number->count == 0 || places < pattern->min_fraction) {
		places = pattern->min_fraction;
	}
	if (places > 0 || pattern->shows_point) {
		put_point(printer);
	}
	for (int64_t i = 0; i < places; i++) {
		int64_t at = number->point + i;

		put_digit(printer,
		    (char)(at < 0 || number->count == 0
			    ? '0'
			    : digit_at(number, at)));
	}
}

static void put_plain(
    struct printer *printer, const struct number_digits *number)
{
	const struct number_pattern *pattern = printer->pattern;
	int64_t whole = number->count > 0 ? number->point : 0;
	int64_t width = whole > pattern->min_whole ? whole : pattern->min_whole;
	int64_t fraction = (int64_t)number->count - number->point;

	for (int64_t left = width; left > 0; left--) {
		put_digit(printer,
		    (char)(left > whole ? '0'
					: digit_at(number, whole - left)));
		if (pattern->group > 0 && left > 1 &&
		    (left - 1) % pattern->group == 0) {
			put(printer, pattern->symbols.group);
		}
	}
	if (width <= 0 && pattern->min_fraction == 0 &&
	    (number->count == 0 || fraction <= 0)) {
		put_digit(printer, '0');
	}
	put_fraction(printer, number);
}

/* Where the digits of 0.d1d2... * 10^point get their point, if the exponent is
 * to be a multiple of `repeat`. */
static int64_t repeated_exponent(int64_t point, int64_t repeat)
{
	return (point >= 1 ? (point - 1) / repeat : (point - repeat) / repeat) *
	    repeat;
}

static void put_exponent(struct printer *printer, int64_t exponent)
{
	enum {
		EXPONENT_DIGITS = 20
	};

	char digits[EXPONENT_DIGITS];
	int count = 0;

	put(printer, printer->pattern->symbols.exponent);
	if (exponent < 0) {
		put(printer, printer->pattern->symbols.minus);
		exponent = -exponent;
	}
	for (; exponent > 0; exponent /= 10) {
		digits[count++] = (char)('0' + exponent % 10);
	}
	for (int i = count; i < printer->pattern->min_exponent; i++) {
		put_digit(printer, '0');
	}
	while (count > 0) {
		put_digit(printer, digits[--count]);
	}
}

static void put_scientific(
    struct printer *printer, const struct number_digits *number)
{
	const struct number_pattern *pattern = printer->pattern;
	int64_t least_whole = pattern->min_whole;
	int64_t least = least_whole + pattern->min_fraction;
	int64_t point = number->count > 0 ? number->point : 0;
	int64_t exponent = point - least_whole;
	int64_t whole;
	int64_t count;

	if (pattern->max_whole > 1 && pattern->max_whole > least_whole) {
		exponent = repeated_exponent(point, pattern->max_whole);
		least_whole = 1;
	}
	whole = number->count > 0 ? point - exponent : least_whole;
	count = (int64_t)number->count > least ? (int64_t)number->count : least;
	count = count > whole ? count : whole;
	for (int64_t i = 0; i < count; i++) {
		if (i == whole) {
			put_point(printer);
		}
		put_digit(printer, digit_at(number, i));
	}
	if (pattern->shows_point && count == whole) {
		put_point(printer);
	}
	put_exponent(printer, number->count > 0 ? exponent : 0);
}

static void put_number(
    struct printer *printer, const struct number_digits *number)
{
	put_prefix(printer, number->is_negative);
	if (printer->pattern->has_exponent) {
		put_scientific(printer, number);
	} else {
		put_plain(printer, number);
	}
	put_suffix(printer, number->is_negative);
}

static enum number_format_status print_digits(struct arena *arena,
    const struct number_digits *number, const struct number_pattern *pattern,
    struct slice *text)
{
	struct printer printer = {.pattern = pattern};
	char *out;

	put_number(&printer, number);
	out = arena_alloc(arena, printer.len + 1);
	if (out == NULL) {
		return NUMBER_FORMAT_TOO_LARGE;
	}
	printer = (struct printer){.pattern = pattern, .out = out};
	put_number(&printer, number);
	*text = slice_make(out, printer.len);
	return NUMBER_FORMAT_OK;
}

/* NaN stands alone; infinity has the affixes. */
static enum number_format_status print_not_finite(struct arena *arena,
    double real, const struct number_pattern *pattern, struct slice *text)
{
	struct printer printer = {.pattern = pattern};
	bool is_negative = (real < 0) != (pattern->multiplier < 0);

	if (isnan(real) || pattern->multiplier == 0) {
		*text = pattern->symbols.nan;
		return NUMBER_FORMAT_OK;
	}
	for (int pass = 0; pass < 2; pass++) {
		put_prefix(&printer, is_negative);
		put(&printer, pattern->symbols.infinity);
		put_suffix(&printer, is_negative);
		if (pass == 0) {
			printer.out = arena_alloc(arena, printer.len + 1);
			if (printer.out == NULL) {
				return NUMBER_FORMAT_TOO_LARGE;
			}
			printer.len = 0;
		}
	}
	*text = slice_make(printer.out, printer.len);
	return NUMBER_FORMAT_OK;
}

static enum number_format_status format_by(struct arena *arena,
    struct value number, const struct number_pattern *pattern,
    struct slice *text)
{
	struct number_digits digits;
	int64_t places = pattern->max_fraction;
	bool is_rounded;

	if (number.kind == VALUE_REAL && !isfinite(number.real)) {
		return print_not_finite(arena, number.real, pattern, text);
	}
	if (!number_digits_of(arena, number, pattern->multiplier, &digits)) {
		return NUMBER_FORMAT_TOO_LARGE;
	}
	if (number.kind == VALUE_REAL && places > REAL_FRACTION_MAX) {
		places = REAL_FRACTION_MAX;
	}
	is_rounded = pattern->has_exponent
	    ? number_digits_round(&digits, pattern->max_whole + places,
		  pattern->rounding, pattern->is_exact)
	    : number_digits_round_fraction(
		  &digits, places, pattern->rounding, pattern->is_exact);
	return is_rounded ? print_digits(arena, &digits, pattern, text)
			  : NUMBER_FORMAT_NOT_EXACT;
}

static struct slice named_pattern(struct slice format)
{
	if (slice_is(format, "number")) {
		return SLICE_LITERAL("#,##0.###");
	}
	if (slice_is(format, "currency")) {
		return SLICE_LITERAL(CURRENCY "#,##0.00");
	}
	if (slice_is(format, "percent")) {
		return SLICE_LITERAL("#,##0%");
	}
	return format;
}

static enum number_format_status format_for_computers(
    struct arena *arena, struct value number, struct slice *text)
{
	const struct number_pattern plain = {
	    .min_whole = 1,
	    .max_fraction = 16,
	    .multiplier = 1,
	    .rounding = NUMBER_HALF_EVEN,
	    .symbols =
		{
		    .point = SLICE_LITERAL("."),
		    .minus = SLICE_LITERAL("-"),
		    .infinity = SLICE_LITERAL("INF"),
		    .nan = SLICE_LITERAL("NaN"),
		    .zero = '0',
		},
	};
	char *small;

	if (number.kind == VALUE_REAL) {
		return format_by(arena, number, &plain, text);
	}
	small = arena_alloc(arena, NUMBER_SMALL_TEXT);
	return small != NULL &&
		number_text(arena, number, small, text) == NUMBER_OK
	    ? NUMBER_FORMAT_OK
	    : NUMBER_FORMAT_TOO_LARGE;
}

enum number_format_status number_format(struct arena *arena,
    struct value number, struct slice format, struct slice *text)
{
	struct number_pattern pattern;
	size_t len;

	if (slice_is(format, "computer")) {
		return format_for_computers(arena, number, text);
	}
	/* @name is a custom format, of which there are none. */
	if (format.len > 1 && format.data[0] == '@' &&
	    text_is_letter(text_decode(format, 1, &len))) {
		return NUMBER_FORMAT_BAD;
	}
	if (!number_pattern_read(arena, named_pattern(format), &pattern)) {
		return NUMBER_FORMAT_BAD;
	}
	return format_by(arena, number, &pattern, text);
}

enum number_format_status number_format_fixed(struct arena *arena,
    struct value number, int min_digits, int max_digits, struct slice *text)
{
	struct number_pattern pattern = {
	    .min_whole = 1,
	    .min_fraction = min_digits,
	    .max_fraction = max_digits < 0 ? 50 : max_digits,
	    .multiplier = 1,
	    .rounding = NUMBER_HALF_EVEN,
	    .symbols = number_symbols_en_us,
	};

	return format_by(arena, number, &pattern, text);
}
