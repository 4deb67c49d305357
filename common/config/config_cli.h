#ifndef COMMON_CONFIG_CONFIG_CLI_H
#define COMMON_CONFIG_CONFIG_CLI_H

/*
 * The command line that relay-ingest, relay-dispatcher and relayctl share:
 *
 *	--config FILE	 else $RELAY_CONFIG, else /etc/relay/relay.yaml
 *	--set KEY=VALUE	 a setting over the file's, any number of them
 *	--check		 checks and exits
 *	--print-config	 prints what is in force, secrets masked, and exits
 *	--version, --help
 *
 *	struct config_cli cli;
 *
 *	config_cli_init(&cli, "relay-ingest", "Takes webhooks into Redis.");
 *	if (config_cli_parse(&cli, argc, argv) && config_cli_load(&cli) &&
 *	    !check_the_rest(cli.config, &err)) {
 *		config_cli_fail(&cli, &err);
 *	} else if (cli.task == CONFIG_CLI_RUN && cli.config != NULL) {
 *		run(cli.config);
 *	}
 *	return config_cli_finish(&cli);
 *
 * What is wrong is one line on standard error, and exit code 2.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/config/config.h"

enum {
	CONFIG_CLI_EXIT_WRONG = 2,
};

enum config_cli_task {
	CONFIG_CLI_RUN,
	CONFIG_CLI_CHECK,
	CONFIG_CLI_PRINT,
	CONFIG_CLI_HELP,
	CONFIG_CLI_VERSION,
};

struct config_cli {
	const char *program; /* borrowed */
	const char *summary; /* borrowed; one line for --help */
	FILE *out;	     /* borrowed; standard output */
	FILE *errors;	     /* borrowed; standard error */
	enum config_cli_task task;
	const char *path;		   /* borrowed from argv or environ */
	bool is_path_given;		   /* there, not by default */
	struct config_override *overrides; /* for another config_load */
	size_t override_count;
	struct config *config; /* NULL until config_cli_load */
	int exit_code;
};

void config_cli_init(
    struct config_cli *cli, const char *program, const char *summary);

enum config_cli_taken {
	CONFIG_CLI_TAKEN, /* it was one of these options */
	CONFIG_CLI_OTHER, /* it is the caller's to know */
	CONFIG_CLI_WRONG, /* a value is missing or bad: has been said */
};

/* Takes the argument at *place, and its value; *place is then the last one
 * taken. For a program with arguments of its own. */
MUST_USE enum config_cli_taken config_cli_take(
    struct config_cli *cli, int argc, char **argv, int *place);

/* Takes all arguments. Does what --help and --version ask. False when there is
 * nothing left but to finish. */
MUST_USE bool config_cli_parse(struct config_cli *cli, int argc, char **argv);

/* Loads the configuration. Does what --print-config asks. False when there is
 * nothing left but to finish. */
MUST_USE bool config_cli_load(struct config_cli *cli);

/* Says what else was wrong. */
void config_cli_fail(struct config_cli *cli, const struct err *err);

/* Ends what was asked for: a --check that found nothing says so. Frees, the
 * configuration too. The exit code. */
MUST_USE int config_cli_finish(struct config_cli *cli);

#endif
