/*
 * The queue when Redis or the way to it fails: nothing is lost, nothing is done
 * twice, every call is answered once.
 */
#include "tests/unit/common/queue/queue_fixture.h"

static void lose_next(
    struct fixture *f, enum proxy_fault fault, const char *word)
{
	f->proxy->fault = fault;
	f->proxy->word = word;
}

/* ---- lost requests and replies ---- */

static void test_queue_enqueue_with_lost_reply_is_duplicate_when_repeated(
    void **state)
{
	struct fixture *f = *state;
	struct answer a;

	lose_next(f, PROXY_LOSE_REPLY, "the body");
	a = enqueue(f, "u:1", "the body", "delivery");
	assert_int_equal(a.status, QUEUE_UNAVAILABLE);
	wait_until_up(f);
	a = enqueue(f, "u:1", "the body", "delivery");
	assert_int_equal(a.admissions[0].verdict, QUEUE_DUPLICATE);
}

static void test_queue_enqueue_with_lost_request_was_not_done(void **state)
{
	struct fixture *f = *state;
	struct answer a;

	lose_next(f, PROXY_LOSE_REQUEST, "the body");
	a = enqueue(f, "u:1", "the body", "delivery");
	assert_int_equal(a.status, QUEUE_UNAVAILABLE);
	wait_until_up(f);
	a = enqueue(f, "u:1", "the body", "delivery");
	assert_int_equal(a.admissions[0].verdict, QUEUE_ACCEPTED);
}

static void test_queue_claim_with_lost_reply_gets_the_same_leases(void **state)
{
	struct fixture *f = *state;
	struct answer a;

	must_enqueue(f, "u:1", "1");
	must_enqueue(f, "u:2", "2");
	lose_next(f, PROXY_LOSE_REPLY, "EVALSHA");
	a = claim(f, 0, 1);
	assert_int_equal(a.status, QUEUE_UNAVAILABLE);
	wait_until_up(f);
	a = claim(f, 0, 8);
	assert_int_equal(a.count, 1);
	assert_string_equal(a.groups[0], "u:1");
	assert_true(a.claimed.has_more);
	assert_true(finish(f, 0, &a, QUEUE_POP).was_current);
	a = claim(f, 0, 8);
	assert_int_equal(a.count, 1);
	assert_string_equal(a.groups[0], "u:2");
}

static void test_queue_claim_with_lost_request_claims_when_repeated(
    void **state)
{
	struct fixture *f = *state;
	struct answer a;

	must_enqueue(f, "u:1", "1");
	lose_next(f, PROXY_LOSE_REQUEST, "EVALSHA");
	a = claim(f, 0, 1);
	assert_int_equal(a.status, QUEUE_UNAVAILABLE);
	wait_until_up(f);
	a = claim(f, 0, 1);
	assert_int_equal(a.count, 1);
}

static void finish_through(struct fixture *f, enum proxy_fault fault)
{
	struct answer claimed;
	struct answer a;

	must_enqueue(f, "u:1", "1");
	claimed = claim(f, 0, 1);
	lose_next(f, fault, "EVALSHA");
	a = finish(f, 0, &claimed, QUEUE_POP);
	assert_int_equal(a.status, QUEUE_OK);
	assert_true(a.was_current);
	assert_int_equal(queue_unfinished(f->queue), 0);
	a = read_stats(f);
	assert_int_equal(a.stats[0].delivered, 1);
	assert_int_equal(a.stats[0].pending, 0);
}

static void test_queue_finish_with_lost_reply_is_done_once(void **state)
{
	finish_through(*state, PROXY_LOSE_REPLY);
}

static void test_queue_finish_with_lost_request_is_done_once(void **state)
{
	finish_through(*state, PROXY_LOSE_REQUEST);
}

static void test_queue_finish_while_down_goes_before_claims(void **state)
{
	struct fixture *f = *state;
	struct answer claimed;
	struct answer finished;
	struct answer a;

	must_enqueue(f, "u:1", "1");
	must_enqueue(f, "u:1", "2");
	claimed = claim(f, 0, 1);
	redis_do(f, "CLIENT KILL TYPE normal SKIPME yes");
	wait_until_down(f);
	start_finish(&finished, f, 0, &claimed, QUEUE_POP);
	assert_int_equal(queue_unfinished(f->queue), 1);
	wait_until_up(f);
	a = claim(f, 0, 1);
	assert_true(finished.is_there && finished.was_current);
	assert_int_equal(a.count, 1);
	assert_string_equal(a.bodies[0], "2");
}

