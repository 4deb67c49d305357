/*
 * A packed value is a pointer to its header byte and its length in bytes. It
 * was walked over once, by whoever unpacked the value around it, so its bytes
 * are known to be well-formed; bounds are checked all the same.
 *
 * Walking counts the items still to come instead of recursing: no input can
 * drive the stack.
 */
#include "dispatcher/template/value_msgpack.h"

#include <math.h>
#include <msgpack.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatcher/template/number.h"

enum {
	NUMBER_TEXT_MAX = 40,
	/* The ext type of a number kept as its JSON text (json_reader.h). */
	NUMBER_AS_TEXT = 1,
};

struct reader {
	const unsigned char *at;
	const unsigned char *end;
};

/* One header: what it announces, and how much follows. */
struct item {
	msgpack_object_type type;
	size_t payload;	 /* bytes that follow: of a text, a float, ... */
	uint32_t count;	 /* items of an array, pairs of a map */
	uint64_t number; /* integers and booleans */
	int ext_type;
};

static bool read_uint(struct reader *reader, size_t width, uint64_t *value)
{
	if ((size_t)(reader->end - reader->at) < width) {
		return false;
	}
	*value = 0;
	for (size_t i = 0; i < width; i++) {
		*value = *value << 8 | *reader->at++;
	}
	return true;
}

static bool read_length(
    struct reader *reader, size_t width, size_t *len, uint32_t *count)
{
	uint64_t value;

	if (!read_uint(reader, width, &value)) {
		return false;
	}
	*len = (size_t)value;
	*count = (uint32_t)value;
	return true;
}

static bool read_signed(struct reader *reader, size_t width, struct item *item)
{
	uint64_t value;
	int shift = (int)(64 - 8 * width);

	if (!read_uint(reader, width, &value)) {
		return false;
	}
	item->number = (uint64_t)((int64_t)(value << shift) >> shift);
	item->type = (int64_t)item->number < 0
	    ? MSGPACK_OBJECT_NEGATIVE_INTEGER
	    : MSGPACK_OBJECT_POSITIVE_INTEGER;
	return true;
}

static bool read_ext(struct reader *reader, size_t width, struct item *item)
{
	uint64_t type;

	item->type = MSGPACK_OBJECT_EXT;
	if (width > 0 &&
	    !read_length(reader, width, &item->payload, &item->count)) {
		return false;
	}
	if (!read_uint(reader, 1, &type)) {
		return false;
	}
	item->ext_type = (int)type;
	return true;
}

/* The headers from 0xc0 to 0xdf; those around them carry their value in the
 * byte itself. */
static bool read_tagged(
    struct reader *reader, unsigned char tag, struct item *item)
{
	switch (tag) {
	case 0xc0:
		item->type = MSGPACK_OBJECT_NIL;
		return true;
	case 0xc2:
	case 0xc3:
		item->type = MSGPACK_OBJECT_BOOLEAN;
		item->number = tag == 0xc3;
		return true;
	case 0xc7:
	case 0xc8:
	case 0xc9:
		return read_ext(reader, (size_t)1 << (tag - 0xc7), item);
	case 0xcb:
		item->type = MSGPACK_OBJECT_FLOAT64;
		item->payload = 8;
		return true;
	case 0xcc:
	case 0xcd:
	case 0xce:
	case 0xcf:
		item->type = MSGPACK_OBJECT_POSITIVE_INTEGER;
		return read_uint(
		    reader, (size_t)1 << (tag - 0xcc), &item->number);
	case 0xd0:
	case 0xd1:
	case 0xd2:
	case 0xd3:
		return read_signed(reader, (size_t)1 << (tag - 0xd0), item);
	case 0xd4:
	case 0xd5:
	case 0xd6:
	case 0xd7:
	case 0xd8:
		item->payload = (size_t)1 << (tag - 0xd4);
		return read_ext(reader, 0, item);
	case 0xd9:
	case 0xda:
	case 0xdb:
		item->type = MSGPACK_OBJECT_STR;
		return read_length(reader, (size_t)1 << (tag - 0xd9),
		    &item->payload, &item->count);
	case 0xdc:
	case 0xdd:
		item->type = MSGPACK_OBJECT_ARRAY;
		return read_length(reader, (size_t)2 << (tag - 0xdc),
		    &item->payload, &item->count);
	case 0xde:
	case 0xdf:
		item->type = MSGPACK_OBJECT_MAP;
		return read_length(reader, (size_t)2 << (tag - 0xde),
		    &item->payload, &item->count);
	default:
		return false;
	}
}

