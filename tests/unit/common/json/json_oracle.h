#ifndef TESTS_UNIT_COMMON_JSON_JSON_ORACLE_H
#define TESTS_UNIT_COMMON_JSON_JSON_ORACLE_H

/*
 * jansson as the reader's oracle: both must accept or refuse a text, and see
 * the same values in it. Where the two differ for a reason:
 *
 *   numbers    jansson refuses integers past int64 and reals past double, and
 *              rounds the rest; whether a float64 or the text is right is
 *              decided here, from the text
 *   -0         is an integer for jansson
 *   keys       jansson refuses a NUL in one; of two that are equal it keeps
 *              the last
 *   depth      jansson allows 2048; msgpack-c's unpacker, through which values
 *              are compared, 32
 *   NUL        jansson overlooks a NUL byte behind a number or word; it is
 *              never JSON
 *
 * For the unit test and for the fuzzer.
 */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>
#include <msgpack.h>

#include "common/json/json_reader.h"

enum {
	ORACLE_UNPACK_DEPTH = 32,
};

/* A decimal number without leading and trailing zeros. */
struct oracle_decimal {
	char *digits; /* from malloc */
	size_t count;
	long long exponent; /* of the last digit */
	bool is_negative;
};

static inline long long oracle_exponent(const char *text)
{
	long long exponent = 0;
	int sign = 1;

	if (*text == '-' || *text == '+') {
		sign = *text == '-' ? -1 : 1;
		text++;
	}
	for (; *text != '\0'; text++) {
		if (exponent < 1000000000000) {
			exponent = exponent * 10 + (*text - '0');
		}
	}
	return sign * exponent;
}

static inline struct oracle_decimal oracle_decimal(const char *text)
{
	struct oracle_decimal decimal = {.digits = malloc(strlen(text) + 1)};
	bool is_fraction = false;

	decimal.is_negative = *text == '-';
	for (; *text != '\0' && *text != 'e' && *text != 'E'; text++) {
		if (*text == '.') {
			is_fraction = true;
		} else if (*text >= '0' && *text <= '9') {
			decimal.exponent -= is_fraction;
			if (decimal.count > 0 || *text != '0') {
				decimal.digits[decimal.count++] = *text;
			}
		}
	}
	if (*text != '\0') {
		decimal.exponent += oracle_exponent(text + 1);
	}
	while (decimal.count > 0 && decimal.digits[decimal.count - 1] == '0') {
		decimal.count--;
		decimal.exponent++;
	}
	return decimal;
}

/* Whether two texts are the same number, to the last digit. */
static inline bool oracle_same_number(const char *a, const char *b)
{
	struct oracle_decimal left = oracle_decimal(a);
	struct oracle_decimal right = oracle_decimal(b);
	bool is_same = left.count == right.count &&
	    left.is_negative == right.is_negative &&
	    (left.count == 0 ||
		(left.exponent == right.exponent &&
		    memcmp(left.digits, right.digits, left.count) == 0));

	free(left.digits);
	free(right.digits);
	return is_same;
}

/* The shortest decimal that reads back as `value`. */
static inline void oracle_print(double value, char *text, size_t bytes)
{
	for (int digits = 1; digits <= 17; digits++) {
		(void)snprintf(text, bytes, "%.*e", digits - 1, value);
		if (strtod(text, NULL) == value) {
			return;
		}
	}
}

/* Whether a fraction kept as text had to be: no float64 prints as it. */
static inline bool oracle_needs_text(const char *text)
{
	double value = strtod(text, NULL);
	char printed[64];

	if (isinf(value)) {
		return true;
	}
	oracle_print(value, printed, sizeof(printed));
	return !oracle_same_number(text, printed);
}

static inline bool oracle_same_text(
    const msgpack_object_ext *ext, const json_t *json)
{
	char *text = strndup(ext->ptr, ext->size);
	char *end = NULL;
	bool is_same = ext->type == JSON_NUMBER_TEXT && json_is_real(json) &&
	    strtod(text, &end) == json_real_value(json) && *end == '\0' &&
	    oracle_needs_text(text);

	free(text);
	return is_same;
}

static inline bool oracle_same_float(double value, const json_t *json)
{
	double real = json_real_value(json);

	if (json_is_integer(json)) {
		return json_integer_value(json) == 0 && value == 0 &&
		    signbit(value);
	}
	return json_is_real(json) && value == real &&
	    !signbit(value) == !signbit(real);
}

static inline bool oracle_same(const msgpack_object *value, const json_t *json);

static inline bool oracle_same_array(
    const msgpack_object_array *array, const json_t *json)
{
	if (!json_is_array(json) || array->size != json_array_size(json)) {
		return false;
	}
	for (uint32_t i = 0; i < array->size; i++) {
		if (!oracle_same(&array->ptr[i], json_array_get(json, i))) {
			return false;
		}
	}
	return true;
}

/* msgpack-c's empty strings may be NULL. */
static inline struct slice oracle_string(const msgpack_object *value)
{
	if (value->via.str.size == 0) {
		return SLICE_LITERAL("");
	}
	return slice_make(value->via.str.ptr, value->via.str.size);
}

/* Compares the last member of each key. */
static inline bool oracle_same_map(
    const msgpack_object_map *map, const json_t *json)
{
	size_t distinct = 0;

	for (uint32_t i = 0; i < map->size; i++) {
		struct slice key = oracle_string(&map->ptr[i].key);
		uint32_t later = i + 1;
		const json_t *member;

		while (later < map->size &&
		    !slice_equal(key, oracle_string(&map->ptr[later].key))) {
			later++;
		}
		if (later < map->size) {
			continue;
		}
		distinct++;
		member = json_object_getn(json, key.data, key.len);
		if (member == NULL || !oracle_same(&map->ptr[i].val, member)) {
			return false;
		}
	}
	return json_is_object(json) && distinct == json_object_size(json);
}

