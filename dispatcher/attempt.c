#include "dispatcher/attempt.h"

#include "common/base/mem.h"
#include "common/config/config.h"
#include "common/log/log.h"
#include "common/loop/loop.h"
#include "common/metrics/metrics.h"
#include "dispatcher/attempt_state.h"
#include "dispatcher/destination.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

int64_t attempt_deadline_ms(const struct attempt *attempt)
{
	return attempt->lease_ends_at_ms -
	    lease_margin_ms(attempt->settings->config);
}

bool attempt_is_outdated(const struct attempt *attempt)
{
	return attempt->settings != attempt->destination->settings;
}

/* ---- states ---- */

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
	log_text(&line, "destination", attempt->settings->config->name);
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

static void forget(struct attempt *attempt)
{
	struct attempts *attempts = attempt->attempts;

	attempts->count--;
	attempts->suspects -= attempt->is_suspect;
	destination_let_go(attempt->destination);
	generation_release(attempt->settings->generation);
	loop_bury(attempts->loop, attempt, destroy_attempt);
}

/* Keeps lists and the timer in step. OVER comes from SEND only when all is
 * closed. */
void attempt_enter(struct attempt *attempt, enum attempt_state next)
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
		    attempt_deadline_ms(attempt));
		break;
	case ATTEMPT_SETTLE:
		list_push_back(&attempts->settling, &attempt->link);
		break;
	case ATTEMPT_OVER:
		forget(attempt);
		break;
	}
}

static void on_deadline_due(struct runq_item *item, void *arg)
{
	(void)arg;
	attempt_end_call(LIST_MEMBER(item, struct attempt, deadline));
}

/* ---- beginning ---- */

static void note_suspect(
    const struct attempt *attempt, const struct queue_lease *lease)
{
	struct log_line line;

	metric_add(attempt->destination->suspects, 1);
	log_begin(&line, LOG_WARN, "attempt", LOG_JOB_SUSPECT);
	log_text(&line, "job", attempt->id);
	log_text(&line, "destination", attempt->settings->config->name);
	log_number(&line, "losses", lease->losses);
	log_end(&line);
}

static struct attempt *create_attempt(struct attempts *attempts,
    const struct attempt_lane *lane, const struct queue_claim_reply *reply,
    const struct queue_lease *lease)
{
	struct attempt *attempt = xcalloc(1, sizeof(*attempt));

	attempt->attempts = attempts;
	attempt->state = ATTEMPT_RENDER;
	attempt->destination = lane->destination;
	attempt->settings = lane->destination->settings;
	attempt->shard = lane->shard;
	attempt->pass = lane->pass;
	attempt->lease_ends_at_ms = lane->lease_ends_at_ms;
	/* Any bytes: a user's id may hold a NUL. */
	attempt->group = xmalloc(lease->group.len + 1);
	memcpy(attempt->group, lease->group.data, lease->group.len);
	attempt->group_len = lease->group.len;
	(void)snprintf(
	    attempt->token, sizeof(attempt->token), "%s", reply->token);
	(void)snprintf(attempt->id, sizeof(attempt->id), "%s", lease->id);
	attempt->spent = lease->attempts;
	attempt->is_suspect = lease->is_suspect;
	attempt->refused_at_ms = lease->refused_at_ms;
	attempt->sent = lease->sent;
	attempt->claimed_at_ms = loop_now_ms(attempts->loop);
	/* Its bounds are the template's budget, and what is kept as sent. */
	strbuf_init(&attempt->body, STRBUF_NO_LIMIT);
	attempts->count++;
	attempts->suspects += attempt->is_suspect;
	destination_take(lane->destination);
	generation_hold(attempt->settings->generation);
	return attempt;
}

void attempts_start(struct attempts *attempts, const struct attempt_lane *lane,
    const struct queue_claim_reply *reply, const struct queue_lease *lease)
{
	struct attempt *attempt = create_attempt(attempts, lane, reply, lease);

	if (attempt->is_suspect) {
		note_suspect(attempt, lease);
	}
	attempt_begin(attempt, lease->element, reply->now_ms);
}

void attempts_release(struct attempts *attempts,
    const struct attempt_lane *lane, const struct queue_claim_reply *reply,
    const struct queue_lease *lease)
{
	attempt_settle_unsent(
	    create_attempt(attempts, lane, reply, lease), OUTCOME_RELEASED, "");
}

/* ---- all of them ---- */

struct attempts *attempts_create(const struct attempts_options *options)
{
	struct attempts *attempts = xcalloc(1, sizeof(*attempts));

	attempts->loop = options->loop;
	attempts->queue = options->queue;
	attempts->admissions = options->admissions;
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
		attempt_end_call(attempt);
	}
}

size_t attempts_count(const struct attempts *attempts)
{
	return attempts->count;
}

size_t attempts_suspects(const struct attempts *attempts)
{
	return attempts->suspects;
}
