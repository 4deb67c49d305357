/*
 * relayctl dead show: all there is to know about a dead letter, and what its
 * job would be rendered to now: a template that has been mended can be tried
 * before the replay.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/job/job.h"
#include "common/json/json_reader.h"
#include "dispatcher/ctl/ctl_attempts.h"
#include "dispatcher/ctl/ctl_json.h"
#include "dispatcher/ctl/ctl_pick.h"
#include "dispatcher/ctl/ctl_places.h"
#include "dispatcher/ctl/ctl_preview.h"
#include "dispatcher/ctl/ctl_text.h"

enum {
	LABEL_WIDTH = 13,
	LIMIT_DEFAULT = 10,
	LIMIT_MAX = 1000 * 1000,
	PAGE = 100,
};

/* A letter, and what can be made of it. */
struct shown {
	const char *destination;
	const struct queue_dead_letter *letter;
	bool is_job;
	struct job job;
	struct err job_err;
	struct ctl_preview preview;
	bool has_preview;
	enum render_status render_status;
	struct err render_err;
};

struct showing {
	const struct ctl *ctl;
	size_t shown;
	size_t limit;
	bool has_more; /* were left out */
};

static void render_now(struct shown *shown, const struct config *config)
{
	const struct config_destination *destination =
	    config_find_destination(config, shown->destination);

	shown->render_status = RENDER_FAILED;
	if (!shown->is_job) {
		shown->render_err = shown->job_err;
	} else if (destination == NULL) {
		err_set(&shown->render_err,
		    "the destination is not in the configuration");
	} else if (ctl_preview_init(&shown->preview, config, destination,
		       &shown->render_err)) {
		const struct render_job job = {
		    .job = &shown->job,
		    .id = shown->letter->id,
		    .attempt = shown->letter->attempts + 1,
		};

		shown->has_preview = true;
		shown->render_status =
		    ctl_preview_job(&shown->preview, &job, &shown->render_err);
	}
}

static struct slice body_of(const struct shown *shown)
{
	return shown->has_preview ? strbuf_slice(&shown->preview.body)
				  : slice_make(NULL, 0);
}

/* ---- for people ---- */

static void append_label(struct strbuf *out, const char *label)
{
	strbuf_appendf(out, "%-*s", LABEL_WIDTH, label);
}

static void append_line(
    struct strbuf *out, const char *label, struct slice value)
{
	append_label(out, label);
	ctl_append_shown(out, value);
	strbuf_append_char(out, '\n');
}

static void append_time_line(
    struct strbuf *out, const char *label, int64_t at_ms)
{
	append_label(out, label);
	ctl_append_time(out, at_ms);
	strbuf_append_char(out, '\n');
}

static void append_number_line(
    struct strbuf *out, const char *label, int64_t number)
{
	append_label(out, label);
	strbuf_appendf(out, "%" PRId64 "\n", number);
}

static void append_letter(struct strbuf *out, const struct shown *shown)
{
	const struct queue_dead_letter *letter = shown->letter;

	append_line(out, "id", slice_of(letter->id));
	append_line(out, "destination", slice_of(shown->destination));
	append_line(out, "group", letter->group);
	append_time_line(out, "died", letter->died_at_ms);
	append_line(out, "outcome", slice_of(outcome_name(letter->outcome)));
	append_number_line(out, "status", letter->http_status);
	append_line(out, "reason", letter->note);
	append_number_line(out, "attempts", letter->attempts);
	append_time_line(out, "first try", letter->first_at_ms);
	append_number_line(out, "leases lost", letter->losses);
	if (shown->is_job) {
		append_time_line(out, "accepted", shown->job.accepted_at_ms);
		append_time_line(
		    out, "received", shown->job.body.received_at_ms);
		append_line(out, "route", shown->job.body.route);
		append_line(out, "delivery id", shown->job.body.delivery_id);
	}
}

static void append_object(struct strbuf *out, const struct shown *shown)
{
	strbuf_append_text(out, "\nobject\n");
	if (shown->is_job) {
		ctl_append_json(out, shown->job.body.object);
		strbuf_append_char(out, '\n');
	} else {
		append_line(out, "not a job", slice_of(shown->job_err.text));
		append_line(out, "its bytes", shown->letter->element);
	}
}

static void append_render(struct strbuf *out, const struct shown *shown)
{
	struct slice body = body_of(shown);

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
		append_line(out, "error", slice_of(shown->render_err.text));
		if (body.len > 0) {
			ctl_append_shown_lines(out, body);
		}
		break;
	}
}

static void print_text(const struct shown *shown)
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
	append_render(&out, shown);
	ctl_print(&out);
	strbuf_finish(&out);
}

/* ---- for programs ---- */

static void set_job(json_t *json, const struct shown *shown)
{
	const struct job_body *body = &shown->job.body;

	if (!shown->is_job) {
		(void)json_object_set_new(json, "not_a_job",
		    ctl_json_text(slice_of(shown->job_err.text)));
		return;
	}
	(void)json_object_set_new(
	    json, "accepted_at", ctl_json_time(shown->job.accepted_at_ms));
	(void)json_object_set_new(
	    json, "received_at", ctl_json_time(body->received_at_ms));
	(void)json_object_set_new(json, "route", ctl_json_text(body->route));
	(void)json_object_set_new(
	    json, "delivery_id", ctl_json_text(body->delivery_id));
	(void)json_object_set_new(json, "object", ctl_json_value(body->object));
}

