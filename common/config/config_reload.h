#ifndef COMMON_CONFIG_CONFIG_RELOAD_H
#define COMMON_CONFIG_CONFIG_RELOAD_H

/*
 * What a running process can take of a new configuration: all but where it
 * listens, the Redis it is connected to and what that was asked to promise, and
 * which destinations there are. Those need a restart.
 */

#include <stdbool.h>

#include "common/base/attr.h"
#include "common/base/err.h"

struct config;

/* False, with file and key, when `next` differs from `current` in one of these.
 */
MUST_USE bool config_can_follow(
    const struct config *current, const struct config *next, struct err *err);

#endif
