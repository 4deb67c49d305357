#include "tests/unit/common/config/config_fixture.h"

/* Caller frees. */
static char *print(const struct config *config)
{
	struct strbuf out;

	strbuf_init(&out, STRBUF_NO_LIMIT);
	config_print(config, &out);
	return strbuf_take(&out);
}

/* What is printed of the text, which must load back as the same. Caller frees.
 */
static char *print_twice(const char *text)
{
	struct config *config = fixture_load(text);
	char *once = print(config);
	char *twice;

	config_destroy(config);
	config = fixture_load(once);
	twice = print(config);
	config_destroy(config);
	assert_string_equal(twice, once);
	free(twice);
	return once;
}

static void assert_has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL) {
		fail_msg("no\n%s\nin\n%s", part, text);
	}
}

static void test_print_of_the_least_shows_every_key(void **state)
{
	char *text = print_twice(fixture_text);

	(void)state;
	assert_has(text, "identity: user_id\n");
	assert_has(text, "redis:\n  address: \"127.0.0.1:6379\"\n");
	assert_has(text, "  admin:\n    listen: \"127.0.0.1:8081\"\n");
	assert_has(text, "vars: {}\n");
	assert_has(text,
	    "routes:\n"
	    "  - path: \"/a\"\n"
	    "    destinations: [one]\n"
	    "    fields:\n"
	    "      user: \"user_id\"\n");
	assert_has(text, "  one:\n    url: \"http://127.0.0.1:1/x\"\n");
	assert_has(text, "    headers: {}\n");
	assert_has(text,
	    "    tls:\n"
	    "      ca_file: \"\"\n"
	    "    order: user\n"
	    "    after: []\n");
	assert_has(text, "      max_age: 1d\n");
	free(text);
}

static void test_print_shows_no_secret(void **state)
{
	char *text = fixture_change("    url: http://127.0.0.1:1/x\n",
	    "    url: http://u:" FIXTURE_SECRET "@a/?token=" FIXTURE_SECRET "\n"
	    "    headers:\n"
	    "      authorization: " FIXTURE_SECRET "\n"
	    "      x-a: ${env:CONFIG_TEST_SECRET}\n"
	    "      accept: '*/*'\n");
	struct strbuf whole;
	char *shown;

	(void)state;
	strbuf_init(&whole, STRBUF_NO_LIMIT);
	strbuf_append_text(&whole, text);
	strbuf_append_text(&whole,
	    "redis: {password: " FIXTURE_SECRET "}\n"
	    "vars: {a: [\"${env:CONFIG_TEST_SECRET}\"]}\n");
	shown = print_twice(strbuf_text(&whole));
	assert_null(strstr(shown, FIXTURE_SECRET));
	assert_has(shown, "    secrets:\n      - \"***\"\n");
	assert_has(shown, "  password: \"***\"\n");
	assert_has(shown, "url: \"http://u:***@a/?token=***\"\n");
	assert_has(shown,
	    "      \"authorization\": \"***\"\n"
	    "      \"x-a\": \"***\"\n"
	    "      \"accept\": \"*/*\"\n");
	assert_has(shown, "  \"a\":\n    - \"***\"\n");
	free(shown);
	free(text);
	strbuf_finish(&whole);
}

static void test_print_of_odd_texts_loads_back(void **state)
{
	char *text = fixture_change("ingest:\n",
	    "vars:\n"
	    "  ' a: #b ': \" $${x} \\\" \\\\ \\n \\u0085 \\u2028 \\x7f\"\n"
	    "  ${k}: $${env:X}\n"
	    "  empty: {list: [], map: {}, text: ''}\n"
	    "  deep: [[[{a: [1]}, ~], true], -1.5, 1e300, 0.1]\n"
	    "  texts: ['1', 'true', 'null', '~', '1.0', '-', '']\n"
	    "redis: {username: \"\\u00e4 # : - ${env:CONFIG_TEST_ODD}\"}\n"
	    "ingest:\n");
	char *shown = print_twice(text);
	struct config *config = fixture_load(text);
	struct config *again = fixture_load(shown);

	(void)state;
	assert_string_equal(again->vars_json, config->vars_json);
	assert_string_equal(again->redis.username, config->redis.username);
	assert_string_equal(
	    config->redis.username, "\xc3\xa4 # : - ${file:x} \"\n");
	config_destroy(config);
	config_destroy(again);
	free(shown);
	free(text);
}

static void test_print_says_what_overrides_set(void **state)
{
	const struct config_override override = {
	    "destinations.one.endpoint", "contact"};
	struct err err;
	struct config *config = config_load_text(
	    FIXTURE_PATH, slice_of(fixture_text), &override, 1, &err);
	char *text;

	(void)state;
	assert_non_null(config);
	text = print(config);
	assert_has(text, "    endpoint: contact\n");
	free(text);
	config_destroy(config);
}

static int set_environment(void **state)
{
	(void)state;
	return setenv("CONFIG_TEST_SECRET", FIXTURE_SECRET, 1) |
	    setenv("CONFIG_TEST_ODD", "${file:x} \"\n", 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_print_of_the_least_shows_every_key),
	    cmocka_unit_test(test_print_shows_no_secret),
	    cmocka_unit_test(test_print_of_odd_texts_loads_back),
	    cmocka_unit_test(test_print_says_what_overrides_set),
	};

	return cmocka_run_group_tests(tests, set_environment, NULL);
}
