#include "common/queue/queue_script.h"

#include "tests/unit/cmocka_test.h"

static void test_queue_refusal_of_each_error_says_what_follows(void **state)
{
	static const struct {
		const char *error;
		enum queue_refusal refusal;
	} cases[] = {
	    {"NOSCRIPT No matching script. Please use EVAL.",
		QUEUE_REFUSAL_UNKNOWN_SCRIPT},
	    {"RELAYEMPTY this is not the queue", QUEUE_REFUSAL_EMPTY},
	    {"RELAYDIFFERS Redis has shards 1", QUEUE_REFUSAL_DIFFERS},
	    {"READONLY You can't write against a read only replica.",
		QUEUE_REFUSAL_ELSEWHERE},
	    {"LOADING Redis is loading the dataset in memory",
		QUEUE_REFUSAL_ELSEWHERE},
	    {"MASTERDOWN Link with MASTER is down", QUEUE_REFUSAL_ELSEWHERE},
	    {"NOAUTH Authentication required.", QUEUE_REFUSAL_ELSEWHERE},
	    {"OOM command not allowed", QUEUE_REFUSAL_LATER},
	    {"MISCONF Redis is configured to save", QUEUE_REFUSAL_LATER},
	    {"BUSY Redis is busy running a script.", QUEUE_REFUSAL_LATER},
	    {"NOREPLICAS Not enough good replicas", QUEUE_REFUSAL_LATER},
	    {"CLUSTERDOWN The cluster is down", QUEUE_REFUSAL_LATER},
	    {"TRYAGAIN Multiple keys request during rehashing",
		QUEUE_REFUSAL_LATER},
	    {"LOADINGS", QUEUE_REFUSAL_LATER},
	    {"ERR Error running script (call to f_0123): @user_script:7: "
	     "@user_script: 7: -READONLY You can't write",
		QUEUE_REFUSAL_ELSEWHERE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(
		    queue_refusal_of(cases[i].error), cases[i].refusal);
	}
}

static void test_queue_refusal_text_unwraps_an_error_inside_a_script(
    void **state)
{
	(void)state;
	assert_string_equal(
	    queue_refusal_text("ERR Error running script (call to f_0123): "
			       "@user_script:7: @user_script: 7: -OOM command "
			       "not allowed when used memory > 'maxmemory'."),
	    "OOM command not allowed when used memory > 'maxmemory'.");
	assert_string_equal(queue_refusal_text("OOM command not allowed"),
	    "OOM command not allowed");
	assert_string_equal(queue_refusal_text("ERR Error running script (x)"),
	    "ERR Error running script (x)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		test_queue_refusal_of_each_error_says_what_follows),
	    cmocka_unit_test(
		test_queue_refusal_text_unwraps_an_error_inside_a_script),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
