#include "dispatcher/ctl/ctl_move.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "dispatcher/ctl/ctl_ask.h"
#include "dispatcher/ctl/ctl_census.h"
#include "dispatcher/ctl/ctl_full.h"
#include "dispatcher/ctl/ctl_pick.h"
#include "dispatcher/ctl/ctl_places.h"
#include "dispatcher/ctl/ctl_progress.h"
#include "dispatcher/ctl/ctl_text.h"

enum {
	PAGE = 500,
	MANY = 10, /* more are asked about */
};

struct moving {
	const struct ctl_move *move;
	struct ctl_places places;
	struct ctl_pick pick;
	struct ctl_census census;
	char (*batch)[JOB_ID_MAX]; /* of the present page */
	size_t batch_count;
	struct ctl_pace pace;
	struct ctl_progress progress;
	int64_t expected; /* that can be moved */
	int64_t asked;
	int64_t moved;
	int64_t *moved_of; /* by place */
	bool has_failed;
	struct err err;
};

/* ---- the letters ---- */

static void on_letter(void *arg, const struct ctl_place *place,
    const struct queue_dead_letter *letter)
{
	struct moving *moving = arg;

	(void)place;
	if (moving->batch_count < PAGE &&
	    (letter->body.len > 0 || !moving->move->needs_body)) {
		(void)snprintf(moving->batch[moving->batch_count++], JOB_ID_MAX,
		    "%s", letter->id);
	}
}

/* These letters, until none of them moves: a call is bounded by bytes. */
static bool move_ids(
    struct moving *moving, const struct ctl_queue_ids *ids, int64_t *moved_here)
{
	size_t done = 0;
	size_t count;

	moving->asked += (int64_t)ids->count;
	do {
		count = 0;
		moving->has_failed = !moving->move->move(
		    moving->places.queue, ids, &count, &moving->err);
		done += count;
		moving->moved += (int64_t)count;
		*moved_here += (int64_t)count;
		ctl_progress_step(
		    &moving->progress, moving->moved, clock_mono_ms());
	} while (!moving->has_failed && count > 0 && done < ids->count);
	return !moving->has_failed;
}

/* A part of the page, as large as the pace allows. */
static size_t next_part(struct moving *moving, size_t left)
{
	size_t part;

	while (
	    (part = ctl_pace_take(&moving->pace, left, clock_mono_ms())) == 0 &&
	    !ctl_queue_is_interrupted(moving->places.queue)) {
		ctl_queue_pause(
		    moving->places.queue, ctl_pace_wait_ms(&moving->pace));
	}
	return part;
}

static bool on_page(void *arg, const struct ctl_place *place)
{
	struct moving *moving = arg;
	size_t at = 0;

	while (at < moving->batch_count && !moving->has_failed &&
	    !ctl_queue_is_interrupted(moving->places.queue)) {
		const char *ids[PAGE];
		struct ctl_queue_ids call = {
		    .destination = place->destination, .ids = ids};

		call.count = next_part(moving, moving->batch_count - at);
		for (size_t i = 0; i < call.count; i++) {
			ids[i] = moving->batch[at + i];
		}
		at += call.count;
		if (call.count > 0 &&
		    !move_ids(moving, &call,
			&moving->moved_of[place - moving->places.list])) {
			break;
		}
	}
	moving->batch_count = 0;
	return !moving->has_failed &&
	    !ctl_queue_is_interrupted(moving->places.queue);
}

static void walk(struct moving *moving)
{
	const struct ctl_pick_walk walk = {
	    .page = PAGE,
	    .on_letter = on_letter,
	    .on_page = on_page,
	    .arg = moving,
	};

	if (!ctl_pick_walk(
		&moving->pick, &moving->places, &walk, &moving->err)) {
		moving->has_failed = true;
	}
}

/* ---- what is said ---- */

static void tell_bodiless(const struct moving *moving)
{
	int64_t bodiless = moving->census.total - moving->expected;

	if (bodiless > 0) {
		(void)printf("%" PRId64
			     " were never sent, so there is no body to send "
			     "again: they stay; without --as-sent they are "
			     "rendered anew\n",
		    bodiless);
	}
}

/* Where it ended, and how to go on. */
static enum ctl_exit tell_end(const struct moving *moving)
{
	int64_t left = moving->expected - moving->moved;
	const char *why = "interrupted";
	struct strbuf until;
	enum ctl_exit exit_code;

	if (moving->has_failed) {
		why = moving->err.text;
	} else if (!ctl_queue_is_interrupted(moving->places.queue) ||
	    left <= 0) {
		return CTL_OK;
	}
	strbuf_init(&until, STRBUF_NO_LIMIT);
	ctl_append_time(&until, moving->pick.select.until_ms);
	exit_code = ctl_fail(CTL_TROUBLE,
	    "%.300s; %" PRId64 " of %" PRId64
	    " are left as they were; the same command with --until %s goes on",
	    why, left, moving->expected, strbuf_text(&until));
	strbuf_finish(&until);
	return exit_code;
}

static enum ctl_exit tell_moved(const struct moving *moving)
{
	enum ctl_exit exit_code;

	(void)printf("%" PRId64 " %s", moving->moved, moving->move->done_word);
	/* Another operator was faster. */
	if (moving->asked > moving->moved && !moving->has_failed) {
		(void)printf(
		    ", %" PRId64 " gone", moving->asked - moving->moved);
	}
	(void)putchar('\n');
	tell_bodiless(moving);
	exit_code = ctl_pick_tell_missing(&moving->pick);
	return tell_end(moving) == CTL_OK ? exit_code : CTL_TROUBLE;
}