static inline bool oracle_same(const msgpack_object *value, const json_t *json)
{
	switch (value->type) {
	case MSGPACK_OBJECT_NIL:
		return json_is_null(json);
	case MSGPACK_OBJECT_BOOLEAN:
		return json_is_boolean(json) &&
		    value->via.boolean == json_is_true(json);
	case MSGPACK_OBJECT_POSITIVE_INTEGER:
		return json_is_integer(json) && value->via.u64 <= INT64_MAX &&
		    (json_int_t)value->via.u64 == json_integer_value(json);
	case MSGPACK_OBJECT_NEGATIVE_INTEGER:
		return json_is_integer(json) &&
		    value->via.i64 == json_integer_value(json);
	case MSGPACK_OBJECT_FLOAT64:
		return oracle_same_float(value->via.f64, json);
	case MSGPACK_OBJECT_STR:
		return json_is_string(json) &&
		    slice_equal(oracle_string(value),
			slice_make(
			    json_string_value(json), json_string_length(json)));
	case MSGPACK_OBJECT_ARRAY:
		return oracle_same_array(&value->via.array, json);
	case MSGPACK_OBJECT_MAP:
		return oracle_same_map(&value->via.map, json);
	case MSGPACK_OBJECT_EXT:
		return oracle_same_text(&value->via.ext, json);
	case MSGPACK_OBJECT_BIN:
	case MSGPACK_OBJECT_FLOAT32:
		break;
	}
	return false;
}

static inline int oracle_depth(const json_t *json)
{
	int deepest = 0;
	size_t i;
	const char *key;
	json_t *member;

	if (json_is_array(json)) {
		for (i = 0; i < json_array_size(json); i++) {
			int depth = oracle_depth(json_array_get(json, i));

			deepest = depth > deepest ? depth : deepest;
		}
		return deepest + 1;
	}
	if (json_is_object(json)) {
		json_object_foreach((json_t *)json, key, member)
		{
			int depth = oracle_depth(member);

			deepest = depth > deepest ? depth : deepest;
		}
		return deepest + 1;
	}
	return 0;
}

/* What is wrong with the msgpack of a text that jansson read; NULL: nothing. */
static inline const char *oracle_compare(
    struct slice msgpack, const json_t *json)
{
	const char *complaint = NULL;
	msgpack_unpacked unpacked;
	size_t used = 0;

	if (oracle_depth(json) > ORACLE_UNPACK_DEPTH) {
		return NULL;
	}
	msgpack_unpacked_init(&unpacked);
	if (msgpack_unpack_next(&unpacked, msgpack.data, msgpack.len, &used) !=
		MSGPACK_UNPACK_SUCCESS ||
	    used != msgpack.len) {
		complaint = "the output is not one value of msgpack";
	} else if (!oracle_same(&unpacked.data, json)) {
		complaint = "jansson reads another value";
	}
	msgpack_unpacked_destroy(&unpacked);
	return complaint;
}

/* Whether the text is a lone number, and became a float64 that prints as
 * another. */
static inline bool oracle_lost_digits(struct slice text, struct slice msgpack)
{
	struct slice trimmed = slice_trim(text);
	char *number;
	bool is_lost;

	if ((unsigned char)msgpack.data[0] != 0xcb) {
		return false;
	}
	number = strndup(trimmed.data, trimmed.len);
	is_lost = oracle_needs_text(number);
	free(number);
	return is_lost;
}

static inline bool oracle_may_refuse(const json_error_t *error)
{
	return json_error_code(error) == json_error_numeric_overflow ||
	    json_error_code(error) == json_error_null_byte_in_key ||
	    json_error_code(error) == json_error_stack_overflow;
}

static inline bool oracle_same_error(const struct err *a, const struct err *b)
{
	return a->line == b->line && a->column == b->column &&
	    strcmp(a->text, b->text) == 0;
}

/* What json_read and json_check do wrong with a text; NULL: nothing. */
static inline const char *oracle_complaint(struct slice text)
{
	const char *complaint = NULL;
	struct err check_err = {.line = 0};
	struct err err = {.line = 0};
	json_error_t error;
	json_t *json;
	struct strbuf out;
	bool is_read;
	bool has_nul =
	    text.len > 0 && memchr(text.data, '\0', text.len) != NULL;

	strbuf_init(&out, STRBUF_NO_LIMIT);
	json = json_loadb(text.data != NULL ? text.data : "", text.len,
	    JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
	is_read = json_read(text, JSON_DEPTH_LIMIT, &out, &err);
	if (json_check(text, JSON_DEPTH_LIMIT, &check_err) != is_read ||
	    !oracle_same_error(&err, &check_err)) {
		complaint = "json_check differs from json_read";
	} else if (is_read && json == NULL && !oracle_may_refuse(&error)) {
		complaint = "jansson refuses it";
	} else if (!is_read && json != NULL && !has_nul &&
	    oracle_depth(json) <= JSON_DEPTH_LIMIT) {
		complaint = "jansson accepts it";
	} else if (is_read && has_nul) {
		complaint = "it was accepted with a NUL byte in it";
	} else if (is_read && json != NULL) {
		complaint = oracle_compare(strbuf_slice(&out), json);
	}
	if (complaint == NULL && is_read &&
	    oracle_lost_digits(text, strbuf_slice(&out))) {
		complaint = "a float64 lost digits of the number";
	}
	json_decref(json);
	strbuf_finish(&out);
	return complaint;
}

#endif
