#include "dispatcher/template/number.h"

#include <math.h>
#include <string.h>

#include "dispatcher/template/decimal.h"
#include "dispatcher/template/number_real.h"

enum {
	/* FreeMarker's arithmetic engine: quotients have at least this many
	 * places behind the point, products at most. */
	FRACTION_DIGITS = 12,
	EXPONENT_MAX = 100000,
};

static enum number_status from_decimal(
    const struct decimal *decimal, struct value *result)
{
	uint64_t limb;

	if (decimal == NULL) {
		return NUMBER_TOO_LARGE;
	}
	limb = decimal->count > 0 ? decimal->limbs[0] : 0;
	if (decimal->scale == 0 && decimal->count <= 1 && limb <= INT64_MAX) {
		*result = value_integer(
		    decimal->is_negative ? -(int64_t)limb : (int64_t)limb);
		return NUMBER_OK;
	}
	*result = (struct value){.kind = VALUE_DECIMAL, .decimal = decimal};
	return NUMBER_OK;
}

static const struct decimal *to_decimal(
    struct arena *arena, struct value number)
{
	return number.kind == VALUE_DECIMAL
	    ? number.decimal
	    : decimal_from_int64(arena, number.integer);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The parts of a number's text. */
struct number_parts {
	struct slice whole;
	struct slice fraction;
	int64_t exponent;
	bool is_negative;
};

static struct slice take_digits(struct slice *text)
{
	struct slice digits = {text->data, 0};

	while (digits.len < text->len && is_digit(text->data[digits.len])) {
		digits.len++;
	}
	*text = slice_from(*text, digits.len);
	return digits;
}

static bool split_number(struct slice text, struct number_parts *parts)
{
	*parts = (struct number_parts){.is_negative = false};
	if (text.len > 0 && (text.data[0] == '-' || text.data[0] == '+')) {
		parts->is_negative = text.data[0] == '-';
		text = slice_from(text, 1);
	}
	parts->whole = take_digits(&text);
	if (text.len > 0 && text.data[0] == '.') {
		text = slice_from(text, 1);
		parts->fraction = take_digits(&text);
	}
	if (parts->whole.len + parts->fraction.len == 0) {
		return false;
	}
	if (text.len > 0 && (text.data[0] == 'e' || text.data[0] == 'E')) {
		text = slice_from(text, 1);
		if (text.len > 1 && text.data[0] == '+' &&
		    is_digit(text.data[1])) {
			text = slice_from(text, 1);
		}
		return slice_to_int64(text, &parts->exponent) &&
		    parts->exponent < EXPONENT_MAX &&
		    parts->exponent > -EXPONENT_MAX;
	}
	return text.len == 0;
}

bool number_from_digits(
    struct arena *arena, int64_t digits, int places, struct value *number)
{
	struct decimal *decimal = decimal_from_int64(arena, digits);

	if (decimal != NULL) {
		decimal->scale = places;
	}
	return from_decimal(decimal, number) == NUMBER_OK;
}

bool number_parse(struct arena *arena, struct slice text, struct value *number)
{
	struct number_parts parts;
	int64_t integer;
	size_t len;
	char *digits;

	if (!split_number(text, &parts)) {
		return false;
	}
	if (parts.fraction.len == 0 && parts.exponent == 0 &&
	    slice_to_int64(parts.whole, &integer)) {
		*number = value_integer(parts.is_negative ? -integer : integer);
		return true;
	}
	len = parts.whole.len + parts.fraction.len;
	digits = len <= DECIMAL_DIGITS_MAX ? arena_alloc(arena, len) : NULL;
	if (digits == NULL) {
		return false;
	}
	if (parts.whole.len > 0) {
		memcpy(digits, parts.whole.data, parts.whole.len);
	}
	if (parts.fraction.len > 0) {
		memcpy(digits + parts.whole.len, parts.fraction.data,
		    parts.fraction.len);
	}
	return from_decimal(
		   decimal_from_digits(arena, slice_make(digits, len),
		       parts.is_negative,
		       (int32_t)((int64_t)parts.fraction.len - parts.exponent)),
		   number) == NUMBER_OK;
}

/* What cutting to a whole number left, and the rounding wanted: does the
 * result go one further from zero? `remainder` as decimal_divide_whole's. */
static bool rounds_away(const struct decimal *cut, bool is_negative,
    int remainder, enum number_rounding rounding)
{
	bool is_odd = cut->count > 0 && (cut->limbs[0] & 1) != 0;

	if (remainder == 0) {
		return false;
	}
	switch (rounding) {
	case NUMBER_HALF_UP:
		return remainder >= 2;
	case NUMBER_HALF_EVEN:
		return remainder == 3 || (remainder == 2 && is_odd);
	case NUMBER_HALF_DOWN:
		return remainder == 3;
	case NUMBER_FLOOR:
		return is_negative;
	case NUMBER_CEILING:
		return !is_negative;
	case NUMBER_TRUNCATE:
		return false;
	case NUMBER_UP:
		return true;
	}
	return false;
}

/* a / b as whole numbers, rounded, of the scale given. */
static const struct decimal *divide_rounded(struct arena *arena,
    const struct decimal *a, const struct decimal *b, int32_t scale,
    enum number_rounding rounding)
{
	bool is_negative = a->is_negative != b->is_negative;
	int remainder = 0;
	struct decimal *result = decimal_divide_whole(arena, a, b, &remainder);

