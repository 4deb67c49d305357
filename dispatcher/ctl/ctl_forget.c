/*
 * relayctl forget: whatever the relay still has of a user, or a device, is
 * removed for good: pending jobs and dead letters of all destinations, also of
 * those that are no longer configured, and what is remembered of bodies sent.
 *
 * A job goes from pending to dead while we look for it, so pending jobs are
 * removed first, dead letters then; and pending ones once more, should another
 * operator have replayed a letter in between.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/mem.h"
#include "dispatcher/ctl/ctl_ask.h"
#include "dispatcher/ctl/ctl_full.h"
#include "dispatcher/ctl/ctl_json.h"
#include "dispatcher/ctl/ctl_pick.h"
#include "dispatcher/ctl/ctl_places.h"
#include "dispatcher/ctl/ctl_table.h"

enum {
	AT_ONCE = 1000,
	PAGE = 500,
};

struct forgotten {
	int64_t pending;
	int64_t dead;
};

struct forgetting {
	struct ctl_places places;
	struct ctl_pick pick;	   /* by the user and the device */
	struct forgotten *list;	   /* as the places */
	char (*batch)[JOB_ID_MAX]; /* letters of the present page */
	size_t batch_count;
	bool has_failed;
	struct err err;
};

/* ---- pending jobs ---- */

static bool forget_group(
    struct forgetting *forgetting, size_t place, const struct strbuf *group)
{
	size_t count = 0;

	if (group->len == 0) {
		return true;
	}
	do {
		if (!ctl_queue_forget(forgetting->places.queue,
			forgetting->places.list[place].destination,
			strbuf_slice(group), AT_ONCE, &count,
			&forgetting->err)) {
			return false;
		}
		forgetting->list[place].pending += (int64_t)count;
	} while (
	    count > 0 && !ctl_queue_is_interrupted(forgetting->places.queue));
	return true;
}

static bool forget_pending(struct forgetting *forgetting)
{
	const struct dead_select *select = &forgetting->pick.select;

	for (size_t i = 0; i < forgetting->places.count; i++) {
		if (!forget_group(forgetting, i, &select->user_group) ||
		    !forget_group(forgetting, i, &select->device_group)) {
			return false;
		}
	}
	return true;
}

/* ---- dead letters ---- */

static void on_letter(void *arg, const struct ctl_place *place,
    const struct queue_dead_letter *letter)
{
	struct forgetting *forgetting = arg;

	(void)place;
	if (forgetting->batch_count < PAGE) {
		(void)snprintf(forgetting->batch[forgetting->batch_count++],
		    JOB_ID_MAX, "%s", letter->id);
	}
}

static bool on_page(void *arg, const struct ctl_place *place)
{
	struct forgetting *forgetting = arg;
	struct forgotten *forgotten =
	    &forgetting->list[place - forgetting->places.list];
	const char *ids[PAGE];
	const struct ctl_queue_ids call = {
	    .destination = place->destination,
	    .ids = ids,
	    .count = forgetting->batch_count,
	};
	size_t count = 0;

	for (size_t i = 0; i < forgetting->batch_count; i++) {
		ids[i] = forgetting->batch[i];
	}
	forgetting->batch_count = 0;
	if (call.count > 0 && !forgetting->has_failed) {
		forgetting->has_failed =
		    !ctl_queue_remove_dead(forgetting->places.queue, &call,
			QUEUE_FORGOTTEN, &count, &forgetting->err);
		forgotten->dead += (int64_t)count;
	}
	return !forgetting->has_failed &&
	    !ctl_queue_is_interrupted(forgetting->places.queue);
}

static bool forget_dead(struct forgetting *forgetting)
{
	const struct ctl_pick_walk walk = {
	    .page = PAGE,
	    .on_letter = on_letter,
	    .on_page = on_page,
	    .arg = forgetting,
	};

	return ctl_pick_walk(&forgetting->pick, &forgetting->places, &walk,
		   &forgetting->err) &&
	    !forgetting->has_failed;
}

