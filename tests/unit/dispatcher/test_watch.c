/*
 * The watch against a queue of the test's own: queue_watch and queue_unwatch
 * are defined here, and so not taken from the library.
 */
#include "dispatcher/watch.h"

#include "common/loop/loop.h"
#include "common/loop/runq.h"
#include "common/queue/queue.h"

#include "tests/unit/cmocka_test.h"

enum {
	DESTINATIONS = 3,
	IDLE_BLOCK_MS = 200,
};

static queue_watch_cb queue_cb;
static void *queue_arg;
static int watches;
static int unwatches;
static size_t watched;
static int watched_list[DESTINATIONS];
static int64_t watched_ms;

static int calls;
static enum watch_reason last_reason;
static int last_destination;
static struct loop *loop;
static struct watch *watch;

void queue_watch(struct queue *queue, const int *destinations, size_t count,
    int64_t timeout_ms, queue_watch_cb cb, void *arg)
{
	(void)queue;
	watches++;
	watched = count;
	watched_ms = timeout_ms;
	for (size_t i = 0; i < count; i++) {
		watched_list[i] = destinations[i];
	}
	queue_cb = cb;
	queue_arg = arg;
}

void queue_unwatch(struct queue *queue)
{
	(void)queue;
	unwatches++;
}

static void on_watch(
    void *arg, enum watch_reason reason, int destination, int shard)
{
	(void)arg;
	(void)shard;
	calls++;
	last_reason = reason;
	last_destination = destination;
}

static int set_up(void **state)
{
	(void)state;
	watches = unwatches = calls = 0;
	loop = loop_create();
	watch = watch_create(
	    loop, NULL, DESTINATIONS, IDLE_BLOCK_MS, on_watch, NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	watch_destroy(watch);
	loop_destroy(loop);
	return 0;
}

static void on_time_passed(struct runq_item *item, void *arg)
{
	(void)item;
	(void)arg;
	loop_stop(loop);
}

static void let_time_pass(int64_t span_ms)
{
	struct runq *runq = runq_create(loop, on_time_passed, NULL);
	struct runq_item item = {.place = 0};

	runq_schedule(runq, &item, loop_now_ms(loop) + span_ms);
	loop_run(loop);
	runq_destroy(runq);
}

static void mind(enum watch_wish a, enum watch_wish b, enum watch_wish c)
{
	const enum watch_wish wishes[DESTINATIONS] = {a, b, c};

	watch_mind(watch, wishes);
}

static void test_watch_is_on_all_that_have_room(void **state)
{
	(void)state;
	mind(WATCH_JOIN, WATCH_LEAVE, WATCH_MAY_STAY);
	assert_int_equal(watches, 1);
	assert_int_equal(watched, 2);
	assert_int_equal(watched_list[0], 0);
	assert_int_equal(watched_list[1], 2);
	assert_int_equal(watched_ms, IDLE_BLOCK_MS);
}

static void test_watch_is_none_where_nothing_has_room(void **state)
{
	(void)state;
	mind(WATCH_LEAVE, WATCH_LEAVE, WATCH_LEAVE);
	assert_int_equal(watches, 0);
}

static void test_watch_goes_on_while_nothing_changes(void **state)
{
	(void)state;
	mind(WATCH_JOIN, WATCH_JOIN, WATCH_LEAVE);
	mind(WATCH_MAY_STAY, WATCH_JOIN, WATCH_LEAVE);
	/* Back from being full, but being claimed from: not worth a new one. */
	mind(WATCH_JOIN, WATCH_JOIN, WATCH_MAY_STAY);
	assert_int_equal(watches, 1);
	assert_int_equal(unwatches, 0);
}

static void test_watch_is_begun_again_when_one_joins_or_leaves(void **state)
{
	(void)state;
	mind(WATCH_JOIN, WATCH_JOIN, WATCH_LEAVE);
	mind(WATCH_JOIN, WATCH_JOIN, WATCH_JOIN);
	assert_int_equal(unwatches, 1);
	mind(WATCH_JOIN, WATCH_JOIN, WATCH_JOIN);
	assert_int_equal(unwatches, 1);
	queue_cb(queue_arg, QUEUE_OK, -1, -1);
	assert_int_equal(last_reason, WATCH_ENDED);
	mind(WATCH_JOIN, WATCH_JOIN, WATCH_JOIN);
	assert_int_equal(watched, 3);
	mind(WATCH_JOIN, WATCH_LEAVE, WATCH_JOIN);
	assert_int_equal(unwatches, 2);
}

static void test_watch_tells_who_was_woken(void **state)
{
	(void)state;
	mind(WATCH_JOIN, WATCH_JOIN, WATCH_JOIN);
	queue_cb(queue_arg, QUEUE_OK, 2, 5);
	assert_int_equal(last_reason, WATCH_WOKEN);
	assert_int_equal(last_destination, 2);
	/* Also when it was being ended. */
	mind(WATCH_JOIN, WATCH_JOIN, WATCH_JOIN);
	mind(WATCH_LEAVE, WATCH_JOIN, WATCH_JOIN);
	queue_cb(queue_arg, QUEUE_OK, 0, 1);
	assert_int_equal(last_reason, WATCH_WOKEN);
	assert_int_equal(last_destination, 0);
}

static void test_watch_over_or_lost_looks_at_all(void **state)
{
	static const enum queue_status statuses[] = {
	    QUEUE_OK, QUEUE_UNAVAILABLE, QUEUE_REFUSED};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
		mind(WATCH_JOIN, WATCH_JOIN, WATCH_JOIN);
		last_reason = WATCH_ENDED;
		queue_cb(queue_arg, statuses[i], -1, -1);
		assert_int_equal(last_reason, WATCH_LOOK_ALL);
	}
	assert_int_equal(calls, 3);
}

static void test_watch_that_is_woken_again_and_again_looks_at_all_in_time(
    void **state)
{
	(void)state;
	mind(WATCH_JOIN, WATCH_JOIN, WATCH_JOIN);
	let_time_pass(5);
	queue_cb(queue_arg, QUEUE_OK, 2, 5);
	assert_int_equal(last_reason, WATCH_WOKEN);
	/* The rest of the time, not all of it again. */
	mind(WATCH_JOIN, WATCH_JOIN, WATCH_JOIN);
	assert_true(watched_ms <= IDLE_BLOCK_MS - 5);
	let_time_pass(watched_ms);
	queue_cb(queue_arg, QUEUE_OK, 2, 5);
	assert_int_equal(last_reason, WATCH_LOOK_ALL);
	mind(WATCH_JOIN, WATCH_JOIN, WATCH_JOIN);
	assert_int_equal(watched_ms, IDLE_BLOCK_MS);
}

static void test_watch_of_a_closed_queue_is_silent(void **state)
{
	(void)state;
	mind(WATCH_JOIN, WATCH_JOIN, WATCH_JOIN);
	queue_cb(queue_arg, QUEUE_CLOSED, -1, -1);
	assert_int_equal(calls, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_watch_is_on_all_that_have_room),
	    TEST(test_watch_is_none_where_nothing_has_room),
	    TEST(test_watch_goes_on_while_nothing_changes),
	    TEST(test_watch_is_begun_again_when_one_joins_or_leaves),
	    TEST(test_watch_tells_who_was_woken),
	    TEST(test_watch_over_or_lost_looks_at_all),
	    TEST(test_watch_that_is_woken_again_and_again_looks_at_all_in_time),
	    TEST(test_watch_of_a_closed_queue_is_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
