#include "dispatcher/attempt.h"

#include "common/base/clock.h"
#include "common/base/failpoint.h"
#include "common/base/list.h"
#include "common/base/mem.h"
#include "common/base/rng.h"
#include "common/config/config.h"
#include "common/job/job.h"
#include "common/log/log.h"
#include "common/loop/loop.h"
#include "common/loop/runq.h"
#include "common/metrics/metrics.h"
#include "common/queue/queue.h"
#include "dispatcher/destination.h"
#include "dispatcher/http/http_client.h"
#include "dispatcher/http/http_outcome.h"
#include "dispatcher/render.h"
#include "dispatcher/retry.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 *	  start --> RENDER --body--> SEND
 *	    |          |              |
 *	    |          | declined,    | answer, time-out,
 *	    |          | failed,      | lease nearly over,
 *	    |          | unreadable   | given up
 *	    |          v              v
 *	    +------> SETTLE <---------+
 *	   release     |
 *	               | verdict of finish
 *	               v
 *	             OVER (freed)
 */
enum attempt_state {
	ATTEMPT_RENDER,
	ATTEMPT_SEND,	/* on attempts->sending; libcurl has it */
	ATTEMPT_SETTLE, /* on attempts->settling; the queue has it */
	ATTEMPT_OVER,
};

/* What an attempt came to; filled in as it becomes known. */
struct ending {
	enum outcome outcome;
	int64_t started_at_ms; /* wall clock; 0: nothing was sent for */
	int64_t sent_at_ms;    /* monotonic */
	int64_t took_ms;
	int64_t retry_after_ms;
	int http_status;
	struct slice note; /* for the dead letter */
	const char *error; /* for the log: never a body. NULL or "": none */
};

struct attempt {
	struct list_link link;
	struct attempts *attempts;
	enum attempt_state state;
	struct destination *destination;
	int shard;
	char *group;
	size_t group_len;
	char token[QUEUE_TOKEN_MAX];
	char id[JOB_ID_MAX];
	int64_t spent;		 /* attempts before this one */
	int64_t accepted_ago_ms; /* at `claimed_at_ms` */
	int64_t claimed_at_ms;	 /* monotonic, as all here but `wall` */
	int64_t lease_ends_at_ms;
	int64_t started_wall_ms;
	int64_t sent_at_ms;
	bool is_given_up;
	struct runq_item deadline;
	struct strbuf body;
	struct http_call *call;
};

struct attempts {
	struct loop *loop;
	struct queue *queue;
	struct render *render;
	struct rng rng;
	size_t max_body_bytes;
	struct runq *deadlines;
	struct list sending;
	struct list settling;
	size_t count;
	bool is_closed;
	void (*on_settled)(
	    void *arg, struct destination *destination, int shard);
	void *arg;
};

static const char *state_name(enum attempt_state state)
{
	switch (state) {
	case ATTEMPT_RENDER:
		return "render";
	case ATTEMPT_SEND:
		return "send";
	case ATTEMPT_SETTLE:
		return "settle";
	case ATTEMPT_OVER:
		return "over";
	}
	return "";
}

/* Half of what the lease is longer than a whole attempt: for the finish to
 * reach Redis. */
static int64_t lease_margin_ms(const struct config_destination *config)
{
	int64_t spare = config->lease_ms - config->timeout_ms;

	return spare > 0 ? spare / 2 : 0;
}

/* When the attempt is ended at the latest. */
static int64_t deadline_at_ms(const struct attempt *attempt)
{
	return attempt->lease_ends_at_ms -
	    lease_margin_ms(attempt->destination->config);
}

/* ---- the life of an attempt ---- */

static void destroy_attempt(void *object)
{
	struct attempt *attempt = object;

	strbuf_finish(&attempt->body);
	free(attempt->group);
	free(attempt);
}

static void log_state(const struct attempt *attempt, enum attempt_state next)
{
	struct log_line line;

	log_begin(&line, LOG_DEBUG, "attempt", LOG_ATTEMPT_STATE);
	log_text(&line, "job", attempt->id);
	log_text(&line, "destination", attempt->destination->config->name);
	log_text(&line, "from", state_name(attempt->state));
	log_text(&line, "to", state_name(next));
	log_end(&line);
}

