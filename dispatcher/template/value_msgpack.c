/*
 * A packed value is a pointer to its header byte and its length in bytes. What
 * is inside of it was walked over by whoever unpacked the value around it, so
 * its bytes are known to be well-formed; bounds are checked all the same.
 */
#include "dispatcher/template/value_msgpack.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatcher/template/hash.h"
#include "dispatcher/template/msgpack_read.h"
#include "dispatcher/template/number.h"

enum {
	NUMBER_TEXT_MAX = 40,
};

/* Floats below it hold every number of 15 digits. */
#define FLOAT_DIGITS_END 1e15

/* A value that is left packed, from `start` on, of which the header has been
 * read up to `at`. */
static const unsigned char *leave_packed(const unsigned char *start,
    const unsigned char *at, const unsigned char *end,
    const struct msgpack_item *item, struct value *value)
{
	enum value_kind kind = VALUE_PACKED_NUMBER;

	if (item->kind == MSGPACK_ARRAY) {
		kind = VALUE_PACKED_ARRAY;
		at = msgpack_skip(at, end, item->count);
	} else if (item->kind == MSGPACK_MAP) {
		kind = VALUE_PACKED_MAP;
		at = msgpack_skip(at, end, (uint64_t)item->count * 2);
	} else if (item->kind == MSGPACK_NUMBER_TEXT) {
		at += item->len;
	}
	if (at == NULL || (size_t)(at - start) > UINT32_MAX) {
		return NULL;
	}
	*value = (struct value){.kind = kind,
	    .len = (uint32_t)(at - start),
	    .packed = (const char *)start};
	return at;
}

static const unsigned char *any_value(
    const unsigned char *start, const unsigned char *end, struct value *value)
{
	struct msgpack_item item;
	const unsigned char *at = msgpack_read(start, end, &item);

	if (at == NULL) {
		return NULL;
	}
	switch (item.kind) {
	case MSGPACK_STRING:
		*value = value_string(slice_make(at, item.len));
		return at + item.len;
	case MSGPACK_NIL:
		*value = value_missing();
		return at;
	case MSGPACK_BOOLEAN:
		*value = value_boolean(item.number != 0);
		return at;
	case MSGPACK_SIGNED:
		*value = value_integer((int64_t)item.number);
		return at;
	case MSGPACK_UNSIGNED:
	case MSGPACK_FLOAT:
	case MSGPACK_NUMBER_TEXT:
	case MSGPACK_ARRAY:
	case MSGPACK_MAP:
		break;
	}
	return leave_packed(start, at, end, &item, value);
}

/* The next value, with its levels still packed. Gives what is behind it, or
 * NULL when it is none. */
static inline const unsigned char *next_value(
    const unsigned char *at, const unsigned char *end, struct value *value)
{
	struct slice text;
	const unsigned char *next = msgpack_short_text(at, end, &text);

	if (next != NULL) {
		*value = value_string(text);
		return next;
	}
	if (msgpack_is_nil(at, end)) {
		*value = value_missing();
		return at + 1;
	}
	return any_value(at, end, value);
}

static const unsigned char *long_name(
    const unsigned char *at, const unsigned char *end, struct slice *name)
{
	struct msgpack_item item;

	at = msgpack_read(at, end, &item);
	if (at == NULL || item.kind != MSGPACK_STRING) {
		return NULL;
	}
	*name = slice_make(at, item.len);
	return at + item.len;
}

/* ---- one level ---- */

/* What is left to read when an array or object begins. Each item takes a byte
 * at least: no header can ask for more than there is. */
static bool can_hold(
    const unsigned char *at, const unsigned char *end, uint64_t items)
{
	return items <= (size_t)(end - at);
}

static const unsigned char *open_array(struct arena *arena,
    const unsigned char *at, const unsigned char *end, uint32_t count,
    struct value *value)
{
	struct sequence *sequence =
	    can_hold(at, end, count) ? sequence_create(arena, count) : NULL;

	if (sequence == NULL) {
		return NULL;
	}
	for (uint32_t i = 0; i < count && at != NULL; i++) {
		at = next_value(at, end, &sequence->items[i]);
	}
	*value = value_sequence(sequence);
	return at;
}

