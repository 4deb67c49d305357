#ifndef DISPATCHER_CTL_CTL_COMMANDS_H
#define DISPATCHER_CTL_CTL_COMMANDS_H

/*
 * relayctl's commands: which there are, what each takes, and the help that is
 * made of that. Another command is a row of the table in ctl_commands.c, and a
 * function in ctl.h; another option is a row of CTL_OPTIONS.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/base/attr.h"
#include "dispatcher/ctl/ctl.h"

/* id, kind, field of struct ctl_options, as it is typed */
#define CTL_OPTIONS(X) \
	X(ALL, FLAG, wants_all, "--all") \
	X(AS_SENT, FLAG, as_sent, "--as-sent") \
	X(CASES, VALUE, cases, "--cases") \
	X(DESTINATION, VALUE, destination, "--destination") \
	X(DEVICE, VALUE, device, "--device") \
	X(DRY_RUN, FLAG, is_dry_run, "--dry-run") \
	X(EVENT_TYPE, VALUE, event_type, "--event-type") \
	X(EXPLAIN, FLAG, wants_explanation, "--explain") \
	X(FOR, VALUE, hold_for, "--for") \
	X(INPUT, VALUE, input, "--input") \
	X(JSON, FLAG, wants_json, "--json") \
	X(LIMIT, VALUE, limit, "--limit") \
	X(NOTE, VALUE, note, "--note") \
	X(OUTCOME, VALUE, outcome, "--outcome") \
	X(OUTPUT, VALUE, output, "--output") \
	X(RATE, VALUE, rate, "--rate") \
	X(SINCE, VALUE, since, "--since") \
	X(STATUS, VALUE, status, "--status") \
	X(TEMPLATE, VALUE, template_path, "--template") \
	X(UNTIL, VALUE, until, "--until") \
	X(UPDATE, FLAG, wants_update, "--update") \
	X(USER, VALUE, user, "--user") \
	X(YES, FLAG, wants_yes, "--yes")

#define CTL_OPTION_ENUM(id, kind, field, name) CTL_OPTION_##id,

enum ctl_option {
	CTL_OPTIONS(CTL_OPTION_ENUM) CTL_OPTION_COUNT
};

#undef CTL_OPTION_ENUM

struct ctl_entry {
	const char *name; /* one or two words */
	ctl_command *run;
	unsigned takes; /* a bit for each enum ctl_option */
	size_t min_words;
	size_t max_words;
	const char *usage;
	const char *help;
};

/* The command whose name the words begin with; *taken is how many of them it
 * is. NULL with the complaint made when there is none. */
MUST_USE const struct ctl_entry *ctl_commands_find(
    const char *const *words, size_t count, size_t *taken);

/* The help, to standard output. */
void ctl_commands_help(void);

#endif
