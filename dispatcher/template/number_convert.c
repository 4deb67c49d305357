/* Numbers to Java's int, long and double, and what FreeMarker does by way of
 * them. */
#include <math.h>

#include "dispatcher/template/decimal.h"
#include "dispatcher/template/number.h"
#include "dispatcher/template/number_real.h"

/* Java's conversion of a double: NaN is 0, and too large the largest. */
static int64_t real_to_int64(double real)
{
	if (isnan(real)) {
		return 0;
	}
	if (real >= 0x1p63) {
		return INT64_MAX;
	}
	return real < -0x1p63 ? INT64_MIN : (int64_t)real;
}

bool number_low_bits(struct arena *arena, struct value number, int64_t *bits)
{
	const struct decimal *cut;
	uint64_t limb;

	if (number.kind == VALUE_REAL) {
		*bits = real_to_int64(number.real);
		return true;
	}

	if (number.kind == VALUE_INTEGER) {
		*bits = number.integer;
		return true;
	}
	cut = number_round_decimal(arena, number.decimal, 0, NUMBER_TRUNCATE);
	if (cut == NULL) {
		return false;
	}
	limb = cut->count > 0 ? cut->limbs[0] : 0;
	*bits = (int64_t)(cut->is_negative ? 0 - limb : limb);
	return true;
}

enum number_status number_round_as_real(struct arena *arena,
    struct value number, bool adds_half, enum number_rounding rounding,
    struct value *result)
{
	struct value half = value_real(0.5, false);
	struct value real;
	enum number_status status = NUMBER_OK;

	if (!adds_half && number.kind == VALUE_INTEGER &&
	    number.integer <= INT64_C(1) << 53 &&
	    number.integer >= -(INT64_C(1) << 53)) {
		*result = number;
		return NUMBER_OK;
	}
	if (!real_from_number(arena, number, false, &real)) {
		return NUMBER_TOO_LARGE;
	}
	if (!isfinite(real.real)) {
		return NUMBER_NOT_FINITE;
	}
	if (!real_to_exact(arena, real.real, &number)) {
		return NUMBER_TOO_LARGE;
	}
	if (adds_half) {
		status =
		    number_compute(arena, NUMBER_ADD, number, half, &number);
	}
	return status == NUMBER_OK
	    ? number_round(arena, number, 0, rounding, result)
	    : status;
}

bool number_to_int32(struct arena *arena, struct value number, int64_t *result)
{
	int64_t bits;

	if (!number_low_bits(arena, number, &bits)) {
		return false;
	}
	if (number.kind == VALUE_REAL) {
		bits = bits > INT32_MAX ? INT32_MAX : bits;
		bits = bits < INT32_MIN ? INT32_MIN : bits;
	}
	*result = (int32_t)(uint32_t)(uint64_t)bits;
	return true;
}

enum number_status number_negate(
    struct arena *arena, struct value number, struct value *result)
{
	if (number.kind == VALUE_REAL) {
		*result = value_real(-number.real, value_is_single(number));
		return NUMBER_OK;
	}
	return number_compute(
	    arena, NUMBER_SUBTRACT, value_integer(0), number, result);
}