static bool may_follow(enum attempt_state state, enum attempt_state next)
{
	switch (next) {
	case ATTEMPT_RENDER:
		return false;
	case ATTEMPT_SEND:
		return state == ATTEMPT_RENDER;
	case ATTEMPT_SETTLE:
		return state == ATTEMPT_RENDER || state == ATTEMPT_SEND;
	case ATTEMPT_OVER:
		return state == ATTEMPT_SEND || state == ATTEMPT_SETTLE;
	}
	return false;
}

/* The only place that changes a state; keeps lists and the timer in step. OVER
 * comes from SEND only when all is closed. */
static void attempt_enter(struct attempt *attempt, enum attempt_state next)
{
	struct attempts *attempts = attempt->attempts;

	if (!may_follow(attempt->state, next)) {
		abort();
	}
	log_state(attempt, next);
	attempt->state = next;
	list_remove(&attempt->link);
	runq_cancel(attempts->deadlines, &attempt->deadline);
	switch (next) {
	case ATTEMPT_RENDER:
		break;
	case ATTEMPT_SEND:
		list_push_back(&attempts->sending, &attempt->link);
		runq_schedule(attempts->deadlines, &attempt->deadline,
		    deadline_at_ms(attempt));
		break;
	case ATTEMPT_SETTLE:
		list_push_back(&attempts->settling, &attempt->link);
		break;
	case ATTEMPT_OVER:
		attempts->count--;
		destination_let_go(attempt->destination);
		loop_bury(attempts->loop, attempt, destroy_attempt);
		break;
	}
}

/* ---- settle ---- */

static void log_ending(const struct attempt *attempt,
    const struct ending *ending, const struct retry_decision *decision)
{
	static const struct {
		enum log_event event;
		enum log_level level;
	} kinds[] = {
	    [QUEUE_POP] = {LOG_JOB_DELIVERED, LOG_INFO},
	    [QUEUE_BURY] = {LOG_JOB_DEAD, LOG_ERROR},
	    [QUEUE_RETRY] = {LOG_JOB_RETRY, LOG_WARN},
	    [QUEUE_REQUEUE] = {LOG_JOB_RELEASED, LOG_INFO},
	    [QUEUE_RELEASE] = {LOG_JOB_RELEASED, LOG_INFO},
	};
	enum log_event event = kinds[decision->settle].event;
	struct log_line line;

	if (ending->outcome == OUTCOME_SKIPPED) {
		event = LOG_JOB_SKIPPED;
	}
	log_begin(&line, kinds[decision->settle].level, "attempt", event);
	log_text(&line, "job", attempt->id);
	log_text(&line, "destination", attempt->destination->config->name);
	log_number(&line, "attempt", attempt->spent + 1);
	log_text(&line, "outcome", outcome_name(ending->outcome));
	if (ending->http_status > 0) {
		log_number(&line, "status", ending->http_status);
	}
	if (ending->started_at_ms > 0) {
		log_number(&line, "ms", ending->took_ms);
	}
	if (decision->settle == QUEUE_RETRY) {
		log_number(&line, "delay_ms", decision->delay_ms);
	}
	if (ending->error != NULL && ending->error[0] != '\0') {
		log_text(&line, "reason", ending->error);
	}
	log_end(&line);
}

static struct retry_decision decide(
    struct attempt *attempt, const struct ending *ending)
{
	const struct destination *destination = attempt->destination;
	int64_t now_ms = loop_now_ms(attempt->attempts->loop);
	struct retry_facts facts = {
	    .outcome = ending->outcome,
	    .attempts = attempt->spent,
	    .age_ms =
		attempt->accepted_ago_ms + now_ms - attempt->claimed_at_ms,
	    .throttle_streak =
		pause_streak_with(&destination->pause, ending->sent_at_ms),
	    .retry_after_ms = ending->retry_after_ms,
	};

	return retry_decide(
	    &destination->policy, &facts, &attempt->attempts->rng);
}

static void on_finish_verdict(
    void *arg, enum queue_status status, enum queue_finish_verdict verdict)
{
	struct attempt *attempt = arg;
	struct attempts *attempts = attempt->attempts;
	struct destination *destination = attempt->destination;
	int shard = attempt->shard;
	struct log_line line;

	if (status == QUEUE_OK && verdict == QUEUE_NOT_CURRENT) {
		metric_add(destination->fenced, 1);
		log_begin(&line, LOG_WARN, "attempt", LOG_JOB_FENCED);
		log_text(&line, "job", attempt->id);
		log_text(&line, "destination", destination->config->name);
		log_end(&line);
	}
	attempt_enter(attempt, ATTEMPT_OVER);
	if (!attempts->is_closed) {
		attempts->on_settled(attempts->arg, destination, shard);
	}
}

