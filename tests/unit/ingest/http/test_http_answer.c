#include "tests/unit/cmocka_test.h"

#include "ingest/http/http_answer.h"

static const struct http_answer refusal = {
    .status = 503,
    .headers = {"Retry-After: 7\r\n", 16},
    .body = {"{}\n", 3},
};

static void assert_written(const struct http_answer *answer,
    const struct http_answer_form *form, const char *wanted)
{
	struct strbuf out;

	strbuf_init(&out, STRBUF_NO_LIMIT);
	http_answer_write(&out, answer, form);
	assert_string_equal(strbuf_text(&out), wanted);
	strbuf_finish(&out);
}

static void test_http_answer_is_written_whole(void **state)
{
	(void)state;
	assert_written(&refusal,
	    &(struct http_answer_form){.date = "today", .has_body = true},
	    "HTTP/1.1 503 Service Unavailable\r\nDate: today\r\n"
	    "Content-Length: 3\r\nRetry-After: 7\r\n\r\n{}\n");
}

static void test_http_answer_to_head_has_no_body(void **state)
{
	struct http_answer last = refusal;

	(void)state;
	last.closes = true;
	assert_written(&last,
	    &(struct http_answer_form){.date = "d", .says_keep_alive = true},
	    "HTTP/1.1 503 Service Unavailable\r\nDate: d\r\n"
	    "Content-Length: 3\r\nRetry-After: 7\r\n"
	    "Connection: close\r\n\r\n");
}

static void test_http_answer_says_that_the_connection_is_kept(void **state)
{
	(void)state;
	assert_written(&(struct http_answer){.status = 299},
	    &(struct http_answer_form){
		.date = "d", .has_body = true, .says_keep_alive = true},
	    "HTTP/1.1 299 Error\r\nDate: d\r\nContent-Length: 0\r\n"
	    "Connection: keep-alive\r\n\r\n");
}

static void test_http_date_follows_the_time(void **state)
{
	struct http_date date = {0};

	(void)state;
	assert_string_equal(
	    http_date_text(&date, 0), "Thu, 01 Jan 1970 00:00:00 GMT");
	assert_string_equal(http_date_text(&date, 784111777999),
	    "Sun, 06 Nov 1994 08:49:37 GMT");
	assert_string_equal(http_date_text(&date, 784111778000),
	    "Sun, 06 Nov 1994 08:49:38 GMT");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_http_answer_is_written_whole),
	    cmocka_unit_test(test_http_answer_to_head_has_no_body),
	    cmocka_unit_test(test_http_answer_says_that_the_connection_is_kept),
	    cmocka_unit_test(test_http_date_follows_the_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
