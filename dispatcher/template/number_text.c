/* Numbers as text: plain digits. */
#include <string.h>

#include "dispatcher/template/decimal.h"
#include "dispatcher/template/number.h"

enum {
	COMPUTER_DIGITS = 16,
};

/* Puts the point into the digits and cuts zeros behind it. */
static bool place_point(struct arena *arena, struct slice digits,
    const struct decimal *decimal, struct slice *text)
{
	size_t scale = (size_t)decimal->scale;
	size_t zeros = digits.len <= scale ? scale - digits.len + 1 : 0;
	char *buf = arena_alloc(arena, digits.len + zeros + 3);
	char *at = buf;
	size_t whole;

	if (buf == NULL) {
		return false;
	}
	if (decimal->is_negative) {
		*at++ = '-';
	}
	memset(at, '0', zeros);
	memcpy(at + zeros, digits.data, digits.len);
	whole = digits.len + zeros - scale;
	memmove(at + whole + 1, at + whole, scale);
	at[whole] = '.';
	at += whole + 1 + scale;
	while (at[-1] == '0') {
		at--;
	}
	if (at[-1] == '.') {
		at--;
	}
	*text = slice_make(buf, (size_t)(at - buf));
	return true;
}

static enum number_status decimal_text(struct arena *arena,
    const struct decimal *decimal, int max_digits, struct slice *text)
{
	bool is_negative = decimal->count > 0 && decimal->is_negative;
	struct slice digits;

	decimal =
	    decimal->scale < 0 ? decimal_extend(arena, decimal, 0) : decimal;
	if (decimal != NULL && decimal->scale > max_digits) {
		decimal = number_round_decimal(
		    arena, decimal, max_digits, NUMBER_HALF_EVEN);
	}
	if (decimal == NULL || !decimal_digits(arena, decimal, &digits)) {
		return NUMBER_TOO_LARGE;
	}
	if (decimal->count == 0) {
		*text = slice_of(is_negative ? "-0" : "0");
		return NUMBER_OK;
	}
	return place_point(arena, digits, decimal, text) ? NUMBER_OK
							 : NUMBER_TOO_LARGE;
}

static enum number_status text_of(struct arena *arena, struct value number,
    int max_digits, char small[NUMBER_SMALL_TEXT], struct slice *text)
{
	char *at = small + NUMBER_SMALL_TEXT;
	uint64_t rest;

	if (number.kind == VALUE_DECIMAL) {
		return decimal_text(arena, number.decimal, max_digits, text);
	}
	rest = number.integer < 0 ? 0 - (uint64_t)number.integer
				  : (uint64_t)number.integer;
	do {
		*--at = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (number.integer < 0) {
		*--at = '-';
	}
	*text = slice_make(at, (size_t)(small + NUMBER_SMALL_TEXT - at));
	return NUMBER_OK;
}

enum number_status number_text(struct arena *arena, struct value number,
    char small[NUMBER_SMALL_TEXT], struct slice *text)
{
	return text_of(arena, number, COMPUTER_DIGITS, small, text);
}

enum number_status number_text_exact(struct arena *arena, struct value number,
    char small[NUMBER_SMALL_TEXT], struct slice *text)
{
	return text_of(arena, number, INT32_MAX, small, text);
}
