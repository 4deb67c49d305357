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
	assert_true(
	    decode_claim("*10\r\n:7\r\n:40000\r\n:5\r\n:1\r\n$3\r\nu:1\r\n"
			 "$1\r\nx\r\n$3\r\n0-1\r\n:2\r\n:3\r\n:4\r\n",
		&lease, &out));
	assert_int_equal(out.count, 1);
	assert_true(out.has_more);
	assert_string_equal(lease.id, "0-1");
	assert_int_equal(lease.attempts, 2);
	assert_int_equal(lease.first_at_ms, 3);
	assert_int_equal(lease.losses, 4);
}

static void test_queue_codec_refuses_what_is_no_claim(void **state)
{
	static const char *const wires[] = {
	    "*0\r\n",
	    ":1\r\n",
	    "*3\r\n:7\r\n:40000\r\n:-1\r\n",
	    "*4\r\n:7\r\n:40000\r\n:-1\r\n$1\r\n1\r\n",
	    "*10\r\n:7\r\n:40000\r\n:5\r\n:1\r\n:1\r\n$1\r\nx\r\n$3\r\n0-1\r\n"
	    ":2\r\n:3\r\n:4\r\n",
	    "*10\r\n:7\r\n:40000\r\n:5\r\n:1\r\n$3\r\nu:1\r\n$1\r\nx\r\n"
	    "$0\r\n\r\n:2\r\n:3\r\n:4\r\n",
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
	    "$8\r\nrejected\r\n:400\r\n$4\r\nnote\r\n:2\r\n:3\r\n:4\r\n$2\r\n{}"
	    "\r\n"
	    "$1\r\nt\r\n:1\r\n:5\r\n$8\r\nfrom2030\r\n:6\r\n:7\r\n");
	struct queue_dead_letter letter;
	size_t at = 1;

	(void)state;
	assert_true(queue_decode_letter(reply, &at, &letter));
	assert_int_equal(at, 18);
	assert_string_equal(letter.id, "0-1");
	assert_int_equal(letter.outcome, OUTCOME_REJECTED);
	assert_int_equal(letter.died_at_ms, 9);
	assert_true(slice_is(letter.body, "{}"));
	assert_true(slice_is(letter.template, "t"));
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
	    cmocka_unit_test(test_queue_codec_refuses_what_is_no_claim),
	    cmocka_unit_test(
		test_queue_codec_reads_a_letter_and_refuses_half_of_one),
	    cmocka_unit_test(test_queue_codec_refuses_short_stats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
