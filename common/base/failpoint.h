#ifndef COMMON_BASE_FAILPOINT_H
#define COMMON_BASE_FAILPOINT_H

/*
 * Places between the steps of a job's life where a test build can be made to
 * go wrong, once:
 *
 *	RELAY_FAILPOINT=name:action[:n][,...]
 *
 *	crash   the process ends as by kill -9
 *	stop    it stops as by kill -STOP, and goes on when it is told to
 *	error   the step fails as it can fail by itself
 *	n       only the n-th time it comes by; 1 when left out
 *
 * It says so on standard error: "failpoint: name: action". Without
 * RELAY_FAILPOINTS, which the presets for tests set, nothing of this is built.
 */

#include <stdbool.h>

#include "common/base/attr.h"
#include "common/base/err.h"

/* In the order in which a job comes by. */
#define FAILPOINTS(X) \
	X(BODY_READ, "body_read")	    /* error: 503 */ \
	X(ENQUEUE_SEND, "enqueue_send")	    /* error: it gets lost */ \
	X(ENQUEUE_REPLY, "enqueue_reply")   /* error: it gets lost */ \
	X(WEBHOOK_ANSWER, "webhook_answer") /* error: 503 all the same */ \
	X(CLAIM_SEND, "claim_send")	    /* error: it gets lost */ \
	X(CLAIM_REPLY, "claim_reply")	    /* error: it gets lost */ \
	X(RENDERED, "rendered")		    /* error: it is a render error */ \
	X(HTTP_SENT, "http_sent")	    /* error: it is given up */ \
	X(HTTP_ANSWERED, "http_answered")   /* error: there was no answer */ \
	X(FINISH_SEND, "finish_send")	    /* error: it gets lost */ \
	X(FINISH_REPLY, "finish_reply")	    /* error: it gets lost */ \
	X(REPLAY_SEND, "replay_send")	    /* error: it gets lost */ \
	X(REPLAY_REPLY, "replay_reply")	    /* error: it gets lost */

#define FAILPOINT_ENUM(id, name) FAILPOINT_##id,

enum failpoint {
	FAILPOINT_NONE,
	FAILPOINTS(FAILPOINT_ENUM) FAILPOINT_COUNT
};

#undef FAILPOINT_ENUM

#ifdef RELAY_FAILPOINTS

/* Reads RELAY_FAILPOINT. False when it is not as above. */
MUST_USE bool failpoint_arm(struct err *err);

/* True when the caller is to act as if the step had failed. FAILPOINT_NONE:
 * never. */
bool failpoint_hit(enum failpoint point);

#else

static inline bool failpoint_arm(struct err *err)
{
	(void)err;
	return true;
}

static inline bool failpoint_hit(enum failpoint point)
{
	(void)point;
	return false;
}

#endif

#endif
