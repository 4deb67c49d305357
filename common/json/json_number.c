/*
 * Numbers, and that none loses a digit.
 *
 * A number is scanned into digits * 10^exponent. Whole numbers that fit are
 * integers. Of the others, a float64 holds each that has at most 15
 * significant digits (DBL_DIG) and is in its normal range; with 16 or 17
 * digits, or near the ends of the range, it is asked whether the float64's own
 * shortest decimal is this number again, as it is for what a program printed
 * from a float64. All else is kept as its text.
 *
 * strtod only ever sees digits and an 'e', so no locale's decimal point comes
 * in.
 */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json/json_reader.h"
#include "common/json/json_scan.h"

enum {
	SAFE_DIGITS = 15,    /* a float64 keeps as many, in its normal range */
	MOST_DIGITS = 17,    /* its shortest decimal is never longer */
	EXACT_EXPONENT = 22, /* 10^22 is the last power of ten it holds */
	NORMAL_EXPONENT = 307,	/* from 10^-307 to 10^308 it is normal */
	LARGEST_EXPONENT = 308, /* 1.8 * 10^308, and 4.9 * 10^-324 */
	SMALLEST_EXPONENT = -324,
	DECIMAL_BYTES = 40,
};

/* More than any run of zeros can bring back, as texts are under 2 GiB. */
#define EXPONENT_CAP INT64_C(100000000000)
/* -2^63 is an int64, too. */
#define MOST_NEGATIVE (UINT64_C(1) << 63)

struct decimal {
	uint64_t digits; /* the number is digits * 10^exponent */
	int64_t exponent;
	int count; /* how many significant digits there are */
	bool is_negative;
	bool is_whole;	/* neither fraction nor exponent */
	bool is_full;	/* there was no room for the last digits, */
	bool is_longer; /* and they were not all 0 */
};

static inline bool fits_digit(const struct decimal *decimal, unsigned digit)
{
	const uint64_t last = UINT64_MAX / 10;

	return decimal->digits < last ||
	    (decimal->digits == last && digit <= UINT64_MAX % 10);
}

/* Scans digits before or behind the point. False when there is none. */
static bool scan_digits(
    struct json_scan *scan, struct decimal *decimal, bool is_fraction)
{
	const unsigned char *in = scan->in;
	const unsigned char *first = in;

	for (; in < scan->end && json_is(*in, JSON_CHAR_DIGIT); in++) {
		unsigned digit = (unsigned)*in - '0';

		if (UNLIKELY(decimal->is_full || !fits_digit(decimal, digit))) {
			decimal->is_full = true;
			decimal->is_longer |= digit != 0;
			decimal->exponent += !is_fraction;
			continue;
		}
		decimal->digits = decimal->digits * 10 + digit;
		decimal->count += decimal->digits != 0;
		decimal->exponent -= is_fraction;
	}
	scan->in = in;
	return in > first;
}

static bool scan_exponent(struct json_scan *scan, struct decimal *decimal)
{
	bool is_negative = false;
	int64_t exponent = 0;

	scan->in++;
	if (json_peek(scan) == '-' || json_peek(scan) == '+') {
		is_negative = *scan->in == '-';
		scan->in++;
	}
	if (!json_is(json_peek(scan), JSON_CHAR_DIGIT)) {
		return json_fail_unexpected(
		    scan, "where a digit of the exponent should be");
	}
	while (json_is(json_peek(scan), JSON_CHAR_DIGIT)) {
		if (exponent < EXPONENT_CAP) {
			exponent = exponent * 10 + (*scan->in - '0');
		}
		scan->in++;
	}
	decimal->exponent += is_negative ? -exponent : exponent;
	return true;
}

static bool scan_whole(struct json_scan *scan, struct decimal *decimal)
{
	const unsigned char *first;

	if (json_peek(scan) == '-') {
		decimal->is_negative = true;
		scan->in++;
	}
	first = scan->in;
	if (!scan_digits(scan, decimal, false)) {
		return json_fail_unexpected(
		    scan, "where a digit should follow the minus");
	}
	if (*first == '0' && scan->in - first > 1) {
		return json_fail(
		    scan, first, "a number must not start with extra zeros");
	}
	return true;
}

static bool scan_number(struct json_scan *scan, struct decimal *decimal)
{
	unsigned char c;

	if (!scan_whole(scan, decimal)) {
		return false;
	}
	c = json_peek(scan);
	if (c == '.') {
		decimal->is_whole = false;
		scan->in++;
		if (!scan_digits(scan, decimal, true)) {
			return json_fail_unexpected(scan,
			    "where a digit should follow the decimal point");
		}
		c = json_peek(scan);
	}
	if (c == 'e' || c == 'E') {
		decimal->is_whole = false;
		if (!scan_exponent(scan, decimal)) {
			return false;
		}
		c = json_peek(scan);
	}
	if (UNLIKELY(json_is(c, JSON_CHAR_WORD))) {
		return json_fail_unexpected(scan, "inside a number");
	}
	return true;
}

