#include "dispatcher/msgpack_view.h"

/* How a value is laid out: `head` bytes, then `text_len` bytes of text or
 * number, then `children` values. */
struct layout {
	size_t head;
	size_t text_len;
	uint64_t children;
};

static uint64_t read_be(const char *data, size_t bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < bytes; i++) {
		value = value << 8 | (uint8_t)data[i];
	}
	return value;
}

static int64_t read_signed(const char *data, size_t bytes)
{
	uint64_t value = read_be(data, bytes);
	unsigned shift = (unsigned)(64 - 8 * bytes);

	return (int64_t)(value << shift) >> shift;
}

static void be_container(struct msgpack_view *view, struct layout *layout,
    enum msgpack_kind kind, uint64_t count)
{
	view->kind = kind;
	view->count = (uint32_t)count;
	layout->children = kind == MSGPACK_MAP ? 2 * count : count;
}

/* The types whose count or value is in the first byte. */
static bool open_short(
    uint8_t first, struct msgpack_view *view, struct layout *layout)
{
	layout->head = 1;
	if (first < 0x80 || first >= 0xe0) {
		view->kind = MSGPACK_INTEGER;
		view->integer = first < 0x80 ? first : first - 0x100;
	} else if (first < 0x90) {
		be_container(view, layout, MSGPACK_MAP, first & 0x0f);
	} else if (first < 0xa0) {
		be_container(view, layout, MSGPACK_ARRAY, first & 0x0f);
	} else if (first < 0xc0) {
		view->kind = MSGPACK_TEXT;
		layout->text_len = first & 0x1f;
	} else if (first == 0xc0) {
		view->kind = MSGPACK_NIL;
	} else if (first == 0xc2 || first == 0xc3) {
		view->kind = MSGPACK_BOOLEAN;
		view->truth = first == 0xc3;
	} else {
		return false;
	}
	return true;
}

/* The number of bytes that hold the value or the count, and the kind. */
static size_t long_bytes(uint8_t first, enum msgpack_kind *kind)
{
	static const struct {
		uint8_t first;
		uint8_t bytes;
		uint8_t kind;
	} rows[] = {{0xca, 4, MSGPACK_NUMBER}, {0xcb, 8, MSGPACK_NUMBER},
	    {0xcc, 1, MSGPACK_INTEGER}, {0xcd, 2, MSGPACK_INTEGER},
	    {0xce, 4, MSGPACK_INTEGER}, {0xcf, 8, MSGPACK_INTEGER},
	    {0xd0, 1, MSGPACK_INTEGER}, {0xd1, 2, MSGPACK_INTEGER},
	    {0xd2, 4, MSGPACK_INTEGER}, {0xd3, 8, MSGPACK_INTEGER},
	    {0xd9, 1, MSGPACK_TEXT}, {0xda, 2, MSGPACK_TEXT},
	    {0xdb, 4, MSGPACK_TEXT}, {0xdc, 2, MSGPACK_ARRAY},
	    {0xdd, 4, MSGPACK_ARRAY}, {0xde, 2, MSGPACK_MAP},
	    {0xdf, 4, MSGPACK_MAP}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].first == first) {
			*kind = (enum msgpack_kind)rows[i].kind;
			return rows[i].bytes;
		}
	}
	return 0;
}

static int64_t read_integer(uint8_t first, const char *data, size_t bytes)
{
	uint64_t value;

	if (first >= 0xd0) {
		return read_signed(data, bytes);
	}
	value = read_be(data, bytes);
	return value > INT64_MAX ? INT64_MAX : (int64_t)value;
}

static bool open_long(
    struct slice bytes, struct msgpack_view *view, struct layout *layout)
{
	uint8_t first = (uint8_t)bytes.data[0];
	size_t width = long_bytes(first, &view->kind);

