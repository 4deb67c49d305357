#ifndef DISPATCHER_CTL_CTL_H
#define DISPATCHER_CTL_CTL_H

/*
 * relayctl, the operator's tool: what its commands share, and the commands.
 * Each has a file of its own, is called once, and returns the exit code.
 * Results go to standard output, complaints to standard error, one line each.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/config/config_cli.h"

enum ctl_exit {
	CTL_OK = 0,
	CTL_TROUBLE = 1, /* found some; or not found; or Redis is away */
	CTL_WRONG = CONFIG_CLI_EXIT_WRONG, /* usage or configuration */
};

/* What was said behind the command. Texts are borrowed from argv; NULL where
 * the option was not given. */
struct ctl_options {
	const char *destination;
	const char *template_path;
	const char *input;
	const char *cases;
	const char *limit;
	const char *outcome;
	const char *status;
	const char *event_type;
	const char *user;
	const char *device;
	const char *since;
	const char *until;
	const char *rate;
	const char *output;
	const char *hold_for;
	const char *note;
	bool wants_json;
	bool wants_all;
	bool wants_yes;
	bool is_dry_run;
	bool as_sent;
	bool wants_explanation;
	bool wants_update;
	const char **words; /* the others: ids, files */
	size_t word_count;
};

struct ctl {
	struct config_cli cli;
	struct ctl_options options;
};

/* Loads the configuration into cli.config. False with the complaint made. */
MUST_USE bool ctl_load(struct ctl *ctl);

/* Says "relayctl: ..." and returns the code. */
enum ctl_exit ctl_fail(enum ctl_exit code, const char *format, ...)
    PRINTF_LIKE(2, 3);

/* The same for one that says itself where. */
enum ctl_exit ctl_fail_with(enum ctl_exit code, const struct err *err);

typedef enum ctl_exit ctl_command(struct ctl *ctl);

ctl_command ctl_stats;
ctl_command ctl_hold;
ctl_command ctl_resume;
ctl_command ctl_trace;
ctl_command ctl_purge;
ctl_command ctl_forget;
ctl_command ctl_check;
ctl_command ctl_render;
ctl_command ctl_test;
ctl_command ctl_dead_list;
ctl_command ctl_dead_show;
ctl_command ctl_dead_replay;
ctl_command ctl_dead_purge;
ctl_command ctl_dead_export;
ctl_command ctl_dead_import;

#endif
