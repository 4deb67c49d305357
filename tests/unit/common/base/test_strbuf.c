#include "common/base/strbuf.h"

#include <stdlib.h>

#include "tests/unit/cmocka_test.h"

static void test_strbuf_append_keeps_a_nul_behind(void **state)
{
	struct strbuf buf;

	(void)state;
	strbuf_init(&buf, STRBUF_NO_LIMIT);
	strbuf_append_text(&buf, "one");
	strbuf_append_char(&buf, ' ');
	strbuf_appendf(&buf, "%d", 2);
	assert_string_equal(strbuf_text(&buf), "one 2");
	assert_int_equal(buf.len, 5);
	strbuf_finish(&buf);
}

static void test_strbuf_past_the_limit_fails_and_stays_failed(void **state)
{
	struct strbuf buf;

	(void)state;
	strbuf_init(&buf, 4);
	strbuf_append_text(&buf, "1234");
	assert_false(strbuf_failed(&buf));
	strbuf_append_char(&buf, '5');
	assert_true(strbuf_failed(&buf));
	strbuf_truncate(&buf, 0);
	strbuf_append_char(&buf, '5');
	assert_int_equal(buf.len, 0);
	strbuf_clear(&buf);
	strbuf_append_char(&buf, '5');
	assert_string_equal(strbuf_text(&buf), "5");
	strbuf_finish(&buf);
}

static void test_strbuf_take_hands_the_memory_over(void **state)
{
	struct strbuf buf;
	char *text;

	(void)state;
	strbuf_init(&buf, STRBUF_NO_LIMIT);
	text = strbuf_take(&buf);
	assert_string_equal(text, "");
	free(text);
	for (int i = 0; i < 1000; i++) {
		strbuf_append_text(&buf, "0123456789");
	}
	text = strbuf_take(&buf);
	assert_int_equal(strlen(text), 10000);
	assert_int_equal(buf.len, 0);
	free(text);
	strbuf_finish(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_strbuf_append_keeps_a_nul_behind),
	    cmocka_unit_test(test_strbuf_past_the_limit_fails_and_stays_failed),
	    cmocka_unit_test(test_strbuf_take_hands_the_memory_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
