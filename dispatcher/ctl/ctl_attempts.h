#ifndef DISPATCHER_CTL_CTL_ATTEMPTS_H
#define DISPATCHER_CTL_CTL_ATTEMPTS_H

/* What was tried with a job, as commands show it. */

#include <stddef.h>

#include <jansson.h>

#include "common/queue/queue_operator.h"

/* A table, to standard output; nothing when nothing was tried. */
void ctl_attempts_print(const struct queue_attempt *attempts, size_t count);

/* A list. Caller decrefs. */
json_t *ctl_attempts_json(const struct queue_attempt *attempts, size_t count);

#endif
