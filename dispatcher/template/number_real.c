#include "dispatcher/template/number_real.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatcher/template/number.h"

enum {
	EXPONENT_ROOM = 8,
	/* Of any double, with all its digits. */
	EXACT_TEXT = 1500,
	WHOLE_BITS = 62, /* what Java writes by way of a long */
	DOUBLE_BITS = 53,
};

/* "d.ddde+xx" into digits and point. */
static void take_scientific(const char *scientific, struct real_text *text)
{
	const char *exponent = strchr(scientific, 'e');

	text->count = 0;
	for (const char *at = scientific; at < exponent; at++) {
		if (*at != '.') {
			text->digits[text->count++] = *at;
		}
	}
	while (text->count > 1 && text->digits[text->count - 1] == '0') {
		text->count--;
	}
	text->point = (int)strtol(exponent + 1, NULL, 10) + 1;
}

static void shortest_text(double real, bool is_single, struct real_text *text)
{
	char buf[REAL_DIGITS_MAX + EXPONENT_ROOM];

	for (int places = 0; places < 17; places++) {
		(void)snprintf(buf, sizeof(buf), "%.*e", places, real);
		if (is_single ? strtof(buf, NULL) == (float)real
			      : strtod(buf, NULL) == real) {
			break;
		}
	}
	take_scientific(buf, text);
}

/* Java writes large whole doubles with the digits of their long, less those
 * that the missing bits make insignificant. */
static void whole_text(double real, int exponent, struct real_text *text)
{
	int64_t whole = (int64_t)real;
	int64_t unit = 1;
	int spare_bits = exponent - DOUBLE_BITS - 1;
	int dropped = 0;

	while (spare_bits > 1 && unit * 10 <= INT64_C(1) << spare_bits) {
		unit *= 10;
		dropped++;
	}
	whole = whole / unit + (unit > 1 && whole % unit >= unit / 2);
	text->count = (size_t)snprintf(
	    text->digits, sizeof(text->digits), "%lld", (long long)whole);
	text->point = (int)text->count + dropped;
	while (text->count > 1 && text->digits[text->count - 1] == '0') {
		text->count--;
	}
}

void real_to_text(double real, struct real_text *text)
{
	int exponent;

	(void)frexp(real, &exponent);
	exponent--; /* real = 1.xxx * 2^exponent */
	if (real == floor(real) && exponent >= 0 && exponent <= WHOLE_BITS) {
		whole_text(real, exponent, text);
	} else {
		shortest_text(real, false, text);
	}
}

static bool parse_text(struct arena *arena, const struct real_text *text,
    bool is_negative, struct value *decimal)
{
	char buf[REAL_DIGITS_MAX + 4 * EXPONENT_ROOM];

	(void)snprintf(buf, sizeof(buf), "%s0.%.*se%d", is_negative ? "-" : "",
	    (int)text->count, text->digits, text->point);
	return number_parse(arena, slice_of(buf), decimal);
}

bool real_to_exact(struct arena *arena, double real, struct value *decimal)
{
	char buf[EXACT_TEXT];
	char *end;

	/* glibc prints all digits of a binary number. */
	(void)snprintf(buf, sizeof(buf), "%.1100f", real);
	end = buf + strlen(buf);
	while (end[-1] == '0') {
		end--;
	}
	end -= end[-1] == '.';
	return number_parse(
	    arena, slice_make(buf, (size_t)(end - buf)), decimal);
}

bool real_compare(struct arena *arena, double real,
    const struct real_text *text, int *comparison)
{
	struct value shown;
	struct value exact;

	return parse_text(arena, text, false, &shown) &&
	    real_to_exact(arena, real, &exact) &&
	    number_compare(arena, shown, exact, comparison) == NUMBER_OK;
}

bool real_to_decimal(
    struct arena *arena, struct value real, struct value *decimal)
{
	struct real_text text;

	if (value_is_single(real)) {
		shortest_text(fabs(real.real), true, &text);
	} else {
		real_to_text(fabs(real.real), &text);
	}
	return parse_text(arena, &text, real.real < 0, decimal);
}

bool real_from_number(struct arena *arena, struct value number, bool is_single,
    struct value *real)
{
	char small[NUMBER_SMALL_TEXT];
	struct slice text;
	char *copy;

	if (number.kind == VALUE_REAL) {
		*real = is_single ? value_real((float)number.real, true)
				  : value_real(number.real, false);
		return true;
	}
	if (number_text_exact(arena, number, small, &text) != NUMBER_OK) {
		return false;
	}
	copy = arena_copy(arena, text);
	if (copy == NULL) {
		return false;
	}
	*real = is_single ? value_real(strtof(copy, NULL), true)
			  : value_real(strtod(copy, NULL), false);
	return true;
}

bool real_from_word(struct slice text, struct value *real)
{
	static const struct {
		const char *word;
		double real;
	} words[] = {
	    {"NaN", NAN},
	    {"INF", INFINITY},
	    {"-INF", -INFINITY},
	    {"Infinity", INFINITY},
	    {"-Infinity", -INFINITY},
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (slice_is(text, words[i].word)) {
			*real = value_real(words[i].real, false);
			return true;
		}
	}
	return false;
}
