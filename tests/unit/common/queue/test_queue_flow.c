/* Rate limits and holds against a real redis-server. */
#include "tests/unit/common/queue/queue_fixture.h"

#include "common/queue/queue_flow.h"

/* An answer of this header's calls. */
struct flow_answer {
	struct fixture *f;
	bool is_there;
	enum queue_status status;
	struct queue_permit permit;
	bool is_new;
	struct queue_hold_state state;
	char note[64];
	struct err err;
};

static void note_flow(struct flow_answer *a, enum queue_status status,
    const struct queue_hold_state *state, const struct err *err)
{
	assert_false(a->is_there);
	a->is_there = true;
	a->status = status;
	if (state != NULL) {
		a->state = *state;
		copy_slice(a->note, sizeof(a->note), state->note);
	}
	if (err != NULL) {
		a->err = *err;
	}
	loop_stop(a->f->loop);
}

static void on_admit(void *arg, enum queue_status status,
    const struct queue_permit *permit, const struct err *err)
{
	struct flow_answer *a = arg;

	if (permit != NULL) {
		a->permit = *permit;
	}
	note_flow(a, status, permit != NULL ? &permit->hold : NULL, err);
}

static void on_hold(void *arg, enum queue_status status, bool is_new,
    const struct queue_hold_state *state, const struct err *err)
{
	struct flow_answer *a = arg;

	a->is_new = is_new;
	note_flow(a, status, state, err);
}

static void wait_for_flow(struct flow_answer *a)
{
	assert_false(a->is_there);
	while (!a->is_there) {
		turn(a->f);
	}
}

static struct flow_answer admit(
    struct fixture *f, int destination, int64_t tokens)
{
	struct flow_answer a = {.f = f};

	queue_admit(f->queue, destination, tokens, on_admit, &a);
	wait_for_flow(&a);
	return a;
}

static struct flow_answer hold(
    struct fixture *f, enum queue_hold_reason reason, int64_t epoch)
{
	const struct queue_hold_order order = {
	    .destination = "event",
	    .reason = reason,
	    .epoch = epoch,
	    .for_ms = LONG_MS,
	    .note = "what it said",
	};
	struct flow_answer a = {.f = f};

	queue_hold(f->queue, &order, on_hold, &a);
	wait_for_flow(&a);
	return a;
}

static struct flow_answer resume(struct fixture *f, int64_t epoch)
{
	struct flow_answer a = {.f = f};

	queue_resume(f->queue, "event", epoch, on_hold, &a);
	wait_for_flow(&a);
	return a;
}

static struct flow_answer read_hold(struct fixture *f)
{
	struct flow_answer a = {.f = f};

	queue_read_hold(f->queue, "event", on_hold, &a);
	wait_for_flow(&a);
	return a;
}

/* The two destinations have a rate of 20 each: a burst of two. */
static void open_limited(struct fixture *f, const char *bucket)
{
	for (int i = 0; i < DESTINATIONS; i++) {
		f->destinations[i].rate_limit = 20;
		f->destinations[i].rate_bucket = bucket;
		f->destinations[i].probe_every_ms = LONG_MS;
	}
	open_queue(f);
	wait_until_up(f);
}

/* Makes the time of the hold's next probe come. */
static void make_probe_due(struct fixture *f)
{
	redis_do(f, "HSET {relay:hold:event} probe 1");
}

static void test_admit_without_limit_gives_all_that_is_asked(void **state)
{
	struct flow_answer a = admit(*state, 0, 1000000);

	assert_int_equal(a.status, QUEUE_OK);
	assert_int_equal(a.permit.tokens, 1000000);
	assert_false(a.permit.is_probe);
	assert_int_equal(a.permit.hold.reason, QUEUE_HOLD_NONE);
	assert_int_equal(a.permit.hold.epoch, 0);
	assert_true(a.permit.now_ms > 0);
}

static void test_admit_over_the_rate_says_when_to_ask_again(void **state)
{
	struct fixture *f = *state;
	struct flow_answer a;

	open_limited(f, NULL);
	a = admit(f, 0, 100);
	assert_in_range(a.permit.tokens, 2, 20);
	do {
		a = admit(f, 0, 100);
	} while (a.permit.tokens > 0);
	assert_in_range(a.permit.wait_ms, 1, 1000);
	a = admit(f, 1, 100);
	assert_in_range(a.permit.tokens, 2, 20);
	assert_int_equal(redis_do(f, "EXISTS {relay:flow:event}"), 1);
	assert_int_equal(redis_do(f, "EXISTS {relay:flow:contact}"), 1);
}