static bool write_natural(struct json_scan *scan, uint64_t value)
{
	unsigned char *out = scan->out;

	if (value < 0x80) {
		out[0] = (unsigned char)value;
		json_advance(scan, 1);
	} else if (value <= 0xff) {
		out[0] = 0xcc;
		out[1] = (unsigned char)value;
		json_advance(scan, 2);
	} else if (value <= 0xffff) {
		json_store16(out, 0xcd, (uint32_t)value);
		json_advance(scan, 3);
	} else if (value <= 0xffffffff) {
		json_store32(out, 0xce, (uint32_t)value);
		json_advance(scan, 5);
	} else {
		json_store64(out, 0xcf, value);
		json_advance(scan, 9);
	}
	return true;
}

/* The negative of `magnitude`, which is from 1 to 2^63. */
static bool write_negative(struct json_scan *scan, uint64_t magnitude)
{
	unsigned char *out = scan->out;
	uint64_t value = 0 - magnitude;

	if (magnitude <= 0x20) {
		out[0] = (unsigned char)value;
		json_advance(scan, 1);
	} else if (magnitude <= 0x80) {
		out[0] = 0xd0;
		out[1] = (unsigned char)value;
		json_advance(scan, 2);
	} else if (magnitude <= 0x8000) {
		json_store16(out, 0xd1, (uint32_t)value);
		json_advance(scan, 3);
	} else if (magnitude <= 0x80000000) {
		json_store32(out, 0xd2, (uint32_t)value);
		json_advance(scan, 5);
	} else {
		json_store64(out, 0xd3, value);
		json_advance(scan, 9);
	}
	return true;
}

static bool write_float(
    struct json_scan *scan, const struct decimal *decimal, double magnitude)
{
	double value = decimal->is_negative ? -magnitude : magnitude;
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	json_store64(scan->out, 0xcb, bits);
	json_advance(scan, 9);
	return true;
}

/* JSON_NUMBER_TEXT, as written; from `text` to the cursor. */
static bool write_text(struct json_scan *scan, const unsigned char *text)
{
	size_t len = (size_t)(scan->in - text);
	unsigned char *out = scan->out;
	size_t head;

	if (len <= 0xff) {
		out[0] = 0xc7;
		out[1] = (unsigned char)len;
		head = 2;
	} else if (len <= 0xffff) {
		json_store16(out, 0xc8, (uint32_t)len);
		head = 3;
	} else {
		json_store32(out, 0xc9, (uint32_t)len);
		head = 5;
	}
	out[head] = JSON_NUMBER_TEXT;
	json_advance(scan, head + 1);
	memcpy(scan->out, text, len & scan->keep);
	json_advance(scan, len);
	return true;
}

/* The nearest float64. */
static double to_float(uint64_t digits, int64_t exponent)
{
	char text[DECIMAL_BYTES];

	(void)snprintf(text, sizeof(text), "%llue%lld",
	    (unsigned long long)digits, (long long)exponent);
	return strtod(text, NULL);
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

/* Whether the shortest decimal that stands for `value` is this number, which
 * has no trailing zeros. */
static bool prints_back(double value, const struct decimal *decimal)
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
	from_float(value, decimal->count - 1, &digits, &exponent);
	return to_float(digits, exponent) != value;
}

static void drop_trailing_zeros(struct decimal *decimal)
{
	while (decimal->digits % 10 == 0) {
		decimal->digits /= 10;
		decimal->exponent++;
		decimal->count--;
	}
}

/* Whether a float64 keeps all of the number, which is not 0; then *value. */
static bool find_float(struct decimal *decimal, double *value)
{
	int64_t first; /* the exponent of the first digit */

	drop_trailing_zeros(decimal);
	first = decimal->exponent + decimal->count - 1;
	if (decimal->is_longer || decimal->count > MOST_DIGITS ||
	    first > LARGEST_EXPONENT || first < SMALLEST_EXPONENT) {
		return false;
	}
	*value = to_float(decimal->digits, decimal->exponent);
	return (decimal->count <= SAFE_DIGITS && first <= NORMAL_EXPONENT &&
		   first >= -NORMAL_EXPONENT) ||
	    prints_back(*value, decimal);
}

/* Both operands are exact then, and the result is rounded once. */
static bool is_exact(const struct decimal *decimal)
{
	return decimal->count <= SAFE_DIGITS &&
	    decimal->exponent >= -EXACT_EXPONENT &&
	    decimal->exponent <= EXACT_EXPONENT;
}

static double exact_float(const struct decimal *decimal)
{
	static const double powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7,
	    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
	    1e19, 1e20, 1e21, 1e22};
	double digits = (double)decimal->digits;

	return decimal->exponent < 0 ? digits / powers[-decimal->exponent]
				     : digits * powers[decimal->exponent];
}

bool json_read_number(struct json_scan *scan)
{
	const unsigned char *text = scan->in;
	struct decimal decimal = {.is_whole = true};
	double value;

	if (!scan_number(scan, &decimal)) {
		return false;
	}
	if (decimal.is_whole && !decimal.is_full) {
		if (!decimal.is_negative) {
			return write_natural(scan, decimal.digits);
		}
		if (decimal.digits > 0 && decimal.digits <= MOST_NEGATIVE) {
			return write_negative(scan, decimal.digits);
		}
	}
	if (decimal.digits == 0) {
		return write_float(scan, &decimal, 0.0);
	}
	if (decimal.is_whole) {
		return write_text(scan, text);
	}
	if (is_exact(&decimal)) {
		return write_float(scan, &decimal, exact_float(&decimal));
	}
	if (find_float(&decimal, &value)) {
		return write_float(scan, &decimal, value);
	}
	return write_text(scan, text);
}
