#ifndef TESTS_UNIT_DISPATCHER_ATTEMPT_STAGE_H
#define TESTS_UNIT_DISPATCHER_ATTEMPT_STAGE_H

/*
 * A stage for attempts, with a queue, admissions, a render and an HTTP client
 * of the test's own: the functions that attempts call are defined here, and so
 * not taken from the libraries. Included by one file of each executable.
 */

#include "dispatcher/attempt.h"

#include "common/base/clock.h"
#include "common/base/strbuf.h"
#include "common/config/config.h"
#include "common/job/identity.h"
#include "common/job/job.h"
#include "common/log/log.h"
#include "common/loop/loop.h"
#include "common/metrics/metrics.h"
#include "common/queue/queue.h"
#include "dispatcher/destination.h"
#include "dispatcher/http/http_client.h"
#include "dispatcher/render.h"

#include "tests/unit/cmocka_test.h"

#include <stdio.h>

enum {
	LEASE_MS = 30000,
	TIMEOUT_MS = 15000,
	HOUR_MS = 3600000,
};

/* What the code under test said last. */
static struct {
	int finishes;
	struct queue_finish finish;
	char group[16];
	char note[256];
	queue_finish_cb finish_cb;
	void *finish_arg;
	int sends;
	char body[64];
	http_cb http_cb;
	void *http_arg;
	int cancels;
	int settled;
	size_t returned;
	struct hold_decision hold; /* the last that is one */
	char hold_note[64];
	struct pass pass; /* it was sent under */
} seen;

static enum render_status render_says;
static struct pass granted;
static struct config_destination destination_config;
static struct config config;
static struct loop *loop;
static struct metrics *metrics;
static struct destination_settings settings;
static struct generation generation;
static struct destinations *destinations;
static struct destination *target;
static struct attempts *attempts;
static struct strbuf element;

/* ---- in place of the queue, the render and the HTTP client ---- */

void queue_finish(struct queue *queue, const struct queue_finish *finish,
    queue_finish_cb cb, void *arg)
{
	(void)queue;
	seen.finishes++;
	seen.finish = *finish;
	memcpy(seen.group, finish->group.data, finish->group.len);
	(void)snprintf(
	    seen.note, sizeof(seen.note), "%.*s", SLICE_ARGS(finish->note));
	seen.finish_cb = cb;
	seen.finish_arg = arg;
}

const char *queue_hold_reason_name(enum queue_hold_reason reason)
{
	return reason == QUEUE_HOLD_NONE ? "none" : "some";
}

void admission_return(struct admissions *admissions,
    const struct destination *destination, const struct pass *pass,
    size_t tokens)
{
	(void)admissions;
	(void)pass;
	assert_ptr_equal(destination, target);
	seen.returned += tokens;
}

/* The hold goes out before the finish of the same ending. */
void admission_follow(struct admissions *admissions,
    struct destination *destination, const struct pass *pass,
    const struct hold_decision *decision, const char *note)
{
	(void)admissions;
	assert_ptr_equal(destination, target);
	if (decision->step != HOLD_NONE) {
		seen.hold = *decision;
		seen.pass = *pass;
		(void)snprintf(
		    seen.hold_note, sizeof(seen.hold_note), "%s", note);
	}
}

enum render_status render_body(struct render *render, int place,
    const struct render_job *job, struct strbuf *body, struct err *err)
{
	(void)render;
	(void)place;
	assert_string_equal(job->id, "0-17");
	strbuf_append_text(body, "{}");
	err_set(err, "event.ftl:1:2: no");
	return render_says;
}

/* The stage makes its own generations. */
struct render *render_create(const struct config *from, struct err *err)
{
	(void)from;
	(void)err;
	return NULL;
}

void render_destroy(struct render *render)
{
	(void)render;
}

struct http_client *http_client_create(
    struct loop *for_loop, const struct http_options *options, struct err *err)
{
	(void)for_loop;
	(void)options;
	(void)err;
	return NULL;
}

void http_client_destroy(struct http_client *client)
{
	(void)client;
}

struct http_call *http_send(
    struct http_client *client, struct slice body, http_cb cb, void *arg)
{
	static char call;

	(void)client;
	seen.sends++;
	(void)snprintf(seen.body, sizeof(seen.body), "%.*s", SLICE_ARGS(body));
	seen.http_cb = cb;
	seen.http_arg = arg;
	return (struct http_call *)(void *)&call;
}

void http_cancel(struct http_call *call)
{
	assert_non_null(call);
	seen.cancels++;
	loop_stop(loop);
}

/* ---- the fixture ---- */

static inline void on_settled(void *arg, struct destination *of, int shard)
{
	(void)arg;
	assert_ptr_equal(of, target);
	assert_int_equal(shard, 1);
	seen.settled++;
}

