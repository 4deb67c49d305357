/*
 * relayctl dead show: all there is to know about a dead letter, and what its
 * job would be rendered to now: a template that has been mended can be tried
 * before the replay.
 */
#include "dispatcher/ctl/ctl_dead_show.h"

#include <stdio.h>

#include "dispatcher/ctl/ctl_pick.h"
#include "dispatcher/ctl/ctl_places.h"

enum {
	LIMIT_DEFAULT = 10,
	LIMIT_MAX = 1000 * 1000,
	PAGE = 100,
};

struct showing {
	const struct ctl *ctl;
	size_t shown;
	size_t limit;
	bool has_more; /* were left out */
};

static void render_now(
    struct ctl_dead_shown *shown, const struct config *config)
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

struct slice ctl_dead_shown_body(const struct ctl_dead_shown *shown)
{
	return shown->has_preview ? strbuf_slice(&shown->preview.body)
				  : slice_make(NULL, 0);
}

/* ---- the command ---- */

static void show(struct showing *showing, const char *destination,
    const struct queue_dead_letter *letter)
{
	struct ctl_dead_shown shown = {
	    .destination = destination, .letter = letter};

	shown.is_job = job_decode(letter->element, &shown.job, &shown.job_err);
	render_now(&shown, showing->ctl->cli.config);
	if (showing->ctl->options.wants_json) {
		ctl_dead_show_json(&shown);
	} else {
		if (showing->shown > 0) {
			(void)putchar('\n');
		}
		ctl_dead_show_text(&shown);
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