static void settle(struct attempt *attempt, const struct ending *ending)
{
	struct retry_decision decision = decide(attempt, ending);
	struct destination *destination = attempt->destination;
	struct queue_finish finish = {
	    .destination = destination->place,
	    .shard = attempt->shard,
	    .group = slice_make(attempt->group, attempt->group_len),
	    .token = attempt->token,
	    .id = attempt->id,
	    .settle = decision.settle,
	    .outcome = ending->outcome,
	    .spends_attempt = decision.spends_attempt,
	    .delay_ms = decision.delay_ms,
	    .started_at_ms = ending->started_at_ms,
	    .took_ms = ending->took_ms,
	    .http_status = ending->http_status,
	};

	if (decision.settle == QUEUE_BURY) {
		finish.note = ending->note;
	}
	attempt_enter(attempt, ATTEMPT_SETTLE);
	log_ending(attempt, ending, &decision);
	destination_note(destination, ending->outcome, ending->sent_at_ms,
	    decision.pause_ms, loop_now_ms(attempt->attempts->loop));
	queue_finish(
	    attempt->attempts->queue, &finish, on_finish_verdict, attempt);
	strbuf_finish(&attempt->body);
}

/* An ending without an HTTP call. */
static void settle_unsent(
    struct attempt *attempt, enum outcome outcome, const char *error)
{
	struct ending ending = {
	    .outcome = outcome,
	    .sent_at_ms = loop_now_ms(attempt->attempts->loop),
	    .retry_after_ms = -1,
	    .note = slice_of(error),
	    .error = error,
	};

	settle(attempt, &ending);
}

/* ---- send ---- */

/* What came of a call that we ended ourselves, to give it up. */
static enum outcome outcome_of(
    const struct attempt *attempt, const struct http_result *result)
{
	if (attempt->is_given_up && !result->is_complete && !result->was_sent) {
		return OUTCOME_RELEASED;
	}
	if (failpoint_hit(FAILPOINT_HTTP_ANSWERED)) {
		return OUTCOME_UNKNOWN;
	}
	return http_outcome(result);
}

static void on_http_result(void *arg, const struct http_result *result)
{
	struct attempt *attempt = arg;
	struct ending ending = {
	    .outcome = outcome_of(attempt, result),
	    .started_at_ms = attempt->started_wall_ms,
	    .sent_at_ms = attempt->sent_at_ms,
	    .took_ms = result->took_ms,
	    .retry_after_ms = result->retry_after_ms,
	    .http_status = result->status,
	    .note =
		result->is_complete ? result->body : slice_of(result->error),
	    .error = result->error,
	};

	attempt->call = NULL;
	if (attempt->attempts->is_closed) {
		attempt_enter(attempt, ATTEMPT_OVER);
		return;
	}
	metric_observe(attempt->destination->call_seconds,
	    (double)result->took_ms / 1000.0);
	settle(attempt, &ending);
}

/* The whole process may have been stopped, while the answer to its claim waited
 * in the socket or since this turn of the loop began: then the group may be
 * another's by now, and further on. So it is the clock that is asked, not the
 * loop. */
static void send_body(struct attempt *attempt)
{
	struct attempts *attempts = attempt->attempts;

	if (clock_mono_ms() >= deadline_at_ms(attempt)) {
		settle_unsent(attempt, OUTCOME_RELEASED,
		    "its lease is over, or nearly, before it began");
		return;
	}
	attempt->started_wall_ms = loop_wall_ms(attempts->loop);
	attempt->sent_at_ms = loop_now_ms(attempts->loop);
	attempt_enter(attempt, ATTEMPT_SEND);
	attempt->call = http_send(attempt->destination->http,
	    strbuf_slice(&attempt->body), on_http_result, attempt);
	if (failpoint_hit(FAILPOINT_HTTP_SENT)) {
		http_cancel(attempt->call);
	}
}

static void on_deadline_due(struct runq_item *item, void *arg)
{
	struct attempt *attempt = LIST_MEMBER(item, struct attempt, deadline);

	(void)arg;
	http_cancel(attempt->call);
}