	if (width == 0 || bytes.len < 1 + width) {
		return false;
	}
	layout->head = 1 + width;
	switch (view->kind) {
	case MSGPACK_INTEGER:
		view->integer = read_integer(first, bytes.data + 1, width);
		break;
	case MSGPACK_TEXT:
		layout->text_len = read_be(bytes.data + 1, width);
		break;
	case MSGPACK_ARRAY:
	case MSGPACK_MAP:
		be_container(
		    view, layout, view->kind, read_be(bytes.data + 1, width));
		break;
	case MSGPACK_NUMBER:
	case MSGPACK_NIL:
	case MSGPACK_BOOLEAN:
		break;
	}
	return true;
}

/* An ext is a number kept as its text: the only one JSON needs. */
static bool open_ext(
    struct slice bytes, struct msgpack_view *view, struct layout *layout)
{
	uint8_t first = (uint8_t)bytes.data[0];

	if (first >= 0xd4 && first <= 0xd8) {
		layout->text_len = (size_t)1 << (first - 0xd4);
		layout->head = 2;
	} else if (first >= 0xc7 && first <= 0xc9) {
		size_t width = (size_t)1 << (first - 0xc7);

		if (bytes.len < 1 + width) {
			return false;
		}
		layout->text_len = read_be(bytes.data + 1, width);
		layout->head = 2 + width;
	} else {
		return false;
	}
	view->kind = MSGPACK_NUMBER;
	return true;
}

static bool open_value(
    struct slice bytes, struct msgpack_view *view, struct layout *layout)
{
	*view = (struct msgpack_view){.kind = MSGPACK_NIL};
	*layout = (struct layout){.head = 0};
	if (bytes.len == 0 ||
	    !(open_short((uint8_t)bytes.data[0], view, layout) ||
		open_long(bytes, view, layout) ||
		open_ext(bytes, view, layout))) {
		return false;
	}
	if (bytes.len < layout->head ||
	    bytes.len - layout->head < layout->text_len) {
		return false;
	}
	if (view->kind == MSGPACK_TEXT) {
		view->text =
		    slice_make(bytes.data + layout->head, layout->text_len);
	}
	view->inside = slice_from(bytes, layout->head);
	return true;
}

bool msgpack_view_open(struct slice bytes, struct msgpack_view *view)
{
	struct layout layout;

	return open_value(bytes, view, &layout);
}

/* Moves `rest` behind its first value, whatever is inside it. */
static bool skip(struct slice *rest)
{
	uint64_t left = 1;

	while (left > 0) {
		struct msgpack_view view;
		struct layout layout;

		if (!open_value(*rest, &view, &layout)) {
			return false;
		}
		*rest = slice_from(*rest, layout.head + layout.text_len);
		left += layout.children;
		left--;
	}
	return true;
}

struct msgpack_walk msgpack_view_walk(const struct msgpack_view *container)
{
	return (struct msgpack_walk){.rest = container->inside,
	    .left = container->kind == MSGPACK_MAP
		? 2 * (uint64_t)container->count
		: container->count};
}

bool msgpack_walk_next(struct msgpack_walk *walk, struct msgpack_view *view)
{
	struct slice value = walk->rest;

	if (walk->left == 0 || !skip(&walk->rest)) {
		walk->left = 0;
		return false;
	}
	walk->left--;
	return msgpack_view_open(value, view);
}

bool msgpack_view_member(const struct msgpack_view *map, const char *name,
    struct msgpack_view *member)
{
	struct msgpack_walk walk = msgpack_view_walk(map);
	struct msgpack_view key;
	struct msgpack_view value;
	bool is_found = false;

	if (map->kind != MSGPACK_MAP) {
		return false;
	}
	while (msgpack_walk_next(&walk, &key) &&
	    msgpack_walk_next(&walk, &value)) {
		if (key.kind == MSGPACK_TEXT && slice_is(key.text, name)) {
			*member = value;
			is_found = true;
		}
	}
	return is_found;
}
