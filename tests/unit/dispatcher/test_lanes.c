/*
 * Lanes against a queue, attempts and admissions of the test's own: the
 * functions of these that lanes call are defined here, and so not taken from
 * the libraries.
 */
#include "dispatcher/lanes.h"

#include "common/base/attr.h"
#include "common/config/config.h"
#include "common/loop/loop.h"
#include "common/queue/queue.h"
#include "dispatcher/admission.h"
#include "dispatcher/attempt.h"
#include "dispatcher/destination.h"

#include "tests/unit/cmocka_test.h"

#include <string.h>

enum {
	SHARDS = 2,
	DESTINATIONS = 3,
	CLAIMS_MAX = 32,
	PLENTY = 1000,
};

struct asked {
	struct queue_claim claim;
	queue_claim_cb cb;
	void *arg;
};

static struct asked claims[CLAIMS_MAX];
static size_t claim_count;
static size_t in_hand;
static size_t started;
static size_t released;
static size_t changes;
static size_t suspects;
static size_t unpaid; /* of those released */

/* By destination. */
static size_t purses[DESTINATIONS];
static size_t wanted[DESTINATIONS]; /* tokens asked for */
static size_t returned[DESTINATIONS];
static bool is_closed[DESTINATIONS];
static struct pass granted;

static struct config_destination configs[DESTINATIONS];
static struct destination_settings settings[DESTINATIONS];
static struct destination all[DESTINATIONS];
static struct destination_settings settings[DESTINATIONS];
static struct config config;
static struct generation generation = {.config = &config, .settings = settings};
static struct destinations destinations = {
    .all = all, .count = DESTINATIONS, .current = &generation};
static struct loop *loop;
static struct lanes *lanes;

/* ---- in place of the queue and the attempts ---- */

void queue_claim(struct queue *queue, const struct queue_claim *claim,
    queue_claim_cb cb, void *arg)
{
	(void)queue;
	assert_true(claim_count < CLAIMS_MAX);
	claims[claim_count++] = (struct asked){*claim, cb, arg};
}

void attempts_start(struct attempts *attempts, const struct attempt_lane *lane,
    const struct queue_claim_reply *reply, const struct queue_lease *lease)
{
	(void)attempts;
	(void)reply;
	lane->destination->in_hand++;
	in_hand++;
	started++;
	suspects += lease->is_suspect;
	assert_true(lane->pass.is_paid);
}

void attempts_release(struct attempts *attempts,
    const struct attempt_lane *lane, const struct queue_claim_reply *reply,
    const struct queue_lease *lease)
{
	(void)attempts;
	(void)reply;
	(void)lease;
	released++;
	unpaid += !lane->pass.is_paid;
}

size_t attempts_count(const struct attempts *attempts)
{
	(void)attempts;
	return in_hand;
}

size_t attempts_suspects(const struct attempts *attempts)
{
	(void)attempts;
	return suspects;
}

const char *queue_hold_reason_name(enum queue_hold_reason reason)
{
	(void)reason;
	return "";
}

size_t admission_tokens(
    const struct admissions *admissions, const struct destination *destination)
{
	(void)admissions;
	return purses[destination->place];
}

bool admission_is_open(
    const struct admissions *admissions, const struct destination *destination)
{
	(void)admissions;
	return !is_closed[destination->place];
}

void admission_ask(struct admissions *admissions,
    const struct destination *destination, size_t tokens)
{
	(void)admissions;
	wanted[destination->place] = tokens;
}

struct pass admission_spend(struct admissions *admissions,
    const struct destination *destination, size_t tokens)
{
	(void)admissions;
	assert_true(tokens <= purses[destination->place]);
	purses[destination->place] -= tokens;
	return granted;
}

void admission_return(struct admissions *admissions,
    const struct destination *destination, const struct pass *pass,
    size_t tokens)
{
	(void)admissions;
	assert_true(pass->is_paid);
	purses[destination->place] += tokens;
	returned[destination->place] += tokens;
}

void admissions_settle(struct admissions *admissions)
{
	(void)admissions;
}

/* ---- the fixture ---- */

static void on_change(void *arg)
{
	(void)arg;
	changes++;
}

static void set_limit(int place, int64_t limit)
{
	concurrency_init(&all[place].concurrency, 1, limit);
}

