#include "tests/unit/cmocka_test.h"

#include "ingest/gate/http_head.h"

#include "common/base/mem.h"
#include "common/base/strbuf.h"

#include <stdio.h>
#include <stdlib.h>

#define HOST "Host: h\r\n"

/* Both functions, as a connection calls them. The head points into `text`. */
static int read_head(const char *text, struct http_head *head)
{
	struct slice bytes = slice_of(text);
	struct http_head_search search = {0};
	struct http_fault fault;

	*head = (struct http_head){.minor = -1};
	switch (http_head_find(bytes, &search, &fault)) {
	case HTTP_HEAD_PART:
		return 0;
	case HTTP_HEAD_BAD:
		assert_true(fault.reason.text[0] != '\0');
		return fault.status;
	case HTTP_HEAD_WHOLE:
		break;
	}
	bytes.len = search.len;
	if (http_head_read(bytes, head, &fault)) {
		return 200;
	}
	assert_true(fault.reason.text[0] != '\0');
	return fault.status;
}

static int status_of(const char *text)
{
	struct http_head head;

	return read_head(text, &head);
}

/* A request with these lines beside its Host. */
static int status_with(const char *lines, struct http_head *head)
{
	static char text[512];

	(void)snprintf(
	    text, sizeof(text), "POST / HTTP/1.1\r\n" HOST "%s\r\n", lines);
	return read_head(text, head);
}

static void assert_slice(struct slice slice, const char *text)
{
	if (!slice_is(slice, text)) {
		fail_msg("\"%.*s\" is not \"%s\"", SLICE_ARGS(slice), text);
	}
}

static void test_http_head_is_read(void **state)
{
	struct http_head head;

	(void)state;
	assert_int_equal(
	    read_head("POST /a/b?c=d HTTP/1.1\r\nHost: h\r\n"
		      "content-LENGTH: 0012\r\nX-Y:\t a \"b\" \xc3\xbc\t\r\n"
		      "Empty:\r\nx-y: second\r\n\r\nbody",
		&head),
	    200);
	assert_slice(head.method, "POST");
	assert_slice(head.path, "/a/b");
	assert_int_equal(head.minor, 1);
	assert_int_equal(head.framing, HTTP_LENGTH);
	assert_int_equal(head.length, 12);
	assert_false(head.closes);
	assert_false(head.expects_continue);
	assert_int_equal(head.field_count, 5);
	assert_slice(
	    http_head_field(&head, SLICE_LITERAL("X-y")), "a \"b\" \xc3\xbc");
	assert_non_null(http_head_field(&head, SLICE_LITERAL("empty")).data);
	assert_null(http_head_field(&head, SLICE_LITERAL("none")).data);
}

static void test_http_head_end_is_found_whatever_the_pieces(void **state)
{
	static const char text[] = "POST / HTTP/1.1\r\n" HOST "A: b\r\n\r\nGET";
	size_t len = sizeof(text) - 1 - 3;
	struct http_head_search search = {0};
	struct http_fault fault;

	(void)state;
	for (size_t i = 1; i < len; i++) {
		assert_int_equal(
		    http_head_find(slice_make(text, i), &search, &fault),
		    HTTP_HEAD_PART);
	}
	assert_int_equal(
	    http_head_find(slice_make(text, sizeof(text) - 1), &search, &fault),
	    HTTP_HEAD_WHOLE);
	assert_int_equal(search.len, len);
}

static void test_http_head_target_gives_its_path(void **state)
{
	static const struct {
		const char *target;
		const char *path;
	} cases[] = {
	    {"/", "/"},
	    {"/a", "/a"},
	    {"/a?b?c", "/a"},
	    {"/a:b//c", "/a:b//c"},
	    {"http://h/a?b", "/a"},
	    {"HTTPS://user@h:1//a", "//a"},
	    {"http://h", "/"},
	    {"http://h?a=/b", "/"},
	    {"http://", "/"},
	    {"http:/a", "http:/a"},
	    {"a:1", "a:1"},
	    {"*", "*"},
	    {"?a", "/"},
	};
	struct http_head head;
	char text[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		(void)snprintf(text, sizeof(text),
		    "POST %s HTTP/1.1\r\n" HOST "\r\n", cases[i].target);
		assert_int_equal(read_head(text, &head), 200);
		assert_slice(head.path, cases[i].path);
	}
}

