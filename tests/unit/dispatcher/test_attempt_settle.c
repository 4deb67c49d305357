/* What follows from an ending, for the job and for its target. */
#include "tests/unit/dispatcher/attempt_stage.h"

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

static void test_attempt_throttled_goes_behind_and_asks_for_a_hold(void **state)
{
	struct http_result result = {.was_sent = true,
	    .is_complete = true,
	    .status = 429,
	    .retry_after_ms = 5000,
	    .error = ""};

	(void)state;
	start_job();
	seen.http_cb(seen.http_arg, &result);
	assert_int_equal(seen.finish.settle, QUEUE_REQUEUE);
	assert_false(seen.finish.spends_attempt);
	assert_int_equal(seen.hold.step, HOLD_ORDER);
	assert_int_equal(seen.hold.reason, QUEUE_HOLD_THROTTLED);
	assert_in_range(seen.hold.for_ms, 5000, 5625);
	assert_true(seen.hold.is_asked);
	assert_string_equal(seen.hold_note, "status 429, job 0-17");
	assert_int_equal(seen.pass.epoch, 7);
	confirm(true);
}

static void test_attempts_that_fail_in_a_row_ask_for_a_hold(void **state)
{
	struct queue_lease other = {.group = slice_of("u:other")};

	(void)state;
	start_job();
	answer_status(500, "");
	confirm(true);
	start_job(); /* the same group */
	answer_status(500, "");
	assert_int_equal(seen.hold.step, HOLD_NONE);
	confirm(true);
	start_with(&other);
	answer_nothing(false);
	assert_int_equal(seen.hold.reason, QUEUE_HOLD_FAILING);
	assert_int_equal(seen.finish.settle, QUEUE_RETRY);
	confirm(true);
}

static void test_attempt_answered_breaks_the_row_of_failures(void **state)
{
	struct queue_lease other = {.group = slice_of("u:other")};

	(void)state;
	start_job();
	answer_status(500, "");
	confirm(true);
	start_job();
	answer_status(200, "");
	confirm(true);
	start_with(&other);
	answer_status(500, "");
	assert_int_equal(seen.hold.step, HOLD_NONE);
	confirm(true);
}

static void test_attempt_refused_holds_until_another_was_accepted(void **state)
{
	struct queue_lease refused = {.refused_at_ms = 8000};

	(void)state;
	start_job();
	answer_status(401, "");
	assert_int_equal(seen.finish.outcome, OUTCOME_UNAUTHORIZED);
	assert_int_equal(seen.finish.settle, QUEUE_REQUEUE);
	assert_int_equal(seen.hold.reason, QUEUE_HOLD_UNAUTHORIZED);
	confirm(true);
	target->accepted_at_ms = 8000;
	start_with(&refused);
	answer_status(403, "");
	assert_int_equal(seen.finish.outcome, OUTCOME_UNAUTHORIZED);
	confirm(true);
	/* Since then it took another's: so it is this job. */
	target->accepted_at_ms = 8001;
	seen.hold.step = HOLD_NONE;
	start_with(&refused);
	answer_status(403, "not you");
	assert_int_equal(seen.finish.outcome, OUTCOME_REJECTED);
	assert_int_equal(seen.finish.settle, QUEUE_BURY);
	assert_int_equal(seen.hold.step, HOLD_NONE);
	confirm(true);
}

static void test_attempt_delivered_shows_that_credentials_are_accepted(
    void **state)
{
	(void)state;
	target->redis_ahead_ms = 5000;
	start_job();
	answer_status(200, "");
	assert_int_equal(target->accepted_at_ms, loop_now_ms(loop) + 5000);
	confirm(true);
}

static void test_attempt_with_one_bad_end_too_many_is_not_buried(void **state)
{
	(void)state;
	destination_config.burn_limit = 1;
	start_job();
	answer_status(400, "");
	assert_int_equal(seen.finish.settle, QUEUE_BURY);
	assert_int_equal(seen.hold.step, HOLD_NONE);
	confirm(true);
	start_job();
	answer_status(400, "");
	assert_int_equal(seen.finish.settle, QUEUE_REQUEUE);
	assert_int_equal(seen.finish.outcome, OUTCOME_REJECTED);
	assert_int_equal(seen.hold.reason, QUEUE_HOLD_BURNING);
	confirm(true);
	render_says = RENDER_FAILED;
	start_job();
	assert_int_equal(seen.finish.settle, QUEUE_REQUEUE);
	confirm(true);
	/* What fails of itself is buried all the same. */
	render_says = RENDER_DONE;
	start(strbuf_slice(&element), HOUR_MS, 2);
	answer_status(500, "");
	assert_int_equal(seen.finish.settle, QUEUE_BURY);
	confirm(true);
}

/* Another dispatcher found that it burns. */
static void test_attempt_with_a_bad_end_is_kept_while_it_burns_elsewhere(
    void **state)
{
	struct queue_hold_state burning = {
	    .reason = QUEUE_HOLD_BURNING, .epoch = 8};

	(void)state;
	start_job();
	destination_note_hold(target, &burning);
	answer_status(400, "");
	assert_int_equal(seen.finish.settle, QUEUE_REQUEUE);
	confirm(true);
}