/* What the jobs that they are now wait for. */
static void tell_waits(const struct ctl_place *place)
{
	if (place->config == NULL) {
		(void)printf("%s is not in this configuration: they wait\n",
		    place->destination);
	} else if (place->hold != QUEUE_HOLD_NONE &&
	    place->hold != QUEUE_HOLD_FULL) {
		(void)printf("%s is on hold (%s): they wait; relayctl resume "
			     "%s ends it\n",
		    place->destination, queue_hold_reason_name(place->hold),
		    place->destination);
	}
}

static enum ctl_exit tell_places(const struct moving *moving)
{
	enum ctl_exit exit_code = CTL_OK;

	for (size_t i = 0; i < moving->places.count; i++) {
		const struct ctl_place *place = &moving->places.list[i];

		if (moving->moved_of[i] == 0) {
			continue;
		}
		if (ctl_full_tell(&moving->places, place) != CTL_OK) {
			exit_code = CTL_TROUBLE;
		}
		if (moving->move->is_replay) {
			tell_waits(place);
		}
	}
	return exit_code;
}

/* ---- the steps ---- */

static enum ctl_exit move_all(struct moving *moving)
{
	int64_t now_ms = clock_mono_ms();
	enum ctl_exit exit_code;

	moving->batch = xcalloc(PAGE, sizeof(*moving->batch));
	moving->moved_of =
	    xcalloc(moving->places.count + 1, sizeof(*moving->moved_of));
	ctl_pace_init(&moving->pace, &moving->move->rate, now_ms);
	ctl_progress_begin(&moving->progress, moving->move->done_word,
	    moving->expected, now_ms);
	walk(moving);
	ctl_progress_end(&moving->progress, clock_mono_ms());
	exit_code = tell_moved(moving);
	if (tell_places(moving) != CTL_OK) {
		exit_code = CTL_TROUBLE;
	}
	free(moving->batch);
	free(moving->moved_of);
	return exit_code;
}

static enum ctl_exit preview(struct moving *moving)
{
	ctl_census_print(&moving->census);
	(void)printf("%s%" PRId64 " dead letter%s would be %s\n",
	    moving->census.total > 0 ? "\n" : "", moving->expected,
	    ctl_plural(moving->expected), moving->move->done_word);
	tell_bodiless(moving);
	return ctl_pick_tell_missing(&moving->pick);
}

/* Whether to go on. Letters named one by one are meant. */
static enum ctl_exit confirm(
    const struct moving *moving, const struct ctl_options *options)
{
	bool is_meant = moving->pick.id_count > 0 || moving->expected <= MANY;
	bool is_agreed;
	char *question;

	if (options->wants_yes || moving->expected == 0 ||
	    (!moving->move->needs_yes && (is_meant || !ctl_ask_can()))) {
		return CTL_OK;
	}
	if (!ctl_ask_can()) {
		return ctl_fail(CTL_WRONG,
		    "%" PRId64 " dead letter%s would be %s for good; say so "
		    "with --yes, or look first with --dry-run",
		    moving->expected, ctl_plural(moving->expected),
		    moving->move->done_word);
	}
	question = xasprintf("%s %" PRId64 " dead letter%s?",
	    moving->move->verb, moving->expected, ctl_plural(moving->expected));
	is_agreed = ctl_ask(question);
	free(question);
	return is_agreed
	    ? CTL_OK
	    : ctl_fail(CTL_TROUBLE, "nothing was %s", moving->move->done_word);
}

static enum ctl_exit run(
    struct moving *moving, const struct ctl_options *options)
{
	enum ctl_exit exit_code;

	if (!ctl_census_take(&moving->census, &moving->pick, &moving->places,
		&moving->err)) {
		return ctl_fail(CTL_TROUBLE, "%s", moving->err.text);
	}
	moving->expected = moving->census.total -
	    (moving->move->needs_body ? moving->census.bodiless : 0);
	exit_code = ctl_pick_tell_ambiguous(&moving->pick);
	if (exit_code != CTL_OK) {
		return exit_code;
	}
	if (options->is_dry_run) {
		return preview(moving);
	}
	exit_code = confirm(moving, options);
	if (exit_code != CTL_OK) {
		return exit_code;
	}
	ctl_queue_take_interrupts(moving->places.queue);
	return move_all(moving);
}

/* What letters: too many are easily meant by saying nothing. */
static bool check_choice(const struct ctl_options *options,
    const struct ctl_move *move, const struct ctl_pick *pick, struct err *err)
{
	if (options->wants_all ? pick->id_count > 0
			       : !ctl_pick_is_choice(pick)) {
		err_set(err,
		    "%s wants ids, or what to select by, or --all; try "
		    "relayctl help",
		    move->command);
		return false;
	}
	if (options->wants_all && options->destination == NULL) {
		err_set(err, "%s --all wants --destination", move->command);
		return false;
	}
	return true;
}

enum ctl_exit ctl_move_run(struct ctl *ctl, const struct ctl_move *move)
{
	struct moving moving = {.move = move};
	enum ctl_exit exit_code;

	if (!ctl_pick_init(&moving.pick, &ctl->options, &moving.err) ||
	    !check_choice(&ctl->options, move, &moving.pick, &moving.err)) {
		exit_code = ctl_fail(CTL_WRONG, "%s", moving.err.text);
	} else {
		exit_code = ctl_places_open(
		    &moving.places, ctl, ctl->options.destination);
	}
	if (exit_code == CTL_OK) {
		exit_code = run(&moving, &ctl->options);
	}
	ctl_census_finish(&moving.census);
	ctl_places_close(&moving.places);
	ctl_pick_finish(&moving.pick);
	return exit_code;
}