static void test_queue_replay_with_lost_reply_replays_once(void **state)
{
	struct fixture *f = *state;
	struct answer claimed;
	struct answer a;
	const char *ids[1];

	must_enqueue(f, "u:1", "1");
	claimed = claim(f, 0, 1);
	ids[0] = claimed.ids[0];
	(void)finish(f, 0, &claimed, QUEUE_BURY);
	lose_next(f, PROXY_LOSE_REPLY, "EVALSHA");
	a = replay(f, ids, 1);
	assert_int_equal(a.status, QUEUE_UNAVAILABLE);
	wait_until_up(f);
	assert_int_equal(replay(f, ids, 1).replayed, 0);
	a = read_stats(f);
	assert_int_equal(a.stats[0].pending, 1);
}

static void test_queue_watch_that_is_cut_off_ends_and_watches_again(
    void **state)
{
	struct fixture *f = *state;
	struct answer watched;

	start_watch(&watched, f, 1);
	wait_for(&watched); /* connected */
	lose_next(f, PROXY_LOSE_REQUEST, "BLPOP");
	start_watch(&watched, f, LONG_MS);
	wait_for(&watched);
	assert_int_equal(watched.status, QUEUE_UNAVAILABLE);
	start_watch(&watched, f, LONG_MS);
	must_enqueue(f, "u:1", "1");
	wait_for(&watched);
	assert_int_equal(watched.destination, 0);
}

/* ---- Redis away, back, slow, empty ---- */

static void test_queue_call_while_down_fails_in_a_later_turn(void **state)
{
	struct fixture *f = *state;
	struct answer a;

	kill_redis(f);
	wait_until_down(f);
	assert_false(queue_is_up(f->queue));
	assert_string_not_equal(queue_trouble(f->queue)->text, "");
	a = enqueue(f, "u:1", "1", NULL);
	assert_int_equal(a.status, QUEUE_UNAVAILABLE);
	assert_string_not_equal(a.err.text, "");
	a = claim(f, 0, 1);
	assert_int_equal(a.status, QUEUE_UNAVAILABLE);
	a = read_stats(f);
	assert_int_equal(a.status, QUEUE_UNAVAILABLE);
	assert_int_equal((int)metric(f, METRICS_REDIS_UP, NULL, NULL), 0);
	assert_int_equal(
	    (int)metric(f, METRICS_REDIS_RECONNECTS, NULL, NULL), 1);
}

static void test_queue_is_told_of_its_state_once(void **state)
{
	struct fixture *f = *state;
	int connections;

	kill_redis(f);
	wait_until_down(f);
	connections = f->proxy->connections;
	while (f->proxy->connections < connections + 3) {
		(void)enqueue(f, "u:1", "1", NULL);
	}
	assert_int_equal(f->state_changes, 2);
	start_redis(f);
	wait_until_up(f);
	assert_int_equal(f->state_changes, 3);
	assert_string_equal(queue_trouble(f->queue)->text, "");
}

static const char *const with_aof[] = {
    "--appendonly", "yes", "--appendfsync", "always", NULL};

static int set_up_aof(void **state)
{
	struct fixture *f = create_fixture(with_aof);

	open_queue(f);
	wait_until_up(f);
	*state = f;
	return 0;
}

static void test_queue_goes_on_after_redis_was_killed_and_restarted(
    void **state)
{
	struct fixture *f = *state;
	struct answer claimed;
	struct answer a;

	must_enqueue(f, "u:1", "1");
	must_enqueue(f, "u:1", "2");
	claimed = claim(f, 0, 1);
	kill_redis(f);
	wait_until_down(f);
	start_finish(&a, f, 0, &claimed, QUEUE_POP);
	start_redis(f);
	wait_for(&a);
	assert_true(a.was_current);
	a = claim(f, 0, 1);
	assert_string_equal(a.bodies[0], "2");
	assert_int_equal((int)metric(f, METRICS_REDIS_EMPTY, NULL, NULL), 0);
	a = read_stats(f);
	assert_int_equal(a.stats[0].pending, 1);
}

