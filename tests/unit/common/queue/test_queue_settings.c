/*
 * What a destination is configured to be reaches the scripts, and what they
 * say of it comes back. What the scripts make of it is tested in
 * tests/integration/test_queue_*.py.
 */
#include "tests/unit/common/queue/queue_fixture.h"

enum {
	EVENT,
	CONTACT,
	KEPT_BODY_MAX = 256 * 1024,
};

static const struct queue_sent sent_body = {
    .is_known = true,
    .digest = "0123456789abcdef",
    .was_delivered = true,
};

static void open_up(struct fixture *f)
{
	open_queue(f);
	wait_until_up(f);
}

static struct answer enqueue_to(
    struct fixture *f, int destination, const char *body, bool is_partial)
{
	const struct queue_entry entry = {
	    .group = SLICE_LITERAL("u:1"),
	    .body = slice_of(body),
	    .is_partial = is_partial,
	    .destinations = &destination,
	    .destination_count = 1,
	};
	struct answer a = {.f = f};

	queue_enqueue(f->queue, &entry, on_enqueue, &a);
	wait_for(&a);
	assert_int_equal(a.status, QUEUE_OK);
	return a;
}

static struct answer claim_from(
    struct fixture *f, int destination, int64_t lease_ms, bool takes_suspect)
{
	const struct queue_claim claim = {
	    .destination = destination,
	    .max_jobs = 8,
	    .max_bytes = 1 << 20,
	    .lease_ms = lease_ms,
	    .retry_limit_ms = 3600000,
	    .takes_suspect = takes_suspect,
	};
	struct answer a = {.f = f};

	queue_claim(f->queue, &claim, on_claim, &a);
	wait_for(&a);
	assert_int_equal(a.status, QUEUE_OK);
	return a;
}

/* The first lease of `claimed`; the caller may have set more of it. */
static struct answer finish_as(
    struct fixture *f, const struct answer *claimed, struct queue_finish finish)
{
	struct answer a = {.f = f};

	finish.group = slice_of(claimed->groups[0]);
	finish.token = claimed->token;
	finish.id = claimed->ids[0];
	queue_finish(f->queue, &finish, on_finish, &a);
	wait_for(&a);
	assert_int_equal(a.status, QUEUE_OK);
	return a;
}

static void test_queue_group_of_max_group_jobs_is_full(void **state)
{
	struct fixture *f = *state;

	f->destinations[EVENT].max_group = 1;
	f->options.shards = 4; /* a group is in one of them */
	open_up(f);
	must_enqueue(f, "u:1", "1");
	must_enqueue(f, "u:2", "1");
	assert_int_equal(
	    enqueue(f, "u:1", "2", NULL).admissions[0].verdict, QUEUE_FULL);
}

static void test_queue_limits_are_shared_out_among_the_shards(void **state)
{
	struct fixture *f = *state;
	int taken = 0;

	f->destinations[EVENT].max_depth = 6;
	f->options.shards = 4; /* two for each */
	open_up(f);
	for (int i = 0; i < 40; i++) {
		char group[16];

		(void)snprintf(group, sizeof(group), "u:%d", i);
		taken += enqueue(f, group, "x", NULL).admissions[0].verdict ==
		    QUEUE_ACCEPTED;
	}
	assert_int_equal(taken, 8);
}

static void test_queue_without_order_gives_a_users_jobs_at_once(void **state)
{
	struct fixture *f = *state;

	f->destinations[EVENT].is_unordered = true;
	open_up(f);
	must_enqueue(f, "u:1", "1");
	must_enqueue(f, "u:1", "2");
	assert_int_equal(claim_from(f, EVENT, LEASE_MS, false).count, 2);
}

static void test_queue_that_coalesces_keeps_the_latest_but_partial_ones(
    void **state)
{
	struct fixture *f = *state;
	struct answer a;

	f->destinations[EVENT].is_coalescing = true;
	open_up(f);
	(void)enqueue_to(f, EVENT, "1", false);
	(void)enqueue_to(f, EVENT, "2", false);
	assert_int_equal(redis_do(f, "LLEN {relay:0}:event:jobs:u:1"), 1);
	(void)enqueue_to(f, EVENT, "3", true);
	(void)enqueue_to(f, EVENT, "4", false);
	assert_int_equal(redis_do(f, "LLEN {relay:0}:event:jobs:u:1"), 3);
	a = read_stats(f);
	assert_int_equal(a.stats[EVENT].superseded, 1);
}