/* ---- render ---- */

static void render_and_go_on(struct attempt *attempt, const struct job *job)
{
	struct render_job render_job = {
	    .job = job, .id = attempt->id, .attempt = attempt->spent + 1};
	struct err err = {.text = ""};

	switch (render_body(attempt->attempts->render,
	    attempt->destination->place, &render_job, &attempt->body, &err)) {
	case RENDER_DONE:
		if (failpoint_hit(FAILPOINT_RENDERED)) {
			settle_unsent(attempt, OUTCOME_RENDER_ERROR,
			    "a failpoint says so");
			break;
		}
		send_body(attempt);
		break;
	case RENDER_DECLINED:
		settle_unsent(attempt, OUTCOME_SKIPPED, "");
		break;
	case RENDER_FAILED:
		settle_unsent(attempt, OUTCOME_RENDER_ERROR, err.text);
		break;
	}
}

static struct attempt *create_attempt(struct attempts *attempts,
    const struct attempt_lane *lane, const struct queue_claim_reply *reply,
    const struct queue_lease *lease)
{
	struct attempt *attempt = xcalloc(1, sizeof(*attempt));

	attempt->attempts = attempts;
	attempt->state = ATTEMPT_RENDER;
	attempt->destination = lane->destination;
	attempt->shard = lane->shard;
	attempt->lease_ends_at_ms = lane->lease_ends_at_ms;
	/* Any bytes: a user's id may hold a NUL. */
	attempt->group = xmalloc(lease->group.len + 1);
	memcpy(attempt->group, lease->group.data, lease->group.len);
	attempt->group_len = lease->group.len;
	(void)snprintf(
	    attempt->token, sizeof(attempt->token), "%s", reply->token);
	(void)snprintf(attempt->id, sizeof(attempt->id), "%s", lease->id);
	attempt->spent = lease->attempts;
	attempt->claimed_at_ms = loop_now_ms(attempts->loop);
	strbuf_init(&attempt->body, attempts->max_body_bytes);
	attempts->count++;
	destination_take(lane->destination);
	return attempt;
}

void attempts_start(struct attempts *attempts, const struct attempt_lane *lane,
    const struct queue_claim_reply *reply, const struct queue_lease *lease)
{
	struct attempt *attempt = create_attempt(attempts, lane, reply, lease);
	struct err err = {.text = ""};
	struct job job;

	if (!job_decode(lease->element, &job, &err)) {
		settle_unsent(attempt, OUTCOME_RENDER_ERROR, err.text);
		return;
	}
	attempt->accepted_ago_ms = reply->now_ms - job.accepted_at_ms;
	render_and_go_on(attempt, &job);
}

void attempts_release(struct attempts *attempts,
    const struct attempt_lane *lane, const struct queue_claim_reply *reply,
    const struct queue_lease *lease)
{
	settle_unsent(
	    create_attempt(attempts, lane, reply, lease), OUTCOME_RELEASED, "");
}

/* ---- all of them ---- */

struct attempts *attempts_create(const struct attempts_options *options)
{
	struct attempts *attempts = xcalloc(1, sizeof(*attempts));

	attempts->loop = options->loop;
	attempts->queue = options->queue;
	attempts->render = options->render;
	attempts->max_body_bytes =
	    (size_t)options->config->template.max_output_bytes;
	attempts->on_settled = options->on_settled;
	attempts->arg = options->arg;
	rng_seed(&attempts->rng, options->seed);
	attempts->deadlines =
	    runq_create(options->loop, on_deadline_due, attempts);
	list_init(&attempts->sending);
	list_init(&attempts->settling);
	return attempts;
}

void attempts_close(struct attempts *attempts)
{
	attempts->is_closed = true;
}

void attempts_destroy(struct attempts *attempts)
{
	if (attempts == NULL) {
		return;
	}
	assert(attempts->count == 0);
	runq_destroy(attempts->deadlines);
	free(attempts);
}

void attempts_give_up(struct attempts *attempts)
{
	struct list_link *link = list_first(&attempts->sending);

	for (; link != NULL; link = list_next(&attempts->sending, link)) {
		struct attempt *attempt =
		    LIST_MEMBER(link, struct attempt, link);

		attempt->is_given_up = true;
		http_cancel(attempt->call);
	}
}

size_t attempts_count(const struct attempts *attempts)
{
	return attempts->count;
}
