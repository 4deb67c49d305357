/*
 * Numbers, and that none loses a digit: whole numbers that fit are integers,
 * fractions that a float64 keeps are one (json_decimal.h), and all else is
 * kept as its text.
 */

#include <string.h>

#include "common/json/json_decimal.h"
#include "common/json/json_reader.h"
#include "common/json/json_scan.h"

/* More than any run of zeros can bring back, as texts are under 2 GiB. */
#define EXPONENT_CAP INT64_C(100000000000)
/* -2^63 is an int64, too. */
#define MOST_NEGATIVE (UINT64_C(1) << 63)

static inline bool fits_digit(
    const struct json_decimal *decimal, unsigned digit)
{
	const uint64_t last = UINT64_MAX / 10;

	return decimal->digits < last ||
	    (decimal->digits == last && digit <= UINT64_MAX % 10);
}

/* Scans digits before or behind the point. False when there is none. */
static bool scan_digits(
    struct json_scan *scan, struct json_decimal *decimal, bool is_fraction)
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

static bool scan_exponent(struct json_scan *scan, struct json_decimal *decimal)
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

static bool scan_whole(struct json_scan *scan, struct json_decimal *decimal)
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

static bool scan_number(struct json_scan *scan, struct json_decimal *decimal)
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

static bool write_float(struct json_scan *scan,
    const struct json_decimal *decimal, double magnitude)
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

bool json_read_number(struct json_scan *scan)
{
	const unsigned char *text = scan->in;
	struct json_decimal decimal = {.is_whole = true};
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
	if (json_decimal_to_float(&decimal, &value)) {
		return write_float(scan, &decimal, value);
	}
	return write_text(scan, text);
}
