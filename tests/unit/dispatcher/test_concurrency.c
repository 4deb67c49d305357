/*
 * The rules one by one, and then against simulated servers: some calls are
 * always wanted, and each takes what the server says.
 */
#include "dispatcher/concurrency.h"

#include "tests/unit/cmocka_test.h"

#include <stdlib.h>

enum {
	MIN = 2,
	MAX = 32,
	CALLS_MAX = 64,
};

/* ---- a server ---- */

/* How long a call takes that begins when so many are in flight, this one
 * counted; negative: it fails after so long. */
typedef int64_t (*server)(int64_t in_flight, int64_t number);

struct simulation {
	struct concurrency *concurrency;
	server answers;
	int64_t wanted; /* never more in flight than so many */
	int64_t now_ms;
	int64_t number;
	int64_t answered;
	int64_t least; /* limit that was seen */
	int64_t most;

	struct {
		int64_t began_at_ms;
		int64_t ends_at_ms;
		bool fails;
	} calls[CALLS_MAX];

	int64_t in_flight;
};

static void begin_calls(struct simulation *simulation)
{
	while (simulation->in_flight < simulation->concurrency->limit &&
	    simulation->in_flight < simulation->wanted) {
		int64_t place = simulation->in_flight++;
		int64_t ms = simulation->answers(
		    simulation->in_flight, simulation->number++);

		simulation->calls[place].began_at_ms = simulation->now_ms;
		simulation->calls[place].ends_at_ms =
		    simulation->now_ms + llabs(ms);
		simulation->calls[place].fails = ms < 0;
		concurrency_note_in_flight(
		    simulation->concurrency, simulation->in_flight);
	}
}

static int64_t first_to_end(const struct simulation *simulation)
{
	int64_t first = 0;

	for (int64_t i = 1; i < simulation->in_flight; i++) {
		if (simulation->calls[i].ends_at_ms <
		    simulation->calls[first].ends_at_ms) {
			first = i;
		}
	}
	return first;
}

static void end_call(struct simulation *simulation)
{
	struct concurrency *concurrency = simulation->concurrency;
	int64_t i = first_to_end(simulation);

	simulation->now_ms = simulation->calls[i].ends_at_ms;
	if (simulation->calls[i].fails) {
		concurrency_note_failure(concurrency);
	} else {
		concurrency_note_answer(concurrency,
		    simulation->now_ms - simulation->calls[i].began_at_ms);
		simulation->answered++;
	}
	simulation->calls[i] = simulation->calls[--simulation->in_flight];
	assert_in_range(concurrency->limit, MIN, MAX);
	if (concurrency->limit < simulation->least) {
		simulation->least = concurrency->limit;
	}
	if (concurrency->limit > simulation->most) {
		simulation->most = concurrency->limit;
	}
}

/* So many more calls of such a server. */
static void run(struct simulation *simulation, server answers, int64_t calls)
{
	simulation->answers = answers;
	simulation->least = MAX;
	simulation->most = MIN;
	for (int64_t i = 0; i < calls; i++) {
		begin_calls(simulation);
		end_call(simulation);
	}
}

static int64_t quick_server(int64_t in_flight, int64_t number)
{
	(void)in_flight;
	return 100 + number % 7;
}

static int64_t slow_server(int64_t in_flight, int64_t number)
{
	return 10 * quick_server(in_flight, number);
}

/* Does eight at a time; more wait for their turn. */
static int64_t narrow_server(int64_t in_flight, int64_t number)
{
	return in_flight <= 8 ? quick_server(in_flight, number)
			      : 100 * in_flight / 8;
}

static int64_t broken_server(int64_t in_flight, int64_t number)
{
	(void)in_flight;
	(void)number;
	return -5;
}

static int64_t flaky_server(int64_t in_flight, int64_t number)
{
	int64_t ms = quick_server(in_flight, number);

	return number % 200 == 0 ? -ms : ms;
}

/* ---- the tests ---- */

static struct concurrency concurrency;
static struct simulation simulation;

static int set_up(void **state)
{
	(void)state;
	concurrency_init(&concurrency, MIN, MAX);
	simulation = (struct simulation){
	    .concurrency = &concurrency, .wanted = CALLS_MAX};
	return 0;
}

static void test_concurrency_begins_with_all_places(void **state)
{
	(void)state;
	assert_int_equal(concurrency.limit, MAX);
	concurrency_init(&concurrency, 9, 4);
	assert_int_equal(concurrency.limit, 9);
}

static void test_concurrency_gives_a_place_for_each_failure(void **state)
{
	(void)state;
	for (int i = 1; i < 2 * MAX; i++) {
		int left = MAX - i;

		concurrency_note_failure(&concurrency);
		assert_int_equal(concurrency.limit, left > MIN ? left : MIN);
	}
}

static void test_concurrency_grows_only_when_all_places_were_in_use(
    void **state)
{
	(void)state;
	concurrency_note_failure(&concurrency);
	concurrency_note_failure(&concurrency);
	for (int i = 0; i < 10 * MAX; i++) {
		concurrency_note_in_flight(&concurrency, MAX - 3);
		concurrency_note_answer(&concurrency, 50);
	}
	assert_int_equal(concurrency.limit, MAX - 2);
	concurrency_note_in_flight(&concurrency, MAX - 2);
	for (int i = 0; i < MAX - 2; i++) {
		concurrency_note_answer(&concurrency, 50);
	}
	assert_int_equal(concurrency.limit, MAX - 1);
}

