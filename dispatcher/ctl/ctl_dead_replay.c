/*
 * relayctl dead replay: dead letters become jobs again, in batches. Ids are
 * looked up first, over all destinations: so one that is not there is told by
 * its name, and one that two destinations hold (only what is no job of ours can
 * be) is not replayed to the wrong one.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "dispatcher/ctl/ctl_places.h"

/* An id that was asked for. */
struct wanted {
	const char *id;	   /* borrowed from argv */
	size_t place;	   /* where it is, if it is */
	size_t held_times; /* in how many destinations */
};

struct replay {
	struct ctl_places *places;
	struct wanted *wanted;
	size_t wanted_count;
	size_t place; /* that is searched now */
	size_t asked;
	size_t replayed;
};

/* Of one destination; at most QUEUE_REPLAY_MAX. */
struct batch {
	const char *destination;
	char (*ids)[JOB_ID_MAX];
	size_t count;
};

static void init_batch(struct batch *batch, const char *destination)
{
	batch->destination = destination;
	batch->ids = xcalloc(QUEUE_REPLAY_MAX, sizeof(*batch->ids));
	batch->count = 0;
}

static void add_to_batch(struct batch *batch, const char *id)
{
	if (batch->count < QUEUE_REPLAY_MAX) {
		(void)snprintf(
		    batch->ids[batch->count++], JOB_ID_MAX, "%s", id);
	}
}

/* Empties it. */
static bool send_batch(
    struct replay *replay, struct batch *batch, struct err *err)
{
	const char *ids[QUEUE_REPLAY_MAX];
	const struct ctl_queue_ids call = {
	    .destination = batch->destination,
	    .ids = ids,
	    .count = batch->count,
	};
	size_t replayed = 0;
	bool is_ok;

	if (batch->count == 0) {
		return true;
	}
	for (size_t i = 0; i < batch->count; i++) {
		ids[i] = batch->ids[i];
	}
	is_ok = ctl_queue_replay(
	    replay->places->queue, &call, false, &replayed, err);
	replay->asked += batch->count;
	replay->replayed += replayed;
	batch->count = 0;
	return is_ok;
}

/* ---- --all ---- */

static void on_page(
    void *arg, const struct queue_dead_letter *letters, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		add_to_batch(arg, letters[i].id);
	}
}

/* As many as there were at the start: what dies anew meanwhile comes behind
 * them, and is not replayed again and again. */
static bool replay_place(struct replay *replay, struct err *err)
{
	const struct ctl_place *place = &replay->places->list[0];
	struct ctl_queue_page page = {.destination = place->destination};
	size_t left = place->dead_now > 0 ? (size_t)place->dead_now : 0;
	struct batch batch;
	bool is_ok = true;

	init_batch(&batch, place->destination);
	while (is_ok && left > 0) {
		page.limit = left < QUEUE_REPLAY_MAX ? left : QUEUE_REPLAY_MAX;
		is_ok = ctl_queue_read_dead(
		    replay->places->queue, &page, on_page, &batch, err);
		left = batch.count < left ? left - batch.count : 0;
		is_ok = is_ok && send_batch(replay, &batch, err);
		if (page.place[0] == '\0') {
			break;
		}
	}
	free(batch.ids);
	return is_ok;
}

/* ---- by ids ---- */

static int compare_wanted(const void *a, const void *b)
{
	const struct wanted *left = a;
	const struct wanted *right = b;

	return strcmp(left->id, right->id);
}

/* Sorted, each once. */
static void list_wanted(
    struct replay *replay, const struct ctl_options *options)
{
	size_t count = 0;

	replay->wanted =
	    xcalloc(options->word_count + 1, sizeof(*replay->wanted));
	for (size_t i = 0; i < options->word_count; i++) {
		replay->wanted[i].id = options->words[i];
	}
	qsort(replay->wanted, options->word_count, sizeof(*replay->wanted),
	    compare_wanted);
	for (size_t i = 0; i < options->word_count; i++) {
		if (count == 0 ||
		    strcmp(replay->wanted[count - 1].id,
			replay->wanted[i].id) != 0) {
			replay->wanted[count++] = replay->wanted[i];
		}
	}
	replay->wanted_count = count;
}

static void on_found(
    void *arg, const struct queue_dead_letter *letters, size_t count)
{
	struct replay *replay = arg;

	for (size_t i = 0; i < count; i++) {
		const struct wanted key = {.id = letters[i].id};
		struct wanted *wanted =
		    bsearch(&key, replay->wanted, replay->wanted_count,
			sizeof(*replay->wanted), compare_wanted);

		if (wanted != NULL) {
			wanted->place = replay->place;
			wanted->held_times++;
		}
	}
}

