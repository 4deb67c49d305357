/* When webhooks are refused for overload, with a queue that the test plays. */
#include "tests/unit/cmocka_test.h"

#include "ingest/overload.h"

#include "common/base/mem.h"
#include "common/base/strbuf.h"
#include "common/config/config.h"
#include "common/log/log.h"
#include "common/loop/loop.h"
#include "common/metrics/metrics.h"
#include "common/queue/queue_memory.h"
#include "common/queue/queue_operator.h"

#include <stdlib.h>
#include <string.h>

enum {
	MAX_WAITING = 3,
	MAX_WAITING_BYTES = 1000,
	MAX_DEPTH = 10,
};

struct queue {
	queue_memory_cb memory_cb;
	queue_stats_cb stats_cb;
	void *arg;
	int memory_asked;
	int stats_asked;
};

struct fixture {
	struct loop *loop;
	struct metrics *metrics;
	struct queue queue;
	struct overload *overload;
};

static char event[] = "event";
static char contact[] = "contact";
static struct config_destination destinations[] = {
    {.name = event, .max_depth = MAX_DEPTH},
    {.name = contact},
};
static const struct config config = {
    .ingest = {.max_waiting = MAX_WAITING, .redis_memory_limit = 90},
    .destinations = destinations,
    .destination_count = ARRAY_LEN(destinations),
};

void queue_read_memory(struct queue *queue, queue_memory_cb cb, void *arg)
{
	assert_null(queue->memory_cb);
	queue->memory_cb = cb;
	queue->arg = arg;
	queue->memory_asked++;
}

void queue_read_stats(struct queue *queue, queue_stats_cb cb, void *arg)
{
	assert_null(queue->stats_cb);
	queue->stats_cb = cb;
	queue->arg = arg;
	queue->stats_asked++;
}

static void answer_memory(
    struct fixture *fixture, int64_t used_bytes, int64_t max_bytes)
{
	const struct queue_memory memory = {used_bytes, max_bytes};
	queue_memory_cb cb = fixture->queue.memory_cb;

	assert_non_null(cb);
	fixture->queue.memory_cb = NULL;
	cb(fixture->queue.arg, QUEUE_OK, &memory, NULL);
}

static void fail_memory(struct fixture *fixture)
{
	queue_memory_cb cb = fixture->queue.memory_cb;
	struct err err;

	assert_non_null(cb);
	fixture->queue.memory_cb = NULL;
	err_set(&err, "no answer");
	cb(fixture->queue.arg, QUEUE_UNAVAILABLE, NULL, &err);
}

static void answer_depth(
    struct fixture *fixture, const char *destination, int64_t pending)
{
	const struct queue_stats stats = {
	    .destination = destination, .pending = pending};
	queue_stats_cb cb = fixture->queue.stats_cb;

	assert_non_null(cb);
	fixture->queue.stats_cb = NULL;
	cb(fixture->queue.arg, QUEUE_OK, &stats, 1, NULL);
}

static int set_up(void **state)
{
	struct fixture *fixture = xcalloc(1, sizeof(*fixture));

	log_set_level(LOG_ERROR);
	fixture->loop = loop_create();
	fixture->metrics = metrics_create();
	fixture->overload = overload_create(&(struct overload_options){
	    .loop = fixture->loop,
	    .metrics = fixture->metrics,
	    .queue = &fixture->queue,
	    .config = &config,
	    .max_waiting_bytes = MAX_WAITING_BYTES,
	});
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	if (fixture->queue.memory_cb != NULL) {
		fail_memory(fixture);
	}
	overload_destroy(fixture->overload);
	metrics_destroy(fixture->metrics);
	loop_destroy(fixture->loop);
	free(fixture);
	return 0;
}

static bool admits(struct fixture *fixture, size_t bytes)
{
	struct err reason = {.text = ""};
	bool is_admitted = overload_admits(fixture->overload, bytes, &reason);

	assert_true(is_admitted == (reason.text[0] == '\0'));
	return is_admitted;
}

static void assert_reasons(struct fixture *fixture, const char *wanted)
{
	struct strbuf reasons;

	strbuf_init(&reasons, STRBUF_NO_LIMIT);
	overload_add_reasons(fixture->overload, &reasons);
	if (wanted[0] == '\0') {
		assert_string_equal(strbuf_text(&reasons), "");
	} else {
		assert_non_null(strstr(strbuf_text(&reasons), wanted));
	}
	strbuf_finish(&reasons);
}

static double refused_for(struct fixture *fixture, const char *cause)
{
	return metric_value(
	    metrics_get(fixture->metrics, METRICS_OVERLOADED, cause, NULL));
}

static void test_overload_knows_nothing_at_first(void **state)
{
	assert_true(admits(*state, 100));
	assert_reasons(*state, "");
}

static void test_overload_of_memory_is_what_redis_said(void **state)
{
	struct fixture *fixture = *state;

	assert_true(admits(fixture, 0));
	answer_memory(fixture, 899, 1000);
	assert_true(admits(fixture, 0));
	assert_reasons(fixture, "");
	assert_true(refused_for(fixture, "memory") == 0);
}

