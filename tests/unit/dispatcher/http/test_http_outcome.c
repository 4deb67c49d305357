#include "dispatcher/http/http_outcome.h"

#include "dispatcher/http/http_client.h"

#include "tests/unit/cmocka_test.h"

static enum outcome judge(int status, const char *body, bool is_repeat)
{
	struct http_result result = {.was_sent = true,
	    .is_complete = true,
	    .status = status,
	    .body = slice_of(body),
	    .retry_after_ms = -1};

	return http_outcome(&result, is_repeat);
}

static enum outcome outcome_of(int status, const char *body)
{
	return judge(status, body, false);
}

static void test_http_outcome_of_each_status(void **state)
{
	static const struct {
		int first;
		int last;
		enum outcome outcome;
	} rows[] = {
	    {0, 199, OUTCOME_UNKNOWN},
	    {200, 299, OUTCOME_DELIVERED},
	    {300, 400, OUTCOME_REJECTED},
	    {401, 401, OUTCOME_UNAUTHORIZED},
	    {402, 402, OUTCOME_REJECTED},
	    {403, 403, OUTCOME_UNAUTHORIZED},
	    {404, 407, OUTCOME_REJECTED},
	    {408, 408, OUTCOME_SERVER_ERROR},
	    {409, 409, OUTCOME_CONFLICT},
	    {410, 420, OUTCOME_REJECTED},
	    {421, 421, OUTCOME_SERVER_ERROR},
	    {422, 424, OUTCOME_REJECTED},
	    {425, 425, OUTCOME_SERVER_ERROR},
	    {426, 428, OUTCOME_REJECTED},
	    {429, 429, OUTCOME_THROTTLED},
	    {430, 499, OUTCOME_REJECTED},
	    {500, 599, OUTCOME_SERVER_ERROR},
	    {600, 999, OUTCOME_UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (int s = rows[i].first; s <= rows[i].last; s++) {
			assert_int_equal(outcome_of(s, "{}"), rows[i].outcome);
		}
	}
}

static void test_http_outcome_of_a_duplicate_of_ours_is_delivered(void **state)
{
	(void)state;
	assert_int_equal(
	    judge(409, "Duplicated request", true), OUTCOME_DELIVERED);
	assert_int_equal(
	    judge(409, "{\"error\":\"DUPLICATE of the last minute\"}", true),
	    OUTCOME_DELIVERED);
	assert_int_equal(judge(409, "duplicat", true), OUTCOME_CONFLICT);
	assert_int_equal(judge(409, "", true), OUTCOME_CONFLICT);
	assert_int_equal(
	    judge(400, "Duplicated request", true), OUTCOME_REJECTED);
}

static void test_http_outcome_of_a_duplicate_of_anothers_is_a_conflict(
    void **state)
{
	(void)state;
	assert_int_equal(
	    judge(409, "Duplicated request", false), OUTCOME_CONFLICT);
}

static void test_http_outcome_of_half_an_answer_is_unknown(void **state)
{
	struct http_result result = {.was_sent = true, .status = 200};

	(void)state;
	assert_int_equal(http_outcome(&result, false), OUTCOME_UNKNOWN);
	result.status = 400;
	assert_int_equal(http_outcome(&result, false), OUTCOME_UNKNOWN);
	result.status = 0;
	assert_int_equal(http_outcome(&result, false), OUTCOME_UNKNOWN);
}

static void test_http_outcome_of_what_was_not_sent_is_network(void **state)
{
	struct http_result result = {.was_sent = false};

	(void)state;
	assert_int_equal(http_outcome(&result, false), OUTCOME_NETWORK_ERROR);
}

static void test_http_retry_after_takes_seconds_and_dates(void **state)
{
	/* Sun, 06 Nov 1994 08:49:37 GMT */
	int64_t date_ms = 784111777000;

	(void)state;
	assert_int_equal(http_retry_after_ms(slice_of("120"), 5), 120000);
	assert_int_equal(http_retry_after_ms(slice_of(" 0 "), 5), 0);
	assert_int_equal(
	    http_retry_after_ms(
		slice_of("Sun, 06 Nov 1994 08:49:37 GMT"), date_ms - 7000),
	    7000);
	assert_int_equal(
	    http_retry_after_ms(
		slice_of("Sun, 06 Nov 1994 08:49:37 GMT"), date_ms + 7000),
	    0);
}

static void test_http_retry_after_refuses_what_is_neither(void **state)
{
	char long_text[200];

	(void)state;
	memset(long_text, '9', sizeof(long_text));
	assert_int_equal(http_retry_after_ms(slice_of(""), 5), -1);
	assert_int_equal(http_retry_after_ms(slice_of("soon"), 5), -1);
	assert_int_equal(http_retry_after_ms(slice_of("-1"), 5), -1);
	assert_int_equal(
	    http_retry_after_ms(slice_make(long_text, 200), 5), -1);
	assert_true(
	    http_retry_after_ms(slice_of("9223372036854775807"), 5) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_http_outcome_of_each_status),
	    cmocka_unit_test(
		test_http_outcome_of_a_duplicate_of_ours_is_delivered),
	    cmocka_unit_test(
		test_http_outcome_of_a_duplicate_of_anothers_is_a_conflict),
	    cmocka_unit_test(test_http_outcome_of_half_an_answer_is_unknown),
	    cmocka_unit_test(test_http_outcome_of_what_was_not_sent_is_network),
	    cmocka_unit_test(test_http_retry_after_takes_seconds_and_dates),
	    cmocka_unit_test(test_http_retry_after_refuses_what_is_neither),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
