#ifndef DISPATCHER_CTL_CTL_DEAD_H
#define DISPATCHER_CTL_CTL_DEAD_H

/*
 * What the commands about dead letters share: an open queue, and the names of
 * the destinations to look at.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/base/slice.h"
#include "dispatcher/ctl/ctl.h"
#include "dispatcher/ctl/ctl_queue.h"

struct ctl_dead_place {
	char *destination;
	int64_t dead_now;
};

struct ctl_dead {
	const struct ctl *ctl;
	struct ctl_queue *queue;
	struct ctl_dead_place *places; /* of --destination, else of all; also
					* those no longer configured */
	size_t place_count;
};

/* Not CTL_OK with the complaint made: the configuration is wrong, Redis is
 * away, there is no such destination. Caller closes in any case. */
MUST_USE enum ctl_exit ctl_dead_open(struct ctl *ctl, struct ctl_dead *dead);
void ctl_dead_close(struct ctl_dead *dead);

#endif