static int set_up(void **state)
{
	static char name[] = "d";

	(void)state;
	claim_count = in_hand = started = released = changes = 0;
	suspects = unpaid = 0;
	memset(wanted, 0, sizeof(wanted));
	memset(returned, 0, sizeof(returned));
	memset(is_closed, 0, sizeof(is_closed));
	for (int i = 0; i < DESTINATIONS; i++) {
		configs[i] = (struct config_destination){
		    .name = name, .lease_ms = 30000};
		settings[i] =
		    (struct destination_settings){.config = &configs[i]};
		all[i] =
		    (struct destination){.place = i, .settings = &settings[i]};
		set_limit(i, 10);
		purses[i] = PLENTY;
	}
	config = (struct config){
	    .redis = {.shards = SHARDS},
	    .dispatcher = {.max_in_flight = 100, .max_claim_bytes = 1 << 20},
	};
	loop = loop_create();
	granted =
	    (struct pass){.is_paid = true, .granted_at_ms = loop_now_ms(loop)};
	lanes = lanes_create(&(struct lanes_options){
	    .loop = loop,
	    .destinations = &destinations,
	    .on_change = on_change,
	});
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	lanes_destroy(lanes);
	loop_destroy(loop);
	return 0;
}

/* Answers the i-th claim with so many jobs. */
static void answer(size_t i, size_t jobs, bool has_more, int64_t next_ms)
{
	static const struct queue_lease leases[CLAIMS_MAX];
	struct queue_claim_reply reply = {.leases = leases,
	    .count = jobs,
	    .token = "t",
	    .lease_ms = 30000,
	    .next_ms = next_ms,
	    .has_more = has_more};

	claims[i].cb(claims[i].arg, QUEUE_OK, &reply, NULL);
}

/* With a suspect, which comes alone. */
static void answer_suspect(size_t i)
{
	struct queue_lease lease = {.is_suspect = true};
	struct queue_claim_reply reply = {.leases = &lease,
	    .count = 1,
	    .token = "t",
	    .lease_ms = 30000,
	    .next_ms = -1};

	claims[i].cb(claims[i].arg, QUEUE_OK, &reply, NULL);
}

static size_t asked_for(int destination)
{
	size_t jobs = 0;

	for (size_t i = 0; i < claim_count; i++) {
		if (claims[i].claim.destination == destination) {
			jobs += claims[i].claim.max_jobs;
		}
	}
	return jobs;
}

/* ---- the tests ---- */

static void test_lanes_without_hope_claim_nothing(void **state)
{
	(void)state;
	lanes_claim(lanes);
	assert_int_equal(claim_count, 0);
}

static void test_lanes_share_the_room_of_their_destination(void **state)
{
	(void)state;
	lanes_hope_for(lanes, &all[0]);
	lanes_claim(lanes);
	assert_int_equal(claim_count, 2);
	assert_int_equal(claims[0].claim.shard, 0);
	assert_int_equal(claims[0].claim.max_jobs, 5);
	assert_int_equal(claims[1].claim.shard, 1);
	assert_int_equal(claims[1].claim.max_jobs, 5);
	assert_int_equal(lanes_asked(lanes), 10);
}

static void test_lanes_share_the_common_room_and_take_turns(void **state)
{
	(void)state;
	config.dispatcher.max_in_flight = 4;
	lanes_hope(lanes, &all[0], 0);
	lanes_hope(lanes, &all[1], 0);
	lanes_hope(lanes, &all[2], 0);
	lanes_claim(lanes);
	assert_int_equal(asked_for(0), 2);
	assert_int_equal(asked_for(1), 1);
	assert_int_equal(asked_for(2), 1);
	for (size_t i = 0; i < 3; i++) {
		answer(i, claims[i].claim.max_jobs, true, -1);
	}
	/* One is over: its room is the next one's, not the first one's. */
	claim_count = 0;
	in_hand--;
	all[2].in_hand--;
	lanes_claim(lanes);
	assert_int_equal(claim_count, 1);
	assert_int_equal(claims[0].claim.destination, 0);
	answer(0, 1, true, -1);
	claim_count = 0;
	in_hand--;
	all[0].in_hand--;
	lanes_claim(lanes);
	assert_int_equal(claim_count, 1);
	assert_int_equal(claims[0].claim.destination, 1);
}

static void test_lanes_of_a_destination_take_turns(void **state)
{
	(void)state;
	set_limit(0, 1);
	lanes_hope_for(lanes, &all[0]);
	/* A deep lane does not keep the only place from the other. */
	for (size_t i = 0; i < 4; i++) {
		lanes_claim(lanes);
		assert_int_equal(claim_count, i + 1);
		assert_int_equal(claims[i].claim.shard, i % SHARDS);
		answer(i, 1, true, -1);
		in_hand--;
		all[0].in_hand--;
	}
}

static void test_lane_is_claimed_from_once_at_a_time(void **state)
{
	(void)state;
	lanes_hope(lanes, &all[0], 0);
	lanes_claim(lanes);
	lanes_hope(lanes, &all[0], 0);
	lanes_claim(lanes);
	assert_int_equal(claim_count, 1);
	assert_true(lanes_are_busy(lanes, &all[0]));
	answer(0, 0, false, -1);
	/* What happened meanwhile is looked at now. */
	lanes_claim(lanes);
	assert_int_equal(claim_count, 2);
	answer(1, 0, false, -1);
	lanes_claim(lanes);
	assert_int_equal(claim_count, 2);
	assert_false(lanes_are_busy(lanes, &all[0]));
}