/* Looks for all of them in one destination. */
static bool find_in_place(struct replay *replay, struct err *err)
{
	const char *ids[QUEUE_REPLAY_MAX];
	struct ctl_queue_ids call = {
	    .destination = replay->places->list[replay->place].destination,
	    .ids = ids,
	};

	for (size_t i = 0; i < replay->wanted_count; i++) {
		ids[call.count++] = replay->wanted[i].id;
		if (call.count < QUEUE_REPLAY_MAX &&
		    i + 1 < replay->wanted_count) {
			continue;
		}
		if (!ctl_queue_find_dead(
			replay->places->queue, &call, on_found, replay, err)) {
			return false;
		}
		call.count = 0;
	}
	return true;
}

static bool find_all(struct replay *replay, struct err *err)
{
	for (size_t i = 0; i < replay->places->count; i++) {
		replay->place = i;
		if (!find_in_place(replay, err)) {
			return false;
		}
	}
	return true;
}

/* What is found in one destination. */
static bool replay_found(struct replay *replay, size_t place, struct err *err)
{
	struct batch batch;
	bool is_ok = true;

	init_batch(&batch, replay->places->list[place].destination);
	for (size_t i = 0; is_ok && i < replay->wanted_count; i++) {
		const struct wanted *wanted = &replay->wanted[i];

		if (wanted->held_times != 1 || wanted->place != place) {
			continue;
		}
		add_to_batch(&batch, wanted->id);
		if (batch.count == QUEUE_REPLAY_MAX) {
			is_ok = send_batch(replay, &batch, err);
		}
	}
	is_ok = is_ok && send_batch(replay, &batch, err);
	free(batch.ids);
	return is_ok;
}

static enum ctl_exit tell_unfound(const struct replay *replay)
{
	enum ctl_exit exit_code = CTL_OK;

	for (size_t i = 0; i < replay->wanted_count; i++) {
		const struct wanted *wanted = &replay->wanted[i];

		if (wanted->held_times == 0) {
			exit_code = ctl_fail(
			    CTL_TROUBLE, "no dead letter %.100s", wanted->id);
		} else if (wanted->held_times > 1) {
			exit_code = ctl_fail(CTL_TROUBLE,
			    "%.100s is in %zu destinations; say which with "
			    "--destination",
			    wanted->id, wanted->held_times);
		}
	}
	return exit_code;
}

static bool replay_ids(struct replay *replay, struct err *err)
{
	if (!find_all(replay, err)) {
		return false;
	}
	for (size_t i = 0; i < replay->places->count; i++) {
		if (!replay_found(replay, i, err)) {
			return false;
		}
	}
	return true;
}

/* ---- the command ---- */

static enum ctl_exit run(
    struct replay *replay, const struct ctl_options *options)
{
	enum ctl_exit exit_code = CTL_OK;
	struct err err;
	bool is_ok;

	if (options->wants_all) {
		is_ok = replay_place(replay, &err);
	} else {
		list_wanted(replay, options);
		is_ok = replay_ids(replay, &err);
		exit_code = is_ok ? tell_unfound(replay) : CTL_TROUBLE;
	}
	(void)printf("%zu replayed", replay->replayed);
	if (replay->asked > replay->replayed) {
		(void)printf(", %zu gone", replay->asked - replay->replayed);
		exit_code = options->wants_all ? exit_code : CTL_TROUBLE;
	}
	(void)putchar('\n');
	if (!is_ok) {
		exit_code = ctl_fail(CTL_TROUBLE, "%s", err.text);
	}
	return exit_code;
}

enum ctl_exit ctl_dead_replay(struct ctl *ctl)
{
	const struct ctl_options *options = &ctl->options;
	struct ctl_places places;
	struct replay replay = {.places = &places};
	enum ctl_exit exit_code;

	if (options->wants_all == (options->word_count > 0)) {
		return ctl_fail(CTL_WRONG,
		    "dead replay wants ids, or --all; try relayctl help");
	}
	if (options->wants_all && options->destination == NULL) {
		return ctl_fail(
		    CTL_WRONG, "dead replay --all wants --destination");
	}
	exit_code = ctl_places_open(&places, ctl, ctl->options.destination);
	if (exit_code == CTL_OK) {
		exit_code = run(&replay, options);
	}
	free(replay.wanted);
	ctl_places_close(&places);
	return exit_code;
}
