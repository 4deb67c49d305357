#include "common/config/config_cli.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/cmocka_test.h"

#define EXAMPLE SOURCE_DIR "/deploy/relay.example.yaml"

static const char example[] = EXAMPLE;
static const char equals_example[] = "--config=" EXAMPLE;

enum {
	ARGUMENTS_MAX = 16,
};

/* One run of a program that does nothing itself. */
struct run {
	struct config_cli cli;
	bool is_parsed;
	bool is_loaded;
	char *out;
	char *errors;
	size_t out_len;
	size_t errors_len;
};

static void start(struct run *run, const char *const *arguments)
{
	char program[] = "relay-test";
	char *argv[ARGUMENTS_MAX] = {program};
	int argc = 1;

	/* main()'s are writable, these are not; nobody writes. */
	for (; arguments[argc - 1] != NULL; argc++) {
		argv[argc] = (char *)arguments[argc - 1];
	}
	*run = (struct run){.is_parsed = false};
	config_cli_init(&run->cli, "relay-test", "Does nothing.");
	run->cli.out = open_memstream(&run->out, &run->out_len);
	run->cli.errors = open_memstream(&run->errors, &run->errors_len);
	assert_non_null(run->cli.out);
	assert_non_null(run->cli.errors);
	run->is_parsed = config_cli_parse(&run->cli, argc, argv);
	run->is_loaded = run->is_parsed && config_cli_load(&run->cli);
}

/* Ends the program; its outputs stay until forget. */
static int end(struct run *run)
{
	int code = config_cli_finish(&run->cli);

	assert_int_equal(fclose(run->cli.out), 0);
	assert_int_equal(fclose(run->cli.errors), 0);
	return code;
}

static void forget(struct run *run)
{
	free(run->out);
	free(run->errors);
}

/* Its arguments, and a NULL behind them. */
#define START(run, ...) start(run, (const char *const[]){__VA_ARGS__, NULL})

static void test_cli_loads_the_file_it_is_given(void **state)
{
	struct run run;

	(void)state;
	START(&run, "--config", example, "--set", "log.level=debug",
	    "--set=redis.prefix=a=b");
	assert_false(run.is_loaded);
	assert_int_equal(end(&run), CONFIG_CLI_EXIT_WRONG);
	assert_string_equal(run.out, "");
	assert_string_equal(run.errors,
	    "--set: redis.prefix: must be made of letters, digits and . _ : "
	    "-\n");
	forget(&run);

	START(&run, equals_example, "--set", "log.level=debug");
	assert_true(run.is_loaded);
	assert_int_equal(run.cli.task, CONFIG_CLI_RUN);
	assert_string_equal(run.cli.config->log.level, "debug");
	assert_int_equal(end(&run), 0);
	assert_string_equal(run.out, "");
	assert_string_equal(run.errors, "");
	forget(&run);
}

static void test_cli_takes_the_file_from_the_environment(void **state)
{
	struct run run;

	(void)state;
	assert_int_equal(setenv("RELAY_CONFIG", example, 1), 0);
	START(&run, NULL);
	assert_true(run.is_loaded);
	assert_int_equal(end(&run), 0);
	forget(&run);

	START(&run, "--config", "/nowhere.yaml");
	assert_false(run.is_loaded);
	assert_int_equal(end(&run), CONFIG_CLI_EXIT_WRONG);
	assert_string_equal(run.errors,
	    "cannot read /nowhere.yaml: No such file or directory\n");
	forget(&run);

	assert_int_equal(setenv("RELAY_CONFIG", "", 1), 0);
	START(&run, NULL);
	assert_string_equal(run.cli.path, "/etc/relay/relay.yaml");
	(void)!end(&run);
	forget(&run);
	assert_int_equal(unsetenv("RELAY_CONFIG"), 0);
}

static void test_cli_check_says_that_all_is_well(void **state)
{
	struct run run;

	(void)state;
	START(&run, "--check", "--config", example);
	assert_true(run.is_loaded);
	assert_int_equal(run.cli.task, CONFIG_CLI_CHECK);
	assert_int_equal(end(&run), 0);
	assert_string_equal(run.out, EXAMPLE ": ok\n");
	forget(&run);
}

static void test_cli_check_that_fails_later_does_not_say_ok(void **state)
{
	struct run run;
	struct err err;

	(void)state;
	START(&run, "--check", "--config", example);
	assert_true(run.is_loaded);
	err_set(&err, "a template is bad");
	config_cli_fail(&run.cli, &err);
	assert_int_equal(end(&run), CONFIG_CLI_EXIT_WRONG);
	assert_string_equal(run.out, "");
	assert_string_equal(run.errors, "a template is bad\n");
	forget(&run);
}

