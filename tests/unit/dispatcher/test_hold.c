#include "dispatcher/hold.h"

#include "common/base/rng.h"

#include "tests/unit/cmocka_test.h"

enum {
	DRAWS = 500,
};

static const struct hold_policy policy = {
    .base_ms = 1000,
    .throttle_cap_ms = 30000,
    .probe_every_ms = 20000,
};

static struct hold_decision decide(struct hold_facts facts)
{
	struct rng rng;

	rng_seed(&rng, 1);
	return hold_decide(&policy, &facts, &rng);
}

/* The shortest and the longest hold of many draws. */
static void assert_span(
    const struct hold_facts *facts, int64_t shortest_ms, int64_t longest_ms)
{
	int64_t shortest = INT64_MAX;
	int64_t longest = 0;
	struct rng rng;

	rng_seed(&rng, 7);
	for (int i = 0; i < DRAWS; i++) {
		struct hold_decision decision =
		    hold_decide(&policy, facts, &rng);

		assert_int_equal(decision.step, HOLD_ORDER);
		shortest =
		    decision.for_ms < shortest ? decision.for_ms : shortest;
		longest = decision.for_ms > longest ? decision.for_ms : longest;
	}
	/* Within a twentieth of either end. */
	assert_in_range(shortest, shortest_ms,
	    shortest_ms + (longest_ms - shortest_ms) / 20);
	assert_in_range(
	    longest, longest_ms - (longest_ms - shortest_ms) / 20, longest_ms);
}

static void test_hold_begins_with_what_is_the_destinations_trouble(void **state)
{
	static const struct {
		enum outcome outcome;
		bool is_burning;
		bool is_failing;
		enum queue_hold_reason reason;
	} rows[] = {
	    {OUTCOME_DELIVERED, false, false, QUEUE_HOLD_NONE},
	    {OUTCOME_SKIPPED, false, false, QUEUE_HOLD_NONE},
	    {OUTCOME_UNCHANGED, false, false, QUEUE_HOLD_NONE},
	    {OUTCOME_CONFLICT, false, false, QUEUE_HOLD_NONE},
	    {OUTCOME_RELEASED, false, false, QUEUE_HOLD_NONE},
	    {OUTCOME_THROTTLED, false, false, QUEUE_HOLD_THROTTLED},
	    {OUTCOME_UNAUTHORIZED, false, false, QUEUE_HOLD_UNAUTHORIZED},
	    {OUTCOME_SERVER_ERROR, false, false, QUEUE_HOLD_NONE},
	    {OUTCOME_SERVER_ERROR, false, true, QUEUE_HOLD_FAILING},
	    {OUTCOME_NETWORK_ERROR, false, true, QUEUE_HOLD_FAILING},
	    {OUTCOME_UNKNOWN, false, true, QUEUE_HOLD_FAILING},
	    {OUTCOME_REJECTED, false, false, QUEUE_HOLD_NONE},
	    {OUTCOME_REJECTED, true, false, QUEUE_HOLD_BURNING},
	    {OUTCOME_RENDER_ERROR, false, false, QUEUE_HOLD_NONE},
	    {OUTCOME_RENDER_ERROR, true, false, QUEUE_HOLD_BURNING},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct hold_decision decision = decide((struct hold_facts){
		    .outcome = rows[i].outcome,
		    .is_burning = rows[i].is_burning,
		    .is_failing = rows[i].is_failing,
		    .retry_after_ms = -1,
		});

		assert_int_equal(decision.step,
		    rows[i].reason == QUEUE_HOLD_NONE ? HOLD_NONE : HOLD_ORDER);
		assert_int_equal(decision.reason, rows[i].reason);
	}
}

#define PROBED \
	{ \
		QUEUE_HOLD_THROTTLED, QUEUE_HOLD_FAILING, \
		    QUEUE_HOLD_UNAUTHORIZED, QUEUE_HOLD_BURNING \
	}

static struct hold_decision probe(
    enum queue_hold_reason held, enum outcome outcome, bool is_burning)
{
	return decide((struct hold_facts){.outcome = outcome,
	    .is_burning = is_burning,
	    .is_probe = true,
	    .held = held,
	    .retry_after_ms = -1});
}

static void test_hold_ends_when_a_probe_is_answered(void **state)
{
	static const enum queue_hold_reason reasons[] = PROBED;

	static const enum outcome answers[] = {
	    OUTCOME_DELIVERED, OUTCOME_CONFLICT, OUTCOME_REJECTED};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
		for (size_t j = 0; j < ARRAY_LEN(answers); j++) {
			assert_int_equal(
			    probe(reasons[i], answers[j], false).step,
			    HOLD_END);
		}
	}
}

static void test_hold_stays_when_a_probe_taught_nothing(void **state)
{
	static const enum queue_hold_reason reasons[] = PROBED;

	static const enum outcome outcomes[] = {OUTCOME_SKIPPED,
	    OUTCOME_UNCHANGED, OUTCOME_RENDER_ERROR, OUTCOME_RELEASED};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
		for (size_t j = 0; j < ARRAY_LEN(outcomes); j++) {
			assert_int_equal(
			    probe(reasons[i], outcomes[j], false).step,
			    HOLD_RETURN);
		}
	}
}

