/* relayctl trace for people. */
#include <inttypes.h>
#include <stdio.h>

#include "common/job/job.h"
#include "dispatcher/ctl/ctl_attempts.h"
#include "dispatcher/ctl/ctl_hint.h"
#include "dispatcher/ctl/ctl_labels.h"
#include "dispatcher/ctl/ctl_text.h"
#include "dispatcher/ctl/ctl_trace.h"

/* ---- what it waits for ---- */

static void append_place(
    struct strbuf *out, const struct queue_pending *pending)
{
	switch (pending->place) {
	case QUEUE_JOB_READY:
		strbuf_append_text(
		    out, "ready: the next dispatcher that has room takes it");
		break;
	case QUEUE_JOB_LEASED:
		strbuf_append_text(
		    out, "in hand: a dispatcher attempts it, until ");
		ctl_append_time(out, pending->due_at_ms);
		strbuf_append_text(out, " at the latest");
		break;
	case QUEUE_JOB_WAITING:
		strbuf_append_text(out, "waiting: it is due at ");
		ctl_append_time(out, pending->due_at_ms);
		break;
	case QUEUE_JOB_BEHIND:
		strbuf_appendf(out,
		    "behind %" PRId64 " other job%s of its group",
		    pending->ahead, ctl_plural(pending->ahead));
		break;
	}
	strbuf_append_char(out, '\n');
}

/* What else keeps it. */
static void append_hold(struct strbuf *out, const struct ctl_place *place)
{
	if (place->hold != QUEUE_HOLD_NONE) {
		strbuf_appendf(out, "%s is on hold (%s): %s\n",
		    place->destination, queue_hold_reason_name(place->hold),
		    ctl_hint_hold(place->hold));
	}
	if (place->config == NULL) {
		strbuf_appendf(out,
		    "%s is not in this configuration: no dispatcher that has "
		    "it sends to it\n",
		    place->destination);
	}
}

/* ---- what is known of it ---- */

static void append_job(struct strbuf *out, struct slice element)
{
	struct job job;
	struct err err;

	if (!job_decode(element, &job, &err)) {
		ctl_label_text(out, "not a job", slice_of(err.text));
		return;
	}
	ctl_label_time(out, "accepted", job.accepted_at_ms);
	ctl_label_time(out, "received", job.body.received_at_ms);
	ctl_label_text(out, "route", job.body.route);
	ctl_label_text(out, "delivery id", job.body.delivery_id);
}

static void print_attempts(const struct queue_attempt *attempts, size_t count)
{
	if (count > 0) {
		(void)putchar('\n');
		ctl_attempts_print(attempts, count);
	}
}

static void print_pending(struct strbuf *out, const struct ctl_traced *traced)
{
	const struct queue_pending *pending = traced->pending;

	append_place(out, pending);
	append_hold(out, traced->place);
	ctl_label_text(out, "group", pending->group);
	append_job(out, pending->element);
	ctl_label_number(out, "attempts", pending->attempts);
	ctl_label_time(out, "first try", pending->first_at_ms);
	ctl_label_number(out, "leases lost", pending->losses);
	ctl_print(out);
	print_attempts(pending->history, pending->history_count);
}

static void print_dead(struct strbuf *out, const struct ctl_traced *traced)
{
	const struct queue_dead_letter *letter = traced->dead;

	strbuf_append_text(out, "dead: relayctl dead show shows it whole\n");
	ctl_label_text(out, "group", letter->group);
	append_job(out, letter->element);
	ctl_label_time(out, "died", letter->died_at_ms);
	ctl_label_text(out, "outcome", slice_of(outcome_name(letter->outcome)));
	ctl_label_number(out, "status", letter->http_status);
	ctl_label_text(out, "reason", letter->note);
	ctl_label_number(out, "attempts", letter->attempts);
	ctl_print(out);
	print_attempts(letter->history, letter->history_count);
}

/* A job that was given up on is remembered like those that were delivered. */
static bool was_buried(enum outcome outcome)
{
	return outcome != OUTCOME_DELIVERED && outcome != OUTCOME_SKIPPED &&
	    outcome != OUTCOME_UNCHANGED;
}

static void print_done(struct strbuf *out, const struct queue_done *done)
{
	strbuf_appendf(out, "done: %s%s\n", outcome_name(done->outcome),
	    was_buried(done->outcome) ? "; its dead letter was removed since"
				      : "");
	ctl_label_time(out, "accepted", done->accepted_at_ms);
	ctl_label_time(out, "done", done->done_at_ms);
	ctl_label_number(out, "status", done->http_status);
	ctl_label_span(out, "took", done->took_ms);
	ctl_label_number(out, "attempts", done->attempts);
	ctl_print(out);
}

void ctl_trace_text(const struct ctl_traced *traced)
{
	struct strbuf out;

	strbuf_init(&out, STRBUF_NO_LIMIT);
	ctl_append_shown(&out, slice_of(traced->id));
	strbuf_appendf(&out, " of %s is ", traced->place->destination);
	if (traced->pending != NULL) {
		print_pending(&out, traced);
	} else if (traced->dead != NULL) {
		print_dead(&out, traced);
	} else {
		print_done(&out, traced->done);
	}
	strbuf_finish(&out);
}
