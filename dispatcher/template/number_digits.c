#include "dispatcher/template/number_digits.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "dispatcher/template/decimal.h"
#include "dispatcher/template/number_real.h"

static bool from_decimal(struct arena *arena, const struct decimal *decimal,
    struct number_digits *result)
{
	struct slice digits;

	if (decimal == NULL || !decimal_digits(arena, decimal, &digits)) {
		return false;
	}
	result->is_negative = decimal->count > 0 && decimal->is_negative;
	result->is_exact = true;
	if (decimal->count == 0) {
		return true;
	}
	result->digits = arena_alloc(arena, digits.len + 1);
	if (result->digits == NULL) {
		return false;
	}
	memcpy(result->digits, digits.data, digits.len);
	result->count = digits.len;
	result->point = (int64_t)digits.len - decimal->scale;
	return true;
}

static bool from_real(
    struct arena *arena, double real, struct number_digits *result)
{
	struct real_text text;
	int comparison;

	result->is_negative = signbit(real) != 0;
	real_to_text(fabs(real), &text);
	result->digits = arena_alloc(arena, text.count + 1);
	if (result->digits == NULL ||
	    !real_compare(arena, fabs(real), &text, &comparison)) {
		return false;
	}
	memcpy(result->digits, text.digits, text.count);
	result->count = real == 0 ? 0 : text.count;
	result->point = text.point;
	result->is_exact = comparison == 0;
	result->was_rounded_up = comparison > 0;
	return true;
}

bool number_digits_of(struct arena *arena, struct value number,
    int32_t multiplier, struct number_digits *result)
{
	const struct decimal *decimal =
	    number.kind == VALUE_DECIMAL ? number.decimal : NULL;

	*result = (struct number_digits){.digits = NULL};
	if (number.kind == VALUE_REAL) {
		return from_real(arena, number.real * multiplier, result);
	}
	if (number.kind == VALUE_INTEGER) {
		decimal = decimal_from_int64(arena, number.integer);
	}
	if (decimal != NULL && multiplier != 1) {
		const struct decimal *factor =
		    decimal_from_int64(arena, multiplier);

		decimal = factor != NULL
		    ? decimal_multiply(arena, decimal, factor)
		    : NULL;
	}
	return from_decimal(arena, decimal, result);
}

static bool has_digits_from(const struct number_digits *number, size_t at)
{
	for (; at < number->count; at++) {
		if (number->digits[at] != '0') {
			return true;
		}
	}
	return false;
}

/* The digit at the cut is a 5. */
static bool tie_goes_up(const struct number_digits *number, size_t at,
    enum number_rounding rounding)
{
	bool is_last = at + 1 == number->count;

	if (!is_last) {
		return rounding != NUMBER_HALF_EVEN ||
		    has_digits_from(number, at + 1);
	}
	if (!number->is_exact) {
		return !number->was_rounded_up;
	}
	if (rounding == NUMBER_HALF_EVEN) {
		return at > 0 && (number->digits[at - 1] - '0') % 2 != 0;
	}
	return rounding == NUMBER_HALF_UP;
}

static bool goes_up(const struct number_digits *number, size_t at,
    enum number_rounding rounding)
{
	switch (rounding) {
	case NUMBER_HALF_UP:
	case NUMBER_HALF_EVEN:
	case NUMBER_HALF_DOWN:
		return number->digits[at] > '5' ||
		    (number->digits[at] == '5' &&
			tie_goes_up(number, at, rounding));
	case NUMBER_UP:
		return has_digits_from(number, at);
	case NUMBER_FLOOR:
		return number->is_negative && has_digits_from(number, at);
	case NUMBER_CEILING:
		return !number->is_negative && has_digits_from(number, at);
	case NUMBER_TRUNCATE:
		break;
	}
	return false;
}

static void drop_zeros(struct number_digits *number)
{
	while (number->count > 1 && number->digits[number->count - 1] == '0') {
		number->count--;
	}
}

/* Keeps the first `at` digits, made one larger in their last place. */
static void grow(struct number_digits *number, size_t at)
{
	while (at > 0 && number->digits[at - 1] == '9') {
		at--;
	}
	if (at == 0) {
		number->digits[0] = '1';
		number->point++;
		number->count = 1;
		return;
	}
	number->digits[at - 1]++;
	number->count = at;
}

bool number_digits_round(struct number_digits *number, int64_t count,
    enum number_rounding rounding, bool is_exact_wanted)
{
	size_t at = (size_t)count;

	drop_zeros(number);
	if (count < 0 || at >= number->count) {
		return true;
	}
	if (is_exact_wanted && has_digits_from(number, at)) {
		return false;
	}
	if (goes_up(number, at, rounding)) {
		grow(number, at);
	} else {
		number->count = at;
	}
	drop_zeros(number);
	return true;
}

bool number_digits_round_fraction(struct number_digits *number, int64_t places,
    enum number_rounding rounding, bool is_exact_wanted)
{
	if (number->count == 0) {
		return true;
	}
	if (-number->point > places) {
		number->count = 0;
		return true;
	}
	if (-number->point == places) {
		if (is_exact_wanted) {
			return false;
		}
		if (goes_up(number, 0, rounding)) {
			grow(number, 0);
		} else {
			number->count = 0;
		}
		return true;
	}
	return number_digits_round(
	    number, places + number->point, rounding, is_exact_wanted);
}
