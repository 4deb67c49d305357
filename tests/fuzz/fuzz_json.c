/*
 * The JSON reader against jansson (json_oracle.h), and json_read_objects
 * against json_read: the same texts, the same bytes, and the captures that a
 * search for the last member of a name finds.
 */

#include "common/json/json_reader.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/common/json/json_oracle.h"

enum {
	OBJECTS_MAX = 64,
};

/* The value of the last member called `name`; NULL when there is none. */
static const msgpack_object *find_last(
    const msgpack_object *map, struct slice name)
{
	const msgpack_object *found = NULL;

	for (uint32_t i = 0; i < map->via.map.size; i++) {
		if (slice_equal(
			oracle_string(&map->via.map.ptr[i].key), name)) {
			found = &map->via.map.ptr[i].val;
		}
	}
	return found;
}

static void check_captures(
    const struct json_objects_query *query, const struct json_object *object)
{
	msgpack_unpacked map;
	msgpack_unpacked member;
	size_t used = 0;

	msgpack_unpacked_init(&map);
	msgpack_unpacked_init(&member);
	if (msgpack_unpack_next(&map, object->msgpack.data, object->msgpack.len,
		&used) != MSGPACK_UNPACK_SUCCESS) {
		/* Deeper than its unpacker goes. */
		msgpack_unpacked_destroy(&map);
		return;
	}
	fuzz_require(used == object->msgpack.len, "an object is one value");
	for (size_t i = 0; i < query->name_count; i++) {
		struct slice capture = object->members[i];
		const msgpack_object *found =
		    find_last(&map.data, query->names[i]);

		fuzz_require((found != NULL) == (capture.len > 0),
		    "a member is captured when it is there");
		if (found == NULL) {
			continue;
		}
		used = 0;
		fuzz_require(
		    msgpack_unpack_next(&member, capture.data, capture.len,
			&used) == MSGPACK_UNPACK_SUCCESS &&
			used == capture.len,
		    "a capture is one value");
		fuzz_require(msgpack_object_equal(member.data, *found),
		    "a capture is the last member of its name");
	}
	msgpack_unpacked_destroy(&member);
	msgpack_unpacked_destroy(&map);
}

/* Whether a value is what json_read_objects takes. */
static bool is_body(const msgpack_object *value)
{
	if (value->type != MSGPACK_OBJECT_ARRAY) {
		return value->type == MSGPACK_OBJECT_MAP;
	}
	for (uint32_t i = 0; i < value->via.array.size; i++) {
		if (value->via.array.ptr[i].type != MSGPACK_OBJECT_MAP) {
			return false;
		}
	}
	return value->via.array.size <= OBJECTS_MAX;
}

/* That a refusal is right, of a text of which json_read made `msgpack`. */
static void check_refusal(struct slice msgpack)
{
	msgpack_unpacked unpacked;
	size_t used = 0;

	msgpack_unpacked_init(&unpacked);
	if (msgpack_unpack_next(&unpacked, msgpack.data, msgpack.len, &used) ==
	    MSGPACK_UNPACK_SUCCESS) {
		fuzz_require(!is_body(&unpacked.data), "objects are accepted");
	}
	msgpack_unpacked_destroy(&unpacked);
}

/* Without the head of an array, of which there are two. */
static struct slice without_array(struct slice msgpack)
{
	switch ((unsigned char)msgpack.data[0]) {
	case 0xdc:
		return slice_from(msgpack, 3);
	case 0xdd:
		return slice_from(msgpack, 5);
	default:
		return msgpack;
	}
}

static void check_objects(struct slice text)
{
	const struct json_objects_query query = {
	    .max_depth = JSON_DEPTH_LIMIT,
	    .max_objects = OBJECTS_MAX,
	    .names = {SLICE_LITERAL("a"), SLICE_LITERAL("user_id"),
		SLICE_LITERAL("")},
	    .name_count = 3,
	};
	struct json_object *objects;
	struct strbuf out;
	struct strbuf whole;
	size_t count;
	bool is_read;

	strbuf_init(&out, STRBUF_NO_LIMIT);
	strbuf_init(&whole, STRBUF_NO_LIMIT);
	is_read = json_read(text, JSON_DEPTH_LIMIT, &whole, NULL);
	if (json_read_objects(text, &query, &out, &objects, &count, NULL)) {
		fuzz_require(is_read, "what has objects is JSON");
		fuzz_require(slice_equal(strbuf_slice(&out),
				 without_array(strbuf_slice(&whole))),
		    "the objects are what json_read reads");
		for (size_t i = 0; i < count; i++) {
			check_captures(&query, &objects[i]);
		}
		free(objects);
	} else if (is_read) {
		check_refusal(strbuf_slice(&whole));
	}
	strbuf_finish(&whole);
	strbuf_finish(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_make(data, size);
	const char *complaint = oracle_complaint(text);

	fuzz_require(complaint == NULL, complaint);
	check_objects(text);
	return 0;
}
