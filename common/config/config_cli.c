#include "common/config/config_cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/failpoint.h"
#include "common/base/mem.h"
#include "common/base/strbuf.h"
#include "common/config/config_table.h"

static const char default_path[] = "/etc/relay/relay.yaml";

void config_cli_init(
    struct config_cli *cli, const char *program, const char *summary)
{
	*cli = (struct config_cli){
	    .program = program,
	    .summary = summary,
	    .out = stdout,
	    .errors = stderr,
	    .task = CONFIG_CLI_RUN,
	};
	cli->path = getenv("RELAY_CONFIG");
	cli->is_path_given = cli->path != NULL && *cli->path != '\0';
	if (!cli->is_path_given) {
		cli->path = default_path;
	}
}

void config_cli_fail(struct config_cli *cli, const struct err *err)
{
	(void)fprintf(cli->errors, "%s\n", err->text);
	cli->exit_code = CONFIG_CLI_EXIT_WRONG;
}

/* About the command line itself. */
static void fail_usage(
    struct config_cli *cli, const char *what, const char *argument)
{
	struct err err;

	err_set(&err, "%s: %s %.200s; try %s --help", cli->program, what,
	    argument, cli->program);
	config_cli_fail(cli, &err);
}

/* Ends what is to be said on standard output. */
static void say(struct config_cli *cli, const struct strbuf *text)
{
	if (fputs(strbuf_text(text), cli->out) == EOF ||
	    fflush(cli->out) == EOF) {
		struct err err;

		err_set(
		    &err, "%s: cannot write to standard output", cli->program);
		config_cli_fail(cli, &err);
	}
}

static enum config_cli_taken take_override(
    struct config_cli *cli, const char *setting)
{
	const char *equals = strchr(setting, '=');
	struct config_override *override;

	if (equals == NULL || equals == setting) {
		fail_usage(cli, "--set wants KEY=VALUE, not", setting);
		return CONFIG_CLI_WRONG;
	}
	cli->overrides = xrealloc(cli->overrides,
	    (cli->override_count + 1) * sizeof(*cli->overrides));
	override = &cli->overrides[cli->override_count];
	override->key = xstrndup(setting, (size_t)(equals - setting));
	override->value = equals + 1;
	cli->override_count++;
	return CONFIG_CLI_TAKEN;
}

/* The value of an option, from "--option VALUE" or "--option=VALUE"; NULL when
 * there is none. */
static const char *take_value(
    const char *option, int argc, char **argv, int *place)
{
	const char *argument = argv[*place];
	size_t len = strlen(option);

	if (argument[len] == '=') {
		return argument + len + 1;
	}
	if (*place + 1 >= argc) {
		return NULL;
	}
	(*place)++;
	return argv[*place];
}

static bool is_option(const char *argument, const char *option)
{
	size_t len = strlen(option);

	return strncmp(argument, option, len) == 0 &&
	    (argument[len] == '\0' || argument[len] == '=');
}

static bool take_task(struct config_cli *cli, const char *argument)
{
	static const struct {
		const char *option;
		enum config_cli_task task;
	} tasks[] = {
	    {"--check", CONFIG_CLI_CHECK},
	    {"--print-config", CONFIG_CLI_PRINT},
	    {"--help", CONFIG_CLI_HELP},
	    {"-h", CONFIG_CLI_HELP},
	    {"--version", CONFIG_CLI_VERSION},
	};

	for (size_t i = 0; i < ARRAY_LEN(tasks); i++) {
		if (strcmp(argument, tasks[i].option) == 0) {
			/* What asks for less wins: --help over --check. */
			if (tasks[i].task > cli->task) {
				cli->task = tasks[i].task;
			}
			return true;
		}
	}
	return false;
}

enum config_cli_taken config_cli_take(
    struct config_cli *cli, int argc, char **argv, int *place)
{
	const char *argument = argv[*place];
	const char *option = NULL;
	const char *value;

	if (take_task(cli, argument)) {
		return CONFIG_CLI_TAKEN;
	}
	if (is_option(argument, "--config")) {
		option = "--config";
	} else if (is_option(argument, "--set")) {
		option = "--set";
	} else {
		return CONFIG_CLI_OTHER;
	}
	value = take_value(option, argc, argv, place);
	if (value == NULL || *value == '\0') {
		fail_usage(cli, "a value is missing after", option);
		return CONFIG_CLI_WRONG;
	}
	if (strcmp(option, "--set") == 0) {
		return take_override(cli, value);
	}
	cli->path = value;
	cli->is_path_given = true;
	return CONFIG_CLI_TAKEN;
}

