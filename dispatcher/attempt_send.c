/*
 * From the job to the answer. A body that was rendered is held against the last
 * one of its group: if that was this one, it may not be worth a call, and an
 * answer that calls it a duplicate is right.
 */
#include "common/base/clock.h"
#include "common/base/failpoint.h"
#include "common/config/config.h"
#include "common/job/identity.h"
#include "common/job/job.h"
#include "common/loop/loop.h"
#include "common/metrics/metrics.h"
#include "dispatcher/attempt_state.h"
#include "dispatcher/destination.h"
#include "dispatcher/http/http_client.h"
#include "dispatcher/http/http_outcome.h"
#include "dispatcher/render.h"

#include <string.h>

_Static_assert((int)QUEUE_SENT_DIGEST_BYTES == (int)IDENTITY_DIGEST_BYTES,
    "one digest serves both");

/* ---- the answer ---- */

static bool is_repeat(const struct attempt *attempt)
{
	return attempt->sent.is_known &&
	    memcmp(attempt->sent.digest, attempt->digest,
		sizeof(attempt->digest)) == 0;
}

/* Refused again, after another was accepted: it is not the credentials. Not
 * when that may have been by others than we have. */
static bool is_own_refusal(const struct attempt *attempt)
{
	return !attempt_is_outdated(attempt) && attempt->refused_at_ms > 0 &&
	    attempt->refused_at_ms < attempt->destination->accepted_at_ms;
}

static enum outcome outcome_of(
    const struct attempt *attempt, const struct http_result *result)
{
	enum outcome outcome;

	/* What came of a call that we ended ourselves, to give it up. */
	if (attempt->is_given_up && !result->is_complete && !result->was_sent) {
		return OUTCOME_RELEASED;
	}
	if (failpoint_hit(FAILPOINT_HTTP_ANSWERED)) {
		return OUTCOME_UNKNOWN;
	}
	outcome = http_outcome(result, is_repeat(attempt));
	if (outcome == OUTCOME_UNAUTHORIZED && is_own_refusal(attempt)) {
		return OUTCOME_REJECTED;
	}
	return outcome;
}

static void on_http_result(void *arg, const struct http_result *result)
{
	struct attempt *attempt = arg;
	struct ending ending = {
	    .outcome = outcome_of(attempt, result),
	    .was_called = true,
	    .was_sent = result->was_sent,
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
	attempt_settle(attempt, &ending);
}

void attempt_end_call(struct attempt *attempt)
{
	http_cancel(attempt->call);
}

/* ---- the request ---- */

/* The whole process may have been stopped, while the answer to its claim waited
 * in the socket or since this turn of the loop began: then the group may be
 * another's by now, and further on. So it is the clock that is asked, not the
 * loop. */
static void send_body(struct attempt *attempt)
{
	struct attempts *attempts = attempt->attempts;

	if (clock_mono_ms() >= attempt_deadline_ms(attempt)) {
		attempt_settle_unsent(attempt, OUTCOME_RELEASED,
		    "its lease is over, or nearly, before it began");
		return;
	}
	attempt->started_wall_ms = loop_wall_ms(attempts->loop);
	attempt_enter(attempt, ATTEMPT_SEND);
	attempt->call = http_send(attempt->settings->http,
	    strbuf_slice(&attempt->body), on_http_result, attempt);
	if (failpoint_hit(FAILPOINT_HTTP_SENT)) {
		http_cancel(attempt->call);
	}
}

static bool is_unchanged(const struct attempt *attempt, int64_t redis_now_ms)
{
	return is_repeat(attempt) && attempt->sent.was_delivered &&
	    redis_now_ms - attempt->sent.at_ms <
	    attempt->settings->config->unchanged_for_ms;
}

static void take_body(struct attempt *attempt, int64_t redis_now_ms)
{
	attempt->has_body = true;
	identity_digest(strbuf_slice(&attempt->body), attempt->digest);
	if (is_unchanged(attempt, redis_now_ms)) {
		attempt_settle_unsent(attempt, OUTCOME_UNCHANGED, "");
	} else {
		send_body(attempt);
	}
}

/* ---- the body ---- */

static void render(
    struct attempt *attempt, const struct job *job, int64_t redis_now_ms)
{
	struct render_job render_job = {
	    .job = job, .id = attempt->id, .attempt = attempt->spent + 1};
	struct err err = {.text = ""};

	switch (render_body(attempt->settings->generation->render,
	    attempt->destination->place, &render_job, &attempt->body, &err)) {
	case RENDER_DONE:
		if (failpoint_hit(FAILPOINT_RENDERED)) {
			attempt_settle_unsent(attempt, OUTCOME_RENDER_ERROR,
			    "a failpoint says so");
			break;
		}
		take_body(attempt, redis_now_ms);
		break;
	case RENDER_DECLINED:
		attempt_settle_unsent(attempt, OUTCOME_SKIPPED, "");
		break;
	case RENDER_FAILED:
		attempt_settle_unsent(attempt, OUTCOME_RENDER_ERROR, err.text);
		break;
	}
}

void attempt_begin(
    struct attempt *attempt, struct slice element, int64_t redis_now_ms)
{
	struct err err = {.text = ""};
	struct job job;

	if (!job_decode(element, &job, &err)) {
		attempt_settle_unsent(attempt, OUTCOME_RENDER_ERROR, err.text);
		return;
	}
	attempt->accepted_ago_ms = redis_now_ms - job.accepted_at_ms;
	if (job.as_sent.len > 0) {
		strbuf_append_slice(&attempt->body, job.as_sent);
		take_body(attempt, redis_now_ms);
	} else {
		render(attempt, &job, redis_now_ms);
	}
}
