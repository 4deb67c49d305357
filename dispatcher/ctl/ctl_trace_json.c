/* relayctl trace for programs: one object for each place where the job is. */
#include "common/job/job.h"
#include "dispatcher/ctl/ctl_attempts.h"
#include "dispatcher/ctl/ctl_json.h"
#include "dispatcher/ctl/ctl_trace.h"

static const char *place_name(enum queue_job_place place)
{
	static const char *const names[] = {
	    [QUEUE_JOB_READY] = "ready",
	    [QUEUE_JOB_LEASED] = "leased",
	    [QUEUE_JOB_WAITING] = "waiting",
	    [QUEUE_JOB_BEHIND] = "behind",
	};

	return names[place];
}

static void set_job(json_t *json, struct slice element)
{
	struct job job;
	struct err err;

	if (!job_decode(element, &job, &err)) {
		ctl_json_set(
		    json, "not_a_job", ctl_json_text(slice_of(err.text)));
		return;
	}
	ctl_json_set(json, "accepted_at", ctl_json_time(job.accepted_at_ms));
	ctl_json_set(
	    json, "received_at", ctl_json_time(job.body.received_at_ms));
	ctl_json_set(json, "route", ctl_json_text(job.body.route));
	ctl_json_set(json, "delivery_id", ctl_json_text(job.body.delivery_id));
}

static void set_pending(json_t *json, const struct ctl_traced *traced)
{
	const struct queue_pending *pending = traced->pending;
	enum queue_hold_reason hold = traced->place->hold;

	ctl_json_set(json, "place", json_string(place_name(pending->place)));
	ctl_json_set(json, "hold",
	    hold == QUEUE_HOLD_NONE
		? json_null()
		: json_string(queue_hold_reason_name(hold)));
	ctl_json_set(json, "group", ctl_json_text(pending->group));
	ctl_json_set(json, "ahead", json_integer(pending->ahead));
	ctl_json_set(json, "due_at", ctl_json_time(pending->due_at_ms));
	set_job(json, pending->element);
	ctl_json_set(json, "attempts", json_integer(pending->attempts));
	ctl_json_set(
	    json, "first_attempt_at", ctl_json_time(pending->first_at_ms));
	ctl_json_set(json, "leases_lost", json_integer(pending->losses));
	ctl_json_set(json, "history",
	    ctl_attempts_json(pending->history, pending->history_count));
}

static void set_dead(json_t *json, const struct queue_dead_letter *letter)
{
	ctl_json_set(json, "group", ctl_json_text(letter->group));
	set_job(json, letter->element);
	ctl_json_set(json, "died_at", ctl_json_time(letter->died_at_ms));
	ctl_json_set(
	    json, "outcome", json_string(outcome_name(letter->outcome)));
	ctl_json_set(json, "status", json_integer(letter->http_status));
	ctl_json_set(json, "reason", ctl_json_text(letter->note));
	ctl_json_set(json, "attempts", json_integer(letter->attempts));
	ctl_json_set(json, "history",
	    ctl_attempts_json(letter->history, letter->history_count));
}

static void set_done(json_t *json, const struct queue_done *done)
{
	ctl_json_set(json, "accepted_at", ctl_json_time(done->accepted_at_ms));
	ctl_json_set(json, "done_at", ctl_json_time(done->done_at_ms));
	ctl_json_set(json, "outcome", json_string(outcome_name(done->outcome)));
	ctl_json_set(json, "status", json_integer(done->http_status));
	ctl_json_set(json, "took_ms", json_integer(done->took_ms));
	ctl_json_set(json, "attempts", json_integer(done->attempts));
}

void ctl_trace_json(const struct ctl_traced *traced)
{
	json_t *json = json_object();

	ctl_json_set(json, "id", ctl_json_text(slice_of(traced->id)));
	ctl_json_set(json, "destination",
	    ctl_json_text(slice_of(traced->place->destination)));
	if (traced->pending != NULL) {
		ctl_json_set(json, "state", json_string("pending"));
		set_pending(json, traced);
	} else if (traced->dead != NULL) {
		ctl_json_set(json, "state", json_string("dead"));
		set_dead(json, traced->dead);
	} else {
		ctl_json_set(json, "state", json_string("done"));
		set_done(json, traced->done);
	}
	ctl_json_print(json);
}
