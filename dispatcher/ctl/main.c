/*
 * relayctl: the operator's tool.
 *
 *	relayctl [--config FILE] [--set KEY=VALUE]... COMMAND ...
 *
 * `relayctl help` lists the commands. Exit codes are in ctl.h.
 */
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "common/log/log.h"
#include "dispatcher/ctl/ctl.h"
#include "dispatcher/ctl/ctl_commands.h"
#include "dispatcher/ctl/ctl_options.h"

static enum ctl_exit run(struct ctl *ctl, ctl_command *command)
{
	switch (ctl->cli.task) {
	case CONFIG_CLI_HELP:
		ctl_commands_help();
		return CTL_OK;
	case CONFIG_CLI_VERSION:
		(void)puts("relayctl " RELAY_VERSION);
		return CTL_OK;
	case CONFIG_CLI_PRINT:
		/* Loading does it. */
		return ctl_load(ctl) ? CTL_OK
				     : (enum ctl_exit)ctl->cli.exit_code;
	case CONFIG_CLI_CHECK:
	case CONFIG_CLI_RUN:
		break;
	}
	return command(ctl);
}

/* With one of the three closed, the next file to be opened would stand in its
 * place, and take what is printed. Read-only, so that printing still fails. */
static void fill_standard_files(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDONLY);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0) {
		(void)close(fd);
	}
}

int main(int argc, char **argv)
{
	struct ctl ctl = {.options = {.words = NULL}};
	enum ctl_exit exit_code = CTL_WRONG;
	ctl_command *command;

	fill_standard_files();
	/* What the rooms log is for a service's log; we say what matters. */
	log_set_level(LOG_ERROR);
	/* jansson leaves out what it has no memory for, and says nothing. */
	json_set_alloc_funcs(xmalloc, free);
	config_cli_init(&ctl.cli, "relayctl", "The operator's tool.");
	if (ctl_options_parse(&ctl, argc, argv, &command)) {
		exit_code = run(&ctl, command);
	}
	if (fflush(stdout) == EOF || ferror(stdout)) {
		exit_code =
		    ctl_fail(CTL_TROUBLE, "cannot write to standard output");
	}
	ctl_options_finish(&ctl);
	ctl.cli.task = CONFIG_CLI_RUN; /* what was asked has been done */
	ctl.cli.exit_code = (int)exit_code;
	return config_cli_finish(&ctl.cli);
}