static void test_overload_begins_at_the_limit_of_memory(void **state)
{
	struct fixture *fixture = *state;

	assert_true(admits(fixture, 0));
	answer_memory(fixture, 900, 1000);
	assert_false(admits(fixture, 0));
	assert_reasons(fixture, "memory: Redis uses 90 % of its maxmemory");
	assert_true(refused_for(fixture, "memory") == 1);
	assert_true(metric_value(metrics_get(fixture->metrics,
			METRICS_REDIS_MEMORY, NULL, NULL)) == 0.9);
}

static void test_overload_without_maxmemory_is_none(void **state)
{
	struct fixture *fixture = *state;

	assert_true(admits(fixture, 0));
	answer_memory(fixture, INT64_MAX, 0);
	assert_true(admits(fixture, 0));
}

static void test_overload_asks_once_at_a_time_and_not_too_often(void **state)
{
	struct fixture *fixture = *state;

	for (int i = 0; i < 10; i++) {
		assert_true(admits(fixture, 0));
		assert_reasons(fixture, "");
	}
	assert_int_equal(fixture->queue.memory_asked, 1);
	fail_memory(fixture);
	assert_true(admits(fixture, 0));
	assert_int_equal(fixture->queue.memory_asked, 1);
	assert_int_equal(fixture->queue.stats_asked, 0);
}

static void test_overload_of_requests_ends_with_them(void **state)
{
	struct fixture *fixture = *state;

	for (int i = 0; i < MAX_WAITING; i++) {
		assert_true(admits(fixture, 1));
		overload_begin(fixture->overload, 1);
	}
	assert_false(admits(fixture, 1));
	assert_reasons(fixture, "waiting: ");
	assert_int_equal(overload_waiting(fixture->overload), MAX_WAITING);
	overload_end(fixture->overload, 1);
	assert_true(admits(fixture, 1));
	assert_reasons(fixture, "");
	overload_end(fixture->overload, 1);
	overload_end(fixture->overload, 1);
	assert_true(refused_for(fixture, "waiting") == 1);
}

static void test_overload_of_bytes_lets_a_lone_request_through(void **state)
{
	struct fixture *fixture = *state;

	assert_true(admits(fixture, (size_t)MAX_WAITING_BYTES * 2));
	overload_begin(fixture->overload, 10);
	assert_true(admits(fixture, MAX_WAITING_BYTES - 10));
	assert_false(admits(fixture, MAX_WAITING_BYTES - 9));
	overload_end(fixture->overload, 10);
}

static void test_overload_names_full_destinations_until_they_are_not(
    void **state)
{
	struct fixture *fixture = *state;

	overload_note_verdict(fixture->overload, 0, QUEUE_FULL);
	overload_note_verdict(fixture->overload, 0, QUEUE_FULL);
	overload_note_verdict(fixture->overload, 0, QUEUE_DUPLICATE);
	assert_true(admits(fixture, 0));
	assert_reasons(fixture, "full: the queue of the destination event");
	overload_note_verdict(fixture->overload, 0, QUEUE_ACCEPTED);
	answer_depth(fixture, "event", MAX_DEPTH);
	assert_reasons(fixture, "");
}

static void test_overload_asks_for_the_depth_of_what_is_full(void **state)
{
	struct fixture *fixture = *state;

	overload_note_verdict(fixture->overload, 0, QUEUE_FULL);
	assert_reasons(fixture, "full: ");
	answer_depth(fixture, "event", MAX_DEPTH);
	assert_reasons(fixture, "full: ");
	assert_int_equal(fixture->queue.stats_asked, 1);
}

static void test_overload_ends_when_the_depth_is_below_its_limit(void **state)
{
	struct fixture *fixture = *state;

	overload_note_verdict(fixture->overload, 0, QUEUE_FULL);
	overload_note_verdict(fixture->overload, 1, QUEUE_FULL);
	assert_reasons(fixture, "full: ");
	answer_depth(fixture, "event", MAX_DEPTH - 1);
	assert_reasons(fixture, "destination contact");
	overload_note_verdict(fixture->overload, 1, QUEUE_ACCEPTED);
	assert_reasons(fixture, "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(test_overload_knows_nothing_at_first),
	    TEST(test_overload_of_memory_is_what_redis_said),
	    TEST(test_overload_begins_at_the_limit_of_memory),
	    TEST(test_overload_without_maxmemory_is_none),
	    TEST(test_overload_asks_once_at_a_time_and_not_too_often),
	    TEST(test_overload_of_requests_ends_with_them),
	    TEST(test_overload_of_bytes_lets_a_lone_request_through),
	    TEST(test_overload_names_full_destinations_until_they_are_not),
	    TEST(test_overload_asks_for_the_depth_of_what_is_full),
	    TEST(test_overload_ends_when_the_depth_is_below_its_limit),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
