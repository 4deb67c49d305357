/* What Redis's own words say about how durable it is. */
#include "common/queue/queue_ack.h"

#include <hiredis/hiredis.h>
#include <stdio.h>

#include "tests/unit/cmocka_test.h"

/* Of the reply to these bytes. */
static bool bytes_are_always(const char *bytes, size_t len)
{
	redisReader *reader = redisReaderCreate();
	void *reply = NULL;
	bool is_so;

	assert_int_equal(redisReaderFeed(reader, bytes, len), REDIS_OK);
	assert_int_equal(redisReaderGetReply(reader, &reply), REDIS_OK);
	assert_non_null(reply);
	is_so = queue_ack_is_always(reply);
	freeReplyObject(reply);
	redisReaderFree(reader);
	return is_so;
}

/* As CONFIG GET answers, and a file name beside them. NULL leaves one out. */
static bool is_always(const char *only, const char *fsync, const char *rewrite)
{
	const char *words[] = {"appendfilename", "appendonly.aof",
	    "appendfsync", fsync, "no-appendfsync-on-rewrite", rewrite,
	    "appendonly", only};
	char bytes[512];
	size_t pairs = 4 - (rewrite == NULL);
	size_t len =
	    (size_t)snprintf(bytes, sizeof(bytes), "*%zu\r\n", 2 * pairs);

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (words[i / 2 * 2 + 1] != NULL) {
			len +=
			    (size_t)snprintf(bytes + len, sizeof(bytes) - len,
				"$%zu\r\n%s\r\n", strlen(words[i]), words[i]);
		}
	}
	return bytes_are_always(bytes, len);
}

static void test_queue_ack_always_needs_all_three_settings(void **state)
{
	(void)state;
	assert_true(is_always("yes", "always", "no"));
	assert_false(is_always("no", "always", "no"));
	assert_false(is_always("yes", "everysec", "no"));
	assert_false(is_always("yes", "always", "yes"));
	assert_false(is_always("yes", "always", NULL));
}

static void test_queue_ack_always_is_not_said_by_other_replies(void **state)
{
	static const char *const replies[] = {"-NOPERM no\r\n", "*0\r\n",
	    "*-1\r\n", "*1\r\n+appendonly\r\n", "*2\r\n+appendonly\r\n:1\r\n"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(replies); i++) {
		assert_false(bytes_are_always(replies[i], strlen(replies[i])));
	}
}

static void test_queue_ack_counts_replicas_that_are_online(void **state)
{
	(void)state;
	assert_int_equal(
	    queue_ack_count_replicas(slice_of(
		"# Replication\r\nrole:master\r\nconnected_slaves:3\r\n"
		"slave0:ip=127.0.0.1,port=1,state=online,offset=9,lag=0\r\n"
		"slave1:ip=127.0.0.1,port=2,state=wait_bgsave,offset=0,lag="
		"0\r\n"
		"slave12:ip=127.0.0.1,port=3,state=online,offset=9,lag=1\r\n"
		"slave_repl_offset:state=online\r\n")),
	    2);
	assert_int_equal(
	    queue_ack_count_replicas(slice_of("slave0:state=onlin")), 0);
	assert_int_equal(
	    queue_ack_count_replicas(slice_of("slave0:state=online")), 1);
	assert_int_equal(queue_ack_count_replicas(slice_of("slave")), 0);
	assert_int_equal(queue_ack_count_replicas(slice_of("")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_queue_ack_always_needs_all_three_settings),
	    cmocka_unit_test(
		test_queue_ack_always_is_not_said_by_other_replies),
	    cmocka_unit_test(test_queue_ack_counts_replicas_that_are_online),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