static void test_attempt_not_buried_for_want_of_room_asks_for_a_hold(
    void **state)
{
	(void)state;
	start_job();
	answer_status(400, "no");
	assert_int_equal(seen.finish.settle, QUEUE_BURY);
	assert_string_equal(seen.finish.template, "event.ftl");
	assert_int_equal(seen.finish.body.len, 2);
	assert_int_equal(seen.hold.step, HOLD_NONE);
	seen.finish_cb(seen.finish_arg, QUEUE_OK, QUEUE_DEAD_FULL);
	assert_int_equal(seen.hold.reason, QUEUE_HOLD_FULL);
	assert_int_equal(seen.hold.for_ms, 20000);
	assert_int_equal(seen.settled, 1);
}

static void test_attempt_unsent_returns_its_token(void **state)
{
	(void)state;
	render_says = RENDER_DECLINED;
	start_job();
	assert_int_equal(seen.returned, 1);
	confirm(true);
	render_says = RENDER_DONE;
	start_job();
	answer_nothing(false); /* it is too old by now */
	assert_int_equal(seen.returned, 1);
	confirm(true);
}

static void test_attempt_to_probe_says_what_it_learned(void **state)
{
	(void)state;
	granted.held = QUEUE_HOLD_THROTTLED;
	start_job();
	answer_status(200, "");
	assert_int_equal(seen.hold.step, HOLD_END);
	confirm(true);
	start_job();
	answer_status(429, "");
	assert_int_equal(seen.hold.step, HOLD_ORDER);
	confirm(true);
	render_says = RENDER_DECLINED;
	start_job();
	assert_int_equal(seen.hold.step, HOLD_RETURN);
	assert_int_equal(seen.returned, 0);
	confirm(true);
}

static void test_attempts_that_fail_lower_how_many_there_may_be(void **state)
{
	(void)state;
	assert_int_equal(destination_room(target), 10);
	start_job();
	assert_int_equal(destination_room(target), 9);
	answer_status(503, "");
	confirm(true);
	assert_int_equal(destination_room(target), 9);
	assert_true(metric_value(target->limit_gauge) == 9);
}

/* A reload: as the settings are by now. Two of them at most. */
static void reload(void)
{
	static struct destination_settings next[2];
	static struct generation generations[2];
	size_t at = destinations->current == &generations[0] ? 1 : 0;

	generations[at] = (struct generation){
	    .config = &config, .settings = &next[at], .holders = 2};
	next[at] = (struct destination_settings){.generation = &generations[at],
	    .config = &destination_config,
	    .retry = retry_policy_of(&destination_config),
	    .hold = hold_policy_of(&destination_config)};
	destinations_follow(destinations, &generations[at]);
}

static void test_attempt_ends_under_the_settings_it_began_under(void **state)
{
	(void)state;
	destination_config.retry.max_attempts = 1;
	destination_config.retry.max_age_ms = 0;
	settings.retry = retry_policy_of(&destination_config);
	start_job();
	assert_int_equal(generation.holders, 3);
	destination_config.retry.max_attempts = 3;
	reload();
	assert_int_equal(generation.holders, 2);
	answer_status(500, "");
	assert_int_equal(seen.finish.settle, QUEUE_BURY);
	confirm(true);
	assert_int_equal(generation.holders, 1);
	start_job();
	answer_status(500, "");
	assert_int_equal(seen.finish.settle, QUEUE_RETRY);
	confirm(true);
}

static void test_attempt_under_old_settings_says_nothing_of_the_new(
    void **state)
{
	struct queue_lease known = {.refused_at_ms = 1};

	(void)state;
	target->accepted_at_ms = 2;
	start_with(&known);
	reload();
	answer_status(401, "");
	assert_int_equal(seen.finish.settle, QUEUE_REQUEUE);
	assert_int_equal(seen.hold.reason, QUEUE_HOLD_UNAUTHORIZED);
	assert_int_equal(seen.hold.for_ms, 0);
	confirm(true);
	start_job();
	reload();
	answer_status(400, "");
	assert_int_equal(target->burn.bad, 0);
	confirm(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_attempt_failed_waits_and_dies_only_of_age_too),
	    TEST(test_attempt_without_an_answer_is_named_by_what_was_sent),
	    TEST(test_attempt_throttled_goes_behind_and_asks_for_a_hold),
	    TEST(test_attempts_that_fail_in_a_row_ask_for_a_hold),
	    TEST(test_attempt_answered_breaks_the_row_of_failures),
	    TEST(test_attempt_refused_holds_until_another_was_accepted),
	    TEST(test_attempt_delivered_shows_that_credentials_are_accepted),
	    TEST(test_attempt_with_one_bad_end_too_many_is_not_buried),
	    TEST(test_attempt_with_a_bad_end_is_kept_while_it_burns_elsewhere),
	    TEST(test_attempt_not_buried_for_want_of_room_asks_for_a_hold),
	    TEST(test_attempt_unsent_returns_its_token),
	    TEST(test_attempt_to_probe_says_what_it_learned),
	    TEST(test_attempts_that_fail_lower_how_many_there_may_be),
	    TEST(test_attempt_ends_under_the_settings_it_began_under),
	    TEST(test_attempt_under_old_settings_says_nothing_of_the_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
