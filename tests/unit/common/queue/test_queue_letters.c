/* The operator's verbs on dead letters, against a real redis-server. */
#include "tests/unit/common/queue/queue_fixture.h"

#include "common/queue/queue_flow.h"

enum {
	MANY = 64,
	BIG = 200 * 1024,
};

/* A count, or the letters that were found. */
struct counted {
	struct fixture *f;
	bool is_there;
	enum queue_status status;
	size_t count;
	char bodies[8];
	char templates[8];
	char ids[MANY][JOB_ID_MAX];
};

static void note_count(
    struct counted *a, enum queue_status status, size_t count)
{
	assert_false(a->is_there);
	a->is_there = true;
	a->status = status;
	a->count = count;
	loop_stop(a->f->loop);
}

static void on_count(
    void *arg, enum queue_status status, size_t count, const struct err *err)
{
	assert_int_equal(status == QUEUE_OK, err == NULL);
	note_count(arg, status, count);
}

static void on_letters(void *arg, enum queue_status status,
    const struct queue_dead_letter *letters, size_t count, const char *next,
    const struct err *err)
{
	struct counted *a = arg;

	(void)err;
	(void)next;
	for (size_t i = 0; i < count && i < MANY; i++) {
		memcpy(a->ids[i], letters[i].id, JOB_ID_MAX);
	}
	if (count > 0) {
		copy_slice(a->bodies, sizeof(a->bodies), letters[0].body);
		copy_slice(
		    a->templates, sizeof(a->templates), letters[0].template);
	}
	note_count(a, status, count);
}

static void wait_for_count(struct counted *a)
{
	assert_false(a->is_there);
	while (!a->is_there) {
		turn(a->f);
	}
}

static size_t import_letter(
    struct fixture *f, const char *id, const char *group, struct slice body)
{
	const struct queue_dead_letter letter = {
	    .id = {0},
	    .group = slice_of(group),
	    .element = SLICE_LITERAL("element"),
	    .died_at_ms = 1000,
	    .outcome = OUTCOME_REJECTED,
	    .http_status = 400,
	    .note = SLICE_LITERAL("what it said"),
	    .attempts = 2,
	    .first_at_ms = 900,
	    .history = {{.at_ms = 950,
		.outcome = OUTCOME_SERVER_ERROR,
		.http_status = 500,
		.took_ms = 7}},
	    .history_count = 1,
	    .body = body,
	    .template = SLICE_LITERAL("event"),
	};
	struct queue_dead_letter named = letter;
	struct counted a = {.f = f};

	(void)snprintf(named.id, sizeof(named.id), "%s", id);
	queue_import_dead(f->queue, "event", &named, on_count, &a);
	wait_for_count(&a);
	assert_int_equal(a.status, QUEUE_OK);
	return a.count;
}

static struct counted find_letters(
    struct fixture *f, const char *const *ids, size_t count)
{
	struct counted a = {.f = f};

	queue_find_dead(f->queue, "event", ids, count, on_letters, &a);
	wait_for_count(&a);
	return a;
}

static size_t remove_letters(
    struct fixture *f, const char *const *ids, size_t count)
{
	struct counted a = {.f = f};

	queue_remove_dead(
	    f->queue, "event", ids, count, QUEUE_FORGOTTEN, on_count, &a);
	wait_for_count(&a);
	assert_int_equal(a.status, QUEUE_OK);
	return a.count;
}

static void open_shards(struct fixture *f, int shards)
{
	f->options.shards = shards;
	open_queue(f);
	wait_until_up(f);
}

/* The next script's answer, and its connection, are lost. */
static void lose_reply(struct fixture *f)
{
	f->proxy->word = "EVALSHA";
	f->proxy->fault = PROXY_LOSE_REPLY;
}

static void test_import_keeps_all_of_a_letter(void **state)
{
	struct fixture *f = *state;
	struct answer a;

	assert_int_equal(
	    import_letter(f, "0-17", "u:1", SLICE_LITERAL("{\"a\":1}")), 1);
	a = read_dead(f, "", 10);
	assert_int_equal(a.count, 1);
	assert_string_equal(a.ids[0], "0-17");
	assert_string_equal(a.groups[0], "u:1");
	assert_string_equal(a.note, "what it said");
	assert_int_equal(a.letter.died_at_ms, 1000);
	assert_int_equal(a.letter.outcome, OUTCOME_REJECTED);
	assert_int_equal(a.letter.http_status, 400);
	assert_int_equal(a.letter.attempts, 2);
	assert_int_equal(a.letter.first_at_ms, 900);
	assert_int_equal(a.letter.history_count, 1);
	assert_int_equal(a.letter.history[0].took_ms, 7);
	assert_int_equal(a.letter.body.len, 7);
	assert_int_equal(import_letter(f, "0-17", "u:1", SLICE_LITERAL("")), 0);
	a = read_stats(f);
	assert_int_equal(a.stats[0].imported, 1);
}