	if (result != NULL) {
		result->is_negative = is_negative;
		if (rounds_away(result, is_negative, remainder, rounding)) {
			result = decimal_grow(arena, result);
		}
	}
	if (result != NULL) {
		result->scale = scale;
		result->is_negative = result->count > 0 && is_negative;
	}
	return result;
}

const struct decimal *number_round_decimal(struct arena *arena,
    const struct decimal *a, int32_t scale, enum number_rounding rounding)
{
	const struct decimal *divisor;

	if (a->scale <= scale) {
		return decimal_extend(arena, a, scale);
	}
	if (a->scale - scale > DECIMAL_DIGITS_MAX) {
		/* Far less than the last place kept. */
		struct decimal *tiny = decimal_from_int64(arena, 0);
		bool grows;

		if (tiny == NULL) {
			return NULL;
		}
		tiny->is_negative = a->is_negative;
		grows = a->count > 0 &&
		    rounds_away(tiny, a->is_negative, 1, rounding);
		tiny = grows ? decimal_grow(arena, tiny) : tiny;
		if (tiny != NULL) {
			tiny->scale = scale;
		}
		return tiny;
	}
	divisor = decimal_power_of_ten(arena, a->scale - scale);
	return divisor == NULL
	    ? NULL
	    : divide_rounded(arena, a, divisor, scale, rounding);
}

static const struct decimal *multiply(
    struct arena *arena, const struct decimal *a, const struct decimal *b)
{
	const struct decimal *product = decimal_multiply(arena, a, b);

	if (product != NULL && product->scale > FRACTION_DIGITS) {
		return number_round_decimal(
		    arena, product, FRACTION_DIGITS, NUMBER_HALF_UP);
	}
	return product;
}

static const struct decimal *divide(
    struct arena *arena, const struct decimal *a, const struct decimal *b)
{
	int32_t scale = FRACTION_DIGITS;
	int32_t wanted;

	scale = a->scale > scale ? a->scale : scale;
	scale = b->scale > scale ? b->scale : scale;
	/* (a / 10^sa) / (b / 10^sb) * 10^scale = a * 10^(scale - sa + sb) / b
	 */
	wanted = scale + b->scale;
	if (wanted < a->scale) {
		b = decimal_extend(arena, b, b->scale + a->scale - wanted);
	} else {
		a = decimal_extend(arena, a, wanted);
	}
	return a == NULL || b == NULL
	    ? NULL
	    : divide_rounded(arena, a, b, scale, NUMBER_HALF_UP);
}

static enum number_status modulo(
    struct arena *arena, struct value a, struct value b, struct value *result)
{
	int64_t left;
	int64_t right;

	if (!number_low_bits(arena, a, &left) ||
	    !number_low_bits(arena, b, &right)) {
		return NUMBER_TOO_LARGE;
	}
	if (right == 0) {
		return NUMBER_DIVIDED_BY_ZERO;
	}
	*result = value_integer(right == -1 ? 0 : left % right);
	return NUMBER_OK;
}

/* Reals as decimals. */
static enum number_status to_exact(struct arena *arena, struct value *number)
{
	if (number->kind != VALUE_REAL) {
		return NUMBER_OK;
	}
	if (!isfinite(number->real)) {
		return NUMBER_NOT_FINITE;
	}
	return real_to_decimal(arena, *number, number) ? NUMBER_OK
						       : NUMBER_TOO_LARGE;
}

/* False when the result needs a decimal. */
static bool compute_integers(
    enum number_operator operator, int64_t a, int64_t b, struct value *result)
{
	int64_t integer = 0;
	bool overflows = true;

