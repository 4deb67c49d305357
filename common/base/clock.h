#ifndef COMMON_BASE_CLOCK_H
#define COMMON_BASE_CLOCK_H

/*
 * Time, in milliseconds as int64_t everywhere. Names say which: `_at_ms` is an
 * instant, `_ms` a span. Only the edges of the program call these; what
 * decides takes the time as an argument.
 */

#include <stdint.h>

/* Never goes back; its zero means nothing. For time-outs and durations. */
int64_t clock_mono_ms(void);

/* Since the epoch, UTC. For people and for Redis. May jump. */
int64_t clock_wall_ms(void);

#endif
