#ifndef DISPATCHER_CTL_CTL_FULL_H
#define DISPATCHER_CTL_CTL_FULL_H

/*
 * A destination that is on hold because it has as many dead letters as it may
 * is resumed by the queue when some are taken away; this tells what came of it.
 */

#include "dispatcher/ctl/ctl.h"
#include "dispatcher/ctl/ctl_places.h"

/* Behind whatever took away dead letters of a place. Says nothing if it was not
 * on hold for that when the places were opened. */
enum ctl_exit ctl_full_tell(
    const struct ctl_places *places, const struct ctl_place *place);

#endif
