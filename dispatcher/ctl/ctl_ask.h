#ifndef DISPATCHER_CTL_CTL_ASK_H
#define DISPATCHER_CTL_CTL_ASK_H

/* A question to whoever sits at the terminal. */

#include <stdbool.h>

#include "common/base/attr.h"

/* Whether somebody does: standard input is a terminal. */
bool ctl_ask_can(void);

/* Asks "<question> [y/N] " on standard error, and reads a line. True for y and
 * yes. */
MUST_USE bool ctl_ask(const char *question);

#endif
