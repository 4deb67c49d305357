/* Numbers: rounding, and letters for them. */
#include <math.h>

#include "dispatcher/template/builtins.h"
#include "dispatcher/template/number_real.h"
#include "dispatcher/template/render.h"

static bool apply_abs(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	if (!render_number(render, call, left)) {
		return false;
	}
	*result = left;
	if (number_sign(left) >= 0) {
		return true;
	}
	return raise_number(
	    render, call, number_negate(render->arena, left, result));
}

/* By way of a double, as FreeMarker has it: past 2^53 digits are lost. */
static bool give_rounded(struct render *render, const struct expr *call,
    struct value left, enum number_rounding rounding, struct value *result)
{
	return render_number(render, call, left) &&
	    raise_number(render, call,
		number_round_as_real(
		    render->arena, left, false, rounding, result));
}

static bool apply_floor(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return give_rounded(render, call, left, NUMBER_FLOOR, result);
}

static bool apply_ceiling(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return give_rounded(render, call, left, NUMBER_CEILING, result);
}

/* FreeMarker's own: floor(x + 0.5). */
static bool apply_round(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return render_number(render, call, left) &&
	    raise_number(render, call,
		number_round_as_real(
		    render->arena, left, true, NUMBER_FLOOR, result));
}

/* Java's intValue and its like: the lowest bits of the whole part. */
static bool give_bits(struct render *render, const struct expr *call,
    struct value left, unsigned bits, struct value *result)
{
	int64_t whole;
	unsigned shift = 64 - bits;

	if (!render_number(render, call, left)) {
		return false;
	}
	if (!(bits == 64 ? number_low_bits(render->arena, left, &whole)
			 : number_to_int32(render->arena, left, &whole))) {
		return raise_number(render, call, NUMBER_TOO_LARGE);
	}
	*result = value_integer((int64_t)((uint64_t)whole << shift) >> shift);
	return true;
}

static bool apply_byte(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return give_bits(render, call, left, 8, result);
}

static bool apply_short(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return give_bits(render, call, left, 16, result);
}

static bool apply_int(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return give_bits(render, call, left, 32, result);
}

static bool apply_long(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	if (left.kind == VALUE_DATE) {
		*result = value_integer(left.integer);
		return true;
	}
	return give_bits(render, call, left, 64, result);
}

static bool give_real(struct render *render, const struct expr *call,
    struct value left, bool is_single, struct value *result)
{
	if (!render_number(render, call, left)) {
		return false;
	}
	return real_from_number(render->arena, left, is_single, result) ||
	    raise_number(render, call, NUMBER_TOO_LARGE);
}

static bool apply_double(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return give_real(render, call, left, false, result);
}

static bool apply_float(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return give_real(render, call, left, true, result);
}

static bool apply_is_infinite(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	*result =
	    value_boolean(left.kind == VALUE_REAL && isinf(left.real) != 0);
	return render_number(render, call, left);
}

static bool apply_is_nan(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	*result =
	    value_boolean(left.kind == VALUE_REAL && isnan(left.real) != 0);
	return render_number(render, call, left);
}

/* 1 is a, 26 z, 27 aa, ... */
static bool give_letters(struct render *render, const struct expr *call,
    struct value left, char first, struct value *result)
{
	enum {
		LETTERS_MAX = 16
	};

	char *letters = render_alloc(render, LETTERS_MAX);
	char *at;
	struct value whole;
	int64_t number;
	int order;

	if (letters == NULL || !render_number(render, call, left)) {
		return false;
	}
	if (number_round(render->arena, left, 0, NUMBER_TRUNCATE, &whole) !=
		NUMBER_OK ||
	    number_compare(render->arena, left, whole, &order) != NUMBER_OK ||
	    order != 0 || whole.kind != VALUE_INTEGER || whole.integer < 1 ||
	    whole.integer > INT32_MAX) {
		return raise_error(
		    render, call->left, "is not a whole number from 1 on");
	}
	number = whole.integer;
	at = letters + LETTERS_MAX;
	for (; number > 0; number = (number - 1) / 26) {
		*--at = (char)(first + (number - 1) % 26);
	}
	*result =
	    value_string(slice_make(at, (size_t)(letters + LETTERS_MAX - at)));
	return true;
}

static bool apply_lower_abc(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return give_letters(render, call, left, 'a', result);
}

static bool apply_upper_abc(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return give_letters(render, call, left, 'A', result);
}

const struct builtin builtins_number[] = {
    {"abs", apply_abs, 0, 0, 0},
    {"byte", apply_byte, 0, 0, 0},
    {"ceiling", apply_ceiling, 0, 0, 0},
    {"double", apply_double, 0, 0, 0},
    {"float", apply_float, 0, 0, 0},
    {"floor", apply_floor, 0, 0, 0},
    {"int", apply_int, 0, 0, 0},
    {"is_infinite", apply_is_infinite, 0, 0, 0},
    {"is_nan", apply_is_nan, 0, 0, 0},
    {"long", apply_long, 0, 0, 0},
    {"lower_abc", apply_lower_abc, 0, 0, 0},
    {"round", apply_round, 0, 0, 0},
    {"short", apply_short, 0, 0, 0},
    {"upper_abc", apply_upper_abc, 0, 0, 0},
    {.name = NULL},
};
