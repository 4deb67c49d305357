/* The operator's verbs on pending jobs, and looking for jobs, against a real
 * redis-server. */
#include "tests/unit/common/queue/queue_fixture.h"

enum {
	MANY = 64,
};

/* An answer of this file's calls. */
struct found {
	struct fixture *f;
	bool is_there;
	bool is_found;
	enum queue_status status;
	struct queue_pending job; /* its slices are gone */
	char group[16];
	char body[16];
	size_t count;
	struct queue_done done[MANY];
	struct queue_audit audit;
};

static void note_found(struct found *a, enum queue_status status)
{
	assert_false(a->is_there);
	a->is_there = true;
	a->status = status;
	loop_stop(a->f->loop);
}

static void wait_for_found(struct found *a)
{
	assert_false(a->is_there);
	while (!a->is_there) {
		turn(a->f);
	}
}

static void wait_until_found(struct found *a)
{
	wait_for_found(a);
	assert_int_equal(a->status, QUEUE_OK);
}

static void on_count(
    void *arg, enum queue_status status, size_t count, const struct err *err)
{
	struct found *a = arg;

	assert_int_equal(status == QUEUE_OK, err == NULL);
	a->count = count;
	note_found(a, status);
}

static void open_shards(struct fixture *f, int shards)
{
	f->options.shards = shards;
	open_queue(f);
	wait_until_up(f);
}

/* ---- pending jobs ---- */

static size_t purge(struct fixture *f, size_t limit)
{
	struct found a = {.f = f};

	queue_purge(f->queue, "event", limit, on_count, &a);
	wait_until_found(&a);
	return a.count;
}

static size_t forget(struct fixture *f, const char *group, size_t limit)
{
	struct found a = {.f = f};

	queue_forget(f->queue, "event", slice_of(group), limit, on_count, &a);
	wait_until_found(&a);
	return a.count;
}

static void enqueue_many(struct fixture *f, int count)
{
	struct answer *a = xcalloc((size_t)count, sizeof(*a));

	for (int i = 0; i < count; i++) {
		char group[16];

		(void)snprintf(group, sizeof(group), "u:%d", i);
		start_enqueue(&a[i], f, group, "body", NULL);
	}
	for (int i = 0; i < count; i++) {
		wait_for(&a[i]);
	}
	free(a);
}

static void test_purge_is_called_until_nothing_is_left(void **state)
{
	struct fixture *f = *state;
	size_t removed = 0;
	size_t count;
	struct answer a;

	open_shards(f, 4);
	enqueue_many(f, MANY);
	while ((count = purge(f, 8)) > 0) {
		assert_in_range(count, 1, 8);
		removed += count;
	}
	assert_int_equal(removed, MANY);
	a = read_stats(f);
	assert_int_equal(a.stats[0].purged, MANY);
	assert_int_equal(a.stats[0].pending, 0);
}

static void test_purge_goes_past_groups_without_a_job(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 1500; i++) {
		redis_do(f, "RPUSH {relay:0}:event:ready u:gone%d", i);
	}
	must_enqueue(f, "u:1", "1");
	assert_int_equal(purge(f, 10), 1);
}

static void test_forget_takes_the_jobs_of_one_user(void **state)
{
	struct fixture *f = *state;

	open_shards(f, 4);
	enqueue_many(f, MANY);
	must_enqueue(f, "u:7", "another");
	assert_int_equal(forget(f, "u:7", 100), 2);
	assert_int_equal(forget(f, "u:7", 100), 0);
	assert_int_equal(read_stats(f).stats[0].forgotten, 2);
}

static void test_forget_finds_jobs_that_are_groups_of_their_own(void **state)
{
	struct fixture *f = *state;

	f->destinations[0].is_unordered = true;
	open_shards(f, 4);
	enqueue_many(f, MANY);
	must_enqueue(f, "u:7", "another");
	assert_int_equal(forget(f, "u:7", 100), 2);
	assert_int_equal(forget(f, "u:7", 100), 0);
}

static void test_purge_frees_what_waited_for_it(void **state)
{
	static const int after_event[] = {0};
	static const int contact_only[] = {1};
	struct fixture *f = *state;
	struct queue_claim asked = {
	    .destination = 1,
	    .max_jobs = 1,
	    .max_bytes = 1 << 20,
	    .lease_ms = LEASE_MS,
	    .retry_limit_ms = 3600000,
	};
	const struct queue_entry entry = {
	    .group = SLICE_LITERAL("u:1"),
	    .destinations = contact_only,
	    .destination_count = 1,
	};
	struct answer a = {.f = f};

	f->destinations[1].after = after_event;
	f->destinations[1].after_count = 1;
	f->destinations[1].after_limit_ms = LONG_MS;
	open_shards(f, 1);
	must_enqueue(f, "u:1", "first");
	queue_enqueue(f->queue, &entry, on_enqueue, &a);
	wait_for(&a);
	a = (struct answer){.f = f};
	queue_claim(f->queue, &asked, on_claim, &a);
	wait_for(&a);
	assert_int_equal(a.count, 0);
	assert_int_equal(purge(f, 10), 1);
	a = (struct answer){.f = f};
	queue_claim(f->queue, &asked, on_claim, &a);
	wait_for(&a);
	assert_int_equal(a.count, 1);
}