static void test_admit_of_a_shared_bucket_counts_both(void **state)
{
	struct fixture *f = *state;

	open_limited(f, "reteno");
	(void)admit(f, 0, 1);
	(void)admit(f, 1, 1);
	assert_int_equal(redis_do(f, "EXISTS {relay:flow:reteno}"), 1);
	assert_int_equal(redis_do(f, "KEYS {relay:flow:*}"), 1);
}

static void test_give_back_of_tokens_makes_room_for_others(void **state)
{
	struct fixture *f = *state;
	long long before;
	long long after;

	open_limited(f, NULL);
	(void)admit(f, 0, 2);
	before = redis_do(f, "GET {relay:flow:event}");
	queue_give_back(f->queue, 0, 2, 0);
	(void)read_hold(f); /* answered after it */
	after = redis_do(f, "GET {relay:flow:event}");
	assert_true(after < before);
}

static void test_hold_lets_nothing_through_until_it_is_resumed(void **state)
{
	struct fixture *f = *state;
	struct flow_answer a = hold(f, QUEUE_HOLD_PAUSED, -1);

	assert_int_equal(a.status, QUEUE_OK);
	assert_true(a.is_new);
	assert_int_equal(a.state.reason, QUEUE_HOLD_PAUSED);
	assert_int_equal(a.state.epoch, 1);
	assert_string_equal(a.note, "what it said");
	a = admit(f, 0, 5);
	assert_int_equal(a.permit.tokens, 0);
	assert_in_range(a.permit.wait_ms, LONG_MS - DEADLINE_MS, LONG_MS);
	assert_int_equal(a.permit.hold.reason, QUEUE_HOLD_PAUSED);
	assert_string_equal(a.note, "what it said");
	a = admit(f, 1, 5);
	assert_int_equal(a.permit.tokens, 5);
	a = read_hold(f);
	assert_int_equal(a.state.reason, QUEUE_HOLD_PAUSED);
	a = resume(f, -1);
	assert_true(a.is_new);
	assert_int_equal(a.state.reason, QUEUE_HOLD_NONE);
	assert_int_equal(a.state.accepted_ms, 0);
	a = admit(f, 0, 5);
	assert_int_equal(a.permit.tokens, 5);
	a = resume(f, -1);
	assert_false(a.is_new);
}

static void on_stats_hold(void *arg, enum queue_status status,
    const struct queue_stats *stats, size_t count, const struct err *err)
{
	struct flow_answer *a = arg;

	assert_int_equal(count, 2);
	assert_int_equal(stats[1].hold.reason, QUEUE_HOLD_NONE);
	note_flow(a, status, &stats[0].hold, err);
}

static void test_stats_show_the_hold(void **state)
{
	struct fixture *f = *state;
	struct flow_answer a = {.f = f};

	(void)hold(f, QUEUE_HOLD_BURNING, 0);
	queue_read_stats(f->queue, on_stats_hold, &a);
	wait_for_flow(&a);
	assert_int_equal(a.state.reason, QUEUE_HOLD_BURNING);
	assert_string_equal(a.note, "what it said");
}

static void test_hold_leaves_the_tokens_in_the_bucket(void **state)
{
	struct fixture *f = *state;
	struct flow_answer a;

	open_limited(f, NULL);
	(void)hold(f, QUEUE_HOLD_FAILING, 0);
	a = admit(f, 0, 2);
	assert_int_equal(a.permit.tokens, 0);
	(void)read_hold(f);
	/* Two tokens that were kept were 110 ms more; what they were away is
	 * not given back. */
	assert_true(redis_do(f, "PTTL {relay:flow:event}") <= 1050);
}

static void test_probe_is_one_token_for_one_asker(void **state)
{
	struct fixture *f = *state;
	struct flow_answer a = hold(f, QUEUE_HOLD_UNAUTHORIZED, 0);

	assert_in_range(a.state.probe_ms - a.state.since_ms, LONG_MS, LONG_MS);
	make_probe_due(f);
	f->destinations[0].probe_every_ms = LONG_MS;
	a = admit(f, 0, 7);
	assert_int_equal(a.permit.tokens, 1);
	assert_true(a.permit.is_probe);
	assert_int_equal(a.permit.hold.epoch, 1);
	a = resume(f, 1);
	assert_true(a.is_new);
	assert_true(a.state.accepted_ms > 0);
	assert_int_equal(a.state.epoch, 1);
}