/* False on what JSON has no like of, and on truncated bytes. */
static bool read_item(struct reader *reader, struct item *item)
{
	unsigned char tag;

	*item = (struct item){.type = MSGPACK_OBJECT_NIL};
	if (reader->at == reader->end) {
		return false;
	}
	tag = *reader->at++;
	if (tag < 0x80) {
		item->type = MSGPACK_OBJECT_POSITIVE_INTEGER;
		item->number = tag;
	} else if (tag < 0x90) {
		item->type = MSGPACK_OBJECT_MAP;
		item->count = tag & 0x0f;
	} else if (tag < 0xa0) {
		item->type = MSGPACK_OBJECT_ARRAY;
		item->count = tag & 0x0f;
	} else if (tag < 0xc0) {
		item->type = MSGPACK_OBJECT_STR;
		item->payload = tag & 0x1f;
	} else if (tag >= 0xe0) {
		item->type = MSGPACK_OBJECT_NEGATIVE_INTEGER;
		item->number = (uint64_t)(int64_t)(int8_t)tag;
	} else if (!read_tagged(reader, tag, item)) {
		return false;
	}
	if (item->type == MSGPACK_OBJECT_ARRAY ||
	    item->type == MSGPACK_OBJECT_MAP) {
		item->payload = 0;
	} else if ((size_t)(reader->end - reader->at) < item->payload) {
		return false;
	}
	return item->type != MSGPACK_OBJECT_EXT ||
	    item->ext_type == NUMBER_AS_TEXT;
}

/* The commonest values, whose header says it all: short texts, small numbers,
 * null and booleans. False when the value is none of these. */
static bool read_short_value(struct reader *reader, struct value *value)
{
	size_t left = (size_t)(reader->end - reader->at);
	unsigned char tag =
	    reader->at != NULL && left > 0 ? reader->at[0] : 0xc1;
	size_t head = 1;
	size_t len = tag & 0x1f;

	if (tag < 0x80) {
		*value = value_integer(tag);
		reader->at++;
		return true;
	}
	if (tag == 0xc0 || tag == 0xc2 || tag == 0xc3) {
		*value =
		    tag == 0xc0 ? value_missing() : value_boolean(tag == 0xc3);
		reader->at++;
		return true;
	}
	if (tag == 0xd9 && left > 1) {
		head = 2;
		len = reader->at[1];
	} else if (tag < 0xa0 || tag >= 0xc0) {
		return false;
	}
	if (left < head + len) {
		return false;
	}
	*value = value_string(slice_make(reader->at + head, len));
	reader->at += head + len;
	return true;
}

/* Behind the `count` items that come next. */
static bool skip_items(struct reader *reader, uint64_t count)
{
	struct item item;

	for (; count > 0; count--) {
		struct value unused;

		if (read_short_value(reader, &unused)) {
			continue;
		}
		if (!read_item(reader, &item)) {
			return false;
		}
		reader->at += item.payload;
		if (item.type == MSGPACK_OBJECT_ARRAY) {
			count += item.count;
		} else if (item.type == MSGPACK_OBJECT_MAP) {
			count += (uint64_t)item.count * 2;
		}
	}
	return true;
}

static bool read_packed(struct reader *reader, const unsigned char *start,
    const struct item *item, struct value *value)
{
	enum value_kind kind = VALUE_PACKED_NUMBER;
	uint64_t items = item->count;

	reader->at += item->payload;
	if (item->type == MSGPACK_OBJECT_ARRAY) {
		kind = VALUE_PACKED_ARRAY;
	} else if (item->type == MSGPACK_OBJECT_MAP) {
		kind = VALUE_PACKED_MAP;
		items *= 2;
	}
	if (kind != VALUE_PACKED_NUMBER && !skip_items(reader, items)) {
		return false;
	}
	if ((size_t)(reader->at - start) > UINT32_MAX) {
		return false;
	}
	*value = (struct value){.kind = kind,
	    .len = (uint32_t)(reader->at - start),
	    .packed = (const char *)start};
	return true;
}

