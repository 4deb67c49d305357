#ifndef DISPATCHER_CTL_CTL_OPTIONS_H
#define DISPATCHER_CTL_CTL_OPTIONS_H

/*
 * relayctl's command line: the shared options of config_cli.h, and the command
 * with its own (ctl_commands.h). Options stand before or behind the command, as
 * one likes.
 */

#include <stdbool.h>

#include "common/base/attr.h"
#include "dispatcher/ctl/ctl.h"

/* Fills in ctl->options (cli is set up by the caller) and finds the command;
 * *command is NULL when all that is wanted is help, the version or the
 * configuration. False with the complaint made. */
MUST_USE bool ctl_options_parse(
    struct ctl *ctl, int argc, char **argv, ctl_command **command);
void ctl_options_finish(struct ctl *ctl);

#endif