static void test_queue_job_waits_for_those_it_is_after(void **state)
{
	static const int after[] = {CONTACT};
	struct fixture *f = *state;
	struct answer claimed;
	struct answer watched;

	f->destinations[EVENT].after = after;
	f->destinations[EVENT].after_count = 1;
	f->destinations[EVENT].after_limit_ms = LONG_MS;
	open_up(f);
	(void)enqueue_to(f, CONTACT, "1", false);
	(void)enqueue_to(f, EVENT, "2", false);
	claimed = claim_from(f, EVENT, LEASE_MS, true);
	assert_int_equal(claimed.count, 0);
	assert_true(claimed.claimed.next_ms > LEASE_MS);
	claimed = claim_from(f, CONTACT, LEASE_MS, true);
	redis_do(f, "DEL {relay:0}:event:wake {relay:0}:contact:wake");
	(void)finish_as(f, &claimed,
	    (struct queue_finish){.destination = CONTACT,
		.settle = QUEUE_POP,
		.outcome = OUTCOME_SKIPPED});
	start_watch(&watched, f, DEADLINE_MS);
	wait_for(&watched);
	assert_int_equal(watched.destination, EVENT);
	assert_int_equal(claim_from(f, EVENT, LEASE_MS, true).count, 1);
}

static void test_queue_remembers_what_was_sent_last(void **state)
{
	struct fixture *f = *state;
	struct answer a;

	f->destinations[EVENT].sent_for_ms = LONG_MS;
	open_up(f);
	must_enqueue(f, "u:1", "1");
	a = claim_from(f, EVENT, LEASE_MS, true);
	assert_false(a.lease.sent.is_known);
	(void)finish_as(f, &a,
	    (struct queue_finish){.settle = QUEUE_POP,
		.outcome = OUTCOME_DELIVERED,
		.sent = sent_body});
	must_enqueue(f, "u:1", "2");
	a = claim_from(f, EVENT, LEASE_MS, true);
	assert_true(a.lease.sent.is_known);
	assert_memory_equal(
	    a.lease.sent.digest, sent_body.digest, sizeof(sent_body.digest));
	assert_true(a.lease.sent.was_delivered);
	assert_true(a.lease.sent.at_ms > 0);
	assert_true(a.lease.sent.at_ms <= a.claimed.now_ms);
}

static struct answer claim_until_suspect(struct fixture *f)
{
	struct answer a;

	do {
		a = claim_from(f, EVENT, 1, true);
	} while (a.count == 0);
	assert_int_equal(a.count, 1);
	assert_true(a.lease.is_suspect);
	return a;
}

static void test_queue_suspect_comes_to_who_takes_one_until_it_is_given_up(
    void **state)
{
	struct fixture *f = *state;
	struct answer a;

	f->destinations[EVENT].max_lease_losses = 2;
	f->destinations[EVENT].history = 5;
	open_up(f);
	must_enqueue(f, "u:1", "1");
	(void)claim_from(f, EVENT, 1, true);
	a = claim_until_suspect(f);
	assert_int_equal(a.lease.losses, 0);
	a = claim_until_suspect(f);
	assert_int_equal(a.lease.losses, 1);
	do {
		assert_int_equal(claim_from(f, EVENT, 1, false).count, 0);
		assert_int_equal(claim_from(f, EVENT, 1, true).count, 0);
		a = read_stats(f);
	} while (a.stats[EVENT].dead_now == 0);
	assert_int_equal(a.stats[EVENT].lease_losses, 3);
	a = read_dead(f, "", 5);
	assert_int_equal(a.letter.outcome, OUTCOME_LEASE_LOST);
	assert_int_equal(redis_do(f, "LLEN {relay:0}:event:history"), 1);
}

static void test_queue_requeued_job_goes_behind_and_was_refused(void **state)
{
	struct fixture *f = *state;
	struct answer a;

	open_up(f);
	must_enqueue(f, "u:1", "1");
	a = claim_from(f, EVENT, LEASE_MS, true);
	must_enqueue(f, "u:2", "2");
	(void)finish_as(f, &a,
	    (struct queue_finish){.settle = QUEUE_REQUEUE,
		.outcome = OUTCOME_UNAUTHORIZED,
		.started_at_ms = 1,
		.sent = sent_body});
	a = claim_from(f, EVENT, LEASE_MS, true);
	assert_int_equal(a.count, 2);
	assert_string_equal(a.groups[1], "u:1");
	assert_int_equal(a.lease.refused_at_ms, 0);
	a = finish(f, 0, &a, QUEUE_POP);
	redis_do(f, "ZADD {relay:0}:event:leased 1 u:1");
	redis_do(f, "HDEL {relay:0}:event:tokens u:1");
	a = claim_from(f, EVENT, LEASE_MS, true);
	assert_true(a.lease.refused_at_ms > 0);
	assert_true(a.lease.sent.is_known); /* of the job itself */
	assert_int_equal(a.lease.attempts, 0);
}