static void set_letter(json_t *json, const struct shown *shown)
{
	const struct queue_dead_letter *letter = shown->letter;

	(void)json_object_set_new(
	    json, "id", ctl_json_text(slice_of(letter->id)));
	(void)json_object_set_new(
	    json, "destination", ctl_json_text(slice_of(shown->destination)));
	(void)json_object_set_new(json, "group", ctl_json_text(letter->group));
	(void)json_object_set_new(
	    json, "died_at", ctl_json_time(letter->died_at_ms));
	(void)json_object_set_new(
	    json, "outcome", json_string(outcome_name(letter->outcome)));
	(void)json_object_set_new(
	    json, "status", json_integer(letter->http_status));
	(void)json_object_set_new(json, "reason", ctl_json_text(letter->note));
	(void)json_object_set_new(
	    json, "attempts", json_integer(letter->attempts));
	(void)json_object_set_new(
	    json, "first_attempt_at", ctl_json_time(letter->first_at_ms));
	(void)json_object_set_new(
	    json, "leases_lost", json_integer(letter->losses));
	(void)json_object_set_new(json, "history",
	    ctl_attempts_json(letter->history, letter->history_count));
}

static json_t *render_of(const struct shown *shown)
{
	static const char *const words[] = {
	    [RENDER_DONE] = "done",
	    [RENDER_DECLINED] = "skipped",
	    [RENDER_FAILED] = "failed",
	};
	struct slice body = body_of(shown);
	json_t *json = json_object();

	(void)json_object_set_new(
	    json, "result", json_string(words[shown->render_status]));
	if (shown->render_status == RENDER_FAILED) {
		(void)json_object_set_new(json, "error",
		    ctl_json_text(slice_of(shown->render_err.text)));
	}
	if (body.len > 0) {
		(void)json_object_set_new(json, "body", ctl_json_text(body));
	}
	return json;
}

static void print_json(const struct shown *shown)
{
	json_t *json = json_object();

	set_letter(json, shown);
	set_job(json, shown);
	(void)json_object_set_new(json, "rendered_now", render_of(shown));
	ctl_json_print(json);
}

/* ---- the command ---- */

static void show(struct showing *showing, const char *destination,
    const struct queue_dead_letter *letter)
{
	struct shown shown = {.destination = destination, .letter = letter};

	shown.is_job = job_decode(letter->element, &shown.job, &shown.job_err);
	render_now(&shown, showing->ctl->cli.config);
	if (showing->ctl->options.wants_json) {
		print_json(&shown);
	} else {
		if (showing->shown > 0) {
			(void)putchar('\n');
		}
		print_text(&shown);
	}
	ctl_preview_finish(&shown.preview);
	showing->shown++;
}

static void on_letter(void *arg, const struct ctl_place *place,
    const struct queue_dead_letter *letter)
{
	struct showing *showing = arg;

	if (showing->shown < showing->limit) {
		show(showing, place->destination, letter);
	} else {
		showing->has_more = true;
	}
}

static bool on_page(void *arg, const struct ctl_place *place)
{
	const struct showing *showing = arg;

	(void)place;
	return !showing->has_more;
}

static enum ctl_exit show_all(
    const struct ctl_places *places, struct ctl_pick *pick, size_t limit)
{
	struct showing showing = {.ctl = places->ctl, .limit = limit};
	const struct ctl_pick_walk walk = {
	    .page = limit < PAGE ? limit + 1 : PAGE,
	    .on_letter = on_letter,
	    .on_page = on_page,
	    .arg = &showing,
	};
	struct err err;

	if (!ctl_pick_walk(pick, places, &walk, &err)) {
		return ctl_fail(CTL_TROUBLE, "%s", err.text);
	}
	if (showing.has_more) {
		(void)ctl_fail(CTL_OK,
		    "the first %zu; there are more: --limit shows them",
		    showing.shown);
		return CTL_OK;
	}
	if (showing.shown == 0 && pick->id_count == 0) {
		return ctl_fail(CTL_TROUBLE, "no dead letter is like that");
	}
	return ctl_pick_tell_missing(pick);
}

enum ctl_exit ctl_dead_show(struct ctl *ctl)
{
	const struct ctl_options *options = &ctl->options;
	struct ctl_places places = {.ctl = ctl};
	struct ctl_pick pick;
	enum ctl_exit exit_code;
	struct err err;
	size_t limit = 0;

	if (!ctl_pick_init(&pick, options, &err) ||
	    !ctl_pick_limit(options,
		options->word_count > 0 ? LIMIT_MAX : LIMIT_DEFAULT, LIMIT_MAX,
		&limit, &err)) {
		exit_code = ctl_fail(CTL_WRONG, "%s", err.text);
	} else if (!ctl_pick_is_choice(&pick) && options->destination == NULL) {
		exit_code = ctl_fail(CTL_WRONG,
		    "dead show wants ids, or what to select by; try relayctl "
		    "help");
	} else {
		exit_code = ctl_places_open(&places, ctl, options->destination);
	}
	if (exit_code == CTL_OK) {
		exit_code = show_all(&places, &pick, limit);
	}
	ctl_places_close(&places);
	ctl_pick_finish(&pick);
	return exit_code;
}