static void test_queue_goes_on_after_redis_came_back_empty(void **state)
{
	struct fixture *f = *state;
	struct answer claimed;
	struct answer a;

	must_enqueue(f, "u:1", "1");
	claimed = claim(f, 0, 1);
	kill_redis(f);
	wait_until_down(f);
	start_redis(f);
	a = finish(f, 0, &claimed, QUEUE_POP);
	assert_false(a.was_current);
	assert_int_equal((int)metric(f, METRICS_REDIS_EMPTY, NULL, NULL), 1);
	must_enqueue(f, "u:1", "2");
	a = claim(f, 0, 1);
	assert_string_equal(a.bodies[0], "2");
	assert_string_not_equal(a.ids[0], claimed.ids[0]);
}

static void test_queue_flushed_under_it_opens_again_and_goes_on(void **state)
{
	struct fixture *f = *state;
	struct answer enqueued[2];
	struct answer claimed;
	struct answer a;

	must_enqueue(f, "u:1", "1");
	redis_do(f, "FLUSHALL");
	start_enqueue(&enqueued[0], f, "u:1", "2", NULL);
	start_claim(&claimed, f, 0, 1);
	wait_for(&enqueued[0]);
	wait_for(&claimed);
	assert_int_equal(enqueued[0].admissions[0].verdict, QUEUE_ACCEPTED);
	assert_int_equal(claimed.status, QUEUE_OK);
	assert_int_equal((int)metric(f, METRICS_REDIS_EMPTY, NULL, NULL), 1);
	/* Not usable for a moment: who waited for it looks again. */
	assert_int_equal(f->state_changes, 3);
	assert_true(f->is_up);
	a = read_stats(f);
	assert_int_equal(a.stats[0].accepted, 1);
}

static void test_queue_loads_scripts_again_after_script_flush(void **state)
{
	struct fixture *f = *state;
	struct answer a[3];

	must_enqueue(f, "u:1", "1");
	redis_do(f, "SCRIPT FLUSH");
	start_enqueue(&a[0], f, "u:1", "2", NULL);
	start_enqueue(&a[1], f, "u:2", "3", NULL);
	start_claim(&a[2], f, 0, 1);
	for (int i = 0; i < 3; i++) {
		wait_for(&a[i]);
		assert_int_equal(a[i].status, QUEUE_OK);
	}
	assert_int_equal(
	    (int)metric(f, METRICS_QUEUE_CALLS, "enqueue", "ok"), 2);
}

static int set_up_impatient(void **state)
{
	struct fixture *f = create_fixture(NULL);

	f->options.request_timeout_ms = 150;
	f->options.connect_timeout_ms = 150;
	open_queue(f);
	wait_until_up(f);
	*state = f;
	return 0;
}

static void test_queue_gives_up_on_a_redis_that_does_not_answer(void **state)
{
	struct fixture *f = *state;
	struct answer a;

	assert_int_equal(kill(f->redis_pid, SIGSTOP), 0);
	a = enqueue(f, "u:1", "1", "delivery");
	assert_int_equal(a.status, QUEUE_UNAVAILABLE);
	assert_false(f->is_up);
	assert_non_null(strstr(f->state_err.text, "no answer within 150 ms"));
	assert_int_equal(kill(f->redis_pid, SIGCONT), 0);
	wait_until_up(f);
	a = enqueue(f, "u:1", "1", "delivery");
	assert_int_equal(a.status, QUEUE_OK);
	assert_int_equal(redis_do(f, "LLEN {relay:0}:event:jobs:u:1"), 1);
}

static void test_queue_claim_that_timed_out_is_not_done_behind_its_repeat(
    void **state)
{
	struct fixture *f = *state;
	struct answer a;

	must_enqueue(f, "u:1", "1");
	must_enqueue(f, "u:2", "2");
	lose_next(f, PROXY_HOLD, "EVALSHA");
	a = claim(f, 0, 1);
	assert_int_equal(a.status, QUEUE_UNAVAILABLE);
	assert_non_null(f->proxy->held);
	wait_until_up(f);
	a = claim(f, 0, 1);
	assert_int_equal(a.count, 1);
	/* Redis was told to hang up on the connection that has the first. */
	for (int64_t deadline_ms = clock_mono_ms() + DEADLINE_MS;
	     f->proxy->held != NULL;) {
		assert_true(clock_mono_ms() < deadline_ms);
		(void)read_stats(f);
	}
}

/* ---- refusals ---- */