/* ---- looking ---- */

static void on_find(void *arg, enum queue_status status,
    const struct queue_pending *job, const struct err *err)
{
	struct found *a = arg;

	(void)err;
	if (job != NULL) {
		a->is_found = true;
		a->job = *job;
		copy_slice(a->group, sizeof(a->group), job->group);
		copy_slice(a->body, sizeof(a->body),
		    slice_from(job->element, JOB_HEAD_BYTES));
	}
	note_found(a, status);
}

static struct found find_job(struct fixture *f, const char *id)
{
	struct found a = {.f = f};

	queue_find_job(f->queue, "event", id, on_find, &a);
	wait_until_found(&a);
	return a;
}

static void test_find_job_knows_its_place_and_what_was_tried(void **state)
{
	struct fixture *f = *state;
	struct answer claimed;
	struct answer behind;
	struct found a;

	open_shards(f, 4);
	enqueue_many(f, 8);
	must_enqueue(f, "u:100", "first");
	behind = enqueue(f, "u:100", "second", NULL);
	claimed = claim(f, identity_shard(SLICE_LITERAL("u:100"), 4), MANY);
	assert_true(claimed.count > 0);
	a = find_job(f, claimed.ids[0]);
	assert_int_equal(a.job.place, QUEUE_JOB_LEASED);
	assert_true(a.job.due_at_ms > 0);
	(void)finish(f, identity_shard(SLICE_LITERAL("u:100"), 4), &claimed,
	    QUEUE_RETRY);
	a = find_job(f, claimed.ids[0]);
	assert_int_equal(a.job.place, QUEUE_JOB_WAITING);
	assert_int_equal(a.job.attempts, 1);
	assert_int_equal(a.job.history_count, 1);
	assert_int_equal(a.job.history[0].outcome, OUTCOME_SERVER_ERROR);
	a = find_job(f, behind.admissions[0].id);
	assert_int_equal(a.job.place, QUEUE_JOB_BEHIND);
	assert_int_equal(a.job.ahead, 1);
	assert_string_equal(a.group, "u:100");
	assert_string_equal(a.body, "second");
}

static void test_find_job_says_when_there_is_none(void **state)
{
	struct fixture *f = *state;

	must_enqueue(f, "u:1", "1");
	assert_false(find_job(f, "0-1").is_found);
	assert_false(find_job(f, "7-1").is_found); /* there is no shard 7 */
	assert_false(find_job(f, "?da39a3ee").is_found);
}

static void test_find_job_goes_through_a_long_group(void **state)
{
	struct fixture *f = *state;
	struct answer a[3];

	for (int i = 0; i < 2500; i += 3) {
		for (int j = 0; j < 3; j++) {
			start_enqueue(&a[j], f, "u:1", "body", NULL);
		}
		for (int j = 0; j < 3; j++) {
			wait_for(&a[j]);
		}
	}
	assert_int_equal(find_job(f, a[2].admissions[0].id).job.ahead, 2501);
	assert_true(metric(f, METRICS_QUEUE_CALLS, "find_job", "ok") > 1);
}

static void on_history(void *arg, enum queue_status status,
    const struct queue_done *jobs, size_t count, const struct err *err)
{
	struct found *a = arg;

	(void)err;
	a->count = count;
	for (size_t i = 0; i < count && i < MANY; i++) {
		a->done[i] = jobs[i];
	}
	note_found(a, status);
}

static struct found read_history(
    struct fixture *f, const char *id, size_t limit)
{
	struct found a = {.f = f};

	queue_read_history(f->queue, "event", id, limit, on_history, &a);
	wait_until_found(&a);
	return a;
}

static void test_history_is_merged_from_the_shards(void **state)
{
	struct fixture *f = *state;
	struct found a;

	f->destinations[0].history = 100;
	open_shards(f, 4);
	enqueue_many(f, 8);
	for (int shard = 0; shard < 4; shard++) {
		struct answer claimed;

		while ((claimed = claim(f, shard, 1)).count > 0) {
			(void)finish(f, shard, &claimed, QUEUE_POP);
		}
	}
	a = read_history(f, NULL, 100);
	assert_int_equal(a.count, 8);
	for (size_t i = 0; i < 8; i++) {
		const struct queue_done *job = &a.done[i];

		assert_int_equal(job->outcome, OUTCOME_DELIVERED);
		assert_int_equal(job->took_ms, 7);
		assert_true(job->accepted_at_ms > 0);
		assert_true(
		    i == 0 || job->done_at_ms <= a.done[i - 1].done_at_ms);
		assert_int_equal(read_history(f, job->id, 1).count, 1);
	}
	assert_int_equal(read_history(f, NULL, 1).count, 4);
	assert_int_equal(read_history(f, "0-1", 10).count, 0);
	assert_int_equal(read_history(f, "9-1", 10).count, 0);
}