	switch (operator) {
	case NUMBER_ADD:
		overflows = __builtin_add_overflow(a, b, &integer);
		break;
	case NUMBER_SUBTRACT:
		overflows = __builtin_sub_overflow(a, b, &integer);
		break;
	case NUMBER_MULTIPLY:
		overflows = __builtin_mul_overflow(a, b, &integer);
		break;
	case NUMBER_DIVIDE:
		overflows = b == 0 || b == -1 || a % b != 0;
		integer = overflows ? 0 : a / b;
		break;
	case NUMBER_MODULO:
		break;
	}
	*result = value_integer(integer);
	return !overflows;
}

static enum number_status both_to_exact(
    struct arena *arena, struct value *a, struct value *b)
{
	enum number_status status = to_exact(arena, a);

	return status == NUMBER_OK ? to_exact(arena, b) : status;
}

enum number_status number_compute(struct arena *arena,
    enum number_operator operator, struct value a, struct value b,
    struct value *result)
{
	const struct decimal *left;
	const struct decimal *right;
	enum number_status status;

	if (operator== NUMBER_MODULO) {
		return modulo(arena, a, b, result);
	}
	if (a.kind == VALUE_INTEGER && b.kind == VALUE_INTEGER &&
	    compute_integers(operator, a.integer, b.integer, result)) {
		return NUMBER_OK;
	}
	status = both_to_exact(arena, &a, &b);
	if (status != NUMBER_OK) {
		return status;
	}
	left = to_decimal(arena, a);
	right = to_decimal(arena, b);
	if (left == NULL || right == NULL) {
		return NUMBER_TOO_LARGE;
	}
	switch (operator) {
	case NUMBER_ADD:
	case NUMBER_SUBTRACT:
		return from_decimal(
		    decimal_add(arena, left, right, operator== NUMBER_SUBTRACT),
		    result);
	case NUMBER_MULTIPLY:
		return from_decimal(multiply(arena, left, right), result);
	case NUMBER_DIVIDE:
	case NUMBER_MODULO:
		break;
	}
	if (right->count == 0) {
		return NUMBER_DIVIDED_BY_ZERO;
	}
	return from_decimal(divide(arena, left, right), result);
}

static bool is_nan(struct value number)
{
	return number.kind == VALUE_REAL && isnan(number.real);
}

static bool is_infinite(struct value number)
{
	return number.kind == VALUE_REAL && isinf(number.real);
}

enum number_status number_compare(
    struct arena *arena, struct value a, struct value b, int *order)
{
	const struct decimal *left;
	const struct decimal *right;
	enum number_status status;

	if (a.kind == VALUE_INTEGER && b.kind == VALUE_INTEGER) {
		*order = (a.integer > b.integer) - (a.integer < b.integer);
		return NUMBER_OK;
	}
	if (is_nan(a) || is_nan(b)) {
		return NUMBER_NOT_FINITE;
	}
	if (number_sign(a) != number_sign(b)) {
		*order = number_sign(a) < number_sign(b) ? -1 : 1;
		return NUMBER_OK;
	}
	if (is_infinite(a) || is_infinite(b)) {
		/* Of one sign: the infinite one is further from zero. */
		*order = (is_infinite(a) - is_infinite(b)) * number_sign(a);
		return NUMBER_OK;
	}
	status = both_to_exact(arena, &a, &b);
	if (status != NUMBER_OK) {
		return status;
	}
	left = to_decimal(arena, a);
	right = to_decimal(arena, b);
	if (left == NULL || right == NULL ||
	    !decimal_compare(arena, left, right, order)) {
		return NUMBER_TOO_LARGE;
	}
	return NUMBER_OK;
}

int number_sign(struct value number)
{
	if (number.kind == VALUE_INTEGER) {
		return (number.integer > 0) - (number.integer < 0);
	}
	if (number.kind == VALUE_REAL) {
		return (number.real > 0) - (number.real < 0);
	}
	if (number.decimal->count == 0) {
		return 0;
	}
	return number.decimal->is_negative ? -1 : 1;
}

enum number_status number_round(struct arena *arena, struct value number,
    int digits, enum number_rounding rounding, struct value *result)
{
	enum number_status status = to_exact(arena, &number);

	if (status != NUMBER_OK) {
		return status;
	}
	if (number.kind == VALUE_INTEGER && digits >= 0) {
		*result = number;
		return NUMBER_OK;
	}
	if (number.kind == VALUE_DECIMAL && number.decimal->scale <= digits &&
	    number.decimal->scale > 0) {
		*result = number;
		return NUMBER_OK;
	}
	{
		const struct decimal *decimal = to_decimal(arena, number);

		return decimal == NULL
		    ? NUMBER_TOO_LARGE
		    : from_decimal(number_round_decimal(
				       arena, decimal, digits, rounding),
			  result);
	}
}
