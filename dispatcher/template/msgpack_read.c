#include "dispatcher/template/msgpack_read.h"

enum {
	/* The ext type of a number kept as its JSON text (json_reader.h). */
	NUMBER_AS_TEXT = 1,
};

/* The compiler makes one load of each of these. */
static uint64_t load_2(const unsigned char *at)
{
	return (uint64_t)at[0] << 8 | at[1];
}

static uint64_t load_4(const unsigned char *at)
{
	return (uint64_t)at[0] << 24 | (uint64_t)at[1] << 16 |
	    (uint64_t)at[2] << 8 | at[3];
}

static uint64_t load_8(const unsigned char *at)
{
	return (uint64_t)at[0] << 56 | (uint64_t)at[1] << 48 |
	    (uint64_t)at[2] << 40 | (uint64_t)at[3] << 32 |
	    (uint64_t)at[4] << 24 | (uint64_t)at[5] << 16 |
	    (uint64_t)at[6] << 8 | at[7];
}

/* A number of 1, 2, 4 or 8 bytes. */
static const unsigned char *read_uint(const unsigned char *at,
    const unsigned char *end, size_t width, uint64_t *value)
{
	if ((size_t)(end - at) < width) {
		return NULL;
	}
	switch (width) {
	case 1:
		*value = at[0];
		break;
	case 2:
		*value = load_2(at);
		break;
	case 4:
		*value = load_4(at);
		break;
	default:
		*value = load_8(at);
		break;
	}
	return at + width;
}

static const unsigned char *read_unsigned(const unsigned char *at,
    const unsigned char *end, size_t width, struct msgpack_item *item)
{
	at = read_uint(at, end, width, &item->number);
	item->kind = at != NULL && item->number > INT64_MAX ? MSGPACK_UNSIGNED
							    : MSGPACK_SIGNED;
	return at;
}

static const unsigned char *read_signed(const unsigned char *at,
    const unsigned char *end, size_t width, struct msgpack_item *item)
{
	int shift = (int)(64 - 8 * width);
	uint64_t value = 0;

	at = read_uint(at, end, width, &value);
	item->kind = MSGPACK_SIGNED;
	item->number = (uint64_t)((int64_t)(value << shift) >> shift);
	return at;
}

static const unsigned char *read_count(const unsigned char *at,
    const unsigned char *end, size_t width, enum msgpack_kind kind,
    struct msgpack_item *item)
{
	uint64_t count = 0;

	at = read_uint(at, end, width, &count);
	item->kind = kind;
	item->count = (uint32_t)count;
	return at;
}

/* The header but for the type of an ext has been read. */
static const unsigned char *end_text(const unsigned char *at,
    const unsigned char *end, uint64_t len, enum msgpack_kind kind,
    struct msgpack_item *item)
{
	item->kind = kind;
	item->len = (uint32_t)len;
	if (kind == MSGPACK_NUMBER_TEXT &&
	    (at == end || *at++ != NUMBER_AS_TEXT)) {
		return NULL;
	}
	return len <= (size_t)(end - at) ? at : NULL;
}

static const unsigned char *read_text(const unsigned char *at,
    const unsigned char *end, size_t width, enum msgpack_kind kind,
    struct msgpack_item *item)
{
	uint64_t len = 0;

	at = read_uint(at, end, width, &len);
	return at != NULL ? end_text(at, end, len, kind, item) : NULL;
}

static const unsigned char *read_float(const unsigned char *at,
    const unsigned char *end, struct msgpack_item *item)
{
	item->kind = MSGPACK_FLOAT;
	return read_uint(at, end, 8, &item->number);
}

/* The headers from 0xc0 to 0xdf, behind the first byte; those around them carry
 * their value in the byte itself. */
static const unsigned char *read_tagged(unsigned char tag,
    const unsigned char *at, const unsigned char *end,
    struct msgpack_item *item)
{
	switch (tag) {
	case 0xc0:
		item->kind = MSGPACK_NIL;
		return at;
	case 0xc2:
	case 0xc3:
		item->kind = MSGPACK_BOOLEAN;
		item->number = tag == 0xc3;
		return at;
	case 0xc7:
	case 0xc8:
	case 0xc9:
		return read_text(at, end, (size_t)1 << (tag - 0xc7),
		    MSGPACK_NUMBER_TEXT, item);
	case 0xcb:
		return read_float(at, end, item);
	case 0xcc:
	case 0xcd:
	case 0xce:
	case 0xcf:
		return read_unsigned(at, end, (size_t)1 << (tag - 0xcc), item);
	case 0xd0:
	case 0xd1:
	case 0xd2:
	case 0xd3:
		return read_signed(at, end, (size_t)1 << (tag - 0xd0), item);
	case 0xd4:
	case 0xd5:
	case 0xd6:
	case 0xd7:
	case 0xd8:
		return end_text(at, end, (uint64_t)1 << (tag - 0xd4),
		    MSGPACK_NUMBER_TEXT, item);
	case 0xd9:
	case 0xda:
	case 0xdb:
		return read_text(
		    at, end, (size_t)1 << (tag - 0xd9), MSGPACK_STRING, item);
	case 0xdc:
	case 0xdd:
		return read_count(
		    at, end, (size_t)2 << (tag - 0xdc), MSGPACK_ARRAY, item);
	case 0xde:
	case 0xdf:
		return read_count(
		    at, end, (size_t)2 << (tag - 0xde), MSGPACK_MAP, item);
	default:
		return NULL;
	}
}

const unsigned char *msgpack_read(const unsigned char *at,
    const unsigned char *end, struct msgpack_item *item)
{
	unsigned char tag;

	if (at == end) {
		return NULL;
	}
	tag = *at++;
	if (tag < 0x80) {
		item->kind = MSGPACK_SIGNED;
		item->number = tag;
	} else if (tag < 0x90) {
		item->kind = MSGPACK_MAP;
		item->count = tag & 0x0f;
	} else if (tag < 0xa0) {
		item->kind = MSGPACK_ARRAY;
		item->count = tag & 0x0f;
	} else if (tag < 0xc0) {
		return end_text(at, end, tag & 0x1f, MSGPACK_STRING, item);
	} else if (tag >= 0xe0) {
		item->kind = MSGPACK_SIGNED;
		item->number = (uint64_t)(int64_t)(int8_t)tag;
	} else {
		return read_tagged(tag, at, end, item);
	}
	return at;
}

/* Behind one item, but for what is in it: *count is added what that is. */
static const unsigned char *skip_one(
    const unsigned char *at, const unsigned char *end, uint64_t *count)
{
	struct msgpack_item item;

	at = msgpack_read(at, end, &item);
	if (at == NULL) {
		return NULL;
	}
	switch (item.kind) {
	case MSGPACK_STRING:
	case MSGPACK_NUMBER_TEXT:
		return at + item.len;
	case MSGPACK_ARRAY:
		*count += item.count;
		break;
	case MSGPACK_MAP:
		*count += (uint64_t)item.count * 2;
		break;
	case MSGPACK_NIL:
	case MSGPACK_BOOLEAN:
	case MSGPACK_SIGNED:
	case MSGPACK_UNSIGNED:
	case MSGPACK_FLOAT:
		break;
	}
	return at;
}

const unsigned char *msgpack_skip(
    const unsigned char *at, const unsigned char *end, uint64_t count)
{
	for (; count > 0 && at != NULL; count--) {
		struct slice text;
		const unsigned char *next = msgpack_short_text(at, end, &text);

		at = next != NULL ? next : skip_one(at, end, &count);
	}
	return at;
}