static inline void configure(void)
{
	static char name[] = "event";
	static char nothing[] = "";
	static char template_path[] = "event.ftl";

	destination_config = (struct config_destination){
	    .name = name,
	    .url = nothing,
	    .method = nothing,
	    .tls_ca_file = nothing,
	    .template_path = template_path,
	    .min_in_flight = 1,
	    .max_in_flight = 10,
	    .failing_after = 2,
	    .unchanged_for_ms = HOUR_MS,
	    .timeout_ms = TIMEOUT_MS,
	    .lease_ms = LEASE_MS,
	    .throttle_cap_ms = 60000,
	    .probe_every_ms = 20000,
	    .retry = {.base_ms = 1000,
		.cap_ms = 60000,
		.max_attempts = 3,
		.max_age_ms = HOUR_MS},
	};
	config = (struct config){
	    .template = {.max_output_bytes = 1024},
	    .destinations = &destination_config,
	    .destination_count = 1,
	};
	generation = (struct generation){
	    .config = &config, .settings = &settings, .holders = 2};
	settings = (struct destination_settings){
	    .generation = &generation,
	    .config = &destination_config,
	    .retry = retry_policy_of(&destination_config),
	    .hold = hold_policy_of(&destination_config),
	};
}

static inline void make_element(void)
{
	static const char head[JOB_HEAD_BYTES] = {
	    JOB_HEAD_VERSION, 0, 0, 0, 0, 0, 0, 0, 0, 17};
	static const char object[] = "\x80";
	struct job_body body = {.route = slice_of("/r"),
	    .received_at_ms = 1,
	    .object = slice_of(object)};

	strbuf_init(&element, STRBUF_NO_LIMIT);
	strbuf_append(&element, head, sizeof(head));
	job_encode_body(&body, &element);
}

static inline int set_up(void **state)
{
	(void)state;
	log_set_level(LOG_ERROR);
	memset(&seen, 0, sizeof(seen));
	render_says = RENDER_DONE;
	granted = (struct pass){.is_paid = true, .epoch = 7, .streak = 2};
	configure();
	make_element();
	loop = loop_create();
	metrics = metrics_create();
	destinations = destinations_create(&generation, metrics);
	target = &destinations->all[0];
	attempts = attempts_create(&(struct attempts_options){
	    .loop = loop,
	    .seed = 1,
	    .on_settled = on_settled,
	});
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	attempts_destroy(attempts);
	destinations_destroy(destinations);
	metrics_destroy(metrics);
	loop_destroy(loop);
	strbuf_finish(&element);
	return 0;
}

static inline struct attempt_lane lane_for(int64_t lease_ms)
{
	return (struct attempt_lane){.destination = target,
	    .shard = 1,
	    .lease_ends_at_ms = clock_mono_ms() + lease_ms,
	    .pass = granted};
}

/* A job that was accepted so long ago, and tried so often. */
static inline void start(struct slice bytes, int64_t age_ms, int64_t spent)
{
	struct attempt_lane lane = lane_for(LEASE_MS);
	struct queue_claim_reply reply = {.token = "t-1", .now_ms = age_ms};
	struct queue_lease lease = {.group = slice_make("u:a\0b", 5),
	    .element = bytes,
	    .id = "0-17",
	    .attempts = spent};

	attempts_start(attempts, &lane, &reply, &lease);
}

static inline void start_job(void)
{
	start(strbuf_slice(&element), 0, 0);
}

/* With something more that is known of its group. The claim is answered at
 * 10 s of Redis's clock. */
static inline void start_with(const struct queue_lease *known)
{
	struct attempt_lane lane = lane_for(LEASE_MS);
	struct queue_claim_reply reply = {.token = "t-1", .now_ms = 10000};
	struct queue_lease lease = *known;

	lease.group = slice_of("u:a");
	lease.element = strbuf_slice(&element);
	(void)snprintf(lease.id, sizeof(lease.id), "0-17");
	attempts_start(attempts, &lane, &reply, &lease);
}

static inline struct queue_sent sent_of(
    const char *body, bool was_delivered, int64_t at_ms)
{
	struct queue_sent sent = {
	    .is_known = true, .was_delivered = was_delivered, .at_ms = at_ms};

	identity_digest(slice_of(body), sent.digest);
	return sent;
}

static inline void answer_status(int status, const char *body)
{
	struct http_result result = {.was_sent = true,
	    .is_complete = true,
	    .status = status,
	    .body = slice_of(body),
	    .retry_after_ms = -1,
	    .took_ms = 7,
	    .error = ""};

	seen.http_cb(seen.http_arg, &result);
}

static inline void answer_nothing(bool was_sent)
{
	struct http_result result = {
	    .was_sent = was_sent, .retry_after_ms = -1, .error = "it broke"};

	seen.http_cb(seen.http_arg, &result);
}

static inline void confirm(bool was_current)
{
	seen.finish_cb(seen.finish_arg, QUEUE_OK,
	    was_current ? QUEUE_FINISHED : QUEUE_NOT_CURRENT);
}

static inline double count_of(enum outcome outcome)
{
	return metric_value(target->outcomes[outcome]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
