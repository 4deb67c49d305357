/*
 * What follows from an ending: for the job (retry.h), for its destination
 * (hold.h), and for how many calls there may be at once. The queue has the job
 * then, and says whether it was ours to settle.
 */
#include "common/config/config.h"
#include "common/log/log.h"
#include "common/loop/loop.h"
#include "common/metrics/metrics.h"
#include "dispatcher/attempt_state.h"
#include "dispatcher/destination.h"
#include "dispatcher/retry.h"

#include <stdio.h>

enum {
	NOTE_MAX = 128, /* of a hold */
};

/* ---- what the ending means ---- */

static bool is_bad_end(enum outcome outcome)
{
	return outcome == OUTCOME_REJECTED || outcome == OUTCOME_RENDER_ERROR;
}

/* Too many came to a bad end, here or by what another dispatcher says. */
static bool is_burning(
    const struct attempt *attempt, const struct ending *ending)
{
	const struct destination *destination = attempt->destination;

	return is_bad_end(ending->outcome) &&
	    (attempt->pass.held == QUEUE_HOLD_BURNING ||
		destination->hold.reason == QUEUE_HOLD_BURNING ||
		burn_is_over(
		    &destination->burn, attempt->settings->config->burn_limit));
}

static struct retry_decision decide_job(
    struct attempt *attempt, const struct ending *ending, bool burns)
{
	int64_t now_ms = loop_now_ms(attempt->attempts->loop);
	struct retry_facts facts = {
	    .outcome = ending->outcome,
	    .attempts = attempt->spent,
	    .age_ms =
		attempt->accepted_ago_ms + now_ms - attempt->claimed_at_ms,
	    .is_burning = burns,
	};

	return retry_decide(
	    &attempt->settings->retry, &facts, &attempt->attempts->rng);
}

/* Whether this failure makes too many in a row. Any answer breaks the row; what
 * was sent under old settings is not in it. */
static bool note_failure(struct attempt *attempt, const struct ending *ending)
{
	struct failures *failures = &attempt->destination->failures;

	if (attempt_is_outdated(attempt)) {
		return false;
	}
	if (hold_is_failure(ending->outcome)) {
		return failures_note(
		    failures, slice_make(attempt->group, attempt->group_len));
	}
	if (ending->was_called) {
		failures_clear(failures);
	}
	return false;
}

/* What a reload may have mended is tried again at once. */
static struct hold_decision decide_hold(
    struct attempt *attempt, const struct ending *ending, bool burns)
{
	struct hold_facts facts = {
	    .outcome = ending->outcome,
	    .is_burning = burns,
	    .is_failing = note_failure(attempt, ending),
	    .is_probe = pass_is_probe(&attempt->pass),
	    .held = attempt->pass.held,
	    .streak = attempt->pass.streak,
	    .retry_after_ms = ending->retry_after_ms,
	};
	struct hold_decision decision;

	decision = hold_decide(
	    &attempt->settings->hold, &facts, &attempt->attempts->rng);
	if (attempt_is_outdated(attempt) &&
	    hold_may_be_mended(decision.reason)) {
		decision.for_ms = 0;
	}
	return decision;
}

static void order(const struct attempt *attempt,
    const struct hold_decision *decision, int http_status)
{
	char note[NOTE_MAX];

	if (http_status > 0) {
		(void)snprintf(note, sizeof(note), "status %d, job %s",
		    http_status, attempt->id);
	} else {
		(void)snprintf(note, sizeof(note), "job %s", attempt->id);
	}
	admission_follow(attempt->attempts->admissions, attempt->destination,
	    &attempt->pass, decision, note);
}

static void note_destination(struct attempt *attempt,
    const struct ending *ending, const struct retry_decision *decision)
{
	struct destination *destination = attempt->destination;

	metric_add(destination->outcomes[ending->outcome], 1);
	if (ending->was_called) {
		destination_note_call(
		    destination, ending->outcome, ending->took_ms);
	} else if (!pass_is_probe(&attempt->pass)) {
		admission_return(attempt->attempts->admissions, destination,
		    &attempt->pass, 1);
	}
	if (ending->outcome == OUTCOME_DELIVERED) {
		destination->accepted_at_ms =
		    loop_now_ms(attempt->attempts->loop) +
		    destination->redis_ahead_ms;
	}
	if (attempt_is_outdated(attempt)) {
		return;
	}
	if (ending->outcome == OUTCOME_DELIVERED ||
	    ending->outcome == OUTCOME_UNCHANGED) {
		burn_note(&destination->burn, false);
	} else if (is_bad_end(ending->outcome) &&
	    decision->settle == QUEUE_BURY) {
		burn_note(&destination->burn, true);
	}
}

/* ---- the log ---- */

static enum log_event event_of(
    enum outcome outcome, enum queue_settle settle, enum log_level *level)
{
	static const struct {
		enum log_event event;
		enum log_level level;
	} kinds[] = {
	    [QUEUE_POP] = {LOG_JOB_DELIVERED, LOG_INFO},
	    [QUEUE_BURY] = {LOG_JOB_DEAD, LOG_ERROR},
	    [QUEUE_RETRY] = {LOG_JOB_RETRY, LOG_WARN},
	    [QUEUE_REQUEUE] = {LOG_JOB_REQUEUED, LOG_WARN},
	    [QUEUE_RELEASE] = {LOG_JOB_RELEASED, LOG_INFO},
	};

