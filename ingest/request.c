#include "ingest/request.h"

#include "common/base/mem.h"
#include "common/base/strbuf.h"
#include "common/config/config.h"
#include "common/job/identity.h"
#include "common/job/job.h"
#include "common/job/unpack.h"
#include "common/json/json_reader.h"
#include "common/queue/queue.h"

#include <stdlib.h>

enum {
	/* What a job has besides its object: the envelope of job_encode_body
	 * with the path and the delivery id. */
	ENVELOPE_BYTES = 8192,
	/* Buffers grown past this are freed after the body that grew them. */
	KEPT_BYTES = 256 * 1024,
};

/* Places of the captured members: config_fields, and what changes a user. */
enum {
	MEMBER_USER,
	MEMBER_DEVICE,
	MEMBER_UUID,
	MEMBER_INSERT_ID,
	MEMBER_PROPERTIES,
	MEMBER_COUNT,
};

struct request {
	struct request_limits limits;
	const struct config_route *route;
	struct strbuf msgpack; /* of all objects */
	struct json_object *objects;
	size_t count;

	/* of one entry */
	struct strbuf group;
	struct strbuf delivery_id;
	struct strbuf job;
};

struct request *request_create(const struct request_limits *limits)
{
	struct request *request = xcalloc(1, sizeof(*request));
	size_t msgpack_max =
	    limits->max_body_bytes * REQUEST_GROWTH + ENVELOPE_BYTES;

	request->limits = *limits;
	strbuf_init(&request->msgpack, msgpack_max);
	strbuf_init(&request->group, ENVELOPE_BYTES);
	strbuf_init(&request->delivery_id, msgpack_max);
	strbuf_init(&request->job, 2 * msgpack_max);
	return request;
}

void request_destroy(struct request *request)
{
	if (request == NULL) {
		return;
	}
	free(request->objects);
	strbuf_finish(&request->msgpack);
	strbuf_finish(&request->group);
	strbuf_finish(&request->delivery_id);
	strbuf_finish(&request->job);
	free(request);
}

static bool is_blank(struct slice body)
{
	return slice_trim(body).len == 0;
}

bool request_read(struct request *request, const struct config_route *route,
    struct slice body, struct err *err)
{
	struct json_objects_query query = {
	    .max_depth = request->limits.max_depth,
	    .max_objects = request->limits.max_objects,
	    .names =
		{
		    [MEMBER_USER] = slice_of(route->fields.user),
		    [MEMBER_DEVICE] = slice_of(route->fields.device),
		    [MEMBER_UUID] = slice_of(route->fields.uuid),
		    [MEMBER_INSERT_ID] = slice_of(route->fields.insert_id),
		    [MEMBER_PROPERTIES] = SLICE_LITERAL("user_properties"),
		},
	    .name_count = MEMBER_COUNT,
	};

	request_clear(request);
	if (is_blank(body)) {
		err_set_at(err, 1, 1,
		    "the body is empty; expected a JSON object, or an array of "
		    "objects");
		return false;
	}
	request->route = route;
	return json_read_objects(body, &query, &request->msgpack,
	    &request->objects, &request->count, err);
}

size_t request_count(const struct request *request)
{
	return request->count;
}

/* Whether user_properties says how to change a user ($set, $add, ...) rather
 * than what the user is: then no later update may stand for it. Its values are
 * stepped over, not looked into. */
static bool is_partial(struct slice properties)
{
	struct unpack_value map;
	struct unpack_value key;

	if (!unpack_value(&properties, &map) || map.type != UNPACK_MAP) {
		return false;
	}
	for (uint32_t i = 0; i < map.count; i++) {
		if (!unpack_value(&properties, &key) ||
		    slice_starts_with(key.bytes, "$") ||
		    !unpack_skip(&properties, UNPACK_DEPTH_MAX)) {
			return true;
		}
	}
	return false;
}

bool request_entry(struct request *request, size_t place,
    int64_t received_at_ms, struct queue_entry *entry)
{
	const struct json_object *object = &request->objects[place];
	const struct identity_members members = {
	    .user = object->members[MEMBER_USER],
	    .device = object->members[MEMBER_DEVICE],
	    .uuid = object->members[MEMBER_UUID],
	    .insert_id = object->members[MEMBER_INSERT_ID],
	};
	struct job_body body = {
	    .route = slice_of(request->route->path),
	    .received_at_ms = received_at_ms,
	    .object = object->msgpack,
	};

	strbuf_clear(&request->group);
	strbuf_clear(&request->delivery_id);
	strbuf_clear(&request->job);
	identity_group(&members, object->msgpack, &request->group);
	identity_delivery_id(&members, &request->delivery_id);
	body.delivery_id = strbuf_slice(&request->delivery_id);
	job_encode_body(&body, &request->job);
	if (strbuf_failed(&request->group) ||
	    strbuf_failed(&request->delivery_id) ||
	    strbuf_failed(&request->job)) {
		return false;
	}

	*entry = (struct queue_entry){
	    .group = strbuf_slice(&request->group),
	    .body = strbuf_slice(&request->job),
	    .has_delivery_id = body.delivery_id.len > 0,
	    .is_partial = is_partial(object->members[MEMBER_PROPERTIES]),
	    .destinations = request->route->destinations,
	    .destination_count = request->route->destination_count,
	};
	if (entry->has_delivery_id) {
		identity_digest(body.delivery_id, entry->delivery_digest);
	}
	return true;
}

static void clear_buffer(struct strbuf *buf)
{
	if (buf->cap > KEPT_BYTES) {
		size_t max = buf->max;

		strbuf_finish(buf);
		strbuf_init(buf, max);
	}
	strbuf_clear(buf);
}

void request_clear(struct request *request)
{
	free(request->objects);
	request->objects = NULL;
	request->count = 0;
	request->route = NULL;
	clear_buffer(&request->msgpack);
	clear_buffer(&request->delivery_id);
	clear_buffer(&request->job);
}