static void test_found_letter_has_its_body_and_template(void **state)
{
	struct fixture *f = *state;
	static const char *const ids[] = {"0-17"};
	struct counted a;

	(void)import_letter(f, "0-17", "u:1", SLICE_LITERAL("{}"));
	a = find_letters(f, ids, 1);
	assert_string_equal(a.bodies, "{}");
	assert_string_equal(a.templates, "event");
}

static void test_import_goes_to_the_shard_of_its_group(void **state)
{
	struct fixture *f = *state;
	static const char group[] = "u:1";
	int shard = identity_shard(SLICE_LITERAL("u:1"), 16);
	char id[JOB_ID_MAX];
	const char *const ids[] = {id};

	open_shards(f, 16);
	(void)snprintf(id, sizeof(id), "%d-17", (shard + 1) % 16);
	assert_int_equal(import_letter(f, id, group, SLICE_LITERAL("")), 1);
	assert_int_equal(redis_do(f, "ZCARD {relay:%d}:event:dead", shard), 1);
	assert_int_equal(remove_letters(f, ids, 1), 0);
	(void)snprintf(id, sizeof(id), "%d-17", shard);
	assert_int_equal(remove_letters(f, ids, 1), 1);
}

static void test_import_of_a_job_with_its_own_group_goes_to_its_user_s_shard(
    void **state)
{
	struct fixture *f = *state;
	int shard = identity_shard(SLICE_LITERAL("u:1"), 16);

	open_shards(f, 16);
	assert_int_equal(
	    import_letter(f, "3-17", "u:1~0000000000000011", SLICE_LITERAL("")),
	    1);
	assert_int_equal(redis_do(f, "ZCARD {relay:%d}:event:dead", shard), 1);
}

static void test_remove_dead_over_shards_counts_each_letter_once(void **state)
{
	struct fixture *f = *state;
	struct counted found;
	const char *ids[MANY];
	char names[MANY][JOB_ID_MAX];
	struct answer a;

	open_shards(f, 4);
	for (int i = 0; i < MANY; i++) {
		char group[16];

		(void)snprintf(group, sizeof(group), "u:%d", i);
		(void)snprintf(names[i], sizeof(names[i]), "%d-%d",
		    identity_shard(slice_of(group), 4), i + 1);
		ids[i] = names[i];
		assert_int_equal(
		    import_letter(f, names[i], group, SLICE_LITERAL("")), 1);
	}
	found = find_letters(f, ids, MANY);
	assert_int_equal(found.count, MANY);
	assert_int_equal(remove_letters(f, ids, MANY), MANY);
	assert_int_equal(remove_letters(f, ids, MANY), 0);
	a = read_stats(f);
	assert_int_equal(a.stats[0].dead_forgotten, MANY);
	assert_int_equal(a.stats[0].dead_now, 0);
}

static void test_letters_by_id_come_in_answers_of_bounded_bytes(void **state)
{
	struct fixture *f = *state;
	char *body = xcalloc(BIG, 1);
	const char *ids[MANY];
	char names[MANY][JOB_ID_MAX];
	struct counted a;

	memset(body, 'x', BIG - 1);
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "0-%d", i + 1);
		ids[i] = names[i];
		assert_int_equal(
		    import_letter(f, names[i], "u:1", slice_of(body)), 1);
	}
	a = find_letters(f, ids, MANY);
	assert_int_equal(a.count, MANY);
	for (int i = 0; i < MANY; i++) {
		assert_string_equal(a.ids[i], names[i]);
	}
	assert_true(metric(f, METRICS_QUEUE_CALLS, "dead", "ok") > 1);
	free(body);
}

static void on_hold(void *arg, enum queue_status status, bool is_new,
    const struct queue_hold_state *state, const struct err *err)
{
	struct counted *a = arg;

	(void)is_new;
	(void)err;
	note_count(a, status, (size_t)state->reason);
}

static enum queue_hold_reason hold_now(struct fixture *f)
{
	struct counted a = {.f = f};

