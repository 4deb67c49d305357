/*
 * Any bytes as an element of a queue's list: a job or not, never more. What is
 * a job is put together again from what was read, and must be read as the same
 * job; the members of its object must name a group.
 */
#include "common/base/strbuf.h"
#include "common/job/identity.h"
#include "common/job/job.h"
#include "common/job/unpack.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	SENT_PREFIX = 4, /* the length of a body as it was sent */
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

static void check_round_trip(struct slice element, const struct job *job)
{
	struct strbuf again;
	struct job other;

	strbuf_init(&again, STRBUF_NO_LIMIT);
	strbuf_append(&again, element.data, JOB_HEAD_BYTES);
	if ((job->flags & JOB_AS_SENT) != 0) {
		strbuf_append(&again, element.data + JOB_HEAD_BYTES,
		    SENT_PREFIX + job->as_sent.len);
	}
	job_encode_body(&job->body, &again);
	require(job_decode(strbuf_slice(&again), &other, NULL),
	    "what was a job is a job again");
	require(job->id == other.id && job->order == other.order &&
		job->accepted_at_ms == other.accepted_at_ms &&
		job->flags == other.flags &&
		slice_equal(job->as_sent, other.as_sent) &&
		job->body.received_at_ms == other.body.received_at_ms &&
		slice_equal(job->body.route, other.body.route) &&
		slice_equal(job->body.delivery_id, other.body.delivery_id) &&
		slice_equal(job->body.object, other.body.object),
	    "it is the same job");
	strbuf_finish(&again);
}

/* Takes the next value of the object, key or value alike. */
static struct slice take_member(struct slice *rest)
{
	struct slice start = *rest;

	if (!unpack_skip(rest, UNPACK_DEPTH_MAX)) {
		return slice_make(NULL, 0);
	}
	return slice_make(start.data, start.len - rest->len);
}

static void check_identity(struct slice object)
{
	struct slice rest = object;
	struct identity_members members;
	struct unpack_value head;
	struct strbuf out;

	require(unpack_value(&rest, &head) && head.type == UNPACK_MAP,
	    "the object is a map");
	members.user = take_member(&rest);
	members.device = take_member(&rest);
	members.uuid = take_member(&rest);
	members.insert_id = take_member(&rest);
	strbuf_init(&out, STRBUF_NO_LIMIT);
	identity_group(&members, object, &out);
	require(out.len > 2 && out.len <= IDENTITY_GROUP_MAX,
	    "the group has a bounded name");
	strbuf_clear(&out);
	identity_delivery_id(&members, &out);
	strbuf_finish(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice element = slice_make(data, size);
	struct err err = {.line = 0};
	struct job job;

	if (!job_decode(element, &job, &err)) {
		require(err.text[0] != '\0', "a refusal says why");
		return 0;
	}
	require(job_decode_head(element, &job), "a job has a head");
	require(job_decode(element, &job, NULL), "a job stays one");
	check_round_trip(element, &job);
	check_identity(job.body.object);
	return 0;
}
