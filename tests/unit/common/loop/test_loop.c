#include "common/loop/loop.h"

#include "common/base/clock.h"
#include "tests/unit/cmocka_test.h"
#include "tests/unit/log_capture.h"
#include "tests/unit/loop_test.h"

#include <event2/event.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* What ran, as one letter each. */
struct trace {
	struct loop *loop;
	struct loop_task *next;
	char letters[16];
};

static void note(struct trace *trace, char letter)
{
	size_t len = strlen(trace->letters);

	assert_true(len + 1 < sizeof(trace->letters));
	trace->letters[len] = letter;
}

static void on_task_a(void *arg)
{
	note(arg, 'a');
}

static void on_task_b(void *arg)
{
	struct trace *trace = arg;

	note(trace, 'b');
	if (trace->next != NULL) {
		loop_defer(trace->loop, trace->next);
	}
}

static void on_task_stop(void *arg)
{
	struct trace *trace = arg;

	note(trace, 's');
	loop_stop(trace->loop);
}

static void on_bury(void *object)
{
	note(object, 'm');
}

static int set_up(void **state)
{
	struct trace *trace = calloc(1, sizeof(*trace));

	assert_non_null(trace);
	trace->loop = loop_create();
	*state = trace;
	return 0;
}

static int tear_down(void **state)
{
	struct trace *trace = *state;

	loop_destroy(trace->loop);
	free(trace);
	return 0;
}

static void test_loop_defer_runs_tasks_in_order_and_once(void **state)
{
	struct trace *trace = *state;
	struct loop_task a;
	struct loop_task b;
	struct loop_task stop;

	loop_task_init(&a, on_task_a, trace);
	loop_task_init(&b, on_task_b, trace);
	loop_task_init(&stop, on_task_stop, trace);
	loop_defer(trace->loop, &b);
	loop_defer(trace->loop, &a);
	loop_defer(trace->loop, &b);
	loop_defer(trace->loop, &stop);
	loop_run(trace->loop);
	assert_string_equal(trace->letters, "bas");
}

static void test_loop_task_deferred_by_a_task_runs_in_the_same_turn(
    void **state)
{
	struct trace *trace = *state;
	struct loop_task a;
	struct loop_task b;
	struct loop_task stop;

	loop_task_init(&a, on_task_a, trace);
	loop_task_init(&b, on_task_b, trace);
	loop_task_init(&stop, on_task_stop, trace);
	trace->next = &a;
	loop_defer(trace->loop, &b);
	loop_defer(trace->loop, &stop);
	loop_run(trace->loop);
	assert_string_equal(trace->letters, "bsa");
}

static void test_loop_task_cancel_keeps_it_from_running(void **state)
{
	struct trace *trace = *state;
	struct loop_task a;
	struct loop_task stop;

	loop_task_init(&a, on_task_a, trace);
	loop_task_init(&stop, on_task_stop, trace);
	loop_task_cancel(&a);
	loop_defer(trace->loop, &a);
	loop_defer(trace->loop, &stop);
	loop_task_cancel(&a);
	loop_run(trace->loop);
	assert_string_equal(trace->letters, "s");
}

static void test_loop_bury_destroys_after_the_tasks_of_the_turn(void **state)
{
	struct trace *trace = *state;
	struct loop_task stop;

	loop_task_init(&stop, on_task_stop, trace);
	loop_bury(trace->loop, trace, on_bury);
	loop_defer(trace->loop, &stop);
	loop_run(trace->loop);
	assert_string_equal(trace->letters, "sm");
}

static void test_loop_destroy_frees_the_morgue_and_drops_tasks(void **state)
{
	struct trace *trace = *state;
	struct loop_task a;

	loop_task_init(&a, on_task_a, trace);
	loop_defer(trace->loop, &a);
	loop_bury(trace->loop, trace, on_bury);
	loop_destroy(trace->loop);
	trace->loop = NULL;
	assert_string_equal(trace->letters, "m");
	assert_null(a.link.next);
}

static void test_loop_stop_before_run_is_not_lost(void **state)
{
	struct trace *trace = *state;
	struct loop_task a;

	loop_task_init(&a, on_task_a, trace);
	loop_defer(trace->loop, &a);
	loop_stop(trace->loop);
	loop_run(trace->loop);
	assert_string_equal(trace->letters, "");
	loop_task_cancel(&a);
}

static void on_sighup(void *arg)
{
	on_task_stop(arg);
}

static void test_loop_on_signal_calls_back_from_the_loop(void **state)
{
	struct trace *trace = *state;

	loop_on_signal(trace->loop, SIGHUP, on_sighup, trace);
	assert_int_equal(raise(SIGHUP), 0);
	assert_string_equal(trace->letters, "");
	loop_run(trace->loop);
	assert_string_equal(trace->letters, "s");
}

static bool has_clock_moved(void *arg)
{
	return clock_mono_ms() > *(const int64_t *)arg;
}

static void test_loop_now_stands_still_in_a_turn_and_moves_between(void **state)
{
	struct trace *trace = *state;
	int64_t first = loop_now_ms(trace->loop);

	assert_true(first > 0 && first <= clock_mono_ms());
	while (!has_clock_moved(&first)) {
	}
	assert_int_equal(loop_now_ms(trace->loop), first);
	assert_true(loop_test_until(trace->loop, has_clock_moved, &first));
	assert_true(loop_now_ms(trace->loop) > first);
	assert_true(loop_wall_ms(trace->loop) > 1700000000000);
}

/* A loop inside a loop is what libevent warns about. */
static bool turn_again(void *arg)
{
	const struct trace *trace = arg;

	(void)event_base_loop(loop_base(trace->loop), EVLOOP_NONBLOCK);
	return true;
}

static void test_loop_warning_of_libevent_is_a_line_of_our_log(void **state)
{
	struct trace *trace = *state;
	struct log_capture log;

	log_capture_start(&log);
	assert_true(loop_test_until(trace->loop, turn_again, trace));
	log_capture_end(&log);
	assert_int_equal(log_capture_count(&log,
			     " level=warn module=loop event=libevent "
			     "reason=\"event_base_loop: reentrant"),
	    1);
	assert_int_equal(log_capture_count(&log, "\n"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_loop_defer_runs_tasks_in_order_and_once, set_up,
		tear_down),
	    cmocka_unit_test_setup_teardown(
		test_loop_task_deferred_by_a_task_runs_in_the_same_turn, set_up,
		tear_down),
	    cmocka_unit_test_setup_teardown(
		test_loop_task_cancel_keeps_it_from_running, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_loop_bury_destroys_after_the_tasks_of_the_turn, set_up,
		tear_down),
	    cmocka_unit_test_setup_teardown(
		test_loop_destroy_frees_the_morgue_and_drops_tasks, set_up,
		tear_down),
	    cmocka_unit_test_setup_teardown(
		test_loop_stop_before_run_is_not_lost, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_loop_on_signal_calls_back_from_the_loop, set_up,
		tear_down),
	    cmocka_unit_test_setup_teardown(
		test_loop_now_stands_still_in_a_turn_and_moves_between, set_up,
		tear_down),
	    cmocka_unit_test_setup_teardown(
		test_loop_warning_of_libevent_is_a_line_of_our_log, set_up,
		tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
