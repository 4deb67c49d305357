#ifndef DISPATCHER_BURN_H
#define DISPATCHER_BURN_H

/*
 * How many of a destination's last jobs came to a bad end: refused, or not
 * rendered. A bad template or a mistyped URL must not turn the queue into dead
 * letters: before a job is buried for such an end, this is asked. Pure; each
 * process has its own.
 */

#include <stdbool.h>
#include <stdint.h>

enum {
	BURN_WINDOW = 100,
};

/* Zeroed: nothing came to an end yet. */
struct burn {
	bool was_bad[BURN_WINDOW]; /* a ring */
	int next; /* place in it: the oldest, once it is full */
	int count;
	int bad;
};

/* A job came to an end. */
void burn_note(struct burn *burn, bool is_bad);

/* Whether one more bad end would make more than `limit` of the last
 * BURN_WINDOW; never with a limit of 0. */
bool burn_is_over(const struct burn *burn, int64_t limit);

#endif
