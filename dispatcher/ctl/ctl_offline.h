#ifndef DISPATCHER_CTL_CTL_OFFLINE_H
#define DISPATCHER_CTL_CTL_OFFLINE_H

/*
 * For commands that look at files alone and send nothing: render and test.
 */

#include <stdbool.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/base/strbuf.h"
#include "dispatcher/ctl/ctl.h"

/* As ctl_load; but the environment variables that the configuration names and
 * that are not set, as secrets are outside of the services, are taken as
 * "not-set", with a word of it on standard error. */
MUST_USE bool ctl_load_offline(struct ctl *ctl);

/* As config_file_read; "-" is standard input. */
MUST_USE bool ctl_read_file(
    const char *path, struct strbuf *out, struct err *err);

#endif