static void test_queue_out_of_memory_refuses_jobs_and_lets_them_drain(
    void **state)
{
	struct fixture *f = *state;
	struct answer claimed;
	struct answer a;

	must_enqueue(f, "u:1", "1");
	must_enqueue(f, "u:2", "2");
	redis_do(f, "CONFIG SET maxmemory 1");
	a = enqueue(f, "u:1", "3", "delivery");
	assert_int_equal(a.status, QUEUE_REFUSED);
	assert_int_equal(strncmp(a.err.text, "OOM ", 4), 0);
	assert_int_equal((int)metric(f, METRICS_REDIS_UP, NULL, NULL), 0);
	claimed = claim(f, 0, 1);
	assert_int_equal(claimed.count, 1);
	assert_true(finish(f, 0, &claimed, QUEUE_POP).was_current);
	claimed = claim(f, 0, 1);
	assert_true(finish(f, 0, &claimed, QUEUE_BURY).was_current);
	redis_do(f, "CONFIG SET maxmemory 0");
	a = enqueue(f, "u:1", "3", "delivery");
	assert_int_equal(a.admissions[0].verdict, QUEUE_ACCEPTED);
	assert_int_equal((int)metric(f, METRICS_REDIS_UP, NULL, NULL), 1);
	a = read_stats(f);
	assert_int_equal(a.stats[0].delivered, 1);
	assert_int_equal(a.stats[0].dead_now, 1);
}

static void test_queue_on_a_replica_is_not_up_until_it_is_a_master(void **state)
{
	struct fixture *f = *state;
	struct answer a;

	redis_do(f, "REPLICAOF %s 1", "127.0.0.1");
	redis_do(f, "CONFIG SET replica-serve-stale-data yes");
	a = enqueue(f, "u:1", "1", NULL);
	assert_int_equal(a.status, QUEUE_REFUSED);
	assert_int_equal(strncmp(a.err.text, "READONLY", 8), 0);
	wait_until_down(f);
	redis_do(f, "REPLICAOF NO ONE");
	wait_until_up(f);
	must_enqueue(f, "u:1", "1");
}

static void test_queue_finish_refused_for_now_is_repeated(void **state)
{
	struct fixture *f = *state;
	struct answer claimed;
	struct answer a;

	must_enqueue(f, "u:1", "1");
	claimed = claim(f, 0, 1);
	/* A type that the script does not expect makes it fail. */
	redis_do(f, "RENAME {relay:0}:event:tokens aside");
	redis_do(f, "SET {relay:0}:event:tokens x");
	start_finish(&a, f, 0, &claimed, QUEUE_POP);
	while (metric(f, METRICS_QUEUE_CALLS, "finish", "refused") < 2) {
		(void)read_stats(f);
	}
	assert_false(a.is_there);
	redis_do(f, "RENAME aside {relay:0}:event:tokens");
	wait_for(&a);
	assert_true(a.was_current);
}

static void test_queue_with_other_shards_is_refused_for_good(void **state)
{
	struct fixture *f = *state;
	struct answer a;

	close_queue(f);
	f->options.shards = 16;
	open_queue(f);
	do {
		turn(f);
	} while (!f->is_fatal);
	assert_false(f->is_up);
	assert_non_null(strstr(f->state_err.text, "shards 1"));
	assert_non_null(strstr(f->state_err.text, "16"));
	assert_int_equal(redis_do(f, "EXISTS {relay:1}:meta"), 0);
	a = enqueue(f, "u:1", "1", NULL);
	assert_int_equal(a.status, QUEUE_UNAVAILABLE);
}

/* ---- TCP ---- */

static int set_up_tcp(void **state)
{
	struct fixture *f = create_fixture(NULL);
	struct err err;
	int listener = listen_open("127.0.0.1:0", f->queue_address, &err);

	assert_true(listener >= 0);
	f->spare_fd = listener;
	*state = f;
	return 0;
}

static void wait_until_told(struct fixture *f)
{
	f->state_changes = 0;
	open_queue(f);
	while (f->state_changes == 0) {
		turn(f);
	}
}

static void test_queue_connects_over_tcp_when_somebody_is_there(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(close(f->spare_fd), 0);
	wait_until_told(f);
	assert_false(f->is_up);
	assert_non_null(strstr(f->state_err.text, "refused"));
	redis_do(f, "CONFIG SET port %s", strrchr(f->queue_address, ':') + 1);
	wait_until_up(f);
	must_enqueue(f, "u:1", "1");
}

