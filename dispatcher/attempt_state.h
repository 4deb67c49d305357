#ifndef DISPATCHER_ATTEMPT_STATE_H
#define DISPATCHER_ATTEMPT_STATE_H

/*
 * What the files of an attempt share. Not for others: they have attempt.h.
 *
 *	attempt.c         its life, and all of them
 *	attempt_send.c    from the job to the answer of the destination
 *	attempt_settle.c  what follows from it, until Redis has said so
 *
 *	  start --> RENDER --body--> SEND
 *	    |          |              |
 *	    |          | declined,    | answer, time-out,
 *	    |          | failed,      | lease nearly over,
 *	    |          | unchanged    | given up
 *	    |          v              v
 *	    +------> SETTLE <---------+
 *	   release     |
 *	               | verdict of finish
 *	               v
 *	             OVER (freed)
 */

#include "common/base/list.h"
#include "common/base/rng.h"
#include "common/base/strbuf.h"
#include "common/loop/runq.h"
#include "common/queue/queue.h"
#include "dispatcher/admission.h"
#include "dispatcher/attempt.h"

struct destination_settings;
struct http_call;

enum attempt_state {
	ATTEMPT_RENDER,
	ATTEMPT_SEND,	/* on attempts->sending; libcurl has it */
	ATTEMPT_SETTLE, /* on attempts->settling; the queue has it */
	ATTEMPT_OVER,
};

struct attempt {
	struct list_link link;
	struct attempts *attempts;
	enum attempt_state state;
	struct destination *destination;
	/* The current ones when this began; held. */
	const struct destination_settings *settings;
	int shard;
	struct pass pass;
	char *group;
	size_t group_len;
	char token[QUEUE_TOKEN_MAX];
	char id[JOB_ID_MAX];
	int64_t spent; /* attempts before this one */
	bool is_suspect;
	int64_t refused_at_ms;	 /* Redis's clock; 0: never */
	struct queue_sent sent;	 /* the group's last body */
	int64_t accepted_ago_ms; /* at `claimed_at_ms` */
	int64_t claimed_at_ms;	 /* monotonic, as all here but `wall` */
	int64_t lease_ends_at_ms;
	int64_t started_wall_ms;
	bool is_given_up;
	struct runq_item deadline;
	struct strbuf body; /* of the request */
	bool has_body;
	uint8_t digest[QUEUE_SENT_DIGEST_BYTES]; /* of the body */
	struct http_call *call;
};

struct attempts {
	struct loop *loop;
	struct queue *queue;
	struct admissions *admissions;
	struct rng rng;
	struct runq *deadlines;
	struct list sending;
	struct list settling;
	size_t count;
	size_t suspects;
	bool is_closed;
	void (*on_settled)(
	    void *arg, struct destination *destination, int shard);
	void *arg;
};

/* What an attempt came to; filled in as it becomes known. */
struct ending {
	enum outcome outcome;
	bool was_called; /* a request was begun for it */
	bool was_sent;	 /* and got out, at least its first byte */
	int64_t took_ms;
	int64_t retry_after_ms; /* -1: not said */
	int http_status;
	struct slice note; /* for the dead letter */
	const char *error; /* for the log: never a body. NULL or "": none */
};

/* The only place that changes a state. */
void attempt_enter(struct attempt *attempt, enum attempt_state next);

/* Whether there was a reload since it began. */
bool attempt_is_outdated(const struct attempt *attempt);

/* When the attempt is ended at the latest. */
int64_t attempt_deadline_ms(const struct attempt *attempt);

/* Renders, and sends or settles. `element` is borrowed. */
void attempt_begin(
    struct attempt *attempt, struct slice element, int64_t redis_now_ms);

/* The deadline is here. */
void attempt_end_call(struct attempt *attempt);

void attempt_settle(struct attempt *attempt, const struct ending *ending);

/* An ending without an HTTP call. */
void attempt_settle_unsent(
    struct attempt *attempt, enum outcome outcome, const char *error);

#endif
