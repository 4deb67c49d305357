#include "dispatcher/template/decimal.h"

#include <gmp.h>
#include <string.h>

_Static_assert(sizeof(mp_limb_t) == sizeof(uint64_t), "GMP of 64-bit limbs");

enum {
	DIGITS_PER_LIMB = 19,
	LIMBS_MAX = DECIMAL_DIGITS_MAX / DIGITS_PER_LIMB,
	SCALE_MAX = 1000000,
};

#define TEN_TO_19 UINT64_C(10000000000000000000)

static struct decimal *create(struct arena *arena, size_t count)
{
	struct decimal *decimal;

	if (count > LIMBS_MAX) {
		return NULL;
	}
	decimal = arena_alloc(
	    arena, sizeof(*decimal) + count * sizeof(decimal->limbs[0]));
	if (decimal != NULL) {
		decimal->scale = 0;
		decimal->is_negative = false;
		decimal->count = (uint32_t)count;
	}
	return decimal;
}

static struct decimal *trim(struct decimal *decimal)
{
	while (decimal->count > 0 && decimal->limbs[decimal->count - 1] == 0) {
		decimal->count--;
	}
	if (decimal->scale > SCALE_MAX || decimal->scale < -SCALE_MAX) {
		return NULL;
	}
	return decimal;
}

struct decimal *decimal_from_int64(struct arena *arena, int64_t number)
{
	struct decimal *decimal = create(arena, 1);

	if (decimal == NULL) {
		return NULL;
	}
	decimal->is_negative = number < 0;
	decimal->limbs[0] =
	    number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
	return trim(decimal);
}

struct decimal *decimal_from_digits(
    struct arena *arena, struct slice digits, bool is_negative, int32_t scale)
{
	struct decimal *decimal;
	unsigned char *values;

	while (digits.len > 1 && digits.data[0] == '0') {
		digits = slice_from(digits, 1);
	}
	if (digits.len > DECIMAL_DIGITS_MAX) {
		return NULL;
	}
	decimal = create(arena, digits.len / DIGITS_PER_LIMB + 1);
	values = arena_alloc(arena, digits.len);
	if (decimal == NULL || values == NULL) {
		return NULL;
	}
	for (size_t i = 0; i < digits.len; i++) {
		values[i] = (unsigned char)(digits.data[i] - '0');
	}
	decimal->scale = scale;
	decimal->is_negative = is_negative;
	memset(decimal->limbs, 0, decimal->count * sizeof(decimal->limbs[0]));
	decimal->count =
	    (uint32_t)mpn_set_str(decimal->limbs, values, digits.len, 10);
	return trim(decimal);
}

/* a * 10^exponent as whole numbers, with a's scale raised likewise. */
static struct decimal *scale_up(
    struct arena *arena, const struct decimal *a, int32_t exponent)
{
	size_t room = a->count + (size_t)exponent / DIGITS_PER_LIMB + 1;
	struct decimal *result = create(arena, room);
	mp_size_t count = (mp_size_t)a->count;

	if (result == NULL) {
		return NULL;
	}
	result->scale = a->scale + exponent;
	result->is_negative = a->is_negative;
	memcpy(result->limbs, a->limbs, a->count * sizeof(a->limbs[0]));
	while (exponent > 0 && count > 0) {
		uint64_t factor = 1;
		mp_limb_t carry;

		for (int i = 0; i < DIGITS_PER_LIMB && exponent > 0; i++) {
			factor *= 10;
			exponent--;
		}
		carry = mpn_mul_1(result->limbs, result->limbs, count, factor);
		if (carry != 0) {
			result->limbs[count++] = carry;
		}
	}
	result->count = (uint32_t)count;
	return result;
}

const struct decimal *decimal_extend(
    struct arena *arena, const struct decimal *a, int32_t scale)
{
	int64_t missing = (int64_t)scale - a->scale;

	if (missing <= 0) {
		return a;
	}
	if (missing > DECIMAL_DIGITS_MAX) {
		return NULL;
	}
	return scale_up(arena, a, (int32_t)missing);
}

struct decimal *decimal_power_of_ten(struct arena *arena, int32_t exponent)
{
	struct decimal one = {.count = 1, .limbs = {1}};
	struct decimal *result;

	if (exponent > DECIMAL_DIGITS_MAX) {
		return NULL;
	}
	result = scale_up(arena, &one, exponent);
	if (result != NULL) {
		result->scale = 0;
	}
	return result;
}

static int compare_magnitudes(const struct decimal *a, const struct decimal *b)
{
	if (a->count != b->count) {
		return a->count < b->count ? -1 : 1;
	}
	return a->count == 0 ? 0
			     : mpn_cmp(a->limbs, b->limbs, (mp_size_t)a->count);
}

/* |a| + |b| or |a| - |b|, where |a| is not less, of one scale. */
static struct decimal *combine(struct arena *arena, const struct decimal *a,
    const struct decimal *b, bool is_sum)
{
	struct decimal *result = create(arena, (size_t)a->count + 1);

	if (result == NULL) {
		return NULL;
	}
	result->scale = a->scale;
	result->limbs[a->count] = 0;
	if (b->count == 0) {
		memcpy(result->limbs, a->limbs, a->count * sizeof(a->limbs[0]));
	} else if (is_sum) {
		result->limbs[a->count] = mpn_add(result->limbs, a->limbs,
		    (mp_size_t)a->count, b->limbs, (mp_size_t)b->count);
	} else {
		(void)mpn_sub(result->limbs, a->limbs, (mp_size_t)a->count,
		    b->limbs, (mp_size_t)b->count);
	}
	return trim(result);
}