static void test_concurrency_after_a_hold_doubles_in_each_round(void **state)
{
	int64_t expected = MIN;

	(void)state;
	concurrency_restart(&concurrency);
	assert_int_equal(concurrency.limit, MIN);
	simulation.answers = quick_server;
	while (expected < MAX) {
		int64_t round = expected;

		for (int64_t i = 0; i < round; i++) {
			begin_calls(&simulation);
			end_call(&simulation);
		}
		expected = 2 * expected < MAX ? 2 * expected : MAX;
		assert_int_equal(concurrency.limit, expected);
	}
}

static void test_concurrency_rises_no_more_after_a_failure(void **state)
{
	(void)state;
	concurrency_restart(&concurrency);
	concurrency_note_in_flight(&concurrency, MIN);
	concurrency_note_answer(&concurrency, 50);
	concurrency_note_in_flight(&concurrency, MIN + 1);
	concurrency_note_answer(&concurrency, 50);
	assert_int_equal(concurrency.limit, MIN + 2);
	concurrency_note_failure(&concurrency);
	concurrency_note_in_flight(&concurrency, MIN + 1);
	concurrency_note_answer(&concurrency, 50);
	assert_int_equal(concurrency.limit, MIN + 1);
}

static void test_concurrency_of_a_quick_server_grows_to_the_most(void **state)
{
	(void)state;
	concurrency_restart(&concurrency);
	concurrency_note_failure(&concurrency); /* not by doubling */
	run(&simulation, quick_server, 1500);
	assert_int_equal(concurrency.limit, MAX);
	assert_int_equal(simulation.least, MIN);
}

static void test_concurrency_of_a_server_that_became_slow_shrinks(void **state)
{
	(void)state;
	run(&simulation, quick_server, 500);
	assert_int_equal(simulation.least, MAX);
	run(&simulation, slow_server, 300);
	assert_true(simulation.least <= MAX / 2);
	/* And is not held down for it, if that is how it is now. */
	run(&simulation, slow_server, 2000);
	assert_int_equal(concurrency.limit, MAX);
}

static void test_concurrency_finds_what_a_narrow_server_bears(void **state)
{
	int64_t began_at_ms;
	int64_t answered;

	(void)state;
	concurrency_restart(&concurrency);
	run(&simulation, narrow_server, 500);
	began_at_ms = simulation.now_ms;
	answered = simulation.answered;
	run(&simulation, narrow_server, 5000);
	/* Calls take no longer than three times the best. */
	assert_true(simulation.most <= 24);
	/* And it is kept busy: eight each 100 ms at the most. */
	assert_true((simulation.answered - answered) * 100 >=
	    7 * (simulation.now_ms - began_at_ms));
}

static void test_concurrency_of_a_broken_server_is_soon_the_least(void **state)
{
	(void)state;
	run(&simulation, quick_server, 500);
	run(&simulation, broken_server, (int64_t)2 * MAX);
	assert_int_equal(concurrency.limit, MIN);
}

static void test_concurrency_bears_a_few_errors(void **state)
{
	(void)state;
	run(&simulation, flaky_server, 5000);
	assert_true(simulation.least >= MAX - 2);
}

static void test_concurrency_without_load_stays_as_it_is(void **state)
{
	(void)state;
	simulation.wanted = 1;
	run(&simulation, quick_server, 500);
	assert_int_equal(concurrency.limit, MAX);
}

static void test_concurrency_with_other_bounds_keeps_what_it_learned(
    void **state)
{
	(void)state;
	concurrency_set_bounds(&concurrency, MIN, (int64_t)2 * MAX);
	assert_int_equal(concurrency.limit, 2 * MAX);
	concurrency_note_failure(&concurrency);
	concurrency_set_bounds(&concurrency, MIN, (int64_t)3 * MAX);
	assert_int_equal(concurrency.limit, 2 * MAX - 1);
	concurrency_set_bounds(&concurrency, MIN, 5);
	assert_int_equal(concurrency.limit, 5);
	concurrency_restart(&concurrency);
	concurrency_set_bounds(&concurrency, 3, 5);
	assert_int_equal(concurrency.limit, 3);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_concurrency_begins_with_all_places),
	    TEST(test_concurrency_gives_a_place_for_each_failure),
	    TEST(test_concurrency_grows_only_when_all_places_were_in_use),
	    TEST(test_concurrency_after_a_hold_doubles_in_each_round),
	    TEST(test_concurrency_rises_no_more_after_a_failure),
	    TEST(test_concurrency_of_a_quick_server_grows_to_the_most),
	    TEST(test_concurrency_of_a_server_that_became_slow_shrinks),
	    TEST(test_concurrency_finds_what_a_narrow_server_bears),
	    TEST(test_concurrency_of_a_broken_server_is_soon_the_least),
	    TEST(test_concurrency_bears_a_few_errors),
	    TEST(test_concurrency_without_load_stays_as_it_is),
	    TEST(test_concurrency_with_other_bounds_keeps_what_it_learned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
