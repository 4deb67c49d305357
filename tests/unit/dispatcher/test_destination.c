/* What is known of a destination, and what follows from knowing it. */
#include "dispatcher/destination.h"

#include "common/config/config.h"
#include "common/log/log.h"
#include "common/loop/loop.h"
#include "common/metrics/metrics.h"

#include "tests/unit/cmocka_test.h"

enum {
	MIN = 2,
	MAX = 10,
};

static struct config_destination destination_config;
static struct config config;
static struct loop *loop;
static struct metrics *metrics;
static struct destination_settings settings;
static struct generation generation;
static struct destinations *destinations;
static struct destination *destination;

static int set_up(void **state)
{
	static char name[] = "event";
	static char url[] = "http://127.0.0.1:1/";
	static char method[] = "POST";
	static char nothing[] = "";

	(void)state;
	log_set_level(LOG_ERROR);
	destination_config = (struct config_destination){
	    .name = name,
	    .url = url,
	    .method = method,
	    .tls_ca_file = nothing,
	    .min_in_flight = MIN,
	    .max_in_flight = MAX,
	    .failing_after = 5,
	};
	config = (struct config){
	    .destinations = &destination_config, .destination_count = 1};
	loop = loop_create();
	metrics = metrics_create();
	generation = (struct generation){
	    .config = &config, .settings = &settings, .holders = 2};
	settings = (struct destination_settings){
	    .generation = &generation, .config = &destination_config};
	destinations = destinations_create(&generation, metrics);
	destination = &destinations->all[0];
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	destinations_destroy(destinations);
	metrics_destroy(metrics);
	loop_destroy(loop);
	return 0;
}

static void note(
    enum queue_hold_reason reason, int64_t epoch, int64_t accepted_ms)
{
	destination_note_hold(destination,
	    &(struct queue_hold_state){.reason = reason,
		.epoch = epoch,
		.accepted_ms = accepted_ms,
		.note = slice_of("gone soon")});
}

static void test_destination_begins_with_all_its_room(void **state)
{
	(void)state;
	assert_int_equal(destination_room(destination), MAX);
	assert_true(metric_value(destination->limit_gauge) == MAX);
	/* Also where there was a hold once. */
	note(QUEUE_HOLD_NONE, 17, 1000);
	assert_int_equal(destination_room(destination), MAX);
}

static void test_destination_after_a_hold_begins_with_the_least(void **state)
{
	(void)state;
	note(QUEUE_HOLD_NONE, 0, 0);
	note(QUEUE_HOLD_FAILING, 1, 0);
	note(QUEUE_HOLD_NONE, 1, 5000);
	assert_int_equal(destination_room(destination), MIN);
	assert_true(metric_value(destination->limit_gauge) == MIN);
}

static void test_destination_after_a_hold_unseen_begins_with_the_least(
    void **state)
{
	(void)state;
	note(QUEUE_HOLD_NONE, 4, 0);
	note(QUEUE_HOLD_NONE, 6, 0);
	assert_int_equal(destination_room(destination), MIN);
}

static void test_destination_on_hold_is_not_ready_and_says_why(void **state)
{
	struct strbuf reasons;

	(void)state;
	strbuf_init(&reasons, STRBUF_NO_LIMIT);
	assert_true(destinations_are_ready(destinations, &reasons));
	note(QUEUE_HOLD_BURNING, 1, 0);
	assert_false(destinations_are_ready(destinations, &reasons));
	assert_string_equal(
	    reasons.data, "destination event is on hold: burning\n");
	note(QUEUE_HOLD_PAUSED, 2, 0);
	assert_int_equal(destination->hold.note.len, 0);
	note(QUEUE_HOLD_NONE, 2, 0);
	strbuf_finish(&reasons);
}

static void test_destination_knows_when_it_was_accepted_last(void **state)
{
	(void)state;
	note(QUEUE_HOLD_NONE, 1, 5000);
	assert_int_equal(destination->accepted_at_ms, 5000);
	note(QUEUE_HOLD_NONE, 1, 4000);
	assert_int_equal(destination->accepted_at_ms, 5000);
}

static void test_destination_that_an_operator_resumed_burns_anew(void **state)
{
	(void)state;
	burn_note(&destination->burn, true);
	note(QUEUE_HOLD_BURNING, 1, 3000);
	note(QUEUE_HOLD_NONE, 1, 4000); /* a probe was taken */
	assert_int_equal(destination->burn.bad, 1);
	note(QUEUE_HOLD_BURNING, 2, 4000);
	note(QUEUE_HOLD_NONE, 2, 4000); /* nobody took anything */
	assert_int_equal(destination->burn.bad, 0);
}

static void test_destination_counts_calls_that_are_over(void **state)
{
	static const struct {
		enum outcome outcome;
		int lost;
	} rows[] = {
	    {OUTCOME_DELIVERED, 0},
	    {OUTCOME_REJECTED, 0},
	    {OUTCOME_CONFLICT, 0},
	    {OUTCOME_UNAUTHORIZED, 0},
	    {OUTCOME_THROTTLED, 1},
	    {OUTCOME_SERVER_ERROR, 1},
	    {OUTCOME_NETWORK_ERROR, 1},
	    {OUTCOME_UNKNOWN, 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t before = destination->concurrency.limit;

		destination_note_call(destination, rows[i].outcome, 50);
		assert_int_equal(
		    destination->concurrency.limit, before - rows[i].lost);
	}
}

static void test_destination_reloaded_begins_its_counts_anew(void **state)
{
	struct config_destination other = destination_config;
	struct config next_config = {
	    .destinations = &other, .destination_count = 1};
	struct destination_settings next_settings = {.config = &other};
	struct generation next = {
	    .config = &next_config, .settings = &next_settings, .holders = 2};

	(void)state;
	other.max_in_flight = MAX + 5;
	other.failing_after = 1;
	burn_note(&destination->burn, true);
	(void)failures_note(&destination->failures, slice_of("u:a"));
	destinations_follow(destinations, &next);
	assert_ptr_equal(destination->settings, &next_settings);
	assert_int_equal(generation.holders, 1);
	assert_int_equal(destination_room(destination), MAX + 5);
	assert_true(metric_value(destination->limit_gauge) == MAX + 5);
	assert_int_equal(destination->burn.bad, 0);
	assert_int_equal(destination->failures.count, 0);
	assert_true(failures_note(&destination->failures, slice_of("u:a")));
	/* What is ended at the end has to be there still. */
	destinations_destroy(destinations);
	destinations = NULL;
	assert_int_equal(next.holders, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_destination_begins_with_all_its_room),
	    TEST(test_destination_after_a_hold_begins_with_the_least),
	    TEST(test_destination_after_a_hold_unseen_begins_with_the_least),
	    TEST(test_destination_on_hold_is_not_ready_and_says_why),
	    TEST(test_destination_knows_when_it_was_accepted_last),
	    TEST(test_destination_that_an_operator_resumed_burns_anew),
	    TEST(test_destination_counts_calls_that_are_over),
	    TEST(test_destination_reloaded_begins_its_counts_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
