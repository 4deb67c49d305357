#ifndef DISPATCHER_ADMISSION_H
#define DISPATCHER_ADMISSION_H

/*
 * Whether a destination may be called now, and how often. Before anything is
 * claimed, Redis is asked (queue_flow.h); it answers with tokens, one for each
 * request, or with a hold. What is not spent on a request goes back: at once to
 * other claims of this turn, at its end to Redis.
 *
 *	admission_ask --> tokens in the purse -- admission_spend --> a request
 *	                    |          ^                |
 *	                    |          +----------------+ admission_return
 *	                    v
 *	       admission_settle: queue_give_back
 *
 * Holds are ordered and ended here, too: what is known of a hold in this
 *process is in one place (destination.h), and is what Redis said last.
 *
 * Calls back from the loop, never from inside a call.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "dispatcher/hold.h"

struct admissions;
struct destination;
struct destinations;
struct loop;
struct queue;

/* What a request is sent under. */
struct pass {
	bool is_paid;	       /* with a token */
	int64_t granted_at_ms; /* monotonic */
	int64_t epoch;	       /* of the hold, or of the last one */
	int64_t streak;
	enum queue_hold_reason held; /* NONE, but for a probe */
};

static inline bool pass_is_probe(const struct pass *pass)
{
	return pass->held != QUEUE_HOLD_NONE;
}

struct admissions_options {
	struct loop *loop;
	struct queue *queue;
	struct destinations *destinations;
	uint64_t seed; /* of the jitter */

	/* There may be tokens now. `was_held`: there were none for long, and
	 * what happened in its lanes meanwhile is not known. */
	void (*on_open)(
	    void *arg, const struct destination *destination, bool was_held);
	void *arg;
};

/* Borrows all it is given. Caller destroys, after the queue: there may be
 * questions under way. NULL is fine. */
MUST_USE struct admissions *admissions_create(
    const struct admissions_options *options);
void admissions_destroy(struct admissions *admissions);

/* Tokens in the purse. */
size_t admission_tokens(
    const struct admissions *admissions, const struct destination *destination);

/* Whether it is worth a claim, or a question: not while a question is under
 * way, nor before the time that the last answer named. */
bool admission_is_open(
    const struct admissions *admissions, const struct destination *destination);

/* Asks for so many more, if it is open. */
void admission_ask(struct admissions *admissions,
    const struct destination *destination, size_t tokens);

/* Takes from the purse, which has so many. */
struct pass admission_spend(struct admissions *admissions,
    const struct destination *destination, size_t tokens);

/* Back to the purse: they were spent on nothing. */
void admission_return(struct admissions *admissions,
    const struct destination *destination, const struct pass *pass,
    size_t tokens);

/* What is still in the purses is of no use now: back to Redis. At the end of a
 * turn. */
void admissions_settle(struct admissions *admissions);

/* No destination waits for its time: what was true may no longer be. */
void admissions_ask_anew(struct admissions *admissions);

/* Puts on hold, ends the hold, or gives the probe back, as hold_decide says. */
void admission_follow(struct admissions *admissions,
    struct destination *destination, const struct pass *pass,
    const struct hold_decision *decision, const char *note);

/* After a reload: of a hold that may have been mended by it, the next probe is
 * due at once. */
void admissions_probe_now(struct admissions *admissions);

/* All tokens go back, also those that are still to come. */
void admissions_stop(struct admissions *admissions);

/* Questions and orders whose answer is still to come. */
size_t admissions_pending(const struct admissions *admissions);

#endif
