#ifndef DISPATCHER_CTL_CTL_OFFLINE_H
#define DISPATCHER_CTL_CTL_OFFLINE_H

/*
 * The configuration for those who have no secrets: commands that look at files
 * alone and send nothing (render and test), and those that need none but
 * Redis's.
 */

#include <stdbool.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/base/strbuf.h"
#include "dispatcher/ctl/ctl.h"

/* As ctl_load; but the environment variables that the configuration names and
 * that are not set, as secrets are outside of the services, are taken as
 * "not-set". Their names are appended. */
MUST_USE bool ctl_load_unset(struct ctl *ctl, struct strbuf *names);

/* Says on standard error that it was so, if there are any. */
void ctl_tell_unset(const struct strbuf *names);

/* Both. */
MUST_USE bool ctl_load_offline(struct ctl *ctl);

/* As config_file_read; "-" is standard input. */
MUST_USE bool ctl_read_file(
    const char *path, struct strbuf *out, struct err *err);

#endif
