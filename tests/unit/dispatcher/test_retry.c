#include "dispatcher/retry.h"

#include "common/base/rng.h"

#include "tests/unit/cmocka_test.h"

enum {
	DRAWS = 500,
	HOUR_MS = 60 * 60000,
};

static const struct retry_policy policy = {
    .base_ms = 1000,
    .cap_ms = 60000,
    .max_attempts = 3,
    .max_age_ms = HOUR_MS,
    .on_unknown = CONFIG_ON_UNKNOWN_RETRY,
};

static struct retry_decision decide(struct retry_facts facts)
{
	struct rng rng;

	rng_seed(&rng, 1);
	return retry_decide(&policy, &facts, &rng);
}

/* The shortest and the longest delay of many draws. */
static void draw_delays(
    const struct retry_facts *facts, int64_t *shortest, int64_t *longest)
{
	struct rng rng;

	rng_seed(&rng, 7);
	*shortest = INT64_MAX;
	*longest = 0;
	for (int i = 0; i < DRAWS; i++) {
		int64_t ms = retry_decide(&policy, facts, &rng).delay_ms;

		*shortest = ms < *shortest ? ms : *shortest;
		*longest = ms > *longest ? ms : *longest;
	}
}

static void test_retry_of_what_is_done_pops(void **state)
{
	(void)state;
	assert_int_equal(
	    decide((struct retry_facts){.outcome = OUTCOME_DELIVERED}).settle,
	    QUEUE_POP);
	assert_int_equal(
	    decide((struct retry_facts){.outcome = OUTCOME_SKIPPED}).settle,
	    QUEUE_POP);
	assert_false(decide((struct retry_facts){.outcome = OUTCOME_SKIPPED})
			 .spends_attempt);
}

static void test_retry_of_what_cannot_succeed_buries_at_once(void **state)
{
	(void)state;
	assert_int_equal(
	    decide((struct retry_facts){.outcome = OUTCOME_REJECTED}).settle,
	    QUEUE_BURY);
	assert_int_equal(
	    decide((struct retry_facts){.outcome = OUTCOME_RENDER_ERROR})
		.settle,
	    QUEUE_BURY);
}

static void test_retry_gives_up_only_past_attempts_and_age(void **state)
{
	static const enum outcome outcomes[] = {OUTCOME_SERVER_ERROR,
	    OUTCOME_NETWORK_ERROR, OUTCOME_UNKNOWN, OUTCOME_CONFLICT};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(outcomes); i++) {
		struct retry_facts facts = {.outcome = outcomes[i]};

		facts.attempts = 2;
		facts.age_ms = HOUR_MS - 1;
		assert_int_equal(decide(facts).settle, QUEUE_RETRY);
		assert_true(decide(facts).spends_attempt);
		facts.attempts = 1;
		facts.age_ms = HOUR_MS;
		assert_int_equal(decide(facts).settle, QUEUE_RETRY);
		facts.attempts = 2;
		assert_int_equal(decide(facts).settle, QUEUE_BURY);
		facts.attempts = 1000;
		facts.age_ms = 0;
		assert_int_equal(decide(facts).settle, QUEUE_RETRY);
	}
}

static void test_retry_delay_is_drawn_between_base_and_the_curve(void **state)
{
	struct retry_facts facts = {.outcome = OUTCOME_SERVER_ERROR};
	int64_t shortest;
	int64_t longest;

	(void)state;
	draw_delays(&facts, &shortest, &longest);
	assert_in_range(shortest, 1000, 1100);
	assert_in_range(longest, 1900, 2000);
	facts.attempts = 3;
	draw_delays(&facts, &shortest, &longest);
	assert_in_range(shortest, 1000, 2000);
	assert_in_range(longest, 15000, 16000);
}

static void test_retry_delay_never_passes_the_cap(void **state)
{
	struct retry_facts facts = {
	    .outcome = OUTCOME_NETWORK_ERROR, .attempts = INT64_MAX / 2};
	int64_t shortest;
	int64_t longest;

	(void)state;
	draw_delays(&facts, &shortest, &longest);
	assert_in_range(shortest, 1000, 5000);
	assert_in_range(longest, 55000, 60000);
}

static void test_retry_of_a_conflict_waits_over_a_minute(void **state)
{
	struct retry_decision decision =
	    decide((struct retry_facts){.outcome = OUTCOME_CONFLICT});

	(void)state;
	assert_int_equal(decision.settle, QUEUE_RETRY);
	assert_true(decision.delay_ms >= RETRY_CONFLICT_MS);
	assert_true(decision.spends_attempt);
}

