/* The queue's calls against a real redis-server. */
#include "tests/unit/common/queue/queue_fixture.h"

static void test_queue_job_goes_through_all_verbs(void **state)
{
	struct fixture *f = *state;
	struct answer a = enqueue(f, "u:1", "body", "delivery");
	struct answer claimed;

	assert_int_equal(a.status, QUEUE_OK);
	assert_int_equal(a.count, 1);
	assert_int_equal(a.admissions[0].verdict, QUEUE_ACCEPTED);
	claimed = claim(f, 0, 10);
	assert_int_equal(claimed.count, 1);
	assert_string_equal(claimed.groups[0], "u:1");
	assert_string_equal(claimed.bodies[0], "body");
	assert_string_equal(claimed.ids[0], a.admissions[0].id);
	assert_int_equal(claimed.claimed.lease_ms, LEASE_MS);
	a = finish(f, 0, &claimed, QUEUE_POP);
	assert_true(a.was_current);
	assert_int_equal(queue_unfinished(f->queue), 0);
	a = read_stats(f);
	assert_int_equal(a.count, 2);
	assert_string_equal(a.names[0], "event");
	assert_int_equal(a.stats[0].delivered, 1);
	assert_int_equal(a.stats[0].oldest_age_ms, -1);
	a = enqueue(f, "u:1", "body", "delivery");
	assert_int_equal(a.admissions[0].verdict, QUEUE_DUPLICATE);
}

static void test_queue_entry_for_two_destinations_has_two_verdicts(void **state)
{
	struct fixture *f = *state;
	static const int places[] = {1, 0};
	const struct queue_entry entry = {
	    .group = SLICE_LITERAL("u:1"),
	    .destinations = places,
	    .destination_count = 2,
	};
	struct answer a = {.f = f};

	queue_enqueue(f->queue, &entry, on_enqueue, &a);
	wait_for(&a);
	assert_int_equal(a.count, 2);
	assert_int_equal(a.admissions[0].destination, 1);
	assert_int_equal(a.admissions[1].destination, 0);
	assert_int_equal(redis_do(f, "LLEN {relay:0}:contact:jobs:u:1"), 1);
}

static void test_queue_calls_of_one_turn_travel_together(void **state)
{
	struct fixture *f = *state;
	struct answer a[3];

	for (int i = 0; i < 3; i++) {
		start_enqueue(&a[i], f, "u:1", "body", NULL);
	}
	for (int i = 0; i < 3; i++) {
		wait_for(&a[i]);
		assert_int_equal(a[i].admissions[0].verdict, QUEUE_ACCEPTED);
	}
	assert_int_equal(
	    (int)metric(f, METRICS_QUEUE_CALLS, "enqueue", "ok"), 1);
}

static void test_queue_batch_over_max_bytes_is_split(void **state)
{
	struct fixture *f = *state;
	struct answer a[3];

	f->options.max_batch_bytes = 50;
	open_queue(f);
	wait_until_up(f);
	for (int i = 0; i < 3; i++) {
		start_enqueue(
		    &a[i], f, "u:1", "a body of thirty bytes or so....", NULL);
	}
	for (int i = 0; i < 3; i++) {
		wait_for(&a[i]);
	}
	assert_int_equal(
	    (int)metric(f, METRICS_QUEUE_CALLS, "enqueue", "ok"), 3);
	assert_int_equal(redis_do(f, "LLEN {relay:0}:event:jobs:u:1"), 3);
}

static void test_queue_full_destination_says_so(void **state)
{
	struct fixture *f = *state;
	struct answer a;

	f->destinations[0].max_depth = 1;
	open_queue(f);
	wait_until_up(f);
	must_enqueue(f, "u:1", "1");
	a = enqueue(f, "u:1", "2", NULL);
	assert_int_equal(a.status, QUEUE_OK);
	assert_int_equal(a.admissions[0].verdict, QUEUE_FULL);
	assert_string_equal(a.admissions[0].id, "");
}

