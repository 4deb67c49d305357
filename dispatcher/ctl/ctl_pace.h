#ifndef DISPATCHER_CTL_CTL_PACE_H
#define DISPATCHER_CTL_CTL_PACE_H

/*
 * So many a second and no more. Pure: the time is passed in.
 *
 * Small rates go one by one; from a few a second on, a fifth of a second's
 * worth may go at once, so that fast ones need few calls. What was not used is
 * not saved up beyond that.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/slice.h"

struct ctl_rate {
	int64_t count; /* 0: no limit */
	int64_t per_ms;
};

/* 50/s, 600/m, 10/h; 50 is 50/s. False when it is none. */
MUST_USE bool ctl_rate_parse(struct slice text, struct ctl_rate *rate);

struct ctl_pace {
	struct ctl_rate rate;
	int64_t at_ms;	/* of the credit */
	int64_t credit; /* one costs per_ms; each ms brings `count` */
};

void ctl_pace_init(
    struct ctl_pace *pace, const struct ctl_rate *rate, int64_t now_ms);

/* How many of `wanted` may go now; they are taken as gone. */
size_t ctl_pace_take(struct ctl_pace *pace, size_t wanted, int64_t now_ms);

/* After a take of 0: until there is something worth a call. */
int64_t ctl_pace_wait_ms(const struct ctl_pace *pace);

#endif
