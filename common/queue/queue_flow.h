#ifndef COMMON_QUEUE_QUEUE_FLOW_H
#define COMMON_QUEUE_QUEUE_FLOW_H

/*
 * How fast a destination may be called, and whether at all: rate limits and
 * holds, kept in Redis for all dispatchers and shards together. What holds for
 * every call of queue.h holds here. Nothing here touches a job.
 *
 * A hold is the only circuit breaker. A dispatcher asks before each claim;
 * while there is a hold it gets nothing, but for one job at a time to probe
 * with. Each hold has an epoch: what was sent under an earlier one neither
 * lengthens nor ends it.
 */

#include "common/queue/queue.h"

enum queue_hold_reason { /* the stronger ones last: none is replaced by one that
			  * is weaker */
	QUEUE_HOLD_NONE,
	QUEUE_HOLD_THROTTLED,	 /* 429 */
	QUEUE_HOLD_FAILING,	 /* failures in a row */
	QUEUE_HOLD_UNAUTHORIZED, /* 401, 403 */
	QUEUE_HOLD_BURNING,	 /* too many of the last were rejected */
	QUEUE_HOLD_FULL,	 /* dead_limit: until letters are taken away */
	QUEUE_HOLD_PAUSED,	 /* by an operator */
	QUEUE_HOLD_COUNT,
};

/* As in logs, metrics and relayctl: "throttled", ...; "none". */
const char *queue_hold_reason_name(enum queue_hold_reason reason);

/* What Redis has of a destination's hold. Times by Redis's clock. */
struct queue_hold_state {
	enum queue_hold_reason reason; /* NONE: there is none */
	int64_t epoch;		       /* of this hold, or the last; from 1 */
	int64_t streak; /* holds for this reason (NONE: for the last) with no
			 * quiet time between, nor since */
	int64_t since_ms;
	int64_t until_ms;    /* ends by itself; 0: it does not */
	int64_t probe_ms;    /* the next probe; 0: none is to be */
	int64_t accepted_ms; /* when a probe last ended a hold; 0: never */
	struct slice note;   /* the operator's, or what was met. Borrowed */
};

/* What may be done now. */
struct queue_permit {
	int64_t tokens;	 /* so many requests may be sent, at most those asked
			  * for */
	bool is_probe;	 /* the one token is for a probe: whoever has it ends
			  * the hold by queue_resume, or lengthens it by
			  * queue_hold, with hold.epoch, or gives it back */
	int64_t wait_ms; /* without tokens: until it is worth asking again; -1:
			  * when somebody resumes it */
	int64_t now_ms;	 /* Redis's clock */
	struct queue_hold_state hold;
};

typedef void (*queue_admit_cb)(void *arg, enum queue_status status,
    const struct queue_permit *permit, const struct err *err);

/* Asks to send `tokens` requests (1 or more). A destination without a rate
 * limit gets all it asks for while there is no hold. */
void queue_admit(struct queue *queue, int destination, int64_t tokens,
    queue_admit_cb cb, void *arg);

/* Gives back what was not spent on a request: tokens of the rate limit, or the
 * probe of the hold `epoch` (0: it was no probe). Nobody is told; what is lost
 * on the way costs speed, not correctness. */
void queue_give_back(
    struct queue *queue, int destination, int64_t tokens, int64_t epoch);

struct queue_hold_order {
	const char *destination; /* by name: it may not be configured */
	enum queue_hold_reason reason;
	int64_t epoch;	/* of the permit that the request was sent under; -1:
			 * an operator's, which is always obeyed */
	int64_t for_ms; /* until the next probe; FULL, PAUSED: until it ends by
			 * itself, 0: never */
	bool is_asked;	/* for_ms is Retry-After's: it lengthens also the hold
			 * of a later epoch */
	const char *note; /* 1 KiB of it is kept; NULL: none */
};

/* `is_new`: this call began the hold, or changed its reason; `state` is what is
 * in force now. Of holds by dispatchers, the first of an epoch counts, and
 * raises epoch and streak. */
typedef void (*queue_hold_cb)(void *arg, enum queue_status status, bool is_new,
    const struct queue_hold_state *state, const struct err *err);

/* Goes out before the finishes of the same turn. */
void queue_hold(struct queue *queue, const struct queue_hold_order *order,
    queue_hold_cb cb, void *arg);

/* Ends a hold and wakes dispatchers: for a probe that was taken (`epoch`, which
 * must be the current one), or for an operator (-1). `is_new`: there was one to
 * end. */
void queue_resume(struct queue *queue, const char *destination, int64_t epoch,
    queue_hold_cb cb, void *arg);

/* Looks. */
void queue_read_hold(
    struct queue *queue, const char *destination, queue_hold_cb cb, void *arg);

#endif