struct decimal *decimal_add(struct arena *arena, const struct decimal *a,
    const struct decimal *b, bool is_subtraction)
{
	int32_t scale = a->scale > b->scale ? a->scale : b->scale;
	bool b_is_negative = b->is_negative != is_subtraction;
	bool a_is_negative = a->is_negative;
	struct decimal *result;

	a = decimal_extend(arena, a, scale);
	b = decimal_extend(arena, b, scale);
	if (a == NULL || b == NULL) {
		return NULL;
	}
	if (compare_magnitudes(a, b) < 0) {
		const struct decimal *swapped = a;
		bool swapped_sign = a_is_negative;

		a = b;
		b = swapped;
		a_is_negative = b_is_negative;
		b_is_negative = swapped_sign;
	}
	result = combine(arena, a, b, a_is_negative == b_is_negative);
	if (result != NULL) {
		result->is_negative = a_is_negative && result->count > 0;
	}
	return result;
}

struct decimal *decimal_multiply(
    struct arena *arena, const struct decimal *a, const struct decimal *b)
{
	struct decimal *result = create(arena, (size_t)a->count + b->count);

	if (result == NULL) {
		return NULL;
	}
	result->scale = a->scale + b->scale;
	if (a->count == 0 || b->count == 0) {
		result->count = 0;
		return trim(result);
	}
	result->is_negative = a->is_negative != b->is_negative;
	if (a->count >= b->count) {
		(void)mpn_mul(result->limbs, a->limbs, (mp_size_t)a->count,
		    b->limbs, (mp_size_t)b->count);
	} else {
		(void)mpn_mul(result->limbs, b->limbs, (mp_size_t)b->count,
		    a->limbs, (mp_size_t)a->count);
	}
	return trim(result);
}

/* How twice the rest compares with the divisor. */
static bool compare_rest(struct arena *arena, const struct decimal *rest,
    const struct decimal *divisor, int *remainder)
{
	struct decimal *doubled;
	int order;

	if (rest->count == 0) {
		*remainder = 0;
		return true;
	}
	doubled = combine(arena, rest, rest, true);
	if (doubled == NULL) {
		return false;
	}
	order = compare_magnitudes(doubled, divisor);
	*remainder = order < 0 ? 1 : order == 0 ? 2 : 3;
	return true;
}

struct decimal *decimal_divide_whole(struct arena *arena,
    const struct decimal *a, const struct decimal *b, int *remainder)
{
	size_t quotient_count =
	    a->count >= b->count ? (size_t)a->count - b->count + 1 : 1;
	struct decimal *quotient = create(arena, quotient_count);
	struct decimal *rest = create(arena, b->count);

	if (quotient == NULL || rest == NULL) {
		return NULL;
	}
	quotient->is_negative = a->is_negative != b->is_negative;
	if (a->count < b->count) {
		quotient->count = 0;
		rest->count = a->count;
		memcpy(rest->limbs, a->limbs, a->count * sizeof(a->limbs[0]));
	} else {
		mpn_tdiv_qr(quotient->limbs, rest->limbs, 0, a->limbs,
		    (mp_size_t)a->count, b->limbs, (mp_size_t)b->count);
	}
	quotient = trim(quotient);
	if (quotient == NULL ||
	    !compare_rest(arena, trim(rest), b, remainder)) {
		return NULL;
	}
	return quotient;
}

struct decimal *decimal_grow(struct arena *arena, const struct decimal *a)
{
	struct decimal one = {.scale = a->scale,
	    .is_negative = a->is_negative,
	    .count = 1,
	    .limbs = {1}};

	if (a->count == 0) {
		struct decimal *result = create(arena, 1);

		if (result != NULL) {
			result->limbs[0] = 1;
			result->scale = a->scale;
			result->is_negative = a->is_negative;
		}
		return result;
	}
	return decimal_add(arena, a, &one, false);
}

bool decimal_compare(struct arena *arena, const struct decimal *a,
    const struct decimal *b, int *order)
{
	const struct decimal *difference = decimal_add(arena, a, b, true);

	if (difference == NULL) {
		return false;
	}
	*order = difference->count == 0 ? 0 : difference->is_negative ? -1 : 1;
	return true;
}

bool decimal_digits(
    struct arena *arena, const struct decimal *a, struct slice *digits)
{
	/* 19.27 digits a limb, and one more that mpn_get_str asks for. */
	size_t room = (size_t)a->count * 20 + 2;
	struct decimal *copy = create(arena, (size_t)a->count + 1);
	unsigned char *text = arena_alloc(arena, room);
	size_t len;

	if (copy == NULL || text == NULL) {
		return false;
	}
	if (a->count == 0) {
		*digits = SLICE_LITERAL("0");
		return true;
	}
	memcpy(copy->limbs, a->limbs, a->count * sizeof(a->limbs[0]));
	len = mpn_get_str(text, 10, copy->limbs, (mp_size_t)a->count);
	for (size_t i = 0; i < len; i++) {
		text[i] = (unsigned char)(text[i] + '0');
	}
	*digits = slice_make(text, len);
	while (digits->len > 1 && digits->data[0] == '0') {
		*digits = slice_from(*digits, 1);
	}
	return true;
}
