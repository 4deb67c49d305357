#ifndef DISPATCHER_DESTINATION_H
#define DISPATCHER_DESTINATION_H

/*
 * What this process knows of each destination: how it is called by now
 * (generation.h), its hold, and what its last calls came to. Made once, for all
 * of them; a reload replaces the settings. Plain data that admission, lanes and
 * attempts share.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/list.h"
#include "common/base/strbuf.h"
#include "common/job/outcome.h"
#include "common/queue/queue_flow.h"
#include "dispatcher/burn.h"
#include "dispatcher/concurrency.h"
#include "dispatcher/failures.h"
#include "dispatcher/generation.h"

struct metric;
struct metrics;

struct destination {
	int place; /* in the configuration */
	/* The current ones. */
	const struct destination_settings *settings;
	size_t in_hand; /* attempts that are not over */

	/* As Redis said last; the note is not kept. */
	struct queue_hold_state hold;
	bool is_hold_known;
	int64_t redis_ahead_ms; /* its clock, of our monotonic one */
	int64_t accepted_at_ms; /* it last took our credentials; Redis's clock,
				 * 0: not known */

	struct concurrency concurrency;
	struct burn burn;
	struct failures failures;

	struct metric *in_hand_gauge;
	struct metric *limit_gauge;
	struct metric *rate_waits;
	struct metric *suspects;
	struct metric *call_seconds;
	struct metric *fenced;
	struct metric *outcomes[OUTCOME_COUNT];
};

struct destinations {
	struct destination *all; /* as in the configuration */
	size_t count;
	struct generation *current;
	struct list generations; /* also the old ones, while they are held */
};

/* Takes the generation. Caller destroys. */
MUST_USE struct destinations *destinations_create(
    struct generation *generation, struct metrics *metrics);

/* Ends all HTTP calls; their callbacks come from inside this. NULL is fine. */
void destinations_destroy(struct destinations *destinations);

/* From now on they are called as this generation says, which has the same
 * destinations. Takes it. What burned and failed until now is forgotten, for it
 * may have been mended. */
void destinations_follow(
    struct destinations *destinations, struct generation *generation);

/* Counts one more attempt in hand, or one less. */
void destination_take(struct destination *destination);
void destination_let_go(struct destination *destination);

/* How many more may be in hand, as its concurrency is now. */
size_t destination_room(const struct destination *destination);

/* Redis said that this is its hold. Tells the log when that is news. */
void destination_note_hold(
    struct destination *destination, const struct queue_hold_state *state);

/* A call is over: for how many there may be at once. */
void destination_note_call(
    struct destination *destination, enum outcome outcome, int64_t took_ms);

/* False when one is on hold, each with a line of its own. */
bool destinations_are_ready(
    const struct destinations *destinations, struct strbuf *reasons);

#endif