static void on_audit(void *arg, enum queue_status status,
    const struct queue_audit *audit, const struct err *err)
{
	struct found *a = arg;

	(void)err;
	if (audit != NULL) {
		a->audit = *audit;
	}
	note_found(a, status);
}

static struct queue_audit audit(struct fixture *f)
{
	struct found a = {.f = f};

	queue_audit(f->queue, 0, 0, on_audit, &a);
	wait_until_found(&a);
	return a.audit;
}

static void test_audit_of_a_small_lane_is_one_look(void **state)
{
	struct fixture *f = *state;
	struct queue_audit found;

	enqueue_many(f, 10);
	found = audit(f);
	assert_int_equal(found.groups, 10);
	assert_int_equal(found.requeued, 0);
	assert_true(found.was_counted);
	assert_int_equal(found.difference, 0);
	redis_do(f, "DEL {relay:0}:event:ready");
	redis_do(f, "HINCRBY {relay:0}:event:counts pending 3");
	found = audit(f);
	assert_int_equal(found.requeued, 10);
	assert_int_equal(found.difference, 3);
}

static void test_audit_of_a_large_lane_goes_on_where_it_ended(void **state)
{
	struct fixture *f = *state;
	struct queue_audit found;

	enqueue_many(f, 1500);
	found = audit(f);
	assert_int_equal(found.groups, 1000);
	assert_false(found.was_counted);
	found = audit(f);
	assert_int_equal(found.groups, 500);
	assert_true(found.was_counted);
	assert_int_equal(found.difference, 0);
	assert_int_equal(audit(f).groups, 1000);
	must_enqueue(f, "u:new", "1");
	found = audit(f);
	assert_int_equal(found.groups, 501);
	assert_false(found.was_counted);
}

static void test_jobs_purged_with_a_lost_reply_are_counted_once(void **state)
{
	struct fixture *f = *state;
	struct found a = {.f = f};
	struct answer stats;

	enqueue_many(f, 4);
	f->proxy->word = "EVALSHA";
	f->proxy->fault = PROXY_LOSE_REPLY;
	queue_purge(f->queue, "event", 3, on_count, &a);
	wait_for_found(&a);
	assert_int_equal(a.status, QUEUE_UNAVAILABLE);
	wait_until_up(f);
	assert_int_equal(forget(f, "u:0", 10), 0);
	assert_int_equal(purge(f, 10), 1);
	stats = read_stats(f);
	assert_int_equal(stats.stats[0].purged, 4);
	assert_int_equal(stats.stats[0].pending, 0);
}

static void test_audit_with_a_lost_reply_goes_on_where_it_was(void **state)
{
	struct fixture *f = *state;
	struct found a = {.f = f};
	struct queue_audit found;

	enqueue_many(f, 1500);
	assert_int_equal(audit(f).groups, 1000);
	f->proxy->word = "EVALSHA";
	f->proxy->fault = PROXY_LOSE_REPLY;
	queue_audit(f->queue, 0, 0, on_audit, &a);
	wait_for_found(&a);
	assert_int_equal(a.status, QUEUE_UNAVAILABLE);
	wait_until_up(f);
	found = audit(f);
	assert_int_equal(found.groups, 500);
	assert_true(found.was_counted);
	assert_int_equal(found.difference, 0);
}

static void test_calls_at_the_end_are_told_so(void **state)
{
	struct fixture *f = *state;
	struct found a[5] = {{.f = f}, {.f = f}, {.f = f}, {.f = f}, {.f = f}};

	queue_purge(f->queue, "event", 1, on_count, &a[0]);
	queue_forget(
	    f->queue, "event", SLICE_LITERAL("u:1"), 1, on_count, &a[1]);
	queue_find_job(f->queue, "event", "0-1", on_find, &a[2]);
	queue_read_history(f->queue, "event", NULL, 1, on_history, &a[3]);
	queue_audit(f->queue, 0, 0, on_audit, &a[4]);
	close_queue(f);
	for (size_t i = 0; i < ARRAY_LEN(a); i++) {
		assert_true(a[i].is_there);
		assert_int_equal(a[i].status, QUEUE_CLOSED);
	}
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)
#define CLOSED_TEST(name) \
	cmocka_unit_test_setup_teardown(test_##name, set_up_closed, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CLOSED_TEST(purge_is_called_until_nothing_is_left),
	    TEST(purge_goes_past_groups_without_a_job),
	    CLOSED_TEST(forget_takes_the_jobs_of_one_user),
	    CLOSED_TEST(forget_finds_jobs_that_are_groups_of_their_own),
	    CLOSED_TEST(purge_frees_what_waited_for_it),
	    CLOSED_TEST(find_job_knows_its_place_and_what_was_tried),
	    TEST(find_job_says_when_there_is_none),
	    TEST(find_job_goes_through_a_long_group),
	    CLOSED_TEST(history_is_merged_from_the_shards),
	    TEST(audit_of_a_small_lane_is_one_look),
	    TEST(audit_of_a_large_lane_goes_on_where_it_ended),
	    TEST(jobs_purged_with_a_lost_reply_are_counted_once),
	    TEST(audit_with_a_lost_reply_goes_on_where_it_was),
	    TEST(calls_at_the_end_are_told_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