static void test_probe_without_a_token_is_given_back(void **state)
{
	struct fixture *f = *state;
	struct flow_answer a;

	open_limited(f, NULL);
	(void)hold(f, QUEUE_HOLD_THROTTLED, 0);
	make_probe_due(f);
	redis_do(f, "SET {relay:flow:event} 9000000000000000");
	a = admit(f, 0, 1);
	assert_int_equal(a.permit.tokens, 0);
	assert_false(a.permit.is_probe);
	assert_in_range(a.permit.wait_ms, 1, 56);
	(void)read_hold(f);
	redis_do(f, "DEL {relay:flow:event}");
	a = admit(f, 0, 1);
	assert_true(a.permit.is_probe);
}

static void test_probe_given_back_is_there_for_the_next(void **state)
{
	struct fixture *f = *state;
	struct flow_answer a;

	open_limited(f, NULL);
	(void)hold(f, QUEUE_HOLD_THROTTLED, 0);
	make_probe_due(f);
	a = admit(f, 0, 1);
	assert_true(a.permit.is_probe);
	a = admit(f, 0, 1);
	assert_int_equal(a.permit.tokens, 0);
	queue_give_back(f->queue, 0, 1, 1);
	a = admit(f, 0, 1);
	assert_true(a.permit.is_probe);
}

static void on_long_note(void *arg, enum queue_status status, bool is_new,
    const struct queue_hold_state *state, const struct err *err)
{
	struct flow_answer *a = arg;

	assert_true(is_new);
	assert_int_equal(state->note.len, 1023); /* the last would be half */
	note_flow(a, status, state, err);
}

static void test_hold_cuts_a_long_note_between_characters(void **state)
{
	struct fixture *f = *state;
	struct flow_answer a = {.f = f};
	char note[2050];
	const struct queue_hold_order order = {.destination = "event",
	    .reason = QUEUE_HOLD_PAUSED,
	    .epoch = -1,
	    .note = note};

	note[0] = 'x';
	for (size_t i = 1; i < sizeof(note) - 1; i += 2) {
		memcpy(note + i, "\xd0\xb6", 2);
	}
	note[sizeof(note) - 1] = '\0';
	queue_hold(f->queue, &order, on_long_note, &a);
	wait_for_flow(&a);
}

static void test_hold_of_an_old_epoch_is_ignored(void **state)
{
	struct fixture *f = *state;
	struct flow_answer a;

	(void)hold(f, QUEUE_HOLD_THROTTLED, 0);
	a = hold(f, QUEUE_HOLD_THROTTLED, 0);
	assert_false(a.is_new);
	assert_int_equal(a.state.epoch, 1);
	assert_int_equal(a.state.streak, 1);
	a = hold(f, QUEUE_HOLD_THROTTLED, 1);
	assert_false(a.is_new);
	assert_int_equal(a.state.epoch, 2);
	assert_int_equal(a.state.streak, 2);
	a = resume(f, 1);
	assert_false(a.is_new);
	assert_int_equal(a.state.reason, QUEUE_HOLD_THROTTLED);
}

static void test_resume_wakes_only_where_there_is_work(void **state)
{
	struct fixture *f = *state;

	f->options.shards = 2;
	open_queue(f);
	wait_until_up(f);
	must_enqueue(f, "u:1", "1");
	redis_do(f, "DEL {relay:0}:event:wake");
	redis_do(f, "DEL {relay:1}:event:wake");
	(void)hold(f, QUEUE_HOLD_PAUSED, -1);
	(void)resume(f, -1);
	assert_int_equal(redis_do(f, "LLEN {relay:0}:event:wake") +
		redis_do(f, "LLEN {relay:1}:event:wake"),
	    1);
}

static void test_resume_counts_when_waking_fails(void **state)
{
	struct fixture *f = *state;
	struct flow_answer a;

	(void)hold(f, QUEUE_HOLD_PAUSED, -1);
	redis_do(f, "DEL {relay:0}:meta");
	a = resume(f, -1);
	assert_int_equal(a.status, QUEUE_OK);
	assert_true(a.is_new);
}

