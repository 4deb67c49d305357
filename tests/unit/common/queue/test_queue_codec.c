/* Replies that are not what the scripts give: refused, never read past. */
#include "common/queue/queue_codec.h"

#include <hiredis/hiredis.h>
#include <stdlib.h>

#include "tests/unit/cmocka_test.h"

/* A reply from its wire form. */
static redisReply *read_reply(const char *wire)
{
	redisReader *reader = redisReaderCreate();
	void *reply = NULL;

	assert_int_equal(redisReaderFeed(reader, wire, strlen(wire)), REDIS_OK);
	assert_int_equal(redisReaderGetReply(reader, &reply), REDIS_OK);
	assert_non_null(reply);
	redisReaderFree(reader);
	return reply;
}

static bool decode_admission(
    const char *wire, struct queue_admission *admission)
{
	redisReply *reply = read_reply(wire);
	bool is_ok = queue_decode_admission(reply, admission);

	freeReplyObject(reply);
	return is_ok;
}

static void test_queue_codec_reads_each_verdict(void **state)
{
	struct queue_admission admission;

	(void)state;
	assert_true(decode_admission("$4\r\n0-17\r\n", &admission));
	assert_int_equal(admission.verdict, QUEUE_ACCEPTED);
	assert_string_equal(admission.id, "0-17");
	assert_true(decode_admission("$9\r\nduplicate\r\n", &admission));
	assert_int_equal(admission.verdict, QUEUE_DUPLICATE);
	assert_string_equal(admission.id, "");
	assert_true(decode_admission("$4\r\nfull\r\n", &admission));
	assert_int_equal(admission.verdict, QUEUE_FULL);
	assert_false(decode_admission(":1\r\n", &admission));
	assert_false(decode_admission("$0\r\n\r\n", &admission));
	assert_false(decode_admission("$-1\r\n", &admission));
	assert_false(decode_admission("$50\r\n01234567890123456789012345678901"
				      "234567890123456789\r\n",
	    &admission));
	assert_false(queue_decode_admission(NULL, &admission));
}

static bool decode_claim(
    const char *wire, struct queue_lease *lease, struct queue_claim_reply *out)
{
	redisReply *reply = read_reply(wire);
	bool is_ok = queue_count_leases(reply) <= 1 &&
	    queue_decode_claim(reply, lease, out);

	freeReplyObject(reply);
	return is_ok;
}

static void test_queue_codec_reads_a_claim(void **state)
{
	struct queue_claim_reply out = {0};
	struct queue_lease lease = {0};

	(void)state;
	assert_true(
	    decode_claim("*4\r\n:7\r\n:40000\r\n:-1\r\n:0\r\n", &lease, &out));
	assert_int_equal(out.count, 0);
	assert_int_equal(out.next_ms, -1);
	assert_true(decode_claim(
	    "*13\r\n:7\r\n:40000\r\n:5\r\n:1\r\n$3\r\nu:1\r\n"
	    "$1\r\nx\r\n$3\r\n0-1\r\n:2\r\n:3\r\n:4\r\n:1\r\n:9\r\n"
	    "$25\r\nabcdefghijklmnop\1\2\3\4\5\6\7\x8\1\r\n",
	    &lease, &out));
	assert_int_equal(out.count, 1);
	assert_true(out.has_more);
	assert_string_equal(lease.id, "0-1");
	assert_int_equal(lease.attempts, 2);
	assert_int_equal(lease.first_at_ms, 3);
	assert_int_equal(lease.losses, 4);
	assert_true(lease.is_suspect);
	assert_int_equal(lease.refused_at_ms, 9);
	assert_true(lease.sent.is_known);
	assert_memory_equal(lease.sent.digest, "abcdefghijklmnop", 16);
	assert_true(lease.sent.at_ms == 0x0102030405060708);
	assert_true(lease.sent.was_delivered);
}

static void test_queue_codec_reads_what_it_writes_of_the_last_body(void **state)
{
	const struct queue_sent rows[] = {
	    {.is_known = false},
	    {.is_known = true, .digest = "0123456789abcde"},
	    {.is_known = true,
		.digest = {0},
		.was_delivered = true,
		.at_ms = 1795166400123},
	};

	struct queue_sent garbage = {.is_known = true};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char bytes[QUEUE_SENT_BYTES];
		struct slice text = queue_encode_sent(&rows[i], bytes);
		struct queue_sent read;

		assert_int_equal(
		    text.len, rows[i].is_known ? QUEUE_SENT_BYTES : 0);
		queue_decode_sent(text, &read);
		assert_int_equal(read.is_known, rows[i].is_known);
		assert_memory_equal(read.digest, rows[i].digest, 16);
		assert_int_equal(read.was_delivered, rows[i].was_delivered);
		assert_true(read.at_ms == rows[i].at_ms);
	}
	queue_decode_sent(SLICE_LITERAL("of another length"), &garbage);
	assert_false(garbage.is_known);
}

