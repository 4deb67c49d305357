#include "tests/unit/cmocka_test.h"

#include "ingest/gate/http_chunks.h"

#include <stdio.h>

enum {
	BODY_MAX = 20,
};

/* Gives `text` in pieces of `size` bytes. What is read is in *body, what is
 * left over in *rest. 0 while there is more to come, 200 at the end, else the
 * fault. */
static int take(
    const char *text, size_t size, struct strbuf *body, struct slice *rest)
{
	struct http_chunks chunks;
	struct http_fault fault;

	http_chunks_init(&chunks);
	strbuf_init(body, BODY_MAX);
	*rest = slice_of(text);
	while (rest->len > 0) {
		struct slice piece = *rest;
		size_t used;

		piece.len = piece.len < size ? piece.len : size;
		switch (http_chunks_take(&chunks, piece, body, &used, &fault)) {
		case HTTP_CHUNKS_MORE:
			assert_int_equal(used, piece.len);
			*rest = slice_from(*rest, used);
			break;
		case HTTP_CHUNKS_END:
			*rest = slice_from(*rest, used);
			return 200;
		case HTTP_CHUNKS_BAD:
			assert_true(fault.reason.text[0] != '\0');
			return fault.status;
		}
	}
	return 0;
}

static int status_of(const char *text)
{
	struct strbuf body;
	struct slice rest;
	int status = take(text, 1000, &body, &rest);

	strbuf_finish(&body);
	return status;
}

static void assert_body(const char *text, const char *wanted)
{
	size_t sizes[] = {1, 2, 3, 5, 1000};

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct strbuf body;
		struct slice rest;

		assert_int_equal(take(text, sizes[i], &body, &rest), 200);
		assert_string_equal(strbuf_text(&body), wanted);
		assert_true(slice_is(rest, "NEXT"));
		strbuf_finish(&body);
	}
}

static void test_http_chunks_are_joined_whatever_the_pieces(void **state)
{
	(void)state;
	assert_body("0\r\n\r\nNEXT", "");
	assert_body("5\r\nhello\r\n1\r\n!\r\n0\r\n\r\nNEXT", "hello!");
	assert_body("a\r\n0123456789\r\nA\r\n0123456789\r\n00\r\n\r\nNEXT",
	    "01234567890123456789");
	assert_body("000000000000001\r\nx\r\n0\r\n\r\nNEXT", "x");
	assert_body("2\r\n\r\n\r\n0\r\n\r\nNEXT", "\r\n");
}

static void test_http_chunks_extensions_and_trailers_are_forgotten(void **state)
{
	(void)state;
	assert_body("1;a=b;c=\"d\"\r\nx\r\n0 ;e\r\n\r\nNEXT", "x");
	assert_body(
	    "1\r\nx\r\n0\r\nA: b\r\nContent-Length: 3\r\n\r\nNEXT", "x");
}

static void test_http_chunks_without_their_end_wait(void **state)
{
	static const char text[] = "2\r\nab\r\n0\r\nA: b\r\n\r\n";
	char copy[sizeof(text)];

	(void)state;
	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		memcpy(copy, text, len);
		copy[len] = '\0';
		assert_int_equal(status_of(copy), 0);
	}
	assert_int_equal(status_of(text), 200);
}

static void test_http_chunks_that_are_none_are_refused(void **state)
{
	static const char *const cases[] = {
	    "\r\n",
	    "\n",
	    ";a\r\n",
	    " 1\r\n",
	    "+1\r\n",
	    "-1\r\n",
	    "0x1\r\n",
	    "g\r\n",
	    "1\n",
	    "1\rx",
	    "1 \n",
	    "1;\x01\r\n",
	    "1;a\rb\r\n",
	    "1\r\nxy\r\n",
	    "1\r\nx\n",
	    "1\r\nx\rx",
	    "1\r\nx0\r\n",
	    "0\r\n\n",
	    "0\r\nA: b\n",
	    "0\r\nA: \x01\r\n",
	    "0\r\n\rx",
	    "00000000000000001\r\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (status_of(cases[i]) != 400) {
			fail_msg("not refused: %s", cases[i]);
		}
	}
}

static void test_http_chunks_over_the_limit_are_refused_by_their_size(
    void **state)
{
	(void)state;
	assert_int_equal(status_of("15\r\n"), 413);
	assert_int_equal(status_of("1\r\nx\r\n14\r\n"), 413);
	assert_int_equal(status_of("ffffffffffffffff\r\n"), 413);
	assert_int_equal(status_of("14\r\n"), 0);
}

static void test_http_chunks_overhead_has_a_limit(void **state)
{
	char text[8192];

	(void)state;
	(void)snprintf(text, sizeof(text), "1;%05000d", 1);
	assert_int_equal(status_of(text), 400);
	(void)snprintf(text, sizeof(text), "0\r\nA: %05000d", 1);
	assert_int_equal(status_of(text), 400);
	(void)snprintf(text, sizeof(text),
	    "0\r\nA: %02000d\r\nA: %02000d\r\nA: %02000d", 1, 1, 1);
	assert_int_equal(status_of(text), 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_http_chunks_are_joined_whatever_the_pieces),
	    cmocka_unit_test(
		test_http_chunks_extensions_and_trailers_are_forgotten),
	    cmocka_unit_test(test_http_chunks_without_their_end_wait),
	    cmocka_unit_test(test_http_chunks_that_are_none_are_refused),
	    cmocka_unit_test(
		test_http_chunks_over_the_limit_are_refused_by_their_size),
	    cmocka_unit_test(test_http_chunks_overhead_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