static void test_cli_print_config_prints_and_ends(void **state)
{
	struct run run;

	(void)state;
	START(&run, "--print-config", "--config", example);
	assert_true(run.is_parsed);
	assert_false(run.is_loaded);
	assert_int_equal(end(&run), 0);
	assert_non_null(strstr(run.out, "redis:\n  address:"));
	assert_null(strstr(run.out, "cli-secret"));
	forget(&run);
}

static void test_cli_help_and_version_need_no_file(void **state)
{
	struct run run;

	(void)state;
	START(&run, "--config", "/nowhere", "--check", "--help");
	assert_false(run.is_parsed);
	assert_int_equal(end(&run), 0);
	assert_non_null(strstr(run.out, "Usage: relay-test [OPTION]...\n"));
	assert_non_null(strstr(run.out, "  destinations.NAME.retry.base "));
	assert_non_null(strstr(run.out, "  routes[N].path "));
	forget(&run);

	START(&run, "-h");
	assert_int_equal(end(&run), 0);
	assert_int_equal(run.cli.task, CONFIG_CLI_HELP);
	forget(&run);

	START(&run, "--version");
	assert_false(run.is_parsed);
	assert_int_equal(end(&run), 0);
	assert_string_equal(run.out, "relay-test " RELAY_VERSION "\n");
	forget(&run);
}

static void assert_wrong(const char *argument, const char *reason)
{
	struct run run;

	START(&run, argument);
	assert_false(run.is_parsed);
	assert_int_equal(end(&run), CONFIG_CLI_EXIT_WRONG);
	assert_string_equal(run.out, "");
	assert_string_equal(run.errors, reason);
	forget(&run);
}

static void test_cli_refuses_what_it_does_not_know(void **state)
{
	(void)state;
	assert_wrong("--chekc",
	    "relay-test: unknown option --chekc; try relay-test --help\n");
	assert_wrong("--configs=a",
	    "relay-test: unknown option --configs=a; try relay-test --help\n");
	assert_wrong("--check=yes",
	    "relay-test: unknown option --check=yes; try relay-test --help\n");
	assert_wrong("file.yaml",
	    "relay-test: unexpected argument file.yaml; try relay-test "
	    "--help\n");
	assert_wrong("--config",
	    "relay-test: a value is missing after --config; try relay-test "
	    "--help\n");
	assert_wrong("--config=",
	    "relay-test: a value is missing after --config; try relay-test "
	    "--help\n");
	assert_wrong("--set",
	    "relay-test: a value is missing after --set; try relay-test "
	    "--help\n");
	assert_wrong("--set=log.level",
	    "relay-test: --set wants KEY=VALUE, not log.level; try relay-test "
	    "--help\n");
	assert_wrong("--set==x",
	    "relay-test: --set wants KEY=VALUE, not =x; try relay-test "
	    "--help\n");
}

static void test_cli_says_when_it_cannot_print(void **state)
{
	struct run run;
	FILE *full = fopen("/dev/full", "w");
	FILE *out;

	(void)state;
	assert_non_null(full);
	START(&run, "--check", "--config", example);
	out = run.cli.out;
	run.cli.out = full;
	assert_int_equal(config_cli_finish(&run.cli), CONFIG_CLI_EXIT_WRONG);
	(void)fclose(full);
	(void)fclose(out);
	assert_int_equal(fclose(run.cli.errors), 0);
	assert_string_equal(
	    run.errors, "relay-test: cannot write to standard output\n");
	forget(&run);
}

static int set_secrets(void **state)
{
	(void)state;
	return unsetenv("RELAY_CONFIG") |
	    setenv("RELAY_SECRET", "cli-secret", 1) |
	    setenv("RETENO_AUTHORIZATION", "cli-secret", 1) |
	    setenv("RETENO_ACCESS_KEY", "cli-secret", 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cli_loads_the_file_it_is_given),
	    cmocka_unit_test(test_cli_takes_the_file_from_the_environment),
	    cmocka_unit_test(test_cli_check_says_that_all_is_well),
	    cmocka_unit_test(test_cli_check_that_fails_later_does_not_say_ok),
	    cmocka_unit_test(test_cli_print_config_prints_and_ends),
	    cmocka_unit_test(test_cli_help_and_version_need_no_file),
	    cmocka_unit_test(test_cli_refuses_what_it_does_not_know),
	    cmocka_unit_test(test_cli_says_when_it_cannot_print),
	};

	return cmocka_run_group_tests(tests, set_secrets, NULL);
}