/* ---- what is said ---- */

static void print_json(const struct forgetting *forgetting)
{
	json_t *list = json_array();

	for (size_t i = 0; i < forgetting->places.count; i++) {
		json_t *row = json_object();

		ctl_json_set(row, "destination",
		    ctl_json_text(
			slice_of(forgetting->places.list[i].destination)));
		ctl_json_set(
		    row, "pending", json_integer(forgetting->list[i].pending));
		ctl_json_set(
		    row, "dead", json_integer(forgetting->list[i].dead));
		(void)json_array_append_new(list, row);
	}
	ctl_json_print(list);
}

static void print_table(const struct forgetting *forgetting)
{
	struct ctl_table table;

	ctl_table_init(&table);
	ctl_table_add(&table, "forgotten in");
	ctl_table_add(&table, "pending");
	ctl_table_add(&table, "dead");
	ctl_table_end_row(&table);
	for (size_t i = 0; i < forgetting->places.count; i++) {
		ctl_table_add(&table, forgetting->places.list[i].destination);
		ctl_table_add_number(&table, forgetting->list[i].pending);
		ctl_table_add_number(&table, forgetting->list[i].dead);
		ctl_table_end_row(&table);
	}
	ctl_table_print(&table);
	ctl_table_finish(&table);
}

static enum ctl_exit tell(const struct forgetting *forgetting, bool is_ok)
{
	if (forgetting->places.ctl->options.wants_json) {
		print_json(forgetting);
	} else {
		print_table(forgetting);
		for (size_t i = 0; i < forgetting->places.count; i++) {
			if (forgetting->list[i].dead > 0) {
				(void)ctl_full_tell(&forgetting->places,
				    &forgetting->places.list[i]);
			}
		}
	}
	if (is_ok && !ctl_queue_is_interrupted(forgetting->places.queue)) {
		return CTL_OK;
	}
	return ctl_fail(CTL_TROUBLE,
	    "%.300s; not all is forgotten: the same command goes on",
	    is_ok ? "interrupted" : forgetting->err.text);
}

/* ---- the command ---- */

static enum ctl_exit confirm(const struct ctl_options *options)
{
	if (options->wants_yes || !ctl_ask_can() ||
	    ctl_ask("remove all jobs and dead letters of these for good?")) {
		return CTL_OK;
	}
	return ctl_fail(CTL_TROUBLE, "nothing was forgotten");
}

static enum ctl_exit forget(struct forgetting *forgetting)
{
	enum ctl_exit exit_code;
	bool is_ok;

	forgetting->list =
	    xcalloc(forgetting->places.count + 1, sizeof(*forgetting->list));
	forgetting->batch = xcalloc(PAGE, sizeof(*forgetting->batch));
	ctl_queue_take_interrupts(forgetting->places.queue);
	is_ok = forget_pending(forgetting) && forget_dead(forgetting) &&
	    forget_pending(forgetting);
	exit_code = tell(forgetting, is_ok);
	free(forgetting->batch);
	free(forgetting->list);
	return exit_code;
}

enum ctl_exit ctl_forget(struct ctl *ctl)
{
	struct forgetting forgetting = {.list = NULL};
	enum ctl_exit exit_code;

	if (ctl->options.user == NULL && ctl->options.device == NULL) {
		return ctl_fail(
		    CTL_WRONG, "forget wants --user or --device, or both");
	}
	if (ctl_pick_init(&forgetting.pick, &ctl->options, &forgetting.err)) {
		exit_code = ctl_places_open(&forgetting.places, ctl, NULL);
	} else {
		exit_code = ctl_fail(CTL_WRONG, "%s", forgetting.err.text);
	}
	if (exit_code == CTL_OK) {
		exit_code = confirm(&ctl->options);
	}
	if (exit_code == CTL_OK) {
		exit_code = forget(&forgetting);
	}
	ctl_places_close(&forgetting.places);
	ctl_pick_finish(&forgetting.pick);
	return exit_code;
}