static void test_retry_of_the_destinations_trouble_spends_nothing(void **state)
{
	static const enum outcome outcomes[] = {
	    OUTCOME_THROTTLED, OUTCOME_UNAUTHORIZED};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(outcomes); i++) {
		struct retry_decision decision = decide((struct retry_facts){
		    .outcome = outcomes[i],
		    .attempts = 1000,
		    .age_ms = 1000 * (int64_t)HOUR_MS,
		});

		assert_int_equal(decision.settle, QUEUE_REQUEUE);
		assert_false(decision.spends_attempt);
	}
}

static void test_retry_buries_no_bad_end_while_it_burns(void **state)
{
	static const struct {
		enum outcome outcome;
		enum queue_settle settle;
	} rows[] = {
	    {OUTCOME_REJECTED, QUEUE_REQUEUE},
	    {OUTCOME_RENDER_ERROR, QUEUE_REQUEUE},
	    {OUTCOME_DELIVERED, QUEUE_POP},
	    {OUTCOME_SERVER_ERROR, QUEUE_BURY},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct retry_decision decision = decide((struct retry_facts){
		    .outcome = rows[i].outcome,
		    .attempts = 1000,
		    .age_ms = 1000 * (int64_t)HOUR_MS,
		    .is_burning = true,
		});

		assert_int_equal(decision.settle, rows[i].settle);
	}
}

static void test_retry_of_unknown_dies_where_it_is_to(void **state)
{
	struct retry_policy strict = policy;
	struct retry_facts facts = {.outcome = OUTCOME_UNKNOWN};
	struct rng rng;

	(void)state;
	rng_seed(&rng, 1);
	assert_int_equal(
	    retry_decide(&strict, &facts, &rng).settle, QUEUE_RETRY);
	strict.on_unknown = CONFIG_ON_UNKNOWN_DEAD;
	assert_int_equal(
	    retry_decide(&strict, &facts, &rng).settle, QUEUE_BURY);
	facts.outcome = OUTCOME_NETWORK_ERROR;
	assert_int_equal(
	    retry_decide(&strict, &facts, &rng).settle, QUEUE_RETRY);
}

static void test_retry_of_what_was_not_tried_gives_back(void **state)
{
	(void)state;
	assert_int_equal(
	    decide((struct retry_facts){.outcome = OUTCOME_RELEASED}).settle,
	    QUEUE_RELEASE);
	assert_int_equal(
	    decide((struct retry_facts){.outcome = OUTCOME_LEASE_LOST}).settle,
	    QUEUE_RELEASE);
	assert_false(decide((struct retry_facts){.outcome = OUTCOME_LEASE_LOST})
			 .spends_attempt);
}

static void test_retry_limit_covers_every_delay(void **state)
{
	struct rng rng;

	(void)state;
	rng_seed(&rng, 3);
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		struct retry_facts facts = {
		    .outcome = (enum outcome)i, .attempts = 50};

		assert_true(retry_decide(&policy, &facts, &rng).delay_ms <=
		    retry_limit_ms(&policy));
	}
}

/* A job that waits for another destination stands among the retries, too. */
static void test_retry_limit_covers_waiting_for_others(void **state)
{
	struct config_destination config = {
	    .retry = {.base_ms = 1, .cap_ms = 1}, .after_limit_ms = HOUR_MS};
	struct retry_policy waiting = retry_policy_of(&config);

	(void)state;
	assert_int_equal(retry_limit_ms(&waiting), RETRY_CONFLICT_MS);
	config.after_count = 1;
	waiting = retry_policy_of(&config);
	assert_int_equal(retry_limit_ms(&waiting), HOUR_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_retry_of_what_is_done_pops),
	    cmocka_unit_test(test_retry_of_what_cannot_succeed_buries_at_once),
	    cmocka_unit_test(test_retry_gives_up_only_past_attempts_and_age),
	    cmocka_unit_test(
		test_retry_delay_is_drawn_between_base_and_the_curve),
	    cmocka_unit_test(test_retry_delay_never_passes_the_cap),
	    cmocka_unit_test(test_retry_of_a_conflict_waits_over_a_minute),
	    cmocka_unit_test(
		test_retry_of_the_destinations_trouble_spends_nothing),
	    cmocka_unit_test(test_retry_buries_no_bad_end_while_it_burns),
	    cmocka_unit_test(test_retry_of_unknown_dies_where_it_is_to),
	    cmocka_unit_test(test_retry_of_what_was_not_tried_gives_back),
	    cmocka_unit_test(test_retry_limit_covers_every_delay),
	    cmocka_unit_test(test_retry_limit_covers_waiting_for_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
