#include "dispatcher/ctl/ctl_commands.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/base/nearest.h"
#include "common/base/slice.h"

#define TAKES(id) (1U << CTL_OPTION_##id)

/* What says which dead letters. */
#define TAKES_SELECTION \
	(TAKES(DESTINATION) | TAKES(OUTCOME) | TAKES(STATUS) | \
	    TAKES(EVENT_TYPE) | TAKES(USER) | TAKES(DEVICE) | \
	    TAKES(TEMPLATE) | TAKES(SINCE) | TAKES(UNTIL))

_Static_assert(CTL_OPTION_COUNT <= 32, "options are bits of `takes`");

static const struct ctl_entry commands[] = {
    {"stats", ctl_stats, TAKES(JSON), 0, 0, "stats [--json]",
	"what is in the queue, and whether its ledger balances"},
    {"hold", ctl_hold, TAKES(FOR) | TAKES(NOTE), 1, 1,
	"hold NAME [--for 1h] [--note TEXT]",
	"nothing is sent to that destination until it is resumed"},
    {"resume", ctl_resume, 0, 1, 1, "resume NAME",
	"ends a hold of that destination, whatever its reason"},
    {"trace", ctl_trace, TAKES(JSON) | TAKES(DESTINATION), 1, 1,
	"trace ID [--destination NAME] [--json]",
	"where a job is: pending, dead, or done, and what was tried"},
    {"purge", ctl_purge, TAKES(YES), 1, 1, "purge NAME --yes",
	"removes the pending jobs of that destination for good"},
    {"forget", ctl_forget,
	TAKES(USER) | TAKES(DEVICE) | TAKES(YES) | TAKES(JSON), 0, 0,
	"forget [--user ID] [--device ID] [--yes] [--json]",
	"removes all that the relay has of a user, or a device, for good"},
    {"check", ctl_check, 0, 0, SIZE_MAX, "check [FILE.ftl ...]",
	"the configuration and its templates; or these templates"},
    {"render", ctl_render,
	TAKES(DESTINATION) | TAKES(TEMPLATE) | TAKES(INPUT) | TAKES(EXPLAIN) |
	    TAKES(CASES),
	0, 0,
	"render [--destination NAME] [--template FILE] --input FILE "
	"[--explain]",
	"what Reteno would get for a webhook body (- is standard input), and "
	"where\n"
	"      each value of it comes from; render --cases FILE.jsonl renders "
	"as plain\n"
	"      FreeMarker"},
    {"test", ctl_test, TAKES(DESTINATION) | TAKES(UPDATE), 1, 1,
	"test DIR [--destination NAME] [--update]",
	"templates against what is expected of them: DIR/NAME/CASE.json is "
	"rendered\n"
	"      by DIR/NAME.ftl, or the destination NAME, and compared with\n"
	"      CASE.expected.json; --update writes that"},
    {"dead list", ctl_dead_list, TAKES_SELECTION | TAKES(JSON) | TAKES(LIMIT),
	0, SIZE_MAX, "dead list [ID...] [SELECTION] [--limit N] [--json]",
	"what was given up on, oldest first"},
    {"dead show", ctl_dead_show, TAKES_SELECTION | TAKES(JSON) | TAKES(LIMIT),
	0, SIZE_MAX, "dead show (ID... | SELECTION) [--limit N] [--json]",
	"all about them, and what each would be rendered to now"},
    {"dead replay", ctl_dead_replay,
	TAKES_SELECTION | TAKES(ALL) | TAKES(AS_SENT) | TAKES(DRY_RUN) |
	    TAKES(RATE) | TAKES(YES),
	0, SIZE_MAX,
	"dead replay (ID... | SELECTION | --all) [--as-sent] [--rate N/s] "
	"[--dry-run] [--yes]",
	"back into the queue, rendered anew, or as they were sent"},
    {"dead purge", ctl_dead_purge,
	TAKES_SELECTION | TAKES(ALL) | TAKES(DRY_RUN) | TAKES(YES), 0, SIZE_MAX,
	"dead purge (ID... | SELECTION | --all) --yes [--dry-run]",
	"removes them for good"},
    {"dead export", ctl_dead_export, TAKES_SELECTION | TAKES(OUTPUT), 0,
	SIZE_MAX, "dead export [ID...] [SELECTION] [--output FILE]",
	"whole letters as lines of JSON; they stay where they are"},
    {"dead import", ctl_dead_import, 0, 1, 1, "dead import FILE",
	"exported letters back among the dead letters (- is standard input)"},
};

void ctl_commands_help(void)
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
	    "SELECTION says which dead letters; all that is said must be "
	    "met:\n"
	    "  --destination NAME   of this destination; --all: all of it\n"
	    "  --outcome WORD,...   given up on for this: rejected, "
	    "render_error, ...\n"
	    "  --status CODE,...    answered so: 400, or 4xx; 0: not at all\n"
	    "  --event-type NAME    of events of this type\n"
	    "  --user ID            of this user; --device ID: of this "
	    "device\n"
	    "  --template FILE      rendered by this template: event.ftl\n"
	    "  --since T --until T  died in that time: 90m, 2h, 7d ago, or\n"
	    "                       2026-11-20, 2026-11-20T20:07:01Z (UTC)\n"
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

/* How many of the words are the command's name; 0: another. */
static size_t words_of(
    const struct ctl_entry *command, const char *const *words, size_t count)
{
	const char *blank = strchr(command->name, ' ');
	struct slice first = slice_of(command->name);

	if (blank != NULL) {
		first.len = (size_t)(blank - command->name);
	}
	if (count == 0 || !slice_is(first, words[0])) {
		return 0;
	}
	if (blank == NULL) {
		return 1;
	}
	return count > 1 && strcmp(words[1], blank + 1) == 0 ? 2 : 0;
}

/* Whether there are commands that begin with this word and need another. */
static bool is_half(const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		if (strncmp(commands[i].name, word, len) == 0 &&
		    commands[i].name[len] == ' ') {
			return true;
		}
	}
	return false;
}

static void complain(const char *const *words, size_t count)
{
	char hint[NEAREST_HINT_MAX];
	struct nearest nearest;
	char *typed;

	if (count == 0) {
		(void)ctl_fail(
		    CTL_WRONG, "a command is missing; try relayctl help");
		return;
	}
	typed = count > 1 && is_half(words[0])
	    ? xasprintf("%.100s %.100s", words[0], words[1])
	    : xasprintf("%.100s", words[0]);
	nearest_init(&nearest, slice_of(typed));
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		nearest_offer(&nearest, slice_of(commands[i].name));
	}
	nearest_hint(&nearest, hint);
	(void)ctl_fail(
	    CTL_WRONG, "unknown command %s%s; try relayctl help", typed, hint);
	free(typed);
}

const struct ctl_entry *ctl_commands_find(
    const char *const *words, size_t count, size_t *taken)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		*taken = words_of(&commands[i], words, count);
		if (*taken > 0) {
			return &commands[i];
		}
	}
	complain(words, count);
	return NULL;
}
