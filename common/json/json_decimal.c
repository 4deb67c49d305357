/*
 * A float64 holds each number that has at most 15 significant digits (DBL_DIG)
 * and is in its normal range. With 16 or 17 digits, or near the ends of the
 * range, the nearest float64 is asked for its shortest decimal: it is this
 * number when a program printed it from a float64, and is not when somebody
 * wrote more digits than a float64 has.
 *
 * strtod only ever sees digits and an 'e', so no locale's decimal point comes
 * in.
 */

#include "common/json/json_decimal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	SAFE_DIGITS = 15,    /* a float64 keeps as many, in its normal range */
	MOST_DIGITS = 17,    /* its shortest decimal is never longer */
	EXACT_EXPONENT = 22, /* 10^22 is the last power of ten it holds */
	/* Of the first digit: */
	NORMAL_EXPONENT = 307,	  /* from 10^-307 to 10^308 it is normal */
	LARGEST_EXPONENT = 308,	  /* 1.8 * 10^308 is the largest, */
	SMALLEST_EXPONENT = -324, /* 4.9 * 10^-324 the smallest */
	DECIMAL_BYTES = 40,
};

/* All whole numbers up to 2^53 are float64s. */
#define LARGEST_EXACT (UINT64_C(1) << 53)

/* Writes a number so that it ends before `end`; returns its first digit. */
static char *print_digits(char *end, uint64_t number)
{
	do {
		*--end = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	return end;
}

/* Both are held exactly, and the result is rounded once. */
static bool is_exact(uint64_t digits, int64_t exponent)
{
	return digits <= LARGEST_EXACT && exponent >= -EXACT_EXPONENT &&
	    exponent <= EXACT_EXPONENT;
}

static double exact_float(uint64_t digits, int64_t exponent)
{
	static const double powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7,
	    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
	    1e19, 1e20, 1e21, 1e22};

	return exponent < 0 ? (double)digits / powers[-exponent]
			    : (double)digits * powers[exponent];
}

/* The nearest float64. The exponent has three digits at most. */
static double to_float(uint64_t digits, int64_t exponent)
{
	char text[DECIMAL_BYTES];
	char *c = text + sizeof(text) - 1;

	if (is_exact(digits, exponent)) {
		return exact_float(digits, exponent);
	}
	*c = '\0';
	c = print_digits(c, (uint64_t)(exponent < 0 ? -exponent : exponent));
	if (exponent < 0) {
		*--c = '-';
	}
	*--c = 'e';
	return strtod(print_digits(c, digits), NULL);
}

/* Rounds a float64 to `count` decimal digits. */
static void from_float(
    double value, int count, uint64_t *digits, int64_t *exponent)
{
	char text[DECIMAL_BYTES];
	const char *c = text;

	(void)snprintf(text, sizeof(text), "%.*e", count - 1, value);
	*digits = 0;
	/* Whatever else there is before the 'e' is a locale's point. */
	for (; *c != 'e' && *c != '\0'; c++) {
		if (*c >= '0' && *c <= '9') {
			*digits = *digits * 10 + (uint64_t)(*c - '0');
		}
	}
	*exponent = *c == 'e' ? strtol(c + 1, NULL, 10) : 0;
	*exponent -= count - 1;
}

/*
 * Whether the shortest decimal that stands for `value` is this number, which
 * has no trailing zeros: it is the nearest of its length, and of those with a
 * digit less, neither the next below nor the next above stands for `value`.
 */
static bool prints_back(double value, const struct json_decimal *decimal)
{
	uint64_t digits;
	int64_t exponent;

	if (value == 0 || isinf(value)) {
		return false;
	}
	from_float(value, decimal->count, &digits, &exponent);
	if (digits != decimal->digits || exponent != decimal->exponent) {
		return false;
	}
	if (decimal->count == 1) {
		return true;
	}
	digits /= 10;
	exponent++;
	return to_float(digits, exponent) != value &&
	    to_float(digits + 1, exponent) != value;
}

static void drop_trailing_zeros(struct json_decimal *decimal)
{
	while (decimal->digits % 10 == 0) {
		decimal->digits /= 10;
		decimal->exponent++;
		decimal->count--;
	}
}

bool json_decimal_to_float(struct json_decimal *decimal, double *value)
{
	int64_t first; /* the exponent of the first digit */

	if (decimal->count > SAFE_DIGITS) {
		drop_trailing_zeros(decimal);
	}
	first = decimal->exponent + decimal->count - 1;
	if (decimal->is_longer || decimal->count > MOST_DIGITS ||
	    first > LARGEST_EXPONENT || first < SMALLEST_EXPONENT) {
		return false;
	}
	*value = to_float(decimal->digits, decimal->exponent);
	if (decimal->count <= SAFE_DIGITS && first <= NORMAL_EXPONENT &&
	    first >= -NORMAL_EXPONENT) {
		return true;
	}
	drop_trailing_zeros(decimal);
	return prints_back(*value, decimal);
}
