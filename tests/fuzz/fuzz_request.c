/*
 * Any bytes as a webhook body: read or refused with a place, never more. What
 * is read becomes entries that the dispatcher can read back. A lone object that
 * is JSON is never refused: no text outgrows the memory set aside for it.
 */
#include "ingest/request.h"

#include "common/base/strbuf.h"
#include "common/config/config.h"
#include "common/job/job.h"
#include "common/json/json_reader.h"
#include "common/queue/queue.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	MAX_BODY = 64 * 1024,
	MAX_DEPTH = 64,
	MAX_OBJECTS = 100,
	GROUP_MAX = IDENTITY_GROUP_MAX + 2,
};

/* NOLINTNEXTLINE(readability-identifier-naming): the name is libFuzzer's */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition, const char *claim)
{
	if (!condition) {
		(void)fprintf(stderr, "not so: %s\n", claim);
		abort();
	}
}

static void check_entry(struct request *request, size_t place)
{
	static const char head[JOB_HEAD_BYTES] = {JOB_HEAD_VERSION};
	struct queue_entry entry;
	struct strbuf element;
	struct job job;

	require(request_entry(request, place, 1, &entry), "there is memory");
	require(entry.group.len > 2 && entry.group.len <= GROUP_MAX,
	    "the group has a bounded name");
	strbuf_init(&element, STRBUF_NO_LIMIT);
	strbuf_append(&element, head, sizeof(head));
	strbuf_append_slice(&element, entry.body);
	require(job_decode(strbuf_slice(&element), &job, NULL),
	    "the job can be read back");
	require(entry.has_delivery_id == (job.body.delivery_id.len > 0),
	    "the delivery id is in the job");
	strbuf_finish(&element);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char path[] = "/events";
	static char user[] = "user_id";
	static char device[] = "device_id";
	static char uuid[] = "uuid";
	static char insert_id[] = "$insert_id";
	static int destinations[] = {0};
	const struct config_route route = {
	    .path = path,
	    .destinations = destinations,
	    .destination_count = 1,
	    .fields = {user, device, uuid, insert_id},
	};
	const struct request_limits limits = {
	    .max_body_bytes = MAX_BODY,
	    .max_depth = MAX_DEPTH,
	    .max_objects = MAX_OBJECTS,
	};
	struct slice body = slice_make(data, size);
	struct request *request;
	struct err err;

	if (size > MAX_BODY) {
		return 0;
	}
	request = request_create(&limits);
	if (request_read(request, &route, body, &err)) {
		require(request_count(request) <= MAX_OBJECTS,
		    "there are no more objects than allowed");
		for (size_t i = 0; i < request_count(request); i++) {
			check_entry(request, i);
		}
	} else {
		require(err.text[0] != '\0' && err.line > 0 && err.column > 0,
		    "a refusal says why and where");
		require(!slice_starts_with(slice_trim(body), "{") ||
			!json_check(body, MAX_DEPTH, NULL),
		    "an object that is JSON is taken");
	}
	request_destroy(request);
	return 0;
}
