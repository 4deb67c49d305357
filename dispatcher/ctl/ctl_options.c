#include "dispatcher/ctl/ctl_options.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/config/config_nearest.h"

enum {
	TAKES_JSON = 1,
	TAKES_DESTINATION = 2,
	TAKES_LIMIT = 4,
	TAKES_ALL = 8,
	TAKES_TEMPLATE = 16,
	TAKES_INPUT = 32,
	TAKES_CASES = 64,
};

struct command {
	const char *name; /* one or two words */
	ctl_command *run;
	unsigned takes;
	size_t min_words;
	size_t max_words;
	const char *usage;
	const char *help;
};

static const struct command commands[] = {
    {"stats", ctl_stats, TAKES_JSON, 0, 0, "stats [--json]",
	"what is in the queue, and whether its ledger balances"},
    {"check", ctl_check, 0, 0, SIZE_MAX, "check [FILE.ftl ...]",
	"the configuration and its templates; or these templates"},
    {"render", ctl_render,
	TAKES_DESTINATION | TAKES_TEMPLATE | TAKES_INPUT | TAKES_CASES, 0, 0,
	"render [--destination NAME] [--template FILE] --input FILE",
	"what Reteno would get for a webhook body (- is standard input);\n"
	"      or render --cases FILE.jsonl: templates with FreeMarker's "
	"settings"},
    {"dead list", ctl_dead_list, TAKES_JSON | TAKES_DESTINATION | TAKES_LIMIT,
	0, 0, "dead list [--destination NAME] [--limit N] [--json]",
	"what was given up on, oldest first"},
    {"dead show", ctl_dead_show, TAKES_JSON | TAKES_DESTINATION, 1, 1,
	"dead show ID [--destination NAME] [--json]",
	"all about one, and what it would be rendered to now"},
    {"dead replay", ctl_dead_replay, TAKES_DESTINATION | TAKES_ALL, 0, SIZE_MAX,
	"dead replay (ID... | --all) [--destination NAME]",
	"back into the queue; --all of one destination"},
};

void ctl_options_help(void)
{
	(void)puts("Usage: relayctl [OPTION]... COMMAND\n"
		   "The operator's tool of the relay.\n"
		   "\n"
		   "Commands:");
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		(void)printf(
		    "  %s\n      %s\n", commands[i].usage, commands[i].help);
	}
	(void)puts(
	    "  help\n"
	    "      this\n"
	    "\n"
	    "Options, before or behind the command:\n"
	    "  --config FILE    the configuration; else $RELAY_CONFIG, else\n"
	    "                   /etc/relay/relay.yaml\n"
	    "  --set KEY=VALUE  a setting over the file's; again and again\n"
	    "  --print-config   print what is in force, secrets masked, and "
	    "exit\n"
	    "  --version        print the version and exit\n"
	    "\n"
	    "Exit codes: 0 all is well; 1 trouble was found, something was not "
	    "found, or\n"
	    "Redis is away; 2 the command line or the configuration is "
	    "wrong.");
}

/* ---- options ---- */

struct option {
	const char *name;
	unsigned takes;
	const char **value; /* NULL: a flag */
	bool *flag;
};

static bool fail_usage(const char *what, const char *argument)
{
	(void)ctl_fail(
	    CTL_WRONG, "%s %.200s; try relayctl help", what, argument);
	return false;
}

static bool take_value(
    const struct option *option, int argc, char **argv, int *place)
{
	const char *equals = strchr(argv[*place], '=');

	if (equals != NULL) {
		*option->value = equals + 1;
	} else if (*place + 1 < argc) {
		(*place)++;
		*option->value = argv[*place];
	}
	return (*option->value != NULL && **option->value != '\0') ||
	    fail_usage("a value is missing after", option->name);
}

static bool is_option(const char *argument, const struct option *option)
{
	size_t len = strlen(option->name);

	return strncmp(argument, option->name, len) == 0 &&
	    (argument[len] == '\0' ||
		(argument[len] == '=' && option->value != NULL));
}

