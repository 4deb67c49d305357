#include "common/config/config.h"

#include <stdlib.h>

#include "tests/unit/cmocka_test.h"

#define EXAMPLE SOURCE_DIR "/deploy/relay.example.yaml"

static int set_secrets(void **state)
{
	(void)state;
	return setenv("RELAY_SECRET", "s1", 1) |
	    setenv("RETENO_AUTHORIZATION", "Basic eDp5", 1) |
	    setenv("RETENO_ACCESS_KEY", "k1", 1);
}

static void test_config_example_with_its_secrets_set_loads(void **state)
{
	struct err err;
	struct config *config = config_load(EXAMPLE, NULL, 0, &err);

	(void)state;
	if (config == NULL) {
		fail_msg("%s", err.text);
	}
	assert_int_equal(config->destination_count, 4);
	assert_string_equal(config->ingest.auth_secrets[0], "s1");
	config_destroy(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_config_example_with_its_secrets_set_loads),
	};

	return cmocka_run_group_tests(tests, set_secrets, NULL);
}
