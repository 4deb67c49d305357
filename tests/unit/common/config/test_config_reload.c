#include "common/config/config_reload.h"

#include "tests/unit/common/config/config_fixture.h"

/* Why the fixture with a part changed cannot follow the fixture; "" if it can.
 */
static const char *reason_after(
    const char *old, const char *new, struct err *err)
{
	char *text = fixture_change(old, new);
	struct config *current = fixture_load(fixture_text);
	struct config *next = fixture_load(text);
	bool can = config_can_follow(current, next, err);

	config_destroy(current);
	config_destroy(next);
	free(text);
	if (can) {
		return "";
	}
	assert_memory_equal(
	    err->text, FIXTURE_PATH ": ", strlen(FIXTURE_PATH ": "));
	return err->text + strlen(FIXTURE_PATH ": ");
}

static void test_config_that_is_the_same_can_follow(void **state)
{
	struct err err;

	(void)state;
	assert_string_equal(reason_after("ingest:\n", "ingest:\n", &err), "");
}

static void test_config_can_follow_with_what_a_process_can_take(void **state)
{
	static const char *const changes[][2] = {
	    {"secrets: [" FIXTURE_SECRET "]", "secrets: [a, b]"},
	    {"path: /a", "path: /b"},
	    {"http://127.0.0.1:1/x", "http://127.0.0.1:2/y"},
	    {"templates/device.ftl", "templates/contact.ftl"},
	    {"ingest:\n", "log:\n  level: debug\ningest:\n  max_body: 2KiB\n"},
	    {"  one:\n", "  one:\n    rate_limit: 5\n    max_depth: 1\n"},
	};
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		assert_string_equal(
		    reason_after(changes[i][0], changes[i][1], &err), "");
	}
}

static void test_config_cannot_follow_where_a_restart_is_needed(void **state)
{
	static const char *const changes[][3] = {
	    {"ingest:\n", "redis:\n  address: a:1\ningest:\n",
		"redis.address: needs a restart to change"},
	    {"ingest:\n", "redis:\n  password: b\ningest:\n",
		"redis.password: needs a restart to change"},
	    {"ingest:\n", "redis:\n  shards: 2\ningest:\n",
		"redis.shards: needs a restart to change"},
	    {"ingest:\n", "ingest:\n  listen: 127.0.0.1:1\n",
		"ingest.listen: needs a restart to change"},
	    {"ingest:\n", "ingest:\n  ack: fsync\n",
		"ingest.ack: needs a restart to change"},
	    {"ingest:\n", "ingest:\n  admin:\n    listen: 127.0.0.1:1\n",
		"ingest.admin.listen: needs a restart to change"},
	    {"ingest:\n",
		"dispatcher:\n  admin:\n    listen: 127.0.0.1:1\ningest:\n",
		"dispatcher.admin.listen: needs a restart to change"},
	    {"destinations:\n",
		"destinations:\n  two:\n    url: http://a/\n"
		"    template: templates/device.ftl\n",
		"destinations: their names, or their order: needs a restart to "
		"change"},
	};
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		assert_string_equal(
		    reason_after(changes[i][0], changes[i][1], &err),
		    changes[i][2]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_config_that_is_the_same_can_follow),
	    cmocka_unit_test(
		test_config_can_follow_with_what_a_process_can_take),
	    cmocka_unit_test(
		test_config_cannot_follow_where_a_restart_is_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