static void test_queue_told_of_other_limits_keeps_them(void **state)
{
	struct fixture *f = *state;
	const int after[] = {0};
	struct answer a;

	f->destinations[0].max_depth = 1;
	f->destinations[1].after = after;
	f->destinations[1].after_count = 1;
	assert_true(
	    queue_set_destinations(f->queue, f->destinations, DESTINATIONS));
	must_enqueue(f, "u:1", "1");
	a = enqueue(f, "u:1", "2", NULL);
	assert_int_equal(a.admissions[0].verdict, QUEUE_FULL);
}

static void test_queue_told_of_other_destinations_refuses(void **state)
{
	struct fixture *f = *state;
	struct answer a;

	f->destinations[0].max_depth = 1;
	assert_false(queue_set_destinations(f->queue, f->destinations, 1));
	f->destinations[1].name = "device";
	assert_false(
	    queue_set_destinations(f->queue, f->destinations, DESTINATIONS));
	must_enqueue(f, "u:1", "1");
	a = enqueue(f, "u:1", "2", NULL);
	assert_int_equal(a.admissions[0].verdict, QUEUE_ACCEPTED);
}

static void test_queue_retried_job_comes_back_with_its_attempts(void **state)
{
	struct fixture *f = *state;
	struct answer a;

	must_enqueue(f, "u:1", "1");
	a = claim(f, 0, 1);
	(void)finish(f, 0, &a, QUEUE_RETRY);
	do {
		a = claim(f, 0, 1);
	} while (a.count == 0 && a.claimed.next_ms >= 0);
	assert_int_equal(a.count, 1);
	assert_int_equal(a.lease.attempts, 1);
	assert_true(a.lease.first_at_ms > 0);
}

static void test_queue_released_job_is_claimed_next(void **state)
{
	struct fixture *f = *state;
	struct answer a;

	must_enqueue(f, "u:1", "1");
	must_enqueue(f, "u:2", "2");
	a = claim(f, 0, 1);
	(void)finish(f, 0, &a, QUEUE_RELEASE);
	a = claim(f, 0, 2);
	assert_int_equal(a.count, 2);
	assert_string_equal(a.groups[0], "u:1");
}

static void test_queue_finish_by_a_stale_token_is_not_current(void **state)
{
	struct fixture *f = *state;
	struct answer claimed;
	struct answer a;

	must_enqueue(f, "u:1", "1");
	claimed = claim(f, 0, 1);
	redis_do(f, "HSET {relay:0}:event:tokens u:1 another");
	a = finish(f, 0, &claimed, QUEUE_POP);
	assert_int_equal(a.status, QUEUE_OK);
	assert_false(a.was_current);
}

static void test_queue_buried_job_is_read_and_replayed(void **state)
{
	struct fixture *f = *state;
	struct answer claimed;
	struct answer a;
	const char *ids[3] = {"0-1", "x"};

	must_enqueue(f, "u:1", "1");
	claimed = claim(f, 0, 1);
	(void)finish(f, 0, &claimed, QUEUE_BURY);
	a = read_dead(f, "", 10);
	assert_int_equal(a.count, 1);
	assert_string_equal(a.next, "");
	assert_string_equal(a.ids[0], claimed.ids[0]);
	assert_string_equal(a.groups[0], "u:1");
	assert_string_equal(a.note, "what it said");
	assert_int_equal(a.letter.outcome, OUTCOME_REJECTED);
	assert_int_equal(a.letter.http_status, 400);
	assert_int_equal(a.letter.attempts, 1);
	assert_int_equal(a.letter.history_count, 1);
	assert_int_equal(a.letter.history[0].at_ms, 1000);
	assert_int_equal(a.letter.history[0].took_ms, 7);
	ids[2] = claimed.ids[0];
	a = replay(f, ids, 3);
	assert_int_equal(a.status, QUEUE_OK);
	assert_int_equal(a.replayed, 1);
	a = claim(f, 0, 1);
	assert_string_equal(a.ids[0], claimed.ids[0]);
	a = read_stats(f);
	assert_int_equal(a.stats[0].replayed, 1);
}

/* Sends `count` jobs of groups of their own to death, over all shards. */
static void bury_jobs(struct fixture *f, int count)
{
	struct answer a;
	char group[16];

	for (int i = 0; i < count; i++) {
		(void)snprintf(group, sizeof(group), "u:%d", i);
		must_enqueue(f, group, "x");
	}
	for (int shard = 0; shard < f->options.shards; shard++) {
		while ((a = claim(f, shard, 1)).count > 0) {
			(void)finish(f, shard, &a, QUEUE_BURY);
		}
	}
}

