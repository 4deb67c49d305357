#include "common/job/unpack.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

static bool take_bytes(struct slice *rest, uint64_t len, struct slice *bytes)
{
	if (len > rest->len) {
		return false;
	}
	*bytes = slice_make(rest->data, (size_t)len);
	*rest = slice_from(*rest, (size_t)len);
	return true;
}

/* A big-endian number of 1, 2, 4 or 8 bytes. */
static bool take_number(struct slice *rest, size_t len, uint64_t *number)
{
	struct slice bytes;

	if (!take_bytes(rest, len, &bytes)) {
		return false;
	}
	*number = 0;
	for (size_t i = 0; i < len; i++) {
		*number = *number << 8 | (unsigned char)bytes.data[i];
	}
	return true;
}

static bool take_uint(
    struct slice *rest, size_t len, struct unpack_value *value)
{
	uint64_t number;

	if (!take_number(rest, len, &number)) {
		return false;
	}
	value->type = number <= INT64_MAX ? UNPACK_INT : UNPACK_UINT;
	value->integer = number <= INT64_MAX ? (int64_t)number : 0;
	value->natural = number;
	return true;
}

static bool take_int(struct slice *rest, size_t len, struct unpack_value *value)
{
	uint64_t number;
	uint64_t sign = UINT64_C(1) << (len * 8 - 1);

	if (!take_number(rest, len, &number)) {
		return false;
	}
	value->type = UNPACK_INT;
	/* Two's complement, without a shift of a negative number. */
	value->integer = (number & sign) == 0
	    ? (int64_t)number
	    : -(int64_t)((sign - 1) - (number & (sign - 1))) - 1;
	return true;
}

static bool take_float(
    struct slice *rest, size_t len, struct unpack_value *value)
{
	uint64_t number;
	uint32_t half;
	float single;

	if (!take_number(rest, len, &number)) {
		return false;
	}
	value->type = UNPACK_FLOAT;
	if (len == sizeof(single)) {
		half = (uint32_t)number;
		memcpy(&single, &half, sizeof(single));
		value->real = (double)single;
	} else {
		memcpy(&value->real, &number, sizeof(value->real));
	}
	return true;
}

/* A length of `len` bytes, then so many bytes. */
static bool take_text(struct slice *rest, size_t len, enum unpack_type type,
    struct unpack_value *value)
{
	uint64_t bytes;

	value->type = type;
	return take_number(rest, len, &bytes) &&
	    take_bytes(rest, bytes, &value->bytes);
}

static bool take_ext(
    struct slice *rest, uint64_t len, struct unpack_value *value)
{
	uint64_t ext_type;

	if (!take_number(rest, 1, &ext_type)) {
		return false;
	}
	value->type = UNPACK_EXT;
	value->ext_type = ext_type < 0x80 ? (int)ext_type : (int)ext_type - 256;
	return take_bytes(rest, len, &value->bytes);
}

static bool take_long_ext(
    struct slice *rest, size_t len, struct unpack_value *value)
{
	uint64_t bytes;

	return take_number(rest, len, &bytes) && take_ext(rest, bytes, value);
}

static bool take_count(struct slice *rest, size_t len, enum unpack_type type,
    struct unpack_value *value)
{
	uint64_t count;

	if (!take_number(rest, len, &count)) {
		return false;
	}
	value->type = type;
	value->count = (uint32_t)count;
	return true;
}

static bool set_constant(enum unpack_type type, struct unpack_value *value)
{
	value->type = type;
	return true;
}

/* Heads 0xc0 to 0xdf. */
static bool take_marked(
    unsigned char head, struct slice *rest, struct unpack_value *value)
{
	switch (head) {
	case 0xc0:
		return set_constant(UNPACK_NIL, value);
	case 0xc2:
	case 0xc3:
		value->boolean = head == 0xc3;
		return set_constant(UNPACK_BOOL, value);
	case 0xc4:
	case 0xc5:
	case 0xc6:
		return take_text(rest, 1U << (head - 0xc4), UNPACK_BIN, value);
	case 0xc7:
	case 0xc8:
	case 0xc9:
		return take_long_ext(rest, 1U << (head - 0xc7), value);
	case 0xca:
	case 0xcb:
		return take_float(rest, head == 0xca ? 4 : 8, value);
	case 0xcc:
	case 0xcd:
	case 0xce:
	case 0xcf:
		return take_uint(rest, 1U << (head - 0xcc), value);
	case 0xd0:
	case 0xd1:
	case 0xd2:
	case 0xd3:
		return take_int(rest, 1U << (head - 0xd0), value);
	case 0xd4:
	case 0xd5:
	case 0xd6:
	case 0xd7:
	case 0xd8:
		return take_ext(rest, 1U << (head - 0xd4), value);
	case 0xd9:
	case 0xda:
	case 0xdb:
		return take_text(rest, 1U << (head - 0xd9), UNPACK_STR, value);
	case 0xdc:
	case 0xdd:
		return take_count(
		    rest, head == 0xdc ? 2 : 4, UNPACK_ARRAY, value);
	case 0xde:
	case 0xdf:
		return take_count(
		    rest, head == 0xde ? 2 : 4, UNPACK_MAP, value);
	default:
		/* 0xc1 is never used. */
		return false;
	}
}

static bool take_value(
    unsigned char head, struct slice *rest, struct unpack_value *value)
{
	if (head <= 0x7f || head >= 0xe0) {
		value->integer = head <= 0x7f ? head : (int)head - 256;
		return set_constant(UNPACK_INT, value);
	}
	if (head <= 0x8f) {
		value->count = head & 0x0fU;
		return set_constant(UNPACK_MAP, value);
	}
	if (head <= 0x9f) {
		value->count = head & 0x0fU;
		return set_constant(UNPACK_ARRAY, value);
	}
	if (head <= 0xbf) {
		value->type = UNPACK_STR;
		return take_bytes(rest, head & 0x1fU, &value->bytes);
	}
	return take_marked(head, rest, value);
}

bool unpack_value(struct slice *rest, struct unpack_value *value)
{
	struct slice after = slice_from(*rest, 1);

	*value = (struct unpack_value){.type = UNPACK_NIL};
	if (rest->len == 0 ||
	    !take_value((unsigned char)rest->data[0], &after, value)) {
		return false;
	}
	*rest = after;
	return true;
}

bool unpack_skip(struct slice *rest, int max_depth)
{
	uint64_t missing[UNPACK_DEPTH_MAX + 1]; /* values, at each depth */
	struct slice after = *rest;
	int depth = 0;

	assert(max_depth >= 0 && max_depth <= UNPACK_DEPTH_MAX);
	missing[0] = 1;
	while (depth > 0 || missing[0] > 0) {
		struct unpack_value value;

		if (missing[depth] == 0) {
			depth--;
			continue;
		}
		missing[depth]--;
		if (!unpack_value(&after, &value)) {
			return false;
		}
		if (value.type == UNPACK_ARRAY || value.type == UNPACK_MAP) {
			if (depth == max_depth) {
				return false;
			}
			missing[++depth] = value.type == UNPACK_MAP
			    ? (uint64_t)value.count * 2
			    : value.count;
		}
	}
	*rest = after;
	return true;
}
