/* From the job to the answer, and to the end. */
#include "tests/unit/dispatcher/attempt_stage.h"

static void test_attempt_delivered_pops_its_job(void **state)
{
	(void)state;
	start_job();
	assert_int_equal(seen.sends, 1);
	assert_string_equal(seen.body, "{}");
	assert_int_equal(attempts_count(attempts), 1);
	assert_int_equal(target->in_hand, 1);
	answer_status(200, "fine");
	assert_int_equal(seen.finishes, 1);
	assert_int_equal(seen.finish.settle, QUEUE_POP);
	assert_int_equal(seen.finish.outcome, OUTCOME_DELIVERED);
	assert_int_equal(seen.finish.shard, 1);
	assert_string_equal(seen.finish.token, "t-1");
	assert_string_equal(seen.finish.id, "0-17");
	assert_int_equal(seen.finish.group.len, 5);
	assert_memory_equal(seen.group, "u:a\0b", 5);
	assert_int_equal(seen.finish.http_status, 200);
	assert_int_equal(seen.finish.took_ms, 7);
	assert_true(seen.finish.started_at_ms > 0);
	/* In hand until Redis has said so. */
	assert_int_equal(seen.settled, 0);
	assert_int_equal(target->in_hand, 1);
	confirm(true);
	assert_int_equal(seen.settled, 1);
	assert_int_equal(attempts_count(attempts), 0);
	assert_int_equal(target->in_hand, 0);
	assert_true(count_of(OUTCOME_DELIVERED) == 1);
}

static void test_attempt_declined_is_skipped_unsent(void **state)
{
	(void)state;
	render_says = RENDER_DECLINED;
	start_job();
	assert_int_equal(seen.sends, 0);
	assert_int_equal(seen.finish.settle, QUEUE_POP);
	assert_int_equal(seen.finish.outcome, OUTCOME_SKIPPED);
	assert_false(seen.finish.spends_attempt);
	assert_int_equal(seen.finish.started_at_ms, 0);
	confirm(true);
}

static void test_attempt_not_rendered_is_dead_with_the_reason(void **state)
{
	(void)state;
	render_says = RENDER_FAILED;
	start_job();
	assert_int_equal(seen.sends, 0);
	assert_int_equal(seen.finish.settle, QUEUE_BURY);
	assert_int_equal(seen.finish.outcome, OUTCOME_RENDER_ERROR);
	assert_string_equal(seen.note, "event.ftl:1:2: no");
	confirm(true);
}

static void test_attempt_of_garbage_is_dead_with_the_reason(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} rows[] = {{"", 0}, {"\0", 1}, {"\x02 too short", 11},
	    {"\x02\0"
	     "12345678"
	     "\0\0\0\0\0\0\0\0"
	     "\0\0\0\0\0\0\0\0"
	     "\xc1",
		27}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		start(slice_make(rows[i].bytes, rows[i].len), 0, 0);
		assert_int_equal(seen.finishes, (int)i + 1);
		assert_int_equal(seen.finish.settle, QUEUE_BURY);
		assert_int_equal(seen.finish.outcome, OUTCOME_RENDER_ERROR);
		assert_memory_equal(seen.note, "no job: ", 8);
		confirm(true);
	}
	assert_int_equal(seen.sends, 0);
}

static void test_attempt_of_an_unchanged_body_is_not_sent(void **state)
{
	struct queue_lease known = {.sent = sent_of("{}", true, 9000)};

	(void)state;
	start_with(&known);
	assert_int_equal(seen.sends, 0);
	assert_int_equal(seen.finish.settle, QUEUE_POP);
	assert_int_equal(seen.finish.outcome, OUTCOME_UNCHANGED);
	assert_false(seen.finish.spends_attempt);
	/* What is remembered does not become younger by it. */
	assert_true(seen.finish.sent.is_known);
	assert_true(seen.finish.sent.was_delivered);
	assert_int_equal(seen.finish.sent.at_ms, 9000);
	assert_int_equal(seen.returned, 1);
	confirm(true);
}