	*level = kinds[settle].level;
	if (outcome == OUTCOME_SKIPPED) {
		return LOG_JOB_SKIPPED;
	}
	if (outcome == OUTCOME_UNCHANGED) {
		return LOG_JOB_UNCHANGED;
	}
	return kinds[settle].event;
}

static void begin_line(struct log_line *line, const struct attempt *attempt,
    enum log_level level, enum log_event event)
{
	log_begin(line, level, "attempt", event);
	log_text(line, "job", attempt->id);
	log_text(line, "destination", attempt->settings->config->name);
}

static void log_ending(const struct attempt *attempt,
    const struct ending *ending, const struct retry_decision *decision)
{
	enum log_level level;
	enum log_event event =
	    event_of(ending->outcome, decision->settle, &level);
	struct log_line line;

	begin_line(&line, attempt, level, event);
	log_number(&line, "attempt", attempt->spent + 1);
	log_text(&line, "outcome", outcome_name(ending->outcome));
	if (ending->http_status > 0) {
		log_number(&line, "status", ending->http_status);
	}
	if (ending->was_called) {
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

/* ---- Redis's word ---- */

static void note_fenced(const struct attempt *attempt)
{
	struct log_line line;

	metric_add(attempt->destination->fenced, 1);
	begin_line(&line, attempt, LOG_WARN, LOG_JOB_FENCED);
	log_end(&line);
}

/* It was not buried: the job is in the queue still. */
static void note_full(const struct attempt *attempt)
{
	struct hold_decision decision = {
	    .step = HOLD_ORDER,
	    .reason = QUEUE_HOLD_FULL,
	    .for_ms = attempt->settings->hold.probe_every_ms,
	};
	struct log_line line;

	begin_line(&line, attempt, LOG_WARN, LOG_JOB_REQUEUED);
	log_text(&line, "reason", "there are dead_limit dead letters");
	log_end(&line);
	order(attempt, &decision, 0);
}

static void on_finish_verdict(
    void *arg, enum queue_status status, enum queue_finish_verdict verdict)
{
	struct attempt *attempt = arg;
	struct attempts *attempts = attempt->attempts;
	struct destination *destination = attempt->destination;
	int shard = attempt->shard;

	if (status == QUEUE_OK) {
		switch (verdict) {
		case QUEUE_FINISHED:
			break;
		case QUEUE_NOT_CURRENT:
			note_fenced(attempt);
			break;
		case QUEUE_DEAD_FULL:
			note_full(attempt);
			break;
		}
	}
	attempt_enter(attempt, ATTEMPT_OVER);
	if (!attempts->is_closed) {
		attempts->on_settled(attempts->arg, destination, shard);
	}
}

/* ---- settling ---- */

/* Now the last body of the group. */
static struct queue_sent sent_after(
    const struct attempt *attempt, const struct ending *ending)
{
	struct queue_sent sent = {
	    .is_known = true,
	    .was_delivered = ending->outcome == OUTCOME_DELIVERED,
	};

	if (!ending->was_sent) {
		return attempt->sent;
	}
	memcpy(sent.digest, attempt->digest, sizeof(sent.digest));
	return sent;
}

static void finish(struct attempt *attempt, const struct ending *ending,
    const struct retry_decision *decision)
{
	struct queue_finish finish = {
	    .destination = attempt->destination->place,
	    .shard = attempt->shard,
	    .group = slice_make(attempt->group, attempt->group_len),
	    .token = attempt->token,
	    .id = attempt->id,
	    .settle = decision->settle,
	    .outcome = ending->outcome,
	    .spends_attempt = decision->spends_attempt,
	    .delay_ms = decision->delay_ms,
	    .started_at_ms = ending->was_called ? attempt->started_wall_ms : 0,
	    .took_ms = ending->took_ms,
	    .http_status = ending->http_status,
	    .sent = sent_after(attempt, ending),
	};

	if (decision->settle == QUEUE_BURY) {
		finish.note = ending->note;
		finish.template = attempt->settings->config->template_path;
		if (attempt->has_body) {
			finish.body = strbuf_slice(&attempt->body);
		}
	}
	queue_finish(
	    attempt->attempts->queue, &finish, on_finish_verdict, attempt);
}

/* The hold goes out before the finish, so that what is requeued is not claimed
 * again before it. */
void attempt_settle(struct attempt *attempt, const struct ending *ending)
{
	bool burns = is_burning(attempt, ending);
	struct retry_decision job = decide_job(attempt, ending, burns);
	struct hold_decision hold = decide_hold(attempt, ending, burns);

	attempt_enter(attempt, ATTEMPT_SETTLE);
	log_ending(attempt, ending, &job);
	note_destination(attempt, ending, &job);
	order(attempt, &hold, ending->http_status);
	finish(attempt, ending, &job);
	strbuf_finish(&attempt->body);
}

void attempt_settle_unsent(
    struct attempt *attempt, enum outcome outcome, const char *error)
{
	struct ending ending = {
	    .outcome = outcome,
	    .retry_after_ms = -1,
	    .note = slice_of(error),
	    .error = error,
	};

	attempt_settle(attempt, &ending);
}