static void test_flow_calls_without_redis_say_unavailable(void **state)
{
	struct fixture *f = *state;
	struct flow_answer a;

	kill_redis(f);
	wait_until_down(f);
	a = admit(f, 0, 1);
	assert_int_equal(a.status, QUEUE_UNAVAILABLE);
	assert_string_not_equal(a.err.text, "");
	a = hold(f, QUEUE_HOLD_PAUSED, -1);
	assert_int_equal(a.status, QUEUE_UNAVAILABLE);
	queue_give_back(f->queue, 0, 1, 1);
}

static void test_flow_calls_at_the_end_are_told_so(void **state)
{
	struct fixture *f = *state;
	struct flow_answer a[2] = {{.f = f}, {.f = f}};

	queue_admit(f->queue, 0, 1, on_admit, &a[0]);
	queue_give_back(f->queue, 0, 1, 1);
	queue_resume(f->queue, "event", -1, on_hold, &a[1]);
	close_queue(f);
	assert_int_equal(a[0].status, QUEUE_CLOSED);
	assert_int_equal(a[1].status, QUEUE_CLOSED);
}

static void on_finish_after_hold(
    void *arg, enum queue_status status, enum queue_finish_verdict verdict)
{
	const struct flow_answer *held = arg;

	assert_int_equal(status, QUEUE_OK);
	assert_int_equal(verdict, QUEUE_FINISHED);
	assert_true(held->is_there);
	loop_stop(held->f->loop);
}

static void test_hold_goes_out_before_the_finishes_of_its_turn(void **state)
{
	struct fixture *f = *state;
	const struct queue_hold_order order = {
	    .destination = "event", .reason = QUEUE_HOLD_THROTTLED};
	struct flow_answer held = {.f = f};
	struct answer claimed;

	must_enqueue(f, "u:1", "1");
	claimed = claim(f, 0, 1);
	queue_finish(f->queue,
	    &(struct queue_finish){
		.group = slice_of(claimed.groups[0]),
		.token = claimed.token,
		.id = claimed.ids[0],
		.settle = QUEUE_RELEASE,
		.outcome = OUTCOME_RELEASED,
	    },
	    on_finish_after_hold, &held);
	queue_hold(f->queue, &order, on_hold, &held);
	while (queue_unfinished(f->queue) > 0) {
		turn(f);
	}
}

static void test_hold_reasons_have_names(void **state)
{
	(void)state;
	assert_string_equal(queue_hold_reason_name(QUEUE_HOLD_NONE), "none");
	assert_string_equal(
	    queue_hold_reason_name(QUEUE_HOLD_BURNING), "burning");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_admit_without_limit_gives_all_that_is_asked, set_up,
		tear_down),
	    cmocka_unit_test_setup_teardown(
		test_admit_over_the_rate_says_when_to_ask_again, set_up_closed,
		tear_down),
	    cmocka_unit_test_setup_teardown(
		test_admit_of_a_shared_bucket_counts_both, set_up_closed,
		tear_down),
	    cmocka_unit_test_setup_teardown(
		test_give_back_of_tokens_makes_room_for_others, set_up_closed,
		tear_down),
	    cmocka_unit_test_setup_teardown(
		test_hold_lets_nothing_through_until_it_is_resumed, set_up,
		tear_down),
	    cmocka_unit_test_setup_teardown(
		test_hold_leaves_the_tokens_in_the_bucket, set_up_closed,
		tear_down),
	    cmocka_unit_test_setup_teardown(
		test_probe_is_one_token_for_one_asker, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_probe_without_a_token_is_given_back, set_up_closed,
		tear_down),
	    cmocka_unit_test_setup_teardown(
		test_probe_given_back_is_there_for_the_next, set_up_closed,
		tear_down),
	    cmocka_unit_test_setup_teardown(
		test_hold_cuts_a_long_note_between_characters, set_up,
		tear_down),
	    cmocka_unit_test_setup_teardown(
		test_hold_of_an_old_epoch_is_ignored, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_resume_wakes_only_where_there_is_work, set_up_closed,
		tear_down),
	    cmocka_unit_test_setup_teardown(
		test_resume_counts_when_waking_fails, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_flow_calls_without_redis_say_unavailable, set_up,
		tear_down),
	    cmocka_unit_test_setup_teardown(
		test_flow_calls_at_the_end_are_told_so, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_hold_goes_out_before_the_finishes_of_its_turn, set_up,
		tear_down),
	    cmocka_unit_test_setup_teardown(
		test_stats_show_the_hold, set_up, tear_down),
	    cmocka_unit_test(test_hold_reasons_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
