#ifndef DISPATCHER_CTL_CTL_PLACES_H
#define DISPATCHER_CTL_CTL_PLACES_H

/*
 * What most commands begin with: an open queue, and the destinations that they
 * are about, with what was there at that moment.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "dispatcher/ctl/ctl.h"
#include "dispatcher/ctl/ctl_queue.h"

struct ctl_place {
	char *destination;
	const struct config_destination *config; /* NULL: not configured */
	int64_t pending;
	int64_t leased;
	int64_t dead_now;
	enum queue_hold_reason hold;
};

struct ctl_places {
	const struct ctl *ctl;
	struct ctl_queue *queue;
	struct ctl_place *list; /* also those no longer configured */
	size_t count;
};

/* Loads the configuration and connects. Of its secrets only Redis's password is
 * needed. Not CTL_OK with the complaint made. Caller closes. */
MUST_USE enum ctl_exit ctl_connect(struct ctl *ctl, struct ctl_queue **queue);

/* `name` is that of the only one; NULL for all. Not CTL_OK with the complaint
 * made: the configuration is wrong, Redis is away, there is no such
 * destination. Caller closes in any case. */
MUST_USE enum ctl_exit ctl_places_open(
    struct ctl_places *places, struct ctl *ctl, const char *name);
void ctl_places_close(struct ctl_places *places);

/* NULL when there is none of this name. */
const struct ctl_place *ctl_places_find(
    const struct ctl_places *places, const char *name);

/* "there is no destination evnt; did you mean event?" in *err. */
void ctl_places_complain(
    const struct ctl_places *places, const char *name, struct err *err);

#endif
