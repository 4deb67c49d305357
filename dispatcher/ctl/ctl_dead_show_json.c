/* relayctl dead show for programs. */
#include "dispatcher/ctl/ctl_attempts.h"
#include "dispatcher/ctl/ctl_dead_show.h"
#include "dispatcher/ctl/ctl_json.h"

static void set_job(json_t *json, const struct ctl_dead_shown *shown)
{
	const struct job_body *body = &shown->job.body;

	if (!shown->is_job) {
		ctl_json_set(json, "not_a_job",
		    ctl_json_text(slice_of(shown->job_err.text)));
		return;
	}
	ctl_json_set(
	    json, "accepted_at", ctl_json_time(shown->job.accepted_at_ms));
	ctl_json_set(json, "received_at", ctl_json_time(body->received_at_ms));
	ctl_json_set(json, "route", ctl_json_text(body->route));
	ctl_json_set(json, "delivery_id", ctl_json_text(body->delivery_id));
	ctl_json_set(json, "object", ctl_json_value(body->object));
}

static void set_letter(json_t *json, const struct ctl_dead_shown *shown)
{
	const struct queue_dead_letter *letter = shown->letter;

	ctl_json_set(json, "id", ctl_json_text(slice_of(letter->id)));
	ctl_json_set(
	    json, "destination", ctl_json_text(slice_of(shown->destination)));
	ctl_json_set(json, "group", ctl_json_text(letter->group));
	ctl_json_set(json, "died_at", ctl_json_time(letter->died_at_ms));
	ctl_json_set(
	    json, "outcome", json_string(outcome_name(letter->outcome)));
	ctl_json_set(json, "status", json_integer(letter->http_status));
	ctl_json_set(json, "reason", ctl_json_text(letter->note));
	ctl_json_set(json, "attempts", json_integer(letter->attempts));
	ctl_json_set(
	    json, "first_attempt_at", ctl_json_time(letter->first_at_ms));
	ctl_json_set(json, "leases_lost", json_integer(letter->losses));
	ctl_json_set(json, "template", ctl_json_text(letter->template));
	ctl_json_set(json, "body_sent",
	    letter->body.len > 0 ? ctl_json_text(letter->body) : json_null());
	ctl_json_set(json, "history",
	    ctl_attempts_json(letter->history, letter->history_count));
}

static json_t *render_of(const struct ctl_dead_shown *shown)
{
	static const char *const words[] = {
	    [RENDER_DONE] = "done",
	    [RENDER_DECLINED] = "skipped",
	    [RENDER_FAILED] = "failed",
	};
	struct slice body = ctl_dead_shown_body(shown);
	json_t *json = json_object();

	ctl_json_set(json, "result", json_string(words[shown->render_status]));
	if (shown->render_status == RENDER_FAILED) {
		ctl_json_set(json, "error",
		    ctl_json_text(slice_of(shown->render_err.text)));
	}
	if (body.len > 0) {
		ctl_json_set(json, "body", ctl_json_text(body));
	}
	return json;
}

void ctl_dead_show_json(const struct ctl_dead_shown *shown)
{
	json_t *json = json_object();

	set_letter(json, shown);
	set_job(json, shown);
	ctl_json_set(json, "rendered_now", render_of(shown));
	ctl_json_print(json);
}