static void test_http_head_first_line_that_is_none_is_refused(void **state)
{
	static const struct {
		const char *line;
		int status;
	} cases[] = {
	    {"GET /\r\n", 400},
	    {"GET\r\n", 400},
	    {"GET / HTTP/1.1 \r\n", 400},
	    {"GET  / HTTP/1.1\r\n", 400},
	    {"GET /\tHTTP/1.1\r\n", 400},
	    {"GET / a HTTP/1.1\r\n", 400},
	    {" GET / HTTP/1.1\r\n", 400},
	    {"G@T / HTTP/1.1\r\n", 400},
	    {"GET /\xc3\xbc HTTP/1.1\r\n", 400},
	    {"GET /\x01 HTTP/1.1\r\n", 400},
	    {"GET / http/1.1\r\n", 400},
	    {"GET / HTTP/11\r\n", 400},
	    {"GET / HTTP/1.1.1\r\n", 400},
	    {"GET / HTTP/-1.1\r\n", 400},
	    {"GET / HTTP/1.+1\r\n", 400},
	    {"GET / HTTP/0.9\r\n", 505},
	    {"GET / HTTP/2.0\r\n", 505},
	    {"PRI * HTTP/2.0\r\n", 505},
	    {"AVERYLONGMETHODTHATNOBODYEVERCALLED / HTTP/1.1\r\n", 400},
	    {"\x16\x03\x01\x02", 400},
	    {"{\"a\":1}", 400},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (status_of(cases[i].line) != cases[i].status) {
			fail_msg("not %d: %s", cases[i].status, cases[i].line);
		}
	}
}

static void test_http_head_minor_version_is_0_or_1(void **state)
{
	struct http_head head;

	(void)state;
	assert_int_equal(read_head("GET / HTTP/1.0\r\n\r\n", &head), 200);
	assert_int_equal(head.minor, 0);
	assert_int_equal(
	    read_head("GET / HTTP/1.7\r\n" HOST "\r\n", &head), 200);
	assert_int_equal(head.minor, 1);
}

static void test_http_head_sloppy_lines_are_refused(void **state)
{
	static const char *const cases[] = {
	    "A: b\n",	  /* no CR */
	    "A: b\r\n\n", /* no CR at the end */
	    "A: \rb\r\n", /* CR in the middle */
	    " A: b\r\n",  /* folded */
	    "\tA: b\r\n",
	    "A : b\r\n", /* the name of something else to some */
	    "A\t: b\r\n",
	    ": b\r\n",
	    "A\r\n",
	    "A b: c\r\n",
	    "A\xc3\xbc: b\r\n",
	    "A(): b\r\n",
	    "A: \x01\r\n",
	    "A: b\x7f\r\n",
	};
	struct http_head head;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (status_with(cases[i], &head) != 400) {
			fail_msg("not refused: %s", cases[i]);
		}
	}
}

static void test_http_head_nul_is_refused_anywhere(void **state)
{
	static const char text[] =
	    "POST /a HTTP/1.1\r\nHost: h\r\nAb: cd\r\n\r\n";
	struct http_head head;

	(void)state;
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		char copy[sizeof(text)];
		struct slice bytes = slice_make(copy, sizeof(text) - 1);
		struct http_head_search search = {0};
		struct http_fault fault;
		enum http_head_found found;

		memcpy(copy, text, sizeof(text));
		copy[i] = '\0';
		found = http_head_find(bytes, &search, &fault);
		if (found == HTTP_HEAD_WHOLE) {
			bytes.len = search.len;
			assert_false(http_head_read(bytes, &head, &fault));
			assert_int_equal(fault.status, 400);
		}
	}
}

static void test_http_head_length_is_one_number(void **state)
{
	static const char *const refused[] = {
	    "Content-Length: \r\n",
	    "Content-Length: +5\r\n",
	    "Content-Length: -5\r\n",
	    "Content-Length: 5 \t5\r\n",
	    "Content-Length: 5,5\r\n",
	    "Content-Length: 0x5\r\n",
	    "Content-Length: 5.0\r\n",
	    "Content-Length: 5\r\nContent-Length: 5\r\n",
	    "Content-Length: 5\r\ncontent-length: 6\r\n",
	    "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
	    "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
	    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
	    "Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n",
	    "Transfer-Encoding : chunked\r\nContent-Length: 5\r\n",
	    "Transfer-Encoding:\r\n chunked\r\n",
	};
	struct http_head head;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		if (status_with(refused[i], &head) != 400) {
			fail_msg("not refused: %s", refused[i]);
		}
	}
	assert_int_equal(
	    status_with("Content-Length: 123456789012345678901\r\n", &head),
	    200);
	assert_true(head.length == INT64_MAX);
	assert_int_equal(
	    status_with("Content-Length: 000000000000000000000001\r\n", &head),
	    200);
	assert_int_equal(head.length, 1);
	assert_int_equal(
	    read_head(
		"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", &head),
	    400);
}

static void test_http_head_framing_is_told(void **state)
{
	static const struct {
		const char *lines;
		enum http_framing framing;
	} cases[] = {
	    {"", HTTP_NO_LENGTH},
	    {"Content-Length: 0\r\n", HTTP_LENGTH},
	    {"Transfer-Encoding: Chunked\r\n", HTTP_CHUNKED},
	    {"Transfer-Encoding: gzip, chunked\r\n", HTTP_OTHER_CODING},
	    {"Transfer-Encoding: chunked, chunked\r\n", HTTP_OTHER_CODING},
	    {"Transfer-Encoding: identity\r\n", HTTP_OTHER_CODING},
	    {"Transfer-Encoding: \r\n", HTTP_OTHER_CODING},
	};
	struct http_head head;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(status_with(cases[i].lines, &head), 200);
		assert_int_equal(head.framing, cases[i].framing);
	}
}