static const unsigned char *fill_hash(const unsigned char *at,
    const unsigned char *end, uint32_t count, struct hash *filled)
{
	/* A copy that nobody else can see, so that it stays in registers. */
	struct hash hash = *filled;

	for (uint32_t i = 0; i < count; i++) {
		struct hash_entry *entry;
		struct slice name;
		const unsigned char *next = msgpack_short_text(at, end, &name);

		if (next == NULL) {
			next = long_name(at, end, &name);
		}
		if (next == NULL) {
			return NULL;
		}
		entry = hash_claim(&hash, name);
		if (entry == NULL) {
			return NULL;
		}
		at = next_value(next, end, &entry->value);
		if (at == NULL) {
			return NULL;
		}
	}
	*filled = hash;
	return at;
}

static const unsigned char *open_map(struct arena *arena,
    const unsigned char *at, const unsigned char *end, uint32_t count,
    struct value *value)
{
	struct hash *hash = can_hold(at, end, (uint64_t)count * 2)
	    ? hash_create(arena, count)
	    : NULL;

	if (hash == NULL) {
		return NULL;
	}
	*value = value_hash(hash);
	return fill_hash(at, end, count, hash);
}

/* ---- numbers ---- */

/* Whether a float is a whole number of up to 15 digits with its point moved, as
 * prices are: then no shorter number reads back as it, and none as short. */
static bool is_short_float(double number, int64_t *digits, int *places)
{
	static const double powers[] = {1, 10, 100, 1e3, 1e4, 1e5, 1e6};

	for (*places = 0; *places < (int)ARRAY_LEN(powers); ++*places) {
		double moved = number * powers[*places];

		if (fabs(moved) >= FLOAT_DIGITS_END) {
			return false;
		}
		*digits = (int64_t)(moved + (moved < 0 ? -0.5 : 0.5));
		if ((double)*digits / powers[*places] == number) {
			return true;
		}
	}
	return false;
}

/* The shortest text that reads back as the same float is the number that was
 * written: the JSON reader keeps the others as text. */
static bool open_float(struct arena *arena, uint64_t bits, struct value *value)
{
	char text[NUMBER_TEXT_MAX];
	double number;
	int64_t digits;
	int places;

	memcpy(&number, &bits, sizeof(number));
	if (!isfinite(number)) {
		return false;
	}
	if (is_short_float(number, &digits, &places)) {
		return number_from_digits(arena, digits, places, value);
	}
	for (int precision = 15; precision <= 17; precision++) {
		(void)snprintf(text, sizeof(text), "%.*g", precision, number);
		if (strtod(text, NULL) == number) {
			break;
		}
	}
	return number_parse(arena, slice_of(text), value);
}

static bool open_unsigned(
    struct arena *arena, uint64_t number, struct value *value)
{
	char text[NUMBER_TEXT_MAX];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	return number_parse(arena, slice_of(text), value);
}

/* ---- all of them ---- */

/* The next value, its outer level unpacked. Gives what is behind it, or NULL.
 */
static const unsigned char *open_next(struct arena *arena,
    const unsigned char *start, const unsigned char *end, struct value *value)
{
	struct msgpack_item item;
	const unsigned char *at = msgpack_read(start, end, &item);

	if (at == NULL) {
		return NULL;
	}
	switch (item.kind) {
	case MSGPACK_ARRAY:
		return open_array(arena, at, end, item.count, value);
	case MSGPACK_MAP:
		return open_map(arena, at, end, item.count, value);
	case MSGPACK_FLOAT:
		return open_float(arena, item.number, value) ? at : NULL;
	case MSGPACK_UNSIGNED:
		return open_unsigned(arena, item.number, value) ? at : NULL;
	case MSGPACK_NUMBER_TEXT:
		return number_parse(arena, slice_make(at, item.len), value)
		    ? at + item.len
		    : NULL;
	case MSGPACK_NIL:
	case MSGPACK_BOOLEAN:
	case MSGPACK_SIGNED:
	case MSGPACK_STRING:
		break;
	}
	return next_value(start, end, value);
}

bool packed_open(struct arena *arena, struct value *value)
{
	const unsigned char *start = (const unsigned char *)value->packed;

	return open_next(arena, start, start + value->len, value) != NULL;
}

bool packed_read(struct arena *arena, struct slice msgpack, struct value *value)
{
	const unsigned char *start = (const unsigned char *)msgpack.data;

	return msgpack.len > 0 &&
	    open_next(arena, start, start + msgpack.len, value) ==
	    start + msgpack.len;
}
