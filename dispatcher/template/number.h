#ifndef DISPATCHER_TEMPLATE_NUMBER_H
#define DISPATCHER_TEMPLATE_NUMBER_H

/*
 * Numbers as FreeMarker's default arithmetic has them: exact decimals without
 * overflow (Java's BigDecimal). Whole numbers that fit int64 are computed
 * as such; the rest goes through decimal.h. Memory is the arena's.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/attr.h"
#include "common/base/slice.h"
#include "dispatcher/template/value.h"

enum number_status {
	NUMBER_OK,
	NUMBER_TOO_LARGE, /* past the arena's budget or the digits allowed */
	NUMBER_DIVIDED_BY_ZERO,
	NUMBER_NOT_FINITE, /* NaN or infinite, where digits are needed */
};

enum number_operator {
	NUMBER_ADD,
	NUMBER_SUBTRACT,
	NUMBER_MULTIPLY,
	NUMBER_DIVIDE,
	NUMBER_MODULO,
};

enum number_rounding {
	NUMBER_HALF_UP,	  /* 0.5 away from zero */
	NUMBER_HALF_EVEN, /* 0.5 to the even neighbour */
	NUMBER_HALF_DOWN, /* 0.5 towards zero */
	NUMBER_FLOOR,
	NUMBER_CEILING,
	NUMBER_TRUNCATE,
	NUMBER_UP,
};

enum {
	/* Room for any int64 as text. */
	NUMBER_SMALL_TEXT = 24,
};

/* Digits, perhaps with sign, fraction and exponent, and nothing else. False
 * when it is not that, or too large. number_real.h knows "NaN" and "INF". */
MUST_USE bool number_parse(
    struct arena *arena, struct slice text, struct value *number);

/* digits / 10^places. False when the arena is full. */
MUST_USE bool number_from_digits(
    struct arena *arena, int64_t digits, int places, struct value *number);

MUST_USE enum number_status number_compute(struct arena *arena,
    enum number_operator operator, struct value a, struct value b,
    struct value *result);

/* *order < 0 when a is less, 0 when equal (1 and 1.0 are). */
MUST_USE enum number_status number_compare(
    struct arena *arena, struct value a, struct value b, int *order);

/* -1, 0 or 1; 0 for NaN. */
int number_sign(struct value number);

/* To `digits` places behind the point. */
MUST_USE enum number_status number_round(struct arena *arena,
    struct value number, int digits, enum number_rounding rounding,
    struct value *result);

/* The same of a decimal. NULL when that is too large. */
MUST_USE const struct decimal *number_round_decimal(struct arena *arena,
    const struct decimal *decimal, int32_t digits,
    enum number_rounding rounding);

/* Java's longValue: without the fraction, and of what is left the lowest 64
 * bits; of a real the nearest there is. False when the arena is full. */
MUST_USE bool number_low_bits(
    struct arena *arena, struct value number, int64_t *bits);

/* Java's intValue, likewise. */
MUST_USE bool number_to_int32(
    struct arena *arena, struct value number, int64_t *result);

/* Less its fraction by way of a double, as FreeMarker does it: past 2^53 the
 * last digits change. With adds_half 0.5 is added first. */
MUST_USE enum number_status number_round_as_real(struct arena *arena,
    struct value number, bool adds_half, enum number_rounding rounding,
    struct value *result);

/* The same number with the other sign, exactly. */
MUST_USE enum number_status number_negate(
    struct arena *arena, struct value number, struct value *result);

/* Plain digits, no exponent, at most 16 behind the point, no trailing zeros:
 * number_format "computer" and ?c. Lies in `small` or in the arena. */
MUST_USE enum number_status number_text(struct arena *arena,
    struct value number, char small[NUMBER_SMALL_TEXT], struct slice *text);

/* The same with all digits that are there. */
MUST_USE enum number_status number_text_exact(struct arena *arena,
    struct value number, char small[NUMBER_SMALL_TEXT], struct slice *text);

#endif