static void test_hold_goes_on_with_the_stronger_reason(void **state)
{
	static const struct {
		enum queue_hold_reason held;
		enum outcome outcome;
		bool is_burning;
		enum queue_hold_reason reason;
	} rows[] = {
	    {QUEUE_HOLD_THROTTLED, OUTCOME_THROTTLED, false,
		QUEUE_HOLD_THROTTLED},
	    {QUEUE_HOLD_THROTTLED, OUTCOME_SERVER_ERROR, false,
		QUEUE_HOLD_THROTTLED},
	    {QUEUE_HOLD_THROTTLED, OUTCOME_UNAUTHORIZED, false,
		QUEUE_HOLD_UNAUTHORIZED},
	    {QUEUE_HOLD_FAILING, OUTCOME_UNKNOWN, false, QUEUE_HOLD_FAILING},
	    {QUEUE_HOLD_FAILING, OUTCOME_THROTTLED, false, QUEUE_HOLD_FAILING},
	    {QUEUE_HOLD_FAILING, OUTCOME_REJECTED, true, QUEUE_HOLD_BURNING},
	    {QUEUE_HOLD_UNAUTHORIZED, OUTCOME_UNAUTHORIZED, false,
		QUEUE_HOLD_UNAUTHORIZED},
	    {QUEUE_HOLD_UNAUTHORIZED, OUTCOME_NETWORK_ERROR, false,
		QUEUE_HOLD_UNAUTHORIZED},
	    {QUEUE_HOLD_BURNING, OUTCOME_REJECTED, true, QUEUE_HOLD_BURNING},
	    {QUEUE_HOLD_BURNING, OUTCOME_RENDER_ERROR, true,
		QUEUE_HOLD_BURNING},
	    {QUEUE_HOLD_BURNING, OUTCOME_UNAUTHORIZED, false,
		QUEUE_HOLD_BURNING},
	    {QUEUE_HOLD_BURNING, OUTCOME_SERVER_ERROR, false,
		QUEUE_HOLD_BURNING},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct hold_decision decision =
		    probe(rows[i].held, rows[i].outcome, rows[i].is_burning);

		assert_int_equal(decision.step, HOLD_ORDER);
		assert_int_equal(decision.reason, rows[i].reason);
		assert_true(decision.for_ms > 0);
	}
}

static void test_hold_after_429_is_as_long_as_asked(void **state)
{
	struct hold_facts facts = {
	    .outcome = OUTCOME_THROTTLED, .streak = 50, .retry_after_ms = 8000};

	(void)state;
	assert_true(decide(facts).is_asked);
	assert_span(&facts, 8000, 9000);
	/* Within bounds. */
	facts.retry_after_ms = 29000;
	assert_span(&facts, 29000, 30000);
	facts.retry_after_ms = (int64_t)365 * 24 * 60 * 60 * 1000;
	assert_span(&facts, 30000, 30000);
}

static void test_hold_after_429_unasked_grows_with_the_streak(void **state)
{
	struct hold_facts facts = {
	    .outcome = OUTCOME_THROTTLED, .retry_after_ms = -1};

	(void)state;
	assert_false(decide(facts).is_asked);
	assert_span(&facts, 1000, 2000);
	facts.streak = 2;
	assert_span(&facts, 4000, 8000);
	facts.streak = INT64_MAX - 1;
	assert_span(&facts, 15000, 30000);
	/* "Retry at once" is no answer to live by. */
	facts.streak = 0;
	facts.retry_after_ms = 0;
	assert_span(&facts, 1000, 2000);
}

static void test_hold_of_failing_is_drawn_up_to_probe_every(void **state)
{
	struct hold_facts facts = {
	    .outcome = OUTCOME_SERVER_ERROR, .is_failing = true};

	(void)state;
	assert_span(&facts, 1000, 2000);
	facts.streak = 2;
	assert_span(&facts, 1000, 8000);
	facts.streak = 1000;
	assert_span(&facts, 1000, 20000);
	/* Also where the reason is that of a 429 before. */
	facts = (struct hold_facts){.outcome = OUTCOME_NETWORK_ERROR,
	    .is_probe = true,
	    .held = QUEUE_HOLD_THROTTLED,
	    .streak = 1000};
	assert_span(&facts, 1000, 20000);
}

static void test_hold_of_what_a_person_must_mend_is_probed_evenly(void **state)
{
	(void)state;
	assert_int_equal(
	    decide((struct hold_facts){
		       .outcome = OUTCOME_UNAUTHORIZED, .streak = 100})
		.for_ms,
	    policy.probe_every_ms);
	assert_int_equal(decide((struct hold_facts){.outcome = OUTCOME_REJECTED,
				    .is_burning = true})
			     .for_ms,
	    policy.probe_every_ms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		test_hold_begins_with_what_is_the_destinations_trouble),
	    cmocka_unit_test(test_hold_ends_when_a_probe_is_answered),
	    cmocka_unit_test(test_hold_stays_when_a_probe_taught_nothing),
	    cmocka_unit_test(test_hold_goes_on_with_the_stronger_reason),
	    cmocka_unit_test(test_hold_after_429_is_as_long_as_asked),
	    cmocka_unit_test(test_hold_after_429_unasked_grows_with_the_streak),
	    cmocka_unit_test(test_hold_of_failing_is_drawn_up_to_probe_every),
	    cmocka_unit_test(
		test_hold_of_what_a_person_must_mend_is_probed_evenly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