static void test_queue_pages_of_dead_letters_over_shards_show_each_once(
    void **state)
{
	struct fixture *f = *state;
	char next[96] = "";
	char last[JOB_ID_MAX] = "";
	int64_t last_ms = 0;
	size_t total = 0;

	f->options.shards = 4;
	open_queue(f);
	wait_until_up(f);
	bury_jobs(f, 20);
	do {
		struct answer a = read_dead(f, next, 3);

		assert_true(a.count > 0);
		assert_true(a.letter.died_at_ms > last_ms ||
		    (a.letter.died_at_ms == last_ms &&
			strcmp(a.letter.id, last) > 0));
		last_ms = a.letter.died_at_ms;
		memcpy(last, a.letter.id, sizeof(last));
		memcpy(next, a.next, sizeof(next));
		total += a.count;
	} while (next[0] != '\0');
	assert_int_equal(total, 20);
}

static void test_queue_replay_over_shards_finds_each_letter(void **state)
{
	struct fixture *f = *state;
	const char *ids[8];
	struct answer dead;
	struct answer a;

	f->options.shards = 4;
	open_queue(f);
	wait_until_up(f);
	bury_jobs(f, 8);
	dead = read_dead(f, "", 8);
	assert_int_equal(dead.count, 8);
	for (size_t i = 0; i < 8; i++) {
		ids[i] = dead.ids[i];
	}
	a = (struct answer){.f = f};
	queue_find_dead(f->queue, "event", ids, 8, on_dead, &a);
	wait_for(&a);
	assert_int_equal(a.count, 8);
	a = replay(f, ids, 8);
	assert_int_equal(a.replayed, 8);
	a = read_stats(f);
	assert_int_equal(a.stats[0].pending, 8);
	assert_int_equal(a.stats[0].dead_now, 0);
}

static void test_queue_stats_show_what_is_no_longer_configured(void **state)
{
	struct fixture *f = *state;
	struct answer a;

	must_enqueue(f, "u:1", "1");
	close_queue(f);
	f->options.destinations = &f->destinations[1];
	f->options.destination_count = 1;
	open_queue(f);
	wait_until_up(f);
	a = read_stats(f);
	assert_int_equal(a.count, 2);
	assert_string_equal(a.names[0], "contact");
	assert_true(a.stats[0].is_configured);
	assert_string_equal(a.names[1], "event");
	assert_false(a.stats[1].is_configured);
	assert_int_equal(a.stats[1].pending, 1);
	assert_true(a.stats[1].oldest_age_ms >= 0);
}

/* ---- watch ---- */

static void test_queue_watch_ends_when_a_job_comes(void **state)
{
	struct fixture *f = *state;
	struct answer watched;

	start_watch(&watched, f, DEADLINE_MS);
	must_enqueue(f, "u:1", "1");
	wait_for(&watched);
	assert_int_equal(watched.status, QUEUE_OK);
	assert_int_equal(watched.destination, 0);
	assert_int_equal(watched.shard, 0);
	/* The wake is used up. */
	start_watch(&watched, f, 1);
	wait_for(&watched);
	assert_int_equal(watched.destination, -1);
}

static void test_queue_watch_ends_when_its_time_is_over(void **state)
{
	struct fixture *f = *state;
	struct answer watched;

	for (int i = 0; i < 2; i++) { /* on a new connection, on an old one */
		start_watch(&watched, f, 20);
		wait_for(&watched);
		assert_int_equal(watched.destination, -1);
	}
	assert_int_equal(watched.status, QUEUE_OK);
}

static void test_queue_watch_is_woken_by_each_in_turn(void **state)
{
	struct fixture *f = *state;
	struct answer watched;

	/* A destination whose wake is always there does not hide the other's.
	 */
	for (int i = 0; i < 4; i++) {
		redis_do(f, "DEL {relay:0}:event:wake {relay:0}:contact:wake");
		redis_do(f, "LPUSH {relay:0}:event:wake 1");
		redis_do(f, "LPUSH {relay:0}:contact:wake 1");
		start_watch(&watched, f, DEADLINE_MS);
		wait_for(&watched);
		assert_int_equal(watched.destination, i % DESTINATIONS);
	}
}

