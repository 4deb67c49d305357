#ifndef DISPATCHER_CTL_CTL_GROUP_H
#define DISPATCHER_CTL_CTL_GROUP_H

/*
 * The groups of users and devices as an operator names them, and whether a job
 * is one of theirs. Names of groups come from common/job/identity.h.
 */

#include <stdbool.h>

#include "common/base/attr.h"
#include "common/base/slice.h"
#include "common/base/strbuf.h"

/* Append the group of the user, or device, with this id. False when the id is
 * empty or blank: nobody has such a one. */
MUST_USE bool ctl_group_of_user(struct slice id, struct strbuf *out);
MUST_USE bool ctl_group_of_device(struct slice id, struct strbuf *out);

/* Whether a job that is in the group `actual` is one of `group`: it is that, or
 * it is the group of this job alone, as a destination without order has them:
 * "<group>~<the job's number in hex>". */
bool ctl_group_has(struct slice group, struct slice actual, const char *job_id);

#endif
