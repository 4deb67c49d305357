#ifndef DISPATCHER_TEMPLATE_NUMBER_DIGITS_H
#define DISPATCHER_TEMPLATE_NUMBER_DIGITS_H

/*
 * A number as its decimal digits, 0.d1d2d3... * 10^point: what the number
 * formats round and print. Rounding is that of Java's DecimalFormat, whose odd
 * corners show in templates: what is less than the last place kept by two
 * places or more becomes zero whatever the rounding mode.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/attr.h"
#include "dispatcher/template/number.h"
#include "dispatcher/template/value.h"

struct number_digits {
	char *digits; /* '0' to '9', the first is not '0'; room for one more */
	size_t count; /* 0: zero */
	int64_t point;
	bool is_negative;
	/* A binary fraction's digits need not be all of it: how they compare
	 * with it decides ties. */
	bool is_exact;
	bool was_rounded_up;
};

/* Of a number that is neither NaN nor infinite, times the multiplier. False
 * when the arena is full or the number too long. */
MUST_USE bool number_digits_of(struct arena *arena, struct value number,
    int32_t multiplier, struct number_digits *digits);

/* To that many places behind the point. False when is_exact_wanted and digits
 * would be lost. */
MUST_USE bool number_digits_round_fraction(struct number_digits *digits,
    int64_t places, enum number_rounding rounding, bool is_exact_wanted);

/* To that many digits. */
MUST_USE bool number_digits_round(struct number_digits *digits, int64_t count,
    enum number_rounding rounding, bool is_exact_wanted);

#endif