static void test_attempt_of_a_body_that_may_be_news_is_sent(void **state)
{
	struct queue_lease rows[] = {
	    {.sent = {.is_known = false}},
	    {.sent = sent_of("{\"a\":1}", true, 9000)},
	    {.sent = sent_of("{}", false, 9000)},
	    {.sent = sent_of("{}", true, 10000 - HOUR_MS)},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		start_with(&rows[i]);
		assert_int_equal(seen.sends, (int)i + 1);
		answer_status(200, "");
		assert_true(seen.finish.sent.is_known);
		assert_true(seen.finish.sent.was_delivered);
		assert_int_equal(seen.finish.sent.at_ms, 0);
		assert_memory_equal(seen.finish.sent.digest,
		    sent_of("{}", true, 0).digest, QUEUE_SENT_DIGEST_BYTES);
		confirm(true);
	}
	destination_config.unchanged_for_ms = 0;
	rows[0].sent = sent_of("{}", true, 9999);
	start_with(&rows[0]);
	assert_int_equal(seen.sends, (int)ARRAY_LEN(rows) + 1);
	answer_status(200, "");
	confirm(true);
}

static void test_attempt_remembers_what_was_sent_and_not_taken(void **state)
{
	struct queue_lease known = {.sent = sent_of("old", true, 9000)};

	(void)state;
	start_with(&known);
	answer_nothing(true);
	assert_true(seen.finish.sent.is_known);
	assert_false(seen.finish.sent.was_delivered);
	assert_memory_equal(seen.finish.sent.digest,
	    sent_of("{}", true, 0).digest, QUEUE_SENT_DIGEST_BYTES);
	confirm(true);
	/* Nothing went out: the last is still the last. */
	start_with(&known);
	answer_nothing(false);
	assert_memory_equal(seen.finish.sent.digest, known.sent.digest,
	    QUEUE_SENT_DIGEST_BYTES);
	assert_int_equal(seen.finish.sent.at_ms, 9000);
	confirm(true);
}

static void test_attempt_called_a_duplicate_is_so_if_it_was_sent_before(
    void **state)
{
	struct queue_lease mine = {.sent = sent_of("{}", false, 9000)};
	struct queue_lease others = {.sent = sent_of("other", true, 9000)};

	(void)state;
	start_with(&mine);
	answer_status(409, "Duplicated request");
	assert_int_equal(seen.finish.outcome, OUTCOME_DELIVERED);
	confirm(true);
	start_with(&others);
	answer_status(409, "Duplicated request");
	assert_int_equal(seen.finish.outcome, OUTCOME_CONFLICT);
	confirm(true);
}

static void test_attempt_as_sent_goes_out_as_it_is(void **state)
{
	static const char head[] = "\x02\x02\0\0\0\0\0\0\0\x11"
				   "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
				   "\0\0\0\x04"
				   "body";
	struct strbuf as_sent;
	struct slice rest = strbuf_slice(&element);

	(void)state;
	rest.data += JOB_HEAD_BYTES;
	rest.len -= JOB_HEAD_BYTES;
	strbuf_init(&as_sent, STRBUF_NO_LIMIT);
	strbuf_append(&as_sent, head, sizeof(head) - 1);
	strbuf_append_slice(&as_sent, rest);
	render_says = RENDER_DECLINED; /* it is not asked */
	start(strbuf_slice(&as_sent), 0, 0);
	strbuf_finish(&as_sent);
	assert_int_equal(seen.sends, 1);
	assert_string_equal(seen.body, "body");
	answer_status(200, "");
	confirm(true);
}

static void test_attempts_count_suspects_until_they_are_settled(void **state)
{
	struct queue_lease suspect = {.is_suspect = true, .losses = 1};

	(void)state;
	start_with(&suspect);
	assert_int_equal(attempts_suspects(attempts), 1);
	assert_true(metric_value(target->suspects) == 1);
	answer_status(200, "");
	assert_int_equal(attempts_suspects(attempts), 1);
	confirm(true);
	assert_int_equal(attempts_suspects(attempts), 0);
}

static void test_attempt_given_up_goes_back_unless_it_was_sent(void **state)
{
	(void)state;
	start_job();
	attempts_give_up(attempts);
	assert_int_equal(seen.cancels, 1);
	answer_nothing(false);
	assert_int_equal(seen.finish.settle, QUEUE_RELEASE);
	assert_int_equal(seen.finish.outcome, OUTCOME_RELEASED);
	confirm(true);
	start_job();
	attempts_give_up(attempts);
	answer_nothing(true);
	assert_int_equal(seen.finish.settle, QUEUE_RETRY);
	assert_int_equal(seen.finish.outcome, OUTCOME_UNKNOWN);
	confirm(true);
}