/* An option of the commands'. */
static bool take_option(
    struct ctl *ctl, int argc, char **argv, int *place, unsigned *given)
{
	struct ctl_options *options = &ctl->options;
	const struct option known[] = {
	    {"--json", TAKES_JSON, NULL, &options->wants_json},
	    {"--all", TAKES_ALL, NULL, &options->wants_all},
	    {"--destination", TAKES_DESTINATION, &options->destination, NULL},
	    {"--limit", TAKES_LIMIT, &options->limit, NULL},
	    {"--template", TAKES_TEMPLATE, &options->template_path, NULL},
	    {"--input", TAKES_INPUT, &options->input, NULL},
	    {"--cases", TAKES_CASES, &options->cases, NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (!is_option(argv[*place], &known[i])) {
			continue;
		}
		*given |= known[i].takes;
		if (known[i].value != NULL) {
			return take_value(&known[i], argc, argv, place);
		}
		*known[i].flag = true;
		return true;
	}
	return fail_usage("unknown option", argv[*place]);
}

static bool take_argument(
    struct ctl *ctl, int argc, char **argv, int *place, unsigned *given)
{
	struct ctl_options *options = &ctl->options;

	switch (config_cli_take(&ctl->cli, argc, argv, place)) {
	case CONFIG_CLI_TAKEN:
		return true;
	case CONFIG_CLI_WRONG:
		return false;
	case CONFIG_CLI_OTHER:
		break;
	}
	if (argv[*place][0] == '-' && argv[*place][1] != '\0') {
		return take_option(ctl, argc, argv, place, given);
	}
	options->words[options->word_count++] = argv[*place];
	return true;
}

/* ---- the command ---- */

/* How many words of the command line are the command's name; 0: another. */
static size_t words_of(
    const struct ctl_options *options, const struct command *command)
{
	const char *blank = strchr(command->name, ' ');
	struct slice first = slice_of(command->name);

	if (blank != NULL) {
		first.len = (size_t)(blank - command->name);
	}
	if (options->word_count == 0 || !slice_is(first, options->words[0])) {
		return 0;
	}
	if (blank == NULL) {
		return 1;
	}
	return options->word_count > 1 &&
		strcmp(options->words[1], blank + 1) == 0
	    ? 2
	    : 0;
}

static bool fail_command(const struct ctl_options *options)
{
	char hint[CONFIG_NEAREST_HINT_MAX];
	struct config_nearest nearest;
	char *typed;

	if (options->word_count == 0) {
		(void)ctl_fail(
		    CTL_WRONG, "a command is missing; try relayctl help");
		return false;
	}
	typed =
	    strcmp(options->words[0], "dead") == 0 && options->word_count > 1
	    ? xasprintf("dead %.100s", options->words[1])
	    : xasprintf("%.100s", options->words[0]);
	config_nearest_init(&nearest, slice_of(typed));
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		config_nearest_offer(&nearest, slice_of(commands[i].name));
	}
	config_nearest_hint(&nearest, hint);
	(void)ctl_fail(
	    CTL_WRONG, "unknown command %s%s; try relayctl help", typed, hint);
	free(typed);
	return false;
}

static bool fits(const struct ctl_options *options,
    const struct command *command, unsigned given)
{
	if ((given & ~command->takes) == 0 &&
	    options->word_count >= command->min_words &&
	    options->word_count <= command->max_words) {
		return true;
	}
	(void)ctl_fail(CTL_WRONG, "usage: relayctl %s", command->usage);
	return false;
}

static bool find_command(
    struct ctl_options *options, unsigned given, ctl_command **run)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		size_t taken = words_of(options, &commands[i]);

		if (taken == 0) {
			continue;
		}
		options->word_count -= taken;
		memmove(options->words, options->words + taken,
		    options->word_count * sizeof(*options->words));
		*run = commands[i].run;
		return fits(options, &commands[i], given);
	}
	return fail_command(options);
}

bool ctl_options_parse(
    struct ctl *ctl, int argc, char **argv, ctl_command **command)
{
	struct ctl_options *options = &ctl->options;
	unsigned given = 0;

	*command = NULL;
	options->words = xcalloc((size_t)argc + 1, sizeof(*options->words));
	for (int place = 1; place < argc; place++) {
		if (!take_argument(ctl, argc, argv, &place, &given)) {
			return false;
		}
	}
	if (options->word_count > 0 && strcmp(options->words[0], "help") == 0) {
		ctl->cli.task = CONFIG_CLI_HELP;
	}
	switch (ctl->cli.task) {
	case CONFIG_CLI_HELP:
	case CONFIG_CLI_VERSION:
	case CONFIG_CLI_PRINT:
		return true;
	case CONFIG_CLI_CHECK:
		/* Instead of any other command. */
		options->word_count = 0;
		*command = ctl_check;
		return true;
	case CONFIG_CLI_RUN:
		break;
	}
	return find_command(options, given, command);
}

void ctl_options_finish(struct ctl *ctl)
{
	free(ctl->options.words);
	ctl->options = (struct ctl_options){.words = NULL};
}