static void test_queue_gives_up_connecting_to_what_never_answers(void **state)
{
	struct fixture *f = *state;

	f->options.connect_timeout_ms = 50;
	wait_until_told(f);
	assert_false(f->is_up);
	assert_non_null(strstr(f->state_err.text, "within 50 ms"));
	assert_int_equal(close(f->spare_fd), 0);
}

/* ---- login ---- */

static const char *const with_password[] = {
    "--requirepass", "secret word", NULL};

static int set_up_password(void **state)
{
	*state = create_fixture(with_password);
	return 0;
}

static void test_queue_logs_in_and_selects_its_database(void **state)
{
	struct fixture *f = *state;

	f->options.password = "secret word";
	f->options.database = 3;
	open_queue(f);
	wait_until_up(f);
	must_enqueue(f, "u:1", "1");
	redis_do(f, "AUTH %s", "secret word");
	redis_do(f, "SELECT 3");
	assert_int_equal(redis_do(f, "LLEN {relay:0}:event:jobs:u:1"), 1);
	close_queue(f);
	f->options.username = "default";
	open_queue(f);
	wait_until_up(f);
}

static void expect_login_trouble(
    struct fixture *f, const char *password, const char *word)
{
	f->options.password = password;
	f->state_changes = 0;
	open_queue(f);
	while (f->state_changes == 0) {
		turn(f);
	}
	assert_false(f->is_up);
	assert_false(f->is_fatal);
	if (strstr(f->state_err.text, word) == NULL) {
		fail_msg("%s", f->state_err.text);
	}
	assert_null(strstr(f->state_err.text, "wrong word"));
	close_queue(f);
}

static void test_queue_without_the_right_password_says_why(void **state)
{
	struct fixture *f = *state;

	expect_login_trouble(f, "wrong word", "WRONGPASS");
	expect_login_trouble(f, "", "NOAUTH");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WITH(test, up) cmocka_unit_test_setup_teardown(test, up, tear_down)
	    WITH(test_queue_enqueue_with_lost_reply_is_duplicate_when_repeated,
		set_up),
	    WITH(test_queue_enqueue_with_lost_reply_is_duplicate_when_repeated,
		set_up),
	    WITH(test_queue_enqueue_with_lost_request_was_not_done, set_up),
	    WITH(test_queue_claim_with_lost_reply_gets_the_same_leases, set_up),
	    WITH(test_queue_claim_with_lost_request_claims_when_repeated,
		set_up),
	    WITH(test_queue_finish_with_lost_reply_is_done_once, set_up),
	    WITH(test_queue_finish_with_lost_request_is_done_once, set_up),
	    WITH(test_queue_finish_while_down_goes_before_claims, set_up),
	    WITH(test_queue_replay_with_lost_reply_replays_once, set_up),
	    WITH(test_queue_watch_that_is_cut_off_ends_and_watches_again,
		set_up),
	    WITH(test_queue_call_while_down_fails_in_a_later_turn, set_up),
	    WITH(test_queue_is_told_of_its_state_once, set_up),
	    WITH(test_queue_goes_on_after_redis_was_killed_and_restarted,
		set_up_aof),
	    WITH(test_queue_goes_on_after_redis_came_back_empty, set_up),
	    WITH(test_queue_flushed_under_it_opens_again_and_goes_on, set_up),
	    WITH(test_queue_loads_scripts_again_after_script_flush, set_up),
	    WITH(test_queue_gives_up_on_a_redis_that_does_not_answer,
		set_up_impatient),
	    WITH(test_queue_claim_that_timed_out_is_not_done_behind_its_repeat,
		set_up_impatient),
	    WITH(test_queue_out_of_memory_refuses_jobs_and_lets_them_drain,
		set_up),
	    WITH(
		test_queue_on_a_replica_is_not_up_until_it_is_a_master, set_up),
	    WITH(test_queue_finish_refused_for_now_is_repeated, set_up),
	    WITH(test_queue_with_other_shards_is_refused_for_good, set_up),
	    WITH(test_queue_connects_over_tcp_when_somebody_is_there,
		set_up_tcp),
	    WITH(test_queue_gives_up_connecting_to_what_never_answers,
		set_up_tcp),
	    WITH(test_queue_logs_in_and_selects_its_database, set_up_password),
	    WITH(test_queue_without_the_right_password_says_why,
		set_up_password),
#undef WITH
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
