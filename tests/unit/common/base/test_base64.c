#include "common/base/base64.h"

#include "tests/unit/cmocka_test.h"

static void check(struct slice bytes, const char *text)
{
	struct strbuf out;

	strbuf_init(&out, STRBUF_NO_LIMIT);
	base64_append(&out, bytes);
	assert_string_equal(strbuf_text(&out), text);
	strbuf_clear(&out);
	assert_true(base64_decode(slice_of(text), &out));
	assert_true(slice_equal(strbuf_slice(&out), bytes));
	strbuf_finish(&out);
}

static void test_base64_of_the_rfc(void **state)
{
	(void)state;
	check(SLICE_LITERAL(""), "");
	check(SLICE_LITERAL("f"), "Zg==");
	check(SLICE_LITERAL("fo"), "Zm8=");
	check(SLICE_LITERAL("foo"), "Zm9v");
	check(SLICE_LITERAL("foob"), "Zm9vYg==");
	check(SLICE_LITERAL("fooba"), "Zm9vYmE=");
	check(SLICE_LITERAL("foobar"), "Zm9vYmFy");
}

static void test_base64_keeps_every_byte(void **state)
{
	char bytes[256];
	struct strbuf text;
	struct strbuf back;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] = (char)i;
	}
	strbuf_init(&text, STRBUF_NO_LIMIT);
	strbuf_init(&back, STRBUF_NO_LIMIT);
	base64_append(&text, slice_make(bytes, sizeof(bytes)));
	assert_true(base64_decode(strbuf_slice(&text), &back));
	assert_int_equal(back.len, sizeof(bytes));
	assert_memory_equal(back.data, bytes, sizeof(bytes));
	strbuf_finish(&text);
	strbuf_finish(&back);
}

static void test_base64_refuses_what_it_does_not_write(void **state)
{
	static const char *const texts[] = {"Z", "Zg",
	    "Zg=", "Zg===", "====", "Z===", "Zg==Zg==", "Zh==", "Zm9=", "Zm 9",
	    "Zm9v\n", "Zm9-", "Zm_v", "=m9v", "Zm9v="};
	struct strbuf out;

	(void)state;
	strbuf_init(&out, STRBUF_NO_LIMIT);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		assert_false(base64_decode(slice_of(texts[i]), &out));
	}
	assert_false(base64_decode(SLICE_LITERAL("Zm9\0"), &out));
	strbuf_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_base64_of_the_rfc),
	    cmocka_unit_test(test_base64_keeps_every_byte),
	    cmocka_unit_test(test_base64_refuses_what_it_does_not_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
