#include "tests/unit/cmocka_test.h"

#include "ingest/gunzip.h"

#include "common/base/mem.h"
#include "common/base/strbuf.h"

#include <stdlib.h>
#include <zlib.h>

enum {
	MAX_BYTES = 100000,
	BOMB_MAX = 200 * 1024, /* of a hundred mebibytes */
};

static int set_up(void **state)
{
	*state = gunzip_create(MAX_BYTES);
	return 0;
}

static int tear_down(void **state)
{
	gunzip_destroy(*state);
	return 0;
}

/* Appends `text` as a file of gzip. */
static void append_gzip(struct strbuf *out, struct slice text)
{
	size_t room = text.len + 1000;
	z_stream stream = {0};

	assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8,
			     Z_DEFAULT_STRATEGY),
	    Z_OK);
	assert_true(strbuf_reserve(out, room));
	stream.next_in = (Bytef *)(void *)text.data;
	stream.avail_in = (uInt)text.len;
	stream.next_out = (Bytef *)(out->data + out->len);
	stream.avail_out = (uInt)room;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	out->len += stream.total_out;
	assert_int_equal(deflateEnd(&stream), Z_OK);
}

static struct strbuf gzip_of(const char *text)
{
	struct strbuf out;

	strbuf_init(&out, STRBUF_NO_LIMIT);
	append_gzip(&out, slice_of(text));
	return out;
}

static void assert_expands(
    struct gunzip *gunzip, const struct strbuf *body, const char *wanted)
{
	struct slice expanded;
	struct err err;

	assert_int_equal(
	    gunzip_expand(gunzip, strbuf_slice(body), &expanded, &err),
	    GUNZIP_OK);
	assert_true(slice_is(expanded, wanted));
}

static enum gunzip_status expand(struct gunzip *gunzip, struct slice body)
{
	struct slice expanded;
	struct err err = {.text = ""};
	enum gunzip_status status =
	    gunzip_expand(gunzip, body, &expanded, &err);

	assert_true(status == GUNZIP_OK || err.text[0] != '\0');
	return status;
}

static char *zeros(size_t len)
{
	char *text = xmalloc(len + 1);

	memset(text, '0', len);
	text[len] = '\0';
	return text;
}

static void test_gunzip_expands_one_body_after_the_other(void **state)
{
	struct strbuf first = gzip_of("{\"a\":1}");
	struct strbuf second = gzip_of("");

	for (int i = 0; i < 3; i++) {
		assert_expands(*state, &first, "{\"a\":1}");
		assert_expands(*state, &second, "");
	}
	strbuf_finish(&first);
	strbuf_finish(&second);
}

static void test_gunzip_joins_members(void **state)
{
	struct strbuf body = gzip_of("[");

	append_gzip(&body, SLICE_LITERAL("{},"));
	append_gzip(&body, SLICE_LITERAL(""));
	append_gzip(&body, SLICE_LITERAL("{}]"));
	assert_expands(*state, &body, "[{},{}]");
	strbuf_finish(&body);
}

static void test_gunzip_limit_is_of_what_it_expands_to(void **state)
{
	char *fits = zeros(MAX_BYTES);
	char *over = zeros(MAX_BYTES + 1);
	struct strbuf fitting = gzip_of(fits);
	struct strbuf too_large = gzip_of(over);

	assert_expands(*state, &fitting, fits);
	assert_int_equal(
	    expand(*state, strbuf_slice(&too_large)), GUNZIP_TOO_LARGE);
	assert_expands(*state, &fitting, fits);

	append_gzip(&fitting, SLICE_LITERAL("0"));
	assert_int_equal(
	    expand(*state, strbuf_slice(&fitting)), GUNZIP_TOO_LARGE);
	strbuf_finish(&fitting);
	strbuf_finish(&too_large);
	free(fits);
	free(over);
}

static void test_gunzip_bomb_ends_at_the_limit(void **state)
{
	size_t len = (size_t)100 * 1024 * 1024;
	char *text = zeros(len);
	struct strbuf bomb = gzip_of(text);

	free(text);
	assert_true(bomb.len < BOMB_MAX);
	assert_int_equal(expand(*state, strbuf_slice(&bomb)), GUNZIP_TOO_LARGE);
	strbuf_finish(&bomb);
}

static void test_gunzip_of_a_part_is_bad(void **state)
{
	struct strbuf body = gzip_of("{\"a\":\"some text, some text\"}");

	for (size_t len = 0; len < body.len; len++) {
		assert_int_equal(
		    expand(*state, slice_make(body.data, len)), GUNZIP_BAD);
	}
	strbuf_finish(&body);
}

static void test_gunzip_of_other_bytes_is_bad(void **state)
{
	static const char *const cases[] = {
	    "{}", "x", "\x1f\x8b\x08 nonsense", "\x78\x9c\x03", "PK\x03\x04"};
	struct strbuf body = gzip_of("{}");

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(
		    expand(*state, slice_of(cases[i])), GUNZIP_BAD);
	}
	strbuf_append_text(&body, "and more");
	assert_int_equal(expand(*state, strbuf_slice(&body)), GUNZIP_BAD);
	strbuf_truncate(&body, body.len - 8);
	body.data[body.len - 5] ^= 1; /* of the check sum */
	assert_int_equal(expand(*state, strbuf_slice(&body)), GUNZIP_BAD);
	strbuf_finish(&body);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(test_gunzip_expands_one_body_after_the_other),
	    TEST(test_gunzip_joins_members),
	    TEST(test_gunzip_limit_is_of_what_it_expands_to),
	    TEST(test_gunzip_bomb_ends_at_the_limit),
	    TEST(test_gunzip_of_a_part_is_bad),
	    TEST(test_gunzip_of_other_bytes_is_bad),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