static void test_lanes_count_what_they_asked_for_as_room_taken(void **state)
{
	(void)state;
	set_limit(0, 3);
	lanes_hope(lanes, &all[0], 0);
	lanes_claim(lanes);
	lanes_hope(lanes, &all[0], 1);
	lanes_claim(lanes);
	assert_int_equal(claim_count, 1);
	assert_int_equal(claims[0].claim.max_jobs, 3);
	answer(0, 1, false, -1);
	assert_int_equal(started, 1);
	lanes_claim(lanes);
	assert_int_equal(claim_count, 2);
	assert_int_equal(claims[1].claim.max_jobs, 2);
}

static void test_lane_with_more_is_claimed_from_when_there_is_room(void **state)
{
	(void)state;
	set_limit(0, 1);
	lanes_hope(lanes, &all[0], 0);
	lanes_claim(lanes);
	answer(0, 1, true, -1);
	assert_false(lanes_have_room(lanes, &all[0]));
	lanes_claim(lanes);
	assert_int_equal(claim_count, 1);
	in_hand--;
	all[0].in_hand--;
	assert_true(lanes_have_room(lanes, &all[0]));
	lanes_claim(lanes);
	assert_int_equal(claim_count, 2);
}

static void stop_when_changed(void *arg)
{
	(void)arg;
	loop_stop(loop);
}

static void test_lane_is_hopeful_again_when_its_time_comes(void **state)
{
	(void)state;
	lanes_destroy(lanes);
	lanes = lanes_create(&(struct lanes_options){
	    .loop = loop,
	    .destinations = &destinations,
	    .on_change = stop_when_changed,
	});
	lanes_hope(lanes, &all[1], 1);
	lanes_claim(lanes);
	answer(0, 0, false, 5);
	loop_run(loop); /* stopped by the answer */
	loop_run(loop); /* stopped by the time */
	lanes_claim(lanes);
	assert_int_equal(claim_count, 2);
	assert_int_equal(claims[1].claim.destination, 1);
	assert_int_equal(claims[1].claim.shard, 1);
}

static void test_destination_that_may_not_be_called_takes_no_share(void **state)
{
	(void)state;
	config.dispatcher.max_in_flight = 6;
	is_closed[0] = true;
	purses[0] = 0;
	lanes_hope_all(lanes);
	lanes_claim(lanes);
	assert_int_equal(asked_for(0), 0);
	assert_int_equal(wanted[0], 0);
	assert_int_equal(asked_for(1) + asked_for(2), 6);
}

static void test_lanes_claim_with_the_tokens_there_are_and_ask_for_more(
    void **state)
{
	(void)state;
	purses[0] = 3;
	lanes_hope_for(lanes, &all[0]);
	lanes_claim(lanes);
	assert_int_equal(wanted[0], 7);
	assert_int_equal(asked_for(0), 3);
	assert_int_equal(purses[0], 0);
	/* A lane that got none is still to be claimed from. */
	answer(0, 2, true, -1);
	answer(1, 1, true, -1);
	purses[0] = 7;
	lanes_claim(lanes);
	assert_int_equal(asked_for(0), 3 + 7);
}

static void test_lane_returns_what_its_claim_did_not_bring(void **state)
{
	(void)state;
	lanes_hope(lanes, &all[0], 0);
	lanes_claim(lanes);
	answer(0, 4, false, -1);
	assert_int_equal(returned[0], 6);
	lanes_hope(lanes, &all[1], 0);
	lanes_claim(lanes);
	claims[1].cb(claims[1].arg, QUEUE_REFUSED, NULL, NULL);
	assert_int_equal(returned[1], 10);
}

/* As when the reply to an earlier claim was lost. */
static void test_lane_gives_back_what_it_has_not_paid_for(void **state)
{
	(void)state;
	set_limit(0, 2);
	lanes_hope(lanes, &all[0], 0);
	lanes_claim(lanes);
	answer(0, 5, false, -1);
	assert_int_equal(started, 2);
	assert_int_equal(released, 3);
	assert_int_equal(unpaid, 3);
	assert_int_equal(returned[0], 0);
}

static void test_lane_spends_one_token_of_another_second(void **state)
{
	(void)state;
	granted.granted_at_ms -= 1001;
	lanes_hope(lanes, &all[0], 0);
	lanes_claim(lanes);
	answer(0, 5, false, -1);
	assert_int_equal(started, 5); /* without a rate it does not matter */
	configs[1].rate_limit = 100;
	lanes_hope(lanes, &all[1], 0);
	lanes_claim(lanes);
	answer(1, 5, false, -1);
	assert_int_equal(started, 6);
	assert_int_equal(released, 4);
	assert_int_equal(unpaid, 0);
}

