#include "dispatcher/ctl/ctl_options.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "dispatcher/ctl/ctl_commands.h"

/* ---- options ---- */

enum kind {
	KIND_FLAG,
	KIND_VALUE,
};

struct option {
	const char *name;
	enum kind kind;
	size_t offset; /* of its field in struct ctl_options */
};

#define OPTION_ROW(id, kind, field, name) \
	[CTL_OPTION_##id] = { \
	    name, KIND_##kind, offsetof(struct ctl_options, field)},

/* By enum ctl_option. */
static const struct option known[] = {CTL_OPTIONS(OPTION_ROW)};

static bool fail_usage(const char *what, const char *argument)
{
	(void)ctl_fail(
	    CTL_WRONG, "%s %.200s; try relayctl help", what, argument);
	return false;
}

static bool take_value(const struct option *option, const char **value,
    int argc, char **argv, int *place)
{
	const char *equals = strchr(argv[*place], '=');

	if (equals != NULL) {
		*value = equals + 1;
	} else if (*place + 1 < argc) {
		(*place)++;
		*value = argv[*place];
	}
	return (*value != NULL && **value != '\0') ||
	    fail_usage("a value is missing after", option->name);
}

static bool is_option(const char *argument, const struct option *option)
{
	size_t len = strlen(option->name);

	return strncmp(argument, option->name, len) == 0 &&
	    (argument[len] == '\0' ||
		(argument[len] == '=' && option->kind == KIND_VALUE));
}

/* An option of the commands'. */
static bool take_option(
    struct ctl *ctl, int argc, char **argv, int *place, unsigned *given)
{
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		void *field = (char *)&ctl->options + known[i].offset;

		if (!is_option(argv[*place], &known[i])) {
			continue;
		}
		*given |= 1U << i;
		if (known[i].kind == KIND_VALUE) {
			return take_value(
			    &known[i], (const char **)field, argc, argv, place);
		}
		*(bool *)field = true;
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

static bool fits(const struct ctl_options *options,
    const struct ctl_entry *command, unsigned given)
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
	size_t taken;
	const struct ctl_entry *command =
	    ctl_commands_find(options->words, options->word_count, &taken);

	if (command == NULL) {
		return false;
	}
	options->word_count -= taken;
	memmove(options->words, options->words + taken,
	    options->word_count * sizeof(*options->words));
	*run = command->run;
	return fits(options, command, given);
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
