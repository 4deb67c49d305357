#include "common/config/config_url.h"

#include "tests/unit/cmocka_test.h"

static void test_url_that_is_one_is_valid(void **state)
{
	const char *const urls[] = {"http://a", "https://a.example/b/c?d=e&f",
	    "http://127.0.0.1:8090/api", "http://[::1]:1/", "https://u:p@a/",
	    "https://a?b"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		assert_true(config_url_is_valid(slice_of(urls[i])));
	}
}

static void test_url_that_is_none_is_not_valid(void **state)
{
	const char *const urls[] = {"", "a", "/a", "ftp://a", "file:///etc",
	    "http:", "http://", "http:///a", "https://?a", "https://:80",
	    "https://@a", "HTTP://a", " http://a", "http://a b", "http://a\n",
	    "http://a/\xc3\xa4", "http://a/#b"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		if (config_url_is_valid(slice_of(urls[i]))) {
			fail_msg("%s", urls[i]);
		}
	}
}

static void assert_shown(const char *url, const char *expected)
{
	struct strbuf once;
	struct strbuf twice;

	strbuf_init(&once, STRBUF_NO_LIMIT);
	strbuf_init(&twice, STRBUF_NO_LIMIT);
	config_url_append_masked(&once, slice_of(url));
	assert_string_equal(strbuf_text(&once), expected);
	config_url_append_masked(&twice, strbuf_slice(&once));
	assert_string_equal(strbuf_text(&twice), expected);
	strbuf_finish(&once);
	strbuf_finish(&twice);
}

static void test_url_is_shown_without_its_secrets(void **state)
{
	(void)state;
	assert_shown(
	    "https://a.example:1/b?c=d&e", "https://a.example:1/b?c=d&e");
	assert_shown("https://u:p@a/", "https://u:***@a/");
	assert_shown("https://u:p@q:r@a", "https://u:***@a");
	assert_shown("https://token@a/@b", "https://***@a/@b");
	assert_shown("https://a/?token=t", "https://a/?token=***");
	assert_shown("https://a?x=1&api_key=k=2&y&secret=&Password=p",
	    "https://a?x=1&api_key=***&y&secret=&Password=***");
	assert_shown("https://a/?&&=", "https://a/?&&=");
	assert_shown("no url", "no url");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_url_that_is_one_is_valid),
	    cmocka_unit_test(test_url_that_is_none_is_not_valid),
	    cmocka_unit_test(test_url_is_shown_without_its_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