static void test_lanes_take_one_suspect_at_a_time(void **state)
{
	(void)state;
	lanes_hope(lanes, &all[0], 0);
	lanes_hope(lanes, &all[1], 0);
	lanes_claim(lanes);
	assert_true(claims[0].claim.takes_suspect);
	assert_false(claims[1].claim.takes_suspect);
	answer_suspect(0);
	answer(1, 0, false, -1);
	lanes_hope(lanes, &all[1], 0);
	lanes_claim(lanes);
	assert_false(claims[2].claim.takes_suspect);
	answer(2, 0, false, -1);
	/* It is settled. */
	suspects = 0;
	lanes_hope(lanes, &all[0], 0);
	lanes_claim(lanes);
	assert_true(claims[3].claim.takes_suspect);
}

static void test_lane_that_had_no_suspect_lets_others_ask(void **state)
{
	(void)state;
	lanes_hope(lanes, &all[0], 0);
	lanes_claim(lanes);
	assert_true(claims[0].claim.takes_suspect);
	answer(0, 1, true, -1);
	lanes_hope(lanes, &all[1], 0);
	lanes_claim(lanes);
	assert_int_equal(claim_count, 3);
	for (size_t i = 1; i < 3; i++) {
		assert_true(claims[i].claim.takes_suspect ==
		    (claims[i].claim.destination == 1));
	}
}

static void test_claim_that_failed_is_made_again_when_all_are(void **state)
{
	(void)state;
	lanes_hope(lanes, &all[0], 0);
	lanes_claim(lanes);
	claims[0].cb(claims[0].arg, QUEUE_UNAVAILABLE, NULL, NULL);
	lanes_claim(lanes);
	assert_int_equal(claim_count, 1);
	assert_int_equal(lanes_asked(lanes), 0);
	lanes_hope_all(lanes);
	lanes_claim(lanes);
	assert_int_equal(claim_count, 1 + SHARDS * DESTINATIONS);
}

static void test_claim_that_was_refused_is_made_again_after_a_while(
    void **state)
{
	(void)state;
	lanes_destroy(lanes);
	config.redis.reconnect_base_ms = 4;
	config.redis.reconnect_cap_ms = 16;
	lanes = lanes_create(&(struct lanes_options){
	    .loop = loop,
	    .destinations = &destinations,
	    .on_change = stop_when_changed,
	});
	lanes_hope(lanes, &all[0], 0);
	for (size_t i = 0; i < 5; i++) {
		lanes_claim(lanes);
		assert_int_equal(claim_count, i + 1);
		claims[i].cb(claims[i].arg, QUEUE_REFUSED, NULL, NULL);
		lanes_claim(lanes);
		assert_int_equal(claim_count, i + 1);
		loop_run(loop); /* stopped by the answer */
		loop_run(loop); /* stopped by the time */
	}
}

static void test_stopped_lanes_give_back_what_still_comes(void **state)
{
	(void)state;
	lanes_hope(lanes, &all[0], 0);
	lanes_claim(lanes);
	lanes_stop(lanes);
	changes = 0;
	answer(0, 3, false, -1);
	assert_int_equal(started, 0);
	assert_int_equal(released, 3);
	assert_int_equal(lanes_asked(lanes), 0);
	assert_true(changes > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_lanes_without_hope_claim_nothing),
	    TEST(test_lanes_share_the_room_of_their_destination),
	    TEST(test_lanes_share_the_common_room_and_take_turns),
	    TEST(test_lanes_of_a_destination_take_turns),
	    TEST(test_lane_is_claimed_from_once_at_a_time),
	    TEST(test_lanes_count_what_they_asked_for_as_room_taken),
	    TEST(test_lane_with_more_is_claimed_from_when_there_is_room),
	    TEST(test_lane_is_hopeful_again_when_its_time_comes),
	    TEST(test_destination_that_may_not_be_called_takes_no_share),
	    TEST(test_lanes_claim_with_the_tokens_there_are_and_ask_for_more),
	    TEST(test_lane_returns_what_its_claim_did_not_bring),
	    TEST(test_lane_gives_back_what_it_has_not_paid_for),
	    TEST(test_lane_spends_one_token_of_another_second),
	    TEST(test_lanes_take_one_suspect_at_a_time),
	    TEST(test_lane_that_had_no_suspect_lets_others_ask),
	    TEST(test_claim_that_failed_is_made_again_when_all_are),
	    TEST(test_claim_that_was_refused_is_made_again_after_a_while),
	    TEST(test_stopped_lanes_give_back_what_still_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