static void wait_until_blocked(struct fixture *f)
{
	int64_t deadline_ms = clock_mono_ms() + DEADLINE_MS;
	bool is_blocked = false;

	while (!is_blocked) {
		redisReply *reply = redisCommand(f->direct, "INFO clients");

		assert_non_null(reply);
		is_blocked = strstr(reply->str, "blocked_clients:1") != NULL;
		freeReplyObject(reply);
		assert_true(clock_mono_ms() < deadline_ms);
		(void)read_stats(f); /* turns the loop meanwhile */
	}
}

static void test_queue_unwatch_ends_a_blocked_watch(void **state)
{
	struct fixture *f = *state;
	struct answer watched;

	start_watch(&watched, f, LONG_MS);
	wait_until_blocked(f);
	assert_false(watched.is_there);
	queue_unwatch(f->queue);
	wait_for(&watched);
	assert_int_equal(watched.status, QUEUE_OK);
	assert_int_equal(watched.destination, -1);
	queue_unwatch(f->queue);
}

static void test_queue_unwatch_at_once_ends_the_watch(void **state)
{
	struct fixture *f = *state;
	struct answer watched;

	for (int i = 0; i < 3; i++) {
		start_watch(&watched, f, LONG_MS);
		queue_unwatch(f->queue);
		wait_for(&watched);
		assert_int_equal(watched.destination, -1);
		start_watch(&watched, f, 1);
		wait_for(&watched);
	}
}

static void test_queue_destroyed_ends_all_calls_once(void **state)
{
	struct fixture *f = *state;
	struct answer claimed;
	struct answer a[5];

	must_enqueue(f, "u:1", "1");
	claimed = claim(f, 0, 1);
	redis_do(f, "DEL {relay:0}:event:wake");
	start_watch(&a[0], f, DEADLINE_MS);
	wait_until_blocked(f);
	start_enqueue(&a[1], f, "u:1", "2", NULL);
	start_claim(&a[2], f, 0, 1);
	start_finish(&a[3], f, 0, &claimed, QUEUE_POP);
	a[4] = (struct answer){.f = f};
	queue_read_stats(f->queue, on_stats, &a[4]);
	close_queue(f);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(a[i].times, 1);
		assert_int_equal(a[i].status, QUEUE_CLOSED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WITH(test, up) cmocka_unit_test_setup_teardown(test, up, tear_down)
	    WITH(test_queue_job_goes_through_all_verbs, set_up),
	    WITH(
		test_queue_entry_for_two_destinations_has_two_verdicts, set_up),
	    WITH(test_queue_calls_of_one_turn_travel_together, set_up),
	    WITH(test_queue_batch_over_max_bytes_is_split, set_up_closed),
	    WITH(test_queue_full_destination_says_so, set_up_closed),
	    WITH(test_queue_told_of_other_limits_keeps_them, set_up),
	    WITH(test_queue_told_of_other_destinations_refuses, set_up),
	    WITH(test_queue_retried_job_comes_back_with_its_attempts, set_up),
	    WITH(test_queue_released_job_is_claimed_next, set_up),
	    WITH(test_queue_finish_by_a_stale_token_is_not_current, set_up),
	    WITH(test_queue_buried_job_is_read_and_replayed, set_up),
	    WITH(test_queue_pages_of_dead_letters_over_shards_show_each_once,
		set_up_closed),
	    WITH(
		test_queue_replay_over_shards_finds_each_letter, set_up_closed),
	    WITH(test_queue_stats_show_what_is_no_longer_configured, set_up),
	    WITH(test_queue_watch_ends_when_a_job_comes, set_up),
	    WITH(test_queue_watch_ends_when_its_time_is_over, set_up),
	    WITH(test_queue_watch_is_woken_by_each_in_turn, set_up),
	    WITH(test_queue_unwatch_ends_a_blocked_watch, set_up),
	    WITH(test_queue_unwatch_at_once_ends_the_watch, set_up),
	    WITH(test_queue_destroyed_ends_all_calls_once, set_up),
#undef WITH
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