static void test_queue_with_too_many_dead_requeues(void **state)
{
	struct fixture *f = *state;
	struct answer a;

	f->destinations[EVENT].dead_limit = 1;
	open_up(f);
	for (int i = 0; i < 2; i++) {
		must_enqueue(f, i == 0 ? "u:1" : "u:2", "x");
		a = claim_from(f, EVENT, LEASE_MS, true);
		a = finish(f, 0, &a, QUEUE_BURY);
		assert_int_equal(
		    a.verdict, i == 0 ? QUEUE_FINISHED : QUEUE_DEAD_FULL);
	}
	assert_int_equal(claim_from(f, EVENT, LEASE_MS, true).count, 1);
	assert_int_equal(read_stats(f).stats[EVENT].dead_now, 1);
}

static void bury_with_body(
    struct fixture *f, struct slice body, const char *template)
{
	struct answer a;

	must_enqueue(f, "u:1", "x");
	a = claim_from(f, EVENT, LEASE_MS, true);
	(void)finish_as(f, &a,
	    (struct queue_finish){.settle = QUEUE_BURY,
		.outcome = OUTCOME_REJECTED,
		.body = body,
		.template = template});
}

struct letter_bodies {
	struct fixture *f;
	bool is_there;
	size_t lens[4];
	char templates[4][16];
	char first[4];
};

static void on_bodies(void *arg, enum queue_status status,
    const struct queue_dead_letter *letters, size_t count, const char *next,
    const struct err *err)
{
	struct letter_bodies *bodies = arg;

	(void)err;
	(void)next;
	assert_int_equal(status, QUEUE_OK);
	assert_int_equal(count, 3);
	for (size_t i = 0; i < count; i++) {
		bodies->lens[i] = letters[i].body.len;
		copy_slice(bodies->templates[i], sizeof(bodies->templates[i]),
		    letters[i].template);
	}
	copy_slice(bodies->first, sizeof(bodies->first), letters[0].body);
	bodies->is_there = true;
	loop_stop(bodies->f->loop);
}

static void test_queue_letter_keeps_the_body_as_it_was_sent(void **state)
{
	struct fixture *f = *state;
	struct letter_bodies bodies = {.f = f};
	char *big = xcalloc(1, KEPT_BODY_MAX + 1);

	open_up(f);
	bury_with_body(f, SLICE_LITERAL("{}"), "event.ftl");
	bury_with_body(f, slice_make(big, KEPT_BODY_MAX), NULL);
	bury_with_body(f, slice_make(big, KEPT_BODY_MAX + 1), "big.ftl");
	free(big);
	queue_read_dead(f->queue, "event", "", 5, on_bodies, &bodies);
	while (!bodies.is_there) {
		turn(f);
	}
	assert_string_equal(bodies.first, "{}");
	assert_string_equal(bodies.templates[0], "event.ftl");
	assert_int_equal(bodies.lens[1], KEPT_BODY_MAX);
	assert_string_equal(bodies.templates[1], "");
	assert_int_equal(bodies.lens[2], 0);
	assert_string_equal(bodies.templates[2], "big.ftl");
}

static void test_queue_letter_is_replayed_as_it_was_sent(void **state)
{
	struct fixture *f = *state;
	const char *ids[1];
	struct answer a;

	open_up(f);
	bury_with_body(f, SLICE_LITERAL("{\"a\":1}"), NULL);
	a = read_dead(f, "", 1);
	ids[0] = a.ids[0];
	queue_replay(f->queue, "event", ids, 1, true, on_replay, &a);
	a.is_there = false;
	a.times = 0;
	wait_for(&a);
	assert_int_equal(a.replayed, 1);
	a = claim_from(f, EVENT, LEASE_MS, true);
	assert_int_equal(a.count, 1);
	/* Its length, what was sent, and the job. */
	assert_int_equal(a.lease.element.len, JOB_HEAD_BYTES + 4 + 7 + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(test) \
	cmocka_unit_test_setup_teardown(test, set_up_closed, tear_down)
	    TEST(test_queue_group_of_max_group_jobs_is_full),
	    TEST(test_queue_limits_are_shared_out_among_the_shards),
	    TEST(test_queue_without_order_gives_a_users_jobs_at_once),
	    TEST(test_queue_that_coalesces_keeps_the_latest_but_partial_ones),
	    TEST(test_queue_job_waits_for_those_it_is_after),
	    TEST(test_queue_remembers_what_was_sent_last),
	    TEST(
		test_queue_suspect_comes_to_who_takes_one_until_it_is_given_up),
	    TEST(test_queue_requeued_job_goes_behind_and_was_refused),
	    TEST(test_queue_with_too_many_dead_requeues),
	    TEST(test_queue_letter_keeps_the_body_as_it_was_sent),
	    TEST(test_queue_letter_is_replayed_as_it_was_sent),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
