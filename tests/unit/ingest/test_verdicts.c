#include "tests/unit/cmocka_test.h"

#include "ingest/verdicts.h"

#include <string.h>

static void add(
    struct verdicts *verdicts, enum queue_verdict verdict, const char *id)
{
	struct queue_admission admission = {.verdict = verdict};

	(void)strncpy(admission.id, id, sizeof(admission.id) - 1);
	verdicts_add(verdicts, &admission, "event");
}

static void assert_written(const struct verdicts *verdicts, const char *body)
{
	struct strbuf out;

	strbuf_init(&out, STRBUF_NO_LIMIT);
	verdicts_write(verdicts, &out);
	assert_string_equal(strbuf_text(&out), body);
	strbuf_finish(&out);
}

static void test_verdicts_of_nothing_are_good(void **state)
{
	struct verdicts verdicts;

	(void)state;
	verdicts_init(&verdicts);
	assert_true(verdicts_are_good(&verdicts));
	assert_written(
	    &verdicts, "{\"accepted\":0,\"duplicate\":0,\"jobs\":[]}\n");
	verdicts_finish(&verdicts);
}

static void test_verdicts_accepted_and_duplicate_are_good(void **state)
{
	struct verdicts verdicts;

	(void)state;
	verdicts_init(&verdicts);
	add(&verdicts, QUEUE_ACCEPTED, "0-7");
	add(&verdicts, QUEUE_DUPLICATE, "");
	add(&verdicts, QUEUE_ACCEPTED, "3-8");
	assert_true(verdicts_are_good(&verdicts));
	assert_written(&verdicts,
	    "{\"accepted\":2,\"duplicate\":1,\"jobs\":[\"0-7\",\"3-8\"]}\n");
	verdicts_finish(&verdicts);
}

static void test_verdicts_with_a_full_queue_are_bad_and_name_it(void **state)
{
	struct verdicts verdicts;

	(void)state;
	verdicts_init(&verdicts);
	add(&verdicts, QUEUE_FULL, "");
	add(&verdicts, QUEUE_ACCEPTED, "0-7");
	assert_false(verdicts_are_good(&verdicts));
	assert_written(&verdicts,
	    "{\"error\":\"the queue of the destination event is full "
	    "(max_depth)\",\"accepted\":1,\"duplicate\":0,\"full\":1,"
	    "\"unavailable\":0,\"jobs\":[\"0-7\"]}\n");
	assert_string_equal(verdicts.cause.text, verdicts.why_not.text);
	verdicts_finish(&verdicts);
}

static void test_verdicts_unavailable_tell_the_cause_to_the_log_only(
    void **state)
{
	struct verdicts verdicts;
	struct err cause;

	(void)state;
	err_set(&cause, "redis.internal:6379 \"refused\"");
	verdicts_init(&verdicts);
	verdicts_add_unavailable(&verdicts, 2, "not \"now\"", &cause);
	add(&verdicts, QUEUE_FULL, "");
	assert_false(verdicts_are_good(&verdicts));
	assert_written(&verdicts,
	    "{\"error\":\"not \\\"now\\\"\",\"accepted\":0,\"duplicate\":0,"
	    "\"full\":1,\"unavailable\":2,\"jobs\":[]}\n");
	assert_string_equal(verdicts.cause.text, cause.text);
	verdicts_finish(&verdicts);
}

static void test_verdicts_unavailable_without_cause_log_the_reason(void **state)
{
	struct verdicts verdicts;

	(void)state;
	verdicts_init(&verdicts);
	verdicts_add_unavailable(&verdicts, 1, "out of memory", NULL);
	assert_string_equal(verdicts.cause.text, "out of memory");
	verdicts_finish(&verdicts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_verdicts_of_nothing_are_good),
	    cmocka_unit_test(test_verdicts_accepted_and_duplicate_are_good),
	    cmocka_unit_test(
		test_verdicts_with_a_full_queue_are_bad_and_name_it),
	    cmocka_unit_test(
		test_verdicts_unavailable_tell_the_cause_to_the_log_only),
	    cmocka_unit_test(
		test_verdicts_unavailable_without_cause_log_the_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
