#ifndef TESTS_SUPPORT_STAND_IN_RATE_H
#define TESTS_SUPPORT_STAND_IN_RATE_H

/*
 * So many requests in a window of a second, as Reteno says of its own limits:
 * over that everything is refused until the window ends. The next window
 * begins with the next request.
 */

#include <stdbool.h>
#include <stdint.h>

struct rate {
	int per_s; /* 0: no limit */
	int taken;
	int64_t window_at_ms;
};

void rate_init(struct rate *rate, int per_s);

/* Whether the request is within the limit; it is counted then. */
bool rate_take(struct rate *rate, int64_t now_ms);

#endif
