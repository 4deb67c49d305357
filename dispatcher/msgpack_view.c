#include "dispatcher/msgpack_view.h"

#include "common/job/unpack.h"

static enum msgpack_kind kind_of(enum unpack_type type)
{
	switch (type) {
	case UNPACK_NIL:
		return MSGPACK_NIL;
	case UNPACK_BOOL:
		return MSGPACK_BOOLEAN;
	case UNPACK_INT:
	case UNPACK_UINT:
		return MSGPACK_INTEGER;
	case UNPACK_FLOAT:
	case UNPACK_EXT: /* JSON_NUMBER_TEXT */
		return MSGPACK_NUMBER;
	case UNPACK_STR:
	case UNPACK_BIN:
		return MSGPACK_TEXT;
	case UNPACK_ARRAY:
		return MSGPACK_ARRAY;
	case UNPACK_MAP:
		return MSGPACK_MAP;
	}
	return MSGPACK_NIL;
}

bool msgpack_view_open(struct slice bytes, struct msgpack_view *view)
{
	struct unpack_value value;

	if (!unpack_value(&bytes, &value)) {
		return false;
	}
	*view = (struct msgpack_view){.kind = kind_of(value.type)};
	switch (view->kind) {
	case MSGPACK_BOOLEAN:
		view->truth = value.boolean;
		break;
	case MSGPACK_INTEGER:
		view->integer =
		    value.type == UNPACK_INT ? value.integer : INT64_MAX;
		break;
	case MSGPACK_TEXT:
		view->text = value.bytes;
		break;
	case MSGPACK_ARRAY:
	case MSGPACK_MAP:
		view->count = value.count;
		view->inside = bytes;
		break;
	case MSGPACK_NIL:
	case MSGPACK_NUMBER:
		break;
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

	if (walk->left == 0 || !unpack_skip(&walk->rest, UNPACK_DEPTH_MAX)) {
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