static void test_http_head_says_whether_the_connection_is_kept(void **state)
{
	static const struct {
		const char *version;
		const char *lines;
		bool closes;
	} cases[] = {
	    {"1.1", "", false},
	    {"1.1", "Connection: keep-alive\r\n", false},
	    {"1.1", "Connection: CLOSE\r\n", true},
	    {"1.1", "Connection: upgrade , close\r\n", true},
	    {"1.1", "Connection: closed\r\n", false},
	    {"1.0", "", true},
	    {"1.0", "Connection: Keep-Alive\r\n", false},
	    {"1.0", "Connection: close, keep-alive\r\n", true},
	    {"1.0", "Connection: ,\r\n", true},
	};
	struct http_head head;
	char text[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		(void)snprintf(text, sizeof(text),
		    "GET / HTTP/%s\r\n" HOST "%s\r\n", cases[i].version,
		    cases[i].lines);
		assert_int_equal(read_head(text, &head), 200);
		assert_int_equal(head.closes, cases[i].closes);
	}
}

static void test_http_head_expectation_is_continue_or_refused(void **state)
{
	struct http_head head;

	(void)state;
	assert_int_equal(status_with("Expect: 100-Continue\r\n", &head), 200);
	assert_true(head.expects_continue);
	assert_int_equal(status_with("Expect: 200-ok\r\n", &head), 417);
	assert_int_equal(
	    read_head("POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n", &head),
	    200);
	assert_false(head.expects_continue);
}

static void test_http_head_has_one_host(void **state)
{
	(void)state;
	assert_int_equal(status_of("GET / HTTP/1.1\r\n\r\n"), 400);
	assert_int_equal(status_of("GET / HTTP/1.0\r\n\r\n"), 200);
	assert_int_equal(status_of("GET / HTTP/1.1\r\n" HOST HOST "\r\n"), 400);
	assert_int_equal(status_of("GET / HTTP/1.0\r\n" HOST HOST "\r\n"), 400);
}

static void test_http_head_of_too_many_fields_is_refused(void **state)
{
	struct strbuf text;

	(void)state;
	strbuf_init(&text, STRBUF_NO_LIMIT);
	strbuf_append_text(&text, "GET / HTTP/1.1\r\n" HOST);
	for (size_t i = 1; i < HTTP_FIELDS_MAX; i++) {
		strbuf_append_text(&text, "A:\r\n");
	}
	strbuf_append_text(&text, "\r\n");
	assert_int_equal(status_of(strbuf_text(&text)), 200);
	strbuf_truncate(&text, text.len - 2);
	strbuf_append_text(&text, "A:\r\n\r\n");
	assert_int_equal(status_of(strbuf_text(&text)), 431);
	strbuf_finish(&text);
}

static void test_http_head_that_does_not_end_is_refused(void **state)
{
	struct http_head_search search = {0};
	struct http_fault fault;
	char *text = xcalloc(1, HTTP_HEAD_BYTES);

	(void)state;
	memset(text, 'a', HTTP_HEAD_BYTES);
	assert_int_equal(http_head_find(slice_make(text, HTTP_HEAD_BYTES - 1),
			     &search, &fault),
	    HTTP_HEAD_PART);
	assert_int_equal(
	    http_head_find(slice_make(text, HTTP_HEAD_BYTES), &search, &fault),
	    HTTP_HEAD_BAD);
	assert_int_equal(fault.status, 431);
	free(text);
}

static void test_http_head_fault_quotes_a_name_of_any_length(void **state)
{
	char text[1024];
	int len = snprintf(
	    text, sizeof(text), "GET / HTTP/1.1\r\n%0600d: \x01\r\n\r\n", 1);

	(void)state;
	assert_true(len > 600);
	assert_int_equal(status_of(text), 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_http_head_is_read),
	    cmocka_unit_test(test_http_head_end_is_found_whatever_the_pieces),
	    cmocka_unit_test(test_http_head_target_gives_its_path),
	    cmocka_unit_test(test_http_head_first_line_that_is_none_is_refused),
	    cmocka_unit_test(test_http_head_minor_version_is_0_or_1),
	    cmocka_unit_test(test_http_head_sloppy_lines_are_refused),
	    cmocka_unit_test(test_http_head_nul_is_refused_anywhere),
	    cmocka_unit_test(test_http_head_length_is_one_number),
	    cmocka_unit_test(test_http_head_framing_is_told),
	    cmocka_unit_test(
		test_http_head_says_whether_the_connection_is_kept),
	    cmocka_unit_test(test_http_head_expectation_is_continue_or_refused),
	    cmocka_unit_test(test_http_head_has_one_host),
	    cmocka_unit_test(test_http_head_of_too_many_fields_is_refused),
	    cmocka_unit_test(test_http_head_that_does_not_end_is_refused),
	    cmocka_unit_test(test_http_head_fault_quotes_a_name_of_any_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
