#include "common/config/config_table.h"

#include <string.h>

#include "common/base/attr.h"
#include "common/config/config.h"
#include "common/config/config_value.h"

#include "tests/unit/cmocka_test.h"

/* Enough for any of the structs that a row's offset is into. */
union holder {
	struct config config;
	struct config_route route;
	struct config_destination destination;
};

static void test_table_defaults_are_of_their_types_and_in_range(void **state)
{
	(void)state;
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];
		union holder holder = {.config = {.path = NULL}};
		struct err err;

		if (key->fallback == NULL ||
		    !config_value_is_scalar(key->type)) {
			continue;
		}
		if (!config_value_set(
			key, &holder, slice_of(key->fallback), true, &err)) {
			fail_msg("%s: %s", key->path, err.text);
		}
		config_value_free(key, &holder);
	}
}

static void test_table_rows_say_what_they_are_for(void **state)
{
	(void)state;
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];

		assert_non_null(key->help);
		assert_in_range(strlen(key->help), 4, 70);
		assert_in_range(strlen(key->path), 1, 63);
		assert_true(key->min <= key->max);
		assert_int_equal(key->choices != NULL,
		    key->type == CONFIG_CHOICE || key->type == CONFIG_ENUM);
	}
}

/* print writes a section's name once. */
static void test_table_sections_stand_together_and_keys_once(void **state)
{
	(void)state;
	for (size_t i = 1; i < config_key_count; i++) {
		const char *path = config_keys[i].path;
		const char *before = config_keys[i - 1].path;

		for (size_t len = 1; path[len] != '\0'; len++) {
			if (path[len] != '.' ||
			    strncmp(path, before, len + 1) == 0) {
				continue;
			}
			for (size_t j = 0; j < i; j++) {
				assert_int_not_equal(
				    strncmp(path, config_keys[j].path, len + 1),
				    0);
			}
		}
		assert_ptr_equal(config_table_find(path), &config_keys[i]);
	}
}

static void test_table_knows_sections_and_scopes(void **state)
{
	(void)state;
	assert_true(config_table_is_section("redis"));
	assert_true(config_table_is_section("destinations.*.retry"));
	assert_true(config_table_is_section("routes"));
	assert_false(config_table_is_section("redis.address"));
	assert_false(config_table_is_section("redi"));
	assert_null(config_table_find("redis"));
	assert_string_equal(config_table_local_path(
				config_table_find("destinations.*.retry.base")),
	    "retry.base");
	assert_int_equal(config_table_scope(config_table_find("routes[].path")),
	    CONFIG_SCOPE_ROUTE);
	assert_int_equal(
	    config_table_scope(config_table_find("vars")), CONFIG_SCOPE_ROOT);
}

static void assert_set(const char *path, const char *text, const char *expected)
{
	const struct config_key *key = config_table_find(path);
	union holder holder = {.config = {.path = NULL}};
	const char *got = "";
	struct strbuf out;
	struct err err;

	assert_non_null(key);
	strbuf_init(&out, STRBUF_NO_LIMIT);
	if (config_value_set(key, &holder, slice_of(text), true, &err)) {
		config_value_append(&out, key, &holder);
		got = strbuf_text(&out);
	} else {
		got = err.text;
	}
	assert_string_equal(got, expected);
	strbuf_finish(&out);
	config_value_free(key, &holder);
}

static void test_value_is_set_and_written(void **state)
{
	(void)state;
	assert_set("redis.database", "7", "7");
	assert_set("redis.address", "a:1", "\"a:1\"");
	assert_set("redis.password", "p", "\"***\"");
	assert_set("redis.password", "", "\"\"");
	assert_set("log.level", "warn", "warn");
	assert_set("destinations.*.on_unknown", "dead", "dead");
	assert_set("destinations.*.timeout", "60s", "1m");
	assert_set("destinations.*.max_response", "1024", "1KiB");
	assert_set(
	    "destinations.*.url", "http://u:p@a/", "\"http://u:***@a/\"");
}

static void test_value_of_another_type_or_out_of_range_is_refused(void **state)
{
	(void)state;
	assert_set("redis.database", "x", "must be a whole number, is \"x\"");
	assert_set(
	    "redis.database", "1.0", "must be a whole number, is \"1.0\"");
	assert_set(
	    "redis.database", "-1", "must be from 0 to 65535, is \"-1\"");
	assert_set("redis.shards", "0", "must be from 1 to 1024, is \"0\"");
	assert_set("destinations.*.timeout", "11m",
	    "must be from 10ms to 10m, is \"11m\"");
	assert_set("ingest.max_body", "1GiB",
	    "must be from 1KiB to 64MiB, is \"1GiB\"");
	assert_set("ingest.max_body", "a value that is too long to be quoted",
	    "must be a size such as 4096, 64KiB or 1MiB, is \"a value that is "
	    "too long to be quoted\"");
	assert_set("ingest.max_body",
	    "a value that is much too long to be quoted",
	    "must be a size such as 4096, 64KiB or 1MiB");
	assert_set("log.level", "loud",
	    "must be debug, info, warn or error, is \"loud\"");
	assert_set(
	    "destinations.*.on_unknown", "", "must be retry or dead, is \"\"");
	assert_set("redis.prefix", "", "is empty");
	assert_set("routes[].path",
	    "0123456789012345678901234567890123456789012345678901234567890123",
	    "\"0123456789012345678901234567890123456789012345678901234567890123"
	    "\"");
	assert_set("redis.prefix",
	    "01234567890123456789012345678901234567890123456789012345678901234",
	    "is longer than 64 bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		test_table_defaults_are_of_their_types_and_in_range),
	    cmocka_unit_test(test_table_rows_say_what_they_are_for),
	    cmocka_unit_test(test_table_sections_stand_together_and_keys_once),
	    cmocka_unit_test(test_table_knows_sections_and_scopes),
	    cmocka_unit_test(test_value_is_set_and_written),
	    cmocka_unit_test(
		test_value_of_another_type_or_out_of_range_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