static void test_queue_codec_reads_each_verdict_of_finish(void **state)
{
	static const struct {
		const char *wire;
		enum queue_finish_verdict verdict;
		bool is_one;
	} rows[] = {
	    {":0\r\n", QUEUE_NOT_CURRENT, true},
	    {":1\r\n", QUEUE_FINISHED, true},
	    {":2\r\n", QUEUE_DEAD_FULL, true},
	    {":3\r\n", QUEUE_FINISHED, false},
	    {":-1\r\n", QUEUE_FINISHED, false},
	    {"$1\r\n1\r\n", QUEUE_FINISHED, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		redisReply *reply = read_reply(rows[i].wire);
		enum queue_finish_verdict verdict = QUEUE_FINISHED;

		assert_int_equal(
		    queue_decode_verdict(reply, &verdict), rows[i].is_one);
		assert_int_equal(verdict, rows[i].verdict);
		freeReplyObject(reply);
	}
}

static void test_queue_codec_refuses_what_is_no_claim(void **state)
{
	static const char *const wires[] = {
	    "*0\r\n",
	    ":1\r\n",
	    "*3\r\n:7\r\n:40000\r\n:-1\r\n",
	    "*4\r\n:7\r\n:40000\r\n:-1\r\n$1\r\n1\r\n",
	    "*13\r\n:7\r\n:40000\r\n:5\r\n:1\r\n:1\r\n$1\r\nx\r\n$3\r\n0-1\r\n"
	    ":2\r\n:3\r\n:4\r\n:0\r\n:0\r\n$0\r\n\r\n",
	    "*13\r\n:7\r\n:40000\r\n:5\r\n:1\r\n$3\r\nu:1\r\n$1\r\nx\r\n"
	    "$0\r\n\r\n:2\r\n:3\r\n:4\r\n:0\r\n:0\r\n$0\r\n\r\n",
	    "*13\r\n:7\r\n:40000\r\n:5\r\n:1\r\n$3\r\nu:1\r\n$1\r\nx\r\n"
	    "$3\r\n0-1\r\n:2\r\n:3\r\n:4\r\n:0\r\n:0\r\n:1\r\n",
	};
	struct queue_claim_reply out = {0};
	struct queue_lease lease = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wires); i++) {
		assert_false(decode_claim(wires[i], &lease, &out));
	}
}

static void test_queue_codec_reads_a_letter_and_refuses_half_of_one(
    void **state)
{
	redisReply *reply = read_reply(
	    "*18\r\n:0\r\n$3\r\n0-1\r\n$3\r\nu:1\r\n$1\r\nx\r\n:9\r\n"
	    "$8\r\nrejected\r\n:400\r\n$4\r\nnote\r\n:2\r\n:3\r\n:4\r\n"
	    "$2\r\n{}\r\n$9\r\nevent.ftl\r\n:1\r\n"
	    ":5\r\n$8\r\nfrom2030\r\n:6\r\n:7\r\n");
	struct queue_dead_letter letter;
	size_t at = 1;

	(void)state;
	assert_true(queue_decode_letter(reply, &at, &letter));
	assert_int_equal(at, 18);
	assert_true(slice_is(letter.body, "{}"));
	assert_true(slice_is(letter.template, "event.ftl"));
	assert_string_equal(letter.id, "0-1");
	assert_int_equal(letter.outcome, OUTCOME_REJECTED);
	assert_int_equal(letter.died_at_ms, 9);
	assert_true(slice_is(letter.body, "{}"));
	assert_true(slice_is(letter.template, "event.ftl"));
	assert_int_equal(letter.history_count, 1);
	assert_int_equal(letter.history[0].took_ms, 7);
	for (size_t elements = 1; elements < 18; elements++) {
		size_t place = 1;
		size_t whole = reply->elements;

		reply->elements = elements;
		assert_false(queue_decode_letter(reply, &place, &letter));
		assert_int_equal(place, 1);
		reply->elements = whole;
	}
	reply->element[13]->integer = QUEUE_ATTEMPTS_KEPT + 1;
	at = 1;
	assert_false(queue_decode_letter(reply, &at, &letter));
	freeReplyObject(reply);
}

static void test_queue_codec_refuses_short_stats(void **state)
{
	redisReply *reply = read_reply("*2\r\n:1\r\n:2\r\n");
	struct queue_stats stats = {0};

	(void)state;
	assert_false(queue_add_stats(reply, &stats));
	freeReplyObject(reply);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_queue_codec_reads_each_verdict),
	    cmocka_unit_test(test_queue_codec_reads_a_claim),
	    cmocka_unit_test(
		test_queue_codec_reads_what_it_writes_of_the_last_body),
	    cmocka_unit_test(test_queue_codec_reads_each_verdict_of_finish),
	    cmocka_unit_test(test_queue_codec_refuses_what_is_no_claim),
	    cmocka_unit_test(
		test_queue_codec_reads_a_letter_and_refuses_half_of_one),
	    cmocka_unit_test(test_queue_codec_refuses_short_stats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