static bool read_long_value(struct reader *reader, struct value *value)
{
	const unsigned char *start = reader->at;
	struct item item;

	if (!read_item(reader, &item)) {
		return false;
	}
	if (item.type == MSGPACK_OBJECT_STR) {
		*value = value_string(slice_make(reader->at, item.payload));
		reader->at += item.payload;
		return true;
	}
	if (item.type == MSGPACK_OBJECT_NEGATIVE_INTEGER ||
	    (item.type == MSGPACK_OBJECT_POSITIVE_INTEGER &&
		item.number <= INT64_MAX)) {
		*value = value_integer((int64_t)item.number);
		return true;
	}
	return read_packed(reader, start, &item, value);
}

static bool read_value(struct reader *reader, struct value *value)
{
	return read_short_value(reader, value) ||
	    read_long_value(reader, value);
}

static bool open_array(struct arena *arena, struct reader *reader,
    uint32_t count, struct value *value)
{
	struct sequence *sequence;

	/* Each item takes a byte at least: no header can ask for more than
	 * there is. */
	if (count > (size_t)(reader->end - reader->at)) {
		return false;
	}
	sequence = sequence_create(arena, count);
	if (sequence == NULL) {
		return false;
	}
	for (uint32_t i = 0; i < count; i++) {
		if (!read_value(reader, &sequence->items[i])) {
			return false;
		}
	}
	*value = value_sequence(sequence);
	return true;
}

static bool open_map(struct arena *arena, struct reader *reader, uint32_t count,
    struct value *value)
{
	struct hash *hash;

	if (count > (size_t)(reader->end - reader->at) / 2) {
		return false;
	}
	hash = hash_create(arena, count);
	if (hash == NULL) {
		return false;
	}
	for (uint32_t i = 0; i < count; i++) {
		struct value key;
		struct value member;

		if (!read_value(reader, &key) || key.kind != VALUE_STRING ||
		    !read_value(reader, &member) ||
		    !hash_put(arena, hash, value_text(key), member)) {
			return false;
		}
	}
	*value = value_hash(hash);
	return true;
}

/* The shortest text that reads back as the same float is the number that was
 * written: the JSON reader keeps the others as text. */
static bool open_float(
    struct arena *arena, struct reader *reader, struct value *value)
{
	char text[NUMBER_TEXT_MAX];
	uint64_t bits;
	double number;

	if (!read_uint(reader, 8, &bits)) {
		return false;
	}
	memcpy(&number, &bits, sizeof(number));
	if (!isfinite(number)) {
		return false;
	}
	for (int digits = 15; digits <= 17; digits++) {
		(void)snprintf(text, sizeof(text), "%.*g", digits, number);
		if (strtod(text, NULL) == number) {
			break;
		}
	}
	return number_parse(arena, slice_of(text), value);
}

static bool open_number(struct arena *arena, struct reader *reader,
    const struct item *item, struct value *value)
{
	char text[NUMBER_TEXT_MAX];

	if (item->type == MSGPACK_OBJECT_FLOAT64) {
		return open_float(arena, reader, value);
	}
	if (item->type == MSGPACK_OBJECT_EXT) {
		return number_parse(
		    arena, slice_make(reader->at, item->payload), value);
	}
	(void)snprintf(
	    text, sizeof(text), "%llu", (unsigned long long)item->number);
	return number_parse(arena, slice_of(text), value);
}

bool packed_open(struct arena *arena, struct value *value)
{
	struct reader reader = {(const unsigned char *)value->packed,
	    (const unsigned char *)value->packed + value->len};
	struct item item;

	if (!read_item(&reader, &item)) {
		return false;
	}
	if (item.type == MSGPACK_OBJECT_ARRAY) {
		return open_array(arena, &reader, item.count, value);
	}
	if (item.type == MSGPACK_OBJECT_MAP) {
		return open_map(arena, &reader, item.count, value);
	}
	return open_number(arena, &reader, &item, value);
}

bool packed_read(struct slice msgpack, struct value *value)
{
	struct reader reader;

	if (msgpack.data == NULL || msgpack.len == 0) {
		return false;
	}
	reader.at = (const unsigned char *)msgpack.data;
	reader.end = reader.at + msgpack.len;
	return read_value(&reader, value) && reader.at == reader.end;
}