static void test_attempt_is_ended_before_its_lease_is_over(void **state)
{
	/* The margin is half of what a lease is longer than an attempt. */
	struct attempt_lane lane = lane_for((LEASE_MS - TIMEOUT_MS) / 2 + 5);
	struct queue_claim_reply reply = {.token = "t-1"};
	struct queue_lease lease = {.group = slice_of("u:a"),
	    .element = strbuf_slice(&element),
	    .id = "0-17"};

	(void)state;
	attempts_start(attempts, &lane, &reply, &lease);
	loop_run(loop); /* until the cancel */
	assert_int_equal(seen.cancels, 1);
	answer_nothing(true);
	assert_int_equal(seen.finish.outcome, OUTCOME_UNKNOWN);
	confirm(true);
}

/* As after a pause of the whole process, with the answer to a claim waiting in
 * the socket: the group is another's by now, or will be at any moment. */
static void test_attempt_whose_lease_is_over_is_not_sent(void **state)
{
	struct attempt_lane lane = lane_for((LEASE_MS - TIMEOUT_MS) / 2 - 5);
	struct queue_claim_reply reply = {.token = "t-1"};
	struct queue_lease lease = {.group = slice_of("u:a"),
	    .element = strbuf_slice(&element),
	    .id = "0-17"};

	(void)state;
	attempts_start(attempts, &lane, &reply, &lease);
	assert_int_equal(seen.sends, 0);
	assert_int_equal(seen.finish.settle, QUEUE_RELEASE);
	assert_int_equal(seen.finish.started_at_ms, 0);
	confirm(false);
}

static void test_attempt_released_goes_back_untried(void **state)
{
	struct attempt_lane lane = lane_for(LEASE_MS);
	struct queue_claim_reply reply = {.token = "t-1"};
	struct queue_lease lease = {.group = slice_of("u:a"), .id = "0-17"};

	(void)state;
	attempts_release(attempts, &lane, &reply, &lease);
	assert_int_equal(seen.sends, 0);
	assert_int_equal(seen.finish.settle, QUEUE_RELEASE);
	confirm(true);
}

static void test_attempt_fenced_is_counted(void **state)
{
	(void)state;
	start_job();
	answer_status(200, "");
	confirm(false);
	assert_true(metric_value(target->fenced) == 1);
	assert_int_equal(seen.settled, 1);
}

static void test_attempts_closed_settle_nothing_more(void **state)
{
	queue_finish_cb finish_cb;
	void *finish_arg;

	(void)state;
	start_job();
	answer_status(200, "");
	finish_cb = seen.finish_cb;
	finish_arg = seen.finish_arg;
	start_job();
	attempts_close(attempts);
	finish_cb(finish_arg, QUEUE_CLOSED, false);
	answer_nothing(true);
	assert_int_equal(seen.finishes, 1);
	assert_int_equal(seen.settled, 0);
	assert_int_equal(attempts_count(attempts), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_attempt_delivered_pops_its_job),
	    TEST(test_attempt_declined_is_skipped_unsent),
	    TEST(test_attempt_not_rendered_is_dead_with_the_reason),
	    TEST(test_attempt_of_garbage_is_dead_with_the_reason),
	    TEST(test_attempt_of_an_unchanged_body_is_not_sent),
	    TEST(test_attempt_of_a_body_that_may_be_news_is_sent),
	    TEST(test_attempt_remembers_what_was_sent_and_not_taken),
	    TEST(test_attempt_called_a_duplicate_is_so_if_it_was_sent_before),
	    TEST(test_attempt_as_sent_goes_out_as_it_is),
	    TEST(test_attempts_count_suspects_until_they_are_settled),
	    TEST(test_attempt_given_up_goes_back_unless_it_was_sent),
	    TEST(test_attempt_is_ended_before_its_lease_is_over),
	    TEST(test_attempt_whose_lease_is_over_is_not_sent),
	    TEST(test_attempt_released_goes_back_untried),
	    TEST(test_attempt_fenced_is_counted),
	    TEST(test_attempts_closed_settle_nothing_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
