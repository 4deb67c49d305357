#ifndef DISPATCHER_CTL_CTL_TIME_H
#define DISPATCHER_CTL_CTL_TIME_H

/*
 * Times as an operator types them:
 *
 *	90m, 2h, 7d			so long ago
 *	2026-11-20			that day
 *	2026-11-20T20:07		that minute; a blank does for the T
 *	2026-11-20T20:07:01		that second
 *	2026-11-20T20:07:01.795Z	as relayctl shows them
 *
 * In UTC, unless +02:00 or the like stands behind the time.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/slice.h"

/* What was written, from its first millisecond to its last; both ends of a time
 * that is one instant are the same. */
struct ctl_time {
	int64_t first_ms;
	int64_t last_ms;
};

/* False when it is no time. Pure: the present is passed in. */
MUST_USE bool ctl_time_parse(
    struct slice text, int64_t now_ms, struct ctl_time *time);

#endif
