#include "common/loop/runq.h"

#include "common/base/clock.h"
#include "common/base/rng.h"
#include "common/loop/loop.h"
#include "tests/unit/cmocka_test.h"

#include <event2/event.h>

#include <stdlib.h>
#include <unistd.h>

enum {
	ITEMS = 500,
};

struct fixture {
	struct loop *loop;
	struct runq *runq;
	struct runq_item items[ITEMS];
	struct runq_item *fired[ITEMS];
	size_t fired_count;
	size_t stop_at;
	int64_t asked_ms[ITEMS]; /* what each was scheduled for */
};

static void on_item_due(struct runq_item *item, void *arg)
{
	struct fixture *fixture = arg;
	size_t number = (size_t)(item - fixture->items);

	assert_false(runq_is_scheduled(item));
	assert_true(loop_now_ms(fixture->loop) >= fixture->asked_ms[number]);
	fixture->fired[fixture->fired_count++] = item;
	if (fixture->fired_count == fixture->stop_at) {
		loop_stop(fixture->loop);
	}
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fixture->loop = loop_create();
	fixture->runq = runq_create(fixture->loop, on_item_due, fixture);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	runq_destroy(fixture->runq);
	loop_destroy(fixture->loop);
	free(fixture);
	return 0;
}

static void schedule(struct fixture *fixture, size_t number, int64_t due_at_ms)
{
	fixture->asked_ms[number] = due_at_ms;
	runq_schedule(fixture->runq, &fixture->items[number], due_at_ms);
}

static void test_runq_fires_in_order_of_due_time(void **state)
{
	struct fixture *fixture = *state;
	int64_t now_ms = clock_mono_ms();
	struct rng rng;

	rng_seed(&rng, 1);
	for (size_t i = 0; i < ITEMS; i++) {
		schedule(fixture, i, now_ms + (int64_t)rng_below(&rng, 30));
	}
	fixture->stop_at = ITEMS;
	loop_run(fixture->loop);
	for (size_t i = 1; i < ITEMS; i++) {
		assert_true(fixture->fired[i - 1]->due_at_ms <=
		    fixture->fired[i]->due_at_ms);
	}
}

static void test_runq_cancel_and_move_keep_the_heap_in_order(void **state)
{
	struct fixture *fixture = *state;
	int64_t now_ms = clock_mono_ms();
	size_t kept = 0;
	struct rng rng;

	rng_seed(&rng, 2);
	for (size_t i = 0; i < ITEMS; i++) {
		schedule(fixture, i, now_ms + (int64_t)rng_below(&rng, 1000));
	}
	for (size_t i = 0; i < ITEMS; i++) {
		if (rng_below(&rng, 3) == 0) {
			runq_cancel(fixture->runq, &fixture->items[i]);
			runq_cancel(fixture->runq, &fixture->items[i]);
			assert_false(runq_is_scheduled(&fixture->items[i]));
			fixture->asked_ms[i] = INT64_MAX;
		} else {
			schedule(fixture, i,
			    now_ms - 100 + (int64_t)rng_below(&rng, 110));
			kept++;
		}
	}
	fixture->stop_at = kept;
	loop_run(fixture->loop);
	assert_int_equal(fixture->fired_count, kept);
	for (size_t i = 1; i < kept; i++) {
		assert_true(fixture->fired[i - 1]->due_at_ms <=
		    fixture->fired[i]->due_at_ms);
	}
}

static void test_runq_past_instant_waits_for_the_next_turn(void **state)
{
	struct fixture *fixture = *state;

	schedule(fixture, 0, 0);
	assert_int_equal(fixture->fired_count, 0);
	assert_true(runq_is_scheduled(&fixture->items[0]));
	fixture->stop_at = 1;
	loop_run(fixture->loop);
	assert_int_equal(fixture->fired_count, 1);
}

/* Schedules itself for the past; a task between turns must get its turn. */
struct again {
	struct loop *loop;
	struct runq *runq;
	struct runq_item item;
	struct loop_task task;
	int fired;
	int tasks_run;
};

static void on_again_task(void *arg)
{
	struct again *again = arg;

	again->tasks_run++;
}

static void on_again_due(struct runq_item *item, void *arg)
{
	struct again *again = arg;

	assert_int_equal(again->tasks_run, again->fired);
	again->fired++;
	loop_defer(again->loop, &again->task);
	runq_schedule(again->runq, item, 0);
	if (again->fired == 3) {
		loop_stop(again->loop);
	}
}

