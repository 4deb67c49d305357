#include "dispatcher/ctl/ctl_full.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dispatcher/ctl/ctl_queue.h"

/* What is there now. */
struct state {
	const char *destination;
	int64_t dead_now;
	enum queue_hold_reason reason;
};

static void on_stats(void *arg, const struct queue_stats *stats, size_t count)
{
	struct state *state = arg;

	for (size_t i = 0; i < count; i++) {
		if (strcmp(stats[i].destination, state->destination) == 0) {
			state->dead_now = stats[i].dead_now;
			state->reason = stats[i].hold.reason;
		}
	}
}

static void tell(const struct ctl_place *place, const struct state *state)
{
	int64_t limit = place->config != NULL ? place->config->dead_limit : 0;

	if (state->reason == QUEUE_HOLD_NONE) {
		(void)printf("%s is sent to again; it was on hold (full)\n",
		    place->destination);
	} else {
		(void)printf("%s is on hold (%s)\n", place->destination,
		    queue_hold_reason_name(state->reason));
	}
	if (limit > 0 && state->dead_now >= limit) {
		(void)printf("it still has %" PRId64
			     " dead letters, of at most %" PRId64
			     " (dead_limit): the next job that fails puts it "
			     "on hold again\n",
		    state->dead_now, limit);
	}
}

enum ctl_exit ctl_full_tell(
    const struct ctl_places *places, const struct ctl_place *place)
{
	struct state state = {.destination = place->destination};
	struct err err;

	if (place->hold != QUEUE_HOLD_FULL) {
		return CTL_OK;
	}
	if (!ctl_queue_read_stats(places->queue, on_stats, &state, &err)) {
		return ctl_fail(CTL_TROUBLE, "%s", err.text);
	}
	tell(place, &state);
	return CTL_OK;
}