	queue_read_hold(f->queue, "event", on_hold, &a);
	wait_for_count(&a);
	return (enum queue_hold_reason)a.count;
}

static void hold(struct fixture *f, enum queue_hold_reason reason)
{
	const struct queue_hold_order order = {
	    .destination = "event", .reason = reason, .epoch = -1};
	struct counted a = {.f = f};

	queue_hold(f->queue, &order, on_hold, &a);
	wait_for_count(&a);
}

static void test_letters_that_go_end_a_hold_for_their_number(void **state)
{
	struct fixture *f = *state;
	static const char *const first[] = {"0-1"};
	static const char *const second[] = {"0-2"};

	(void)import_letter(f, "0-1", "u:1", SLICE_LITERAL(""));
	(void)import_letter(f, "0-2", "u:1", SLICE_LITERAL(""));
	hold(f, QUEUE_HOLD_FULL);
	assert_int_equal(remove_letters(f, second + 0, 0), 0);
	assert_int_equal(hold_now(f), QUEUE_HOLD_FULL);
	assert_int_equal(remove_letters(f, first, 1), 1);
	assert_int_equal(hold_now(f), QUEUE_HOLD_NONE);
	hold(f, QUEUE_HOLD_FULL);
	assert_int_equal(replay(f, second, 1).replayed, 1);
	assert_int_equal(hold_now(f), QUEUE_HOLD_NONE);
}

static void test_letters_that_go_leave_other_holds(void **state)
{
	struct fixture *f = *state;
	static const char *const ids[] = {"0-1"};

	(void)import_letter(f, "0-1", "u:1", SLICE_LITERAL(""));
	hold(f, QUEUE_HOLD_PAUSED);
	assert_int_equal(remove_letters(f, ids, 1), 1);
	assert_int_equal(hold_now(f), QUEUE_HOLD_PAUSED);
}

static void test_letters_removed_with_a_lost_reply_are_counted_once(
    void **state)
{
	struct fixture *f = *state;
	static const char *const ids[] = {"0-1"};
	struct counted a = {.f = f};

	(void)import_letter(f, "0-1", "u:1", SLICE_LITERAL(""));
	lose_reply(f);
	queue_remove_dead(
	    f->queue, "event", ids, 1, QUEUE_PURGED, on_count, &a);
	wait_for_count(&a);
	assert_int_equal(a.status, QUEUE_UNAVAILABLE);
	wait_until_up(f);
	assert_int_equal(remove_letters(f, ids, 1), 0);
	assert_int_equal(read_stats(f).stats[0].dead_purged, 1);
}

static void test_letter_imported_with_a_lost_reply_is_there_once(void **state)
{
	struct fixture *f = *state;
	const struct queue_dead_letter letter = {
	    .id = "0-1", .group = SLICE_LITERAL("u:1")};
	struct counted a = {.f = f};

	lose_reply(f);
	queue_import_dead(f->queue, "event", &letter, on_count, &a);
	wait_for_count(&a);
	assert_int_equal(a.status, QUEUE_UNAVAILABLE);
	wait_until_up(f);
	assert_int_equal(import_letter(f, "0-1", "u:1", SLICE_LITERAL("")), 0);
	assert_int_equal(read_stats(f).stats[0].imported, 1);
}

static void test_letters_at_the_end_are_told_so(void **state)
{
	struct fixture *f = *state;
	static const char *const ids[] = {"0-1"};
	const struct queue_dead_letter letter = {.id = "0-1"};
	struct counted a[2] = {{.f = f}, {.f = f}};

	queue_remove_dead(
	    f->queue, "event", ids, 1, QUEUE_PURGED, on_count, &a[0]);
	queue_import_dead(f->queue, "event", &letter, on_count, &a[1]);
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
	    TEST(import_keeps_all_of_a_letter),
	    TEST(found_letter_has_its_body_and_template),
	    CLOSED_TEST(import_goes_to_the_shard_of_its_group),
	    CLOSED_TEST(
		import_of_a_job_with_its_own_group_goes_to_its_user_s_shard),
	    CLOSED_TEST(remove_dead_over_shards_counts_each_letter_once),
	    TEST(letters_by_id_come_in_answers_of_bounded_bytes),
	    TEST(letters_that_go_end_a_hold_for_their_number),
	    TEST(letters_that_go_leave_other_holds),
	    TEST(letters_removed_with_a_lost_reply_are_counted_once),
	    TEST(letter_imported_with_a_lost_reply_is_there_once),
	    TEST(letters_at_the_end_are_told_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