static void test_runq_item_that_reschedules_itself_leaves_the_turn(void **state)
{
	struct again again = {.loop = loop_create()};

	(void)state;
	loop_task_init(&again.task, on_again_task, &again);
	again.runq = runq_create(again.loop, on_again_due, &again);
	runq_schedule(again.runq, &again.item, 0);
	loop_run(again.loop);
	assert_int_equal(again.fired, 3);
	assert_int_equal(again.tasks_run, 3);
	runq_destroy(again.runq);
	assert_false(runq_is_scheduled(&again.item));
	loop_destroy(again.loop);
}

static void on_suicide_due(struct runq_item *item, void *arg)
{
	struct again *again = arg;

	(void)item;
	again->fired++;
	runq_destroy(again->runq);
	again->runq = NULL;
	loop_stop(again->loop);
}

static void test_runq_destroy_inside_its_callback_fires_nothing_more(
    void **state)
{
	struct again again = {.loop = loop_create()};
	struct runq_item other = {0};

	(void)state;
	again.runq = runq_create(again.loop, on_suicide_due, &again);
	runq_schedule(again.runq, &again.item, 0);
	runq_schedule(again.runq, &other, 0);
	loop_run(again.loop);
	assert_int_equal(again.fired, 1);
	assert_false(runq_is_scheduled(&other));
	loop_destroy(again.loop);
}

static void test_runq_earlier_item_moves_the_timer_forward(void **state)
{
	struct fixture *fixture = *state;
	int64_t now_ms = clock_mono_ms();

	fixture->stop_at = 1;
	schedule(fixture, 0, now_ms + 1);
	schedule(fixture, 1, now_ms + 3600000);
	loop_run(fixture->loop);
	schedule(fixture, 2, now_ms + 2);
	fixture->stop_at = 2;
	loop_run(fixture->loop);
	assert_ptr_equal(fixture->fired[1], &fixture->items[2]);
}

static void on_turn_due(void *arg)
{
	loop_stop(arg);
}

static void turn_once(struct loop *loop)
{
	struct loop_task stop = {.link = {NULL, NULL}};

	loop_task_init(&stop, on_turn_due, loop);
	loop_defer(loop, &stop);
	loop_run(loop);
}

struct race {
	struct fixture *fixture;
	size_t fired_before; /* the pipe was looked at */
};

static void on_pipe_readable(evutil_socket_t fd, short what, void *arg)
{
	struct race *race = arg;

	(void)fd;
	(void)what;
	race->fired_before = race->fixture->fired_count;
	loop_stop(race->fixture->loop);
}

/* As after SIGSTOP: an answer is there, and so is the end of its time. */
static void test_runq_fires_before_what_came_while_it_was_due(void **state)
{
	struct fixture *fixture = *state;
	struct race race = {.fixture = fixture};
	int64_t due_at_ms = clock_mono_ms() + 2;
	struct event *event;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	schedule(fixture, 0, due_at_ms);
	event = event_new(loop_base(fixture->loop), ends[0], EV_READ,
	    on_pipe_readable, &race);
	assert_non_null(event);
	turn_once(fixture->loop); /* sets the timer */
	/* libevent's clock may be some milliseconds late. */
	while (clock_mono_ms() <= due_at_ms + 50) {
	}
	assert_int_equal(event_add(event, NULL), 0);
	loop_run(fixture->loop);
	assert_int_equal(race.fired_before, 1);
	event_free(event);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_runq_fires_in_order_of_due_time, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_runq_cancel_and_move_keep_the_heap_in_order, set_up,
		tear_down),
	    cmocka_unit_test_setup_teardown(
		test_runq_past_instant_waits_for_the_next_turn, set_up,
		tear_down),
	    cmocka_unit_test(
		test_runq_item_that_reschedules_itself_leaves_the_turn),
	    cmocka_unit_test(
		test_runq_destroy_inside_its_callback_fires_nothing_more),
	    cmocka_unit_test_setup_teardown(
		test_runq_fires_before_what_came_while_it_was_due, set_up,
		tear_down),
	    cmocka_unit_test_setup_teardown(
		test_runq_earlier_item_moves_the_timer_forward, set_up,
		tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
