#ifndef DISPATCHER_TEMPLATE_DECIMAL_H
#define DISPATCHER_TEMPLATE_DECIMAL_H

/*
 * Decimals of any length, as Java's BigDecimal: a whole number and a scale,
 * value = (+/-) digits / 10^scale. GMP's low level (mpn) does the sums, on
 * memory of the arena, so that it never allocates. Only number.c and the
 * number formats use this.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/attr.h"
#include "common/base/slice.h"

struct decimal {
	int32_t scale;
	bool is_negative;
	uint32_t count;	   /* of limbs; the highest is not 0; none: zero */
	uint64_t limbs[1]; /* lowest first, as GMP has them */
};

enum {
	DECIMAL_DIGITS_MAX = 8000,
};

/* All of these: NULL when the result is too long or the arena full. */

MUST_USE struct decimal *decimal_from_int64(
    struct arena *arena, int64_t number);

/* `digits` are '0' to '9' only, at least one. */
MUST_USE struct decimal *decimal_from_digits(
    struct arena *arena, struct slice digits, bool is_negative, int32_t scale);

MUST_USE struct decimal *decimal_add(struct arena *arena,
    const struct decimal *a, const struct decimal *b, bool is_subtraction);
MUST_USE struct decimal *decimal_multiply(
    struct arena *arena, const struct decimal *a, const struct decimal *b);

/* The same value with a scale that is at least as large. */
MUST_USE const struct decimal *decimal_extend(
    struct arena *arena, const struct decimal *a, int32_t scale);

/* a / b as whole numbers, cut to a whole number; *remainder is how the rest
 * compares: 0 none, 1 less than half of b, 2 half, 3 more. Scales are not
 * looked at; the result has scale 0. b is not zero. */
MUST_USE struct decimal *decimal_divide_whole(struct arena *arena,
    const struct decimal *a, const struct decimal *b, int *remainder);

/* One more away from zero; a zero becomes 1, or -1 if it is negative. */
MUST_USE struct decimal *decimal_grow(
    struct arena *arena, const struct decimal *a);

/* < 0, 0, > 0. False when the arena is full. */
MUST_USE bool decimal_compare(struct arena *arena, const struct decimal *a,
    const struct decimal *b, int *order);

/* The digits of the whole number, without sign and point; "0" for zero. */
MUST_USE bool decimal_digits(
    struct arena *arena, const struct decimal *a, struct slice *digits);

/* 10 to the power `exponent`, from 0. */
MUST_USE struct decimal *decimal_power_of_ten(
    struct arena *arena, int32_t exponent);

#endif
