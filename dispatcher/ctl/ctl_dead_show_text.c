/* relayctl dead show for people. */
#include <stdio.h>

#include "dispatcher/ctl/ctl_attempts.h"
#include "dispatcher/ctl/ctl_dead_show.h"
#include "dispatcher/ctl/ctl_json.h"
#include "dispatcher/ctl/ctl_labels.h"
#include "dispatcher/ctl/ctl_text.h"

static void append_letter(
    struct strbuf *out, const struct ctl_dead_shown *shown)
{
	const struct queue_dead_letter *letter = shown->letter;

	ctl_label_text(out, "id", slice_of(letter->id));
	ctl_label_text(out, "destination", slice_of(shown->destination));
	ctl_label_text(out, "group", letter->group);
	ctl_label_time(out, "died", letter->died_at_ms);
	ctl_label_text(out, "outcome", slice_of(outcome_name(letter->outcome)));
	ctl_label_number(out, "status", letter->http_status);
	ctl_label_text(out, "reason", letter->note);
	if (letter->template.len > 0) {
		ctl_label_text(out, "template", letter->template);
	}
	ctl_label_number(out, "attempts", letter->attempts);
	ctl_label_time(out, "first try", letter->first_at_ms);
	ctl_label_number(out, "leases lost", letter->losses);
	if (shown->is_job) {
		ctl_label_time(out, "accepted", shown->job.accepted_at_ms);
		ctl_label_time(out, "received", shown->job.body.received_at_ms);
		ctl_label_text(out, "route", shown->job.body.route);
		ctl_label_text(out, "delivery id", shown->job.body.delivery_id);
	}
}

static void append_object(
    struct strbuf *out, const struct ctl_dead_shown *shown)
{
	strbuf_append_text(out, "\nobject\n");
	if (shown->is_job) {
		ctl_append_json(out, shown->job.body.object);
		strbuf_append_char(out, '\n');
	} else {
		ctl_label_text(out, "not a job", slice_of(shown->job_err.text));
		ctl_label_text(out, "its bytes", shown->letter->element);
	}
}

static void append_sent(
    struct strbuf *out, const struct queue_dead_letter *letter)
{
	if (letter->body.len > 0) {
		strbuf_append_text(out, "\nas it was sent\n");
		ctl_append_shown_lines(out, letter->body);
	}
}

static void append_render(
    struct strbuf *out, const struct ctl_dead_shown *shown)
{
	struct slice body = ctl_dead_shown_body(shown);

	strbuf_append_text(out, "\nrendered now\n");
	switch (shown->render_status) {
	case RENDER_DONE:
		ctl_append_shown_lines(out, body);
		break;
	case RENDER_DECLINED:
		strbuf_append_text(
		    out, "skipped: the destination's when: declines it\n");
		break;
	case RENDER_FAILED:
		ctl_label_text(out, "error", slice_of(shown->render_err.text));
		if (body.len > 0) {
			ctl_append_shown_lines(out, body);
		}
		break;
	}
}

void ctl_dead_show_text(const struct ctl_dead_shown *shown)
{
	const struct queue_dead_letter *letter = shown->letter;
	struct strbuf out;

	strbuf_init(&out, STRBUF_NO_LIMIT);
	append_letter(&out, shown);
	ctl_print(&out);
	if (letter->history_count > 0) {
		(void)putchar('\n');
		ctl_attempts_print(letter->history, letter->history_count);
	}
	strbuf_clear(&out);
	append_object(&out, shown);
	append_sent(&out, letter);
	append_render(&out, shown);
	ctl_print(&out);
	strbuf_finish(&out);
}
