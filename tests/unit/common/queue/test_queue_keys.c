#include "common/queue/queue_keys.h"

#include <stdlib.h>

#include "tests/unit/cmocka_test.h"

static const struct queue_shard_name shard = {"relay", 3};

/* The words of a command, one a line. */
static void assert_words(struct queue_command *command, const char *expected)
{
	struct strbuf words;
	const char *at = queue_command_bytes(command).data;
	size_t count = (size_t)strtoul(at + 1, (char **)&at, 10);

	strbuf_init(&words, STRBUF_NO_LIMIT);
	at += 2;
	for (size_t i = 0; i < count; i++) {
		size_t len;

		assert_int_equal(*at, '$');
		len = (size_t)strtoul(at + 1, (char **)&at, 10);
		strbuf_append(&words, at + 2, len);
		strbuf_append_char(&words, '\n');
		at += 2 + len + 2;
	}
	assert_string_equal(strbuf_text(&words), expected);
	strbuf_finish(&words);
	queue_command_finish(command);
}

static void test_queue_keys_of_a_shard_have_its_tag(void **state)
{
	struct queue_command command;

	(void)state;
	queue_command_init(&command);
	queue_keys_add_shard(&command, shard);
	queue_keys_add_destinations(&command, shard);
	assert_words(&command,
	    "{relay:3}:meta\n{relay:3}:never\n{relay:3}:destinations\n");
}

static void test_queue_keys_of_a_block_are_in_the_scripts_order(void **state)
{
	struct queue_command command;

	(void)state;
	queue_command_init(&command);
	queue_keys_add_block(&command, shard, "event", true);
	assert_words(&command,
	    "{relay:3}:event:ready\n{relay:3}:event:leased\n"
	    "{relay:3}:event:tokens\n{relay:3}:event:waiting\n"
	    "{relay:3}:event:heads\n{relay:3}:event:attempts\n"
	    "{relay:3}:event:counts\n{relay:3}:event:wake\n"
	    "{relay:3}:event:dead\n{relay:3}:event:dead:jobs\n"
	    "{relay:3}:event:history\n"
	    "{relay:3}:event:sent:0\n{relay:3}:event:sent:1\n"
	    "{relay:3}:event:seen:0\n{relay:3}:event:seen:1\n"
	    "{relay:3}:event:seen:2\n{relay:3}:event:seen:3\n"
	    "{relay:3}:event:seen:4\n{relay:3}:event:seen:5\n"
	    "{relay:3}:event:seen:6\n");
}

static void test_queue_keys_know_a_wake_list_again(void **state)
{
	(void)state;
	assert_true(queue_keys_is_wake(
	    SLICE_LITERAL("{relay:3}:event:wake"), shard, "event"));
	assert_false(queue_keys_is_wake(
	    SLICE_LITERAL("{relay:3}:event:wake"), shard, "contact"));
	assert_false(queue_keys_is_wake(
	    SLICE_LITERAL("{relay:2}:event:wake"), shard, "event"));
}

static void test_queue_keys_find_the_shard_of_an_id(void **state)
{
	(void)state;
	assert_true(queue_keys_may_hold(3, "3-17"));
	assert_false(queue_keys_may_hold(3, "13-17"));
	assert_false(queue_keys_may_hold(3, "30-17"));
	assert_true(queue_keys_may_hold(3, "?da39a3ee5e6b4b0d"));
	assert_true(queue_keys_may_hold(3, ""));
	assert_true(queue_keys_may_hold(3, "17"));
}

static void test_queue_command_holds_any_bytes(void **state)
{
	struct queue_command command;
	static const char expected[] = "*3\r\n$3\r\nSET\r\n$4\r\na\0\r\n\r\n"
				       "$2\r\n-1\r\n";

	(void)state;
	queue_command_init(&command);
	queue_command_add_text(&command, "SET");
	queue_command_add(&command, slice_make("a\0\r\n", 4));
	queue_command_add_number(&command, -1);
	assert_true(slice_equal(queue_command_bytes(&command),
	    slice_make(expected, sizeof(expected) - 1)));
	queue_command_finish(&command);
}

static void test_queue_command_of_many_words_counts_them(void **state)
{
	struct queue_command command;

	(void)state;
	queue_command_init(&command);
	for (int i = 0; i < 123456; i++) {
		queue_command_add(&command, slice_make(NULL, 0));
	}
	assert_true(slice_starts_with(
	    queue_command_bytes(&command), "*123456\r\n$0\r\n\r\n"));
	queue_command_finish(&command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_queue_keys_of_a_shard_have_its_tag),
	    cmocka_unit_test(
		test_queue_keys_of_a_block_are_in_the_scripts_order),
	    cmocka_unit_test(test_queue_keys_know_a_wake_list_again),
	    cmocka_unit_test(test_queue_keys_find_the_shard_of_an_id),
	    cmocka_unit_test(test_queue_command_holds_any_bytes),
	    cmocka_unit_test(test_queue_command_of_many_words_counts_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
