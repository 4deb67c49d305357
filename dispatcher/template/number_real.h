#ifndef DISPATCHER_TEMPLATE_NUMBER_REAL_H
#define DISPATCHER_TEMPLATE_NUMBER_REAL_H

/*
 * Binary numbers, Java's double: what ?double and ?float give, and NaN and the
 * infinities. They are decimals again as soon as one computes with them, by
 * the digits that Java's Double.toString writes.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/base/arena.h"
#include "common/base/attr.h"
#include "common/base/slice.h"
#include "dispatcher/template/value.h"

enum {
	REAL_DIGITS_MAX = 24,
};

/* 0.d1d2... * 10^point, at least one digit. */
struct real_text {
	char digits[REAL_DIGITS_MAX];
	size_t count;
	int point;
};

/* The digits Java shows of a finite number that is not negative. */
void real_to_text(double real, struct real_text *text);

/* How those digits compare with the number itself: < 0, 0, > 0. False when the
 * arena is full. */
MUST_USE bool real_compare(struct arena *arena, double real,
    const struct real_text *text, int *comparison);

/* The decimal of those digits; of a ?float's own fewer digits. Finite. False
 * when the arena is full. */
MUST_USE bool real_to_decimal(
    struct arena *arena, struct value real, struct value *decimal);

/* The decimal that the number exactly is. Finite. False when the arena is
 * full. */
MUST_USE bool real_to_exact(
    struct arena *arena, double real, struct value *decimal);

/* The nearest double, or float, to an integer or a decimal. False when the
 * arena is full. */
MUST_USE bool real_from_number(struct arena *arena, struct value number,
    bool is_single, struct value *real);

/* "NaN", "INF", "-Infinity" and such, as ?number reads them. */
bool real_from_word(struct slice text, struct value *real);

#endif
