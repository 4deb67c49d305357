/*
 * Attempts against a queue, a render and an HTTP client of the test's own: the
 * functions that attempt.c calls are defined here, and so not taken from the
 * libraries.
 */
#include "dispatcher/attempt.h"

#include "common/base/clock.h"
#include "common/base/strbuf.h"
#include "common/config/config.h"
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
} seen;

static enum render_status render_says;
static struct config_destination destination_config;
static struct config config;
static struct loop *loop;
static struct metrics *metrics;
static struct destinations *destinations;
static struct destination *destination;
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

struct http_client *http_client_create(
    struct loop *for_loop, const struct http_options *options, struct err *err)
{
	static char client;

	(void)for_loop;
	(void)options;
	(void)err;
	return (struct http_client *)(void *)&client;
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

static void on_settled(void *arg, struct destination *of, int shard)
{
	(void)arg;
	assert_ptr_equal(of, destination);
	assert_int_equal(shard, 1);
	seen.settled++;
}

static void configure(void)
{
	static char name[] = "event";
	static char nothing[] = "";

	destination_config = (struct config_destination){
	    .name = name,
	    .url = nothing,
	    .method = nothing,
	    .tls_ca_file = nothing,
	    .max_in_flight = 10,
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
}

static void make_element(void)
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

static int set_up(void **state)
{
	(void)state;
	log_set_level(LOG_ERROR);
	memset(&seen, 0, sizeof(seen));
	render_says = RENDER_DONE;
	configure();
	make_element();
	loop = loop_create();
	metrics = metrics_create();
	destinations = destinations_create(&config, loop, metrics, NULL);
	destination = &destinations->all[0];
	attempts = attempts_create(&(struct attempts_options){
	    .loop = loop,
	    .config = &config,
	    .seed = 1,
	    .on_settled = on_settled,
	});
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	attempts_destroy(attempts);
	destinations_destroy(destinations);
	metrics_destroy(metrics);
	loop_destroy(loop);
	strbuf_finish(&element);
	return 0;
}

static struct attempt_lane lane_for(int64_t lease_ms)
{
	return (struct attempt_lane){.destination = destination,
	    .shard = 1,
	    .lease_ends_at_ms = clock_mono_ms() + lease_ms};
}

/* A job that was accepted so long ago, and tried so often. */
static void start(struct slice bytes, int64_t age_ms, int64_t spent)
{
	struct attempt_lane lane = lane_for(LEASE_MS);
	struct queue_claim_reply reply = {.token = "t-1", .now_ms = age_ms};
	struct queue_lease lease = {.group = slice_make("u:a\0b", 5),
	    .element = bytes,
	    .id = "0-17",
	    .attempts = spent};

	attempts_start(attempts, &lane, &reply, &lease);
}

static void start_job(void)
{
	start(strbuf_slice(&element), 0, 0);
}

static void answer_status(int status, const char *body)
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

static void answer_nothing(bool was_sent)
{
	struct http_result result = {
	    .was_sent = was_sent, .retry_after_ms = -1, .error = "it broke"};

	seen.http_cb(seen.http_arg, &result);
}

static void confirm(bool was_current)
{
	seen.finish_cb(seen.finish_arg, QUEUE_OK,
	    was_current ? QUEUE_FINISHED : QUEUE_NOT_CURRENT);
}

static double count_of(enum outcome outcome)
{
	return metric_value(destination->outcomes[outcome]);
}

/* ---- the tests ---- */

static void test_attempt_delivered_pops_its_job(void **state)
{
	(void)state;
	start_job();
	assert_int_equal(seen.sends, 1);
	assert_string_equal(seen.body, "{}");
	assert_int_equal(attempts_count(attempts), 1);
	assert_int_equal(destination->in_hand, 1);
	answer_status(200, "fine");
	assert_int_equal(seen.finishes, 1);
	assert_int_equal(seen.finish.settle, QUEUE_POP);
	assert_int_equal(seen.finish.outcome, OUTCOME_DELIVERED);
	assert_int_equal(seen.finish.shard, 1);
	assert_string_equal(seen.finish.token, "t-1");
	assert_string_equal(seen.finish.id, "0-17");
	assert_int_equal(seen.finish.group.len, 5);
	assert_memory_equal(seen.group, "u:a\0b", 5);
	assert_int_equal(seen.finish.http_status, 200);
	assert_int_equal(seen.finish.took_ms, 7);
	assert_true(seen.finish.started_at_ms > 0);
	/* In hand until Redis has said so. */
	assert_int_equal(seen.settled, 0);
	assert_int_equal(destination->in_hand, 1);
	confirm(true);
	assert_int_equal(seen.settled, 1);
	assert_int_equal(attempts_count(attempts), 0);
	assert_int_equal(destination->in_hand, 0);
	assert_true(count_of(OUTCOME_DELIVERED) == 1);
}

static void test_attempt_declined_is_skipped_unsent(void **state)
{
	(void)state;
	render_says = RENDER_DECLINED;
	start_job();
	assert_int_equal(seen.sends, 0);
	assert_int_equal(seen.finish.settle, QUEUE_POP);
	assert_int_equal(seen.finish.outcome, OUTCOME_SKIPPED);
	assert_false(seen.finish.spends_attempt);
	assert_int_equal(seen.finish.started_at_ms, 0);
	confirm(true);
}

static void test_attempt_not_rendered_is_dead_with_the_reason(void **state)
{
	(void)state;
	render_says = RENDER_FAILED;
	start_job();
	assert_int_equal(seen.sends, 0);
	assert_int_equal(seen.finish.settle, QUEUE_BURY);
	assert_int_equal(seen.finish.outcome, OUTCOME_RENDER_ERROR);
	assert_string_equal(seen.note, "event.ftl:1:2: no");
	confirm(true);
}

static void test_attempt_of_garbage_is_dead_with_the_reason(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} rows[] = {{"", 0}, {"\0", 1}, {"\x02 too short", 11},
	    {"\x02\0"
	     "12345678"
	     "\0\0\0\0\0\0\0\0"
	     "\0\0\0\0\0\0\0\0"
	     "\xc1",
		27}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		start(slice_make(rows[i].bytes, rows[i].len), 0, 0);
		assert_int_equal(seen.finishes, (int)i + 1);
		assert_int_equal(seen.finish.settle, QUEUE_BURY);
		assert_int_equal(seen.finish.outcome, OUTCOME_RENDER_ERROR);
		assert_memory_equal(seen.note, "no job: ", 8);
		confirm(true);
	}
	assert_int_equal(seen.sends, 0);
}

static void test_attempt_failed_waits_and_dies_only_of_age_too(void **state)
{
	(void)state;
	start(strbuf_slice(&element), HOUR_MS, 1);
	answer_status(500, "oh");
	assert_int_equal(seen.finish.settle, QUEUE_RETRY);
	assert_true(seen.finish.spends_attempt);
	assert_in_range(seen.finish.delay_ms, 1000, 4000);
	confirm(true);
	start(strbuf_slice(&element), 0, 50);
	answer_status(500, "oh");
	assert_int_equal(seen.finish.settle, QUEUE_RETRY);
	confirm(true);
	start(strbuf_slice(&element), HOUR_MS, 2);
	answer_status(500, "oh");
	assert_int_equal(seen.finish.settle, QUEUE_BURY);
	assert_string_equal(seen.note, "oh");
	confirm(true);
}

static void test_attempt_without_an_answer_is_named_by_what_was_sent(
    void **state)
{
	(void)state;
	start_job();
	answer_nothing(false);
	assert_int_equal(seen.finish.outcome, OUTCOME_NETWORK_ERROR);
	confirm(true);
	start_job();
	answer_nothing(true);
	assert_int_equal(seen.finish.outcome, OUTCOME_UNKNOWN);
	confirm(true);
}

static void test_attempt_throttled_pauses_the_destination(void **state)
{
	(void)state;
	start_job();
	answer_status(429, "");
	assert_int_equal(seen.finish.settle, QUEUE_RETRY);
	assert_false(seen.finish.spends_attempt);
	assert_int_equal(destination->pause.state, PAUSE_PAUSED);
	confirm(true);
}

static void test_attempt_given_up_goes_back_unless_it_was_sent(void **state)
{
	(void)state;
	start_job();
	attempts_give_up(attempts);
	assert_int_equal(seen.cancels, 1);
	answer_nothing(false);
	assert_int_equal(seen.finish.settle, QUEUE_RELEASE);
	assert_int_equal(seen.finish.outcome, OUTCOME_RELEASED);
	confirm(true);
	start_job();
	attempts_give_up(attempts);
	answer_nothing(true);
	assert_int_equal(seen.finish.settle, QUEUE_RETRY);
	assert_int_equal(seen.finish.outcome, OUTCOME_UNKNOWN);
	confirm(true);
}

static void test_attempt_is_ended_before_its_lease_is_over(void **state)
{
	/* The margin is half of what a lease is longer than an attempt. */
	struct attempt_lane lane = lane_for((LEASE_MS - TIMEOUT_MS) / 2 + 5);
	struct queue_claim_reply reply = {.token = "t-1"};
	struct queue_lease lease = {.group = slice_of("u:a"),
	    .element = strbuf_slice(&element),
	    .id = "0-17"};

	(void)state;
	attempts_start(attempts, &lane, &reply, &lease);
	loop_run(loop); /* until the cancel */
	assert_int_equal(seen.cancels, 1);
	answer_nothing(true);
	assert_int_equal(seen.finish.outcome, OUTCOME_UNKNOWN);
	confirm(true);
}

/* As after a pause of the whole process, with the answer to a claim waiting in
 * the socket: the group is another's by now, or will be at any moment. */
static void test_attempt_whose_lease_is_over_is_not_sent(void **state)
{
	struct attempt_lane lane = lane_for((LEASE_MS - TIMEOUT_MS) / 2 - 5);
	struct queue_claim_reply reply = {.token = "t-1"};
	struct queue_lease lease = {.group = slice_of("u:a"),
	    .element = strbuf_slice(&element),
	    .id = "0-17"};

	(void)state;
	attempts_start(attempts, &lane, &reply, &lease);
	assert_int_equal(seen.sends, 0);
	assert_int_equal(seen.finish.settle, QUEUE_RELEASE);
	assert_int_equal(seen.finish.started_at_ms, 0);
	confirm(false);
}

static void test_attempt_released_goes_back_untried(void **state)
{
	struct attempt_lane lane = lane_for(LEASE_MS);
	struct queue_claim_reply reply = {.token = "t-1"};
	struct queue_lease lease = {.group = slice_of("u:a"), .id = "0-17"};

	(void)state;
	attempts_release(attempts, &lane, &reply, &lease);
	assert_int_equal(seen.sends, 0);
	assert_int_equal(seen.finish.settle, QUEUE_RELEASE);
	confirm(true);
}

static void test_attempt_fenced_is_counted(void **state)
{
	(void)state;
	start_job();
	answer_status(200, "");
	confirm(false);
	assert_true(metric_value(destination->fenced) == 1);
	assert_int_equal(seen.settled, 1);
}

static void test_attempts_closed_settle_nothing_more(void **state)
{
	queue_finish_cb finish_cb;
	void *finish_arg;

	(void)state;
	start_job();
	answer_status(200, "");
	finish_cb = seen.finish_cb;
	finish_arg = seen.finish_arg;
	start_job();
	attempts_close(attempts);
	finish_cb(finish_arg, QUEUE_CLOSED, false);
	answer_nothing(true);
	assert_int_equal(seen.finishes, 1);
	assert_int_equal(seen.settled, 0);
	assert_int_equal(attempts_count(attempts), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_attempt_delivered_pops_its_job),
	    TEST(test_attempt_declined_is_skipped_unsent),
	    TEST(test_attempt_not_rendered_is_dead_with_the_reason),
	    TEST(test_attempt_of_garbage_is_dead_with_the_reason),
	    TEST(test_attempt_failed_waits_and_dies_only_of_age_too),
	    TEST(test_attempt_without_an_answer_is_named_by_what_was_sent),
	    TEST(test_attempt_throttled_pauses_the_destination),
	    TEST(test_attempt_given_up_goes_back_unless_it_was_sent),
	    TEST(test_attempt_is_ended_before_its_lease_is_over),
	    TEST(test_attempt_whose_lease_is_over_is_not_sent),
	    TEST(test_attempt_released_goes_back_untried),
	    TEST(test_attempt_fenced_is_counted),
	    TEST(test_attempts_closed_settle_nothing_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