/* "destinations.*.url" as one would --set it: destinations.NAME.url. */
static void append_settable(struct strbuf *out, const char *path)
{
	for (const char *c = path; *c != '\0'; c++) {
		if (*c == '*') {
			strbuf_append_text(out, "NAME");
		} else if (*c == '[') {
			strbuf_append_text(out, "[N");
		} else {
			strbuf_append_char(out, *c);
		}
	}
}

static void append_key_help(struct strbuf *out, const struct config_key *key)
{
	struct strbuf name;

	strbuf_init(&name, STRBUF_NO_LIMIT);
	append_settable(&name, key->path);
	strbuf_appendf(out, "  %-36s %s", strbuf_text(&name), key->help);
	if (key->fallback != NULL && *key->fallback != '\0') {
		strbuf_appendf(out, " (%s)", key->fallback);
	} else if (key->fallback == NULL) {
		strbuf_append_text(out, " (required)");
	}
	for (size_t i = 0; key->choices != NULL && key->choices[i] != NULL;
	     i++) {
		strbuf_appendf(
		    out, "%s%s", i == 0 ? ": " : ", ", key->choices[i]);
	}
	strbuf_append_char(out, '\n');
	strbuf_finish(&name);
}

static void print_help(struct config_cli *cli)
{
	struct strbuf text;

	strbuf_init(&text, STRBUF_NO_LIMIT);
	strbuf_appendf(&text,
	    "Usage: %s [OPTION]...\n"
	    "%s\n"
	    "\n"
	    "  --config FILE      the configuration; else $RELAY_CONFIG, else\n"
	    "                     %s\n"
	    "  --set KEY=VALUE    a setting over the file's; again and again\n"
	    "  --check            check the configuration and exit\n"
	    "  --print-config     print what is in force, secrets masked, and "
	    "exit\n"
	    "  --version          print the version and exit\n"
	    "  --help             print this and exit\n"
	    "\n"
	    "Keys of the configuration:\n",
	    cli->program, cli->summary, default_path);
	for (size_t i = 0; i < config_key_count; i++) {
		append_key_help(&text, &config_keys[i]);
	}
	say(cli, &text);
	strbuf_finish(&text);
}

static void print_version(struct config_cli *cli)
{
	struct strbuf text;

	strbuf_init(&text, STRBUF_NO_LIMIT);
	strbuf_appendf(&text, "%s %s\n", cli->program, RELAY_VERSION);
	say(cli, &text);
	strbuf_finish(&text);
}

bool config_cli_parse(struct config_cli *cli, int argc, char **argv)
{
	for (int place = 1; place < argc; place++) {
		switch (config_cli_take(cli, argc, argv, &place)) {
		case CONFIG_CLI_TAKEN:
			break;
		case CONFIG_CLI_OTHER:
			fail_usage(cli,
			    argv[place][0] == '-' ? "unknown option"
						  : "unexpected argument",
			    argv[place]);
			return false;
		case CONFIG_CLI_WRONG:
			return false;
		}
	}
	if (cli->task == CONFIG_CLI_HELP) {
		print_help(cli);
		return false;
	}
	if (cli->task == CONFIG_CLI_VERSION) {
		print_version(cli);
		return false;
	}
	return true;
}

bool config_cli_load(struct config_cli *cli)
{
	struct strbuf text;
	struct err err;

	cli->config =
	    config_load(cli->path, cli->overrides, cli->override_count, &err);
	if (cli->config == NULL && !cli->is_path_given &&
	    access(cli->path, F_OK) != 0) {
		err_set(&err,
		    "there is no %s: say where the configuration is with "
		    "--config or RELAY_CONFIG",
		    cli->path);
	}
	if (cli->config == NULL || !failpoint_arm(&err)) {
		config_cli_fail(cli, &err);
		return false;
	}
	if (cli->task != CONFIG_CLI_PRINT) {
		return true;
	}
	strbuf_init(&text, STRBUF_NO_LIMIT);
	config_print(cli->config, &text);
	say(cli, &text);
	strbuf_finish(&text);
	return false;
}

int config_cli_finish(struct config_cli *cli)
{
	if (cli->task == CONFIG_CLI_CHECK && cli->exit_code == 0) {
		struct strbuf text;

		strbuf_init(&text, STRBUF_NO_LIMIT);
		strbuf_appendf(&text, "%s: ok\n", cli->path);
		say(cli, &text);
		strbuf_finish(&text);
	}
	for (size_t i = 0; i < cli->override_count; i++) {
		free((char *)cli->overrides[i].key);
	}
	free(cli->overrides);
	config_destroy(cli->config);
	cli->overrides = NULL;
	cli->override_count = 0;
	cli->config = NULL;
	return cli->exit_code;
}
