/*
 * relayctl dead list: one line a dead letter, oldest first over all
 * destinations. Only what is shown is kept of each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "dispatcher/ctl/ctl_json.h"
#include "dispatcher/ctl/ctl_places.h"
#include "dispatcher/ctl/ctl_table.h"

enum {
	LIMIT_DEFAULT = 1000,
	LIMIT_MAX = 1000 * 1000,
	PAGE = 500,
	ROWS_AT_ONCE = 256,
	REASON_SHOWN = 100, /* characters */
	TEXT_SHOWN = 64,
	NOTE_KEPT = 512, /* bytes; more is for `dead show` */
};

struct row {
	const char *destination; /* borrowed from the places */
	char id[JOB_ID_MAX];
	int64_t died_at_ms;
	enum outcome outcome;
	int http_status;
	int64_t attempts;
	char *note;
	size_t note_len;
};

struct rows {
	struct row *all;
	size_t count;
	const char *destination; /* of those that come now */
};

static void add_row(struct rows *rows, const struct queue_dead_letter *letter)
{
	struct row *row;

	if (rows->count % ROWS_AT_ONCE == 0) {
		rows->all = xrealloc(rows->all,
		    (rows->count + ROWS_AT_ONCE) * sizeof(*rows->all));
	}
	row = &rows->all[rows->count++];
	*row = (struct row){
	    .destination = rows->destination,
	    .died_at_ms = letter->died_at_ms,
	    .outcome = letter->outcome,
	    .http_status = letter->http_status,
	    .attempts = letter->attempts,
	    .note_len =
		letter->note.len < NOTE_KEPT ? letter->note.len : NOTE_KEPT,
	};
	(void)snprintf(row->id, sizeof(row->id), "%s", letter->id);
	row->note = xmalloc(row->note_len + 1);
	if (row->note_len > 0) {
		memcpy(row->note, letter->note.data, row->note_len);
	}
}

static void on_letters(
    void *arg, const struct queue_dead_letter *letters, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		add_row(arg, &letters[i]);
	}
}

/* The oldest of one destination. */
static bool read_place(struct ctl_places *places, const char *destination,
    size_t limit, struct rows *rows, struct err *err)
{
	struct ctl_queue_page page = {.destination = destination};
	size_t first = rows->count;

	rows->destination = destination;
	do {
		size_t left = limit - (rows->count - first);

		page.limit = left < PAGE ? left : PAGE;
		if (!ctl_queue_read_dead(
			places->queue, &page, on_letters, rows, err)) {
			return false;
		}
	} while (page.place[0] != '\0' && rows->count - first < limit);
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct row *left = a;
	const struct row *right = b;

	if (left->died_at_ms != right->died_at_ms) {
		return left->died_at_ms < right->died_at_ms ? -1 : 1;
	}
	return strcmp(left->id, right->id);
}

/* ---- printing ---- */

static void print_table(const struct row *rows, size_t count)
{
	static const char *const heads[] = {"id", "destination", "died",
	    "outcome", "status", "attempts", "reason"};
	struct ctl_table table;

	ctl_table_init(&table);
	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		ctl_table_add(&table, heads[i]);
	}
	ctl_table_end_row(&table);
	for (size_t i = 0; i < count; i++) {
		const struct row *row = &rows[i];

		ctl_table_add_shown(&table, slice_of(row->id), TEXT_SHOWN);
		ctl_table_add_shown(
		    &table, slice_of(row->destination), TEXT_SHOWN);
		ctl_table_add_time(&table, row->died_at_ms);
		ctl_table_add(&table, outcome_name(row->outcome));
		ctl_table_add_number(&table, row->http_status);
		ctl_table_add_number(&table, row->attempts);
		ctl_table_add_shown(
		    &table, slice_make(row->note, row->note_len), REASON_SHOWN);
		ctl_table_end_row(&table);
	}
	ctl_table_print(&table);
	ctl_table_finish(&table);
}

static void print_json(const struct row *rows, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++) {
		const struct row *row = &rows[i];
		json_t *entry = json_object();

		(void)json_object_set_new(
		    entry, "id", ctl_json_text(slice_of(row->id)));
		(void)json_object_set_new(entry, "destination",
		    ctl_json_text(slice_of(row->destination)));
		(void)json_object_set_new(
		    entry, "died_at", ctl_json_time(row->died_at_ms));
		(void)json_object_set_new(
		    entry, "outcome", json_string(outcome_name(row->outcome)));
		(void)json_object_set_new(
		    entry, "status", json_integer(row->http_status));
		(void)json_object_set_new(
		    entry, "attempts", json_integer(row->attempts));
		(void)json_object_set_new(entry, "reason",
		    ctl_json_text(slice_make(row->note, row->note_len)));
		(void)json_array_append_new(list, entry);
	}
	ctl_json_print(list);
}

/* ---- the command ---- */

static enum ctl_exit list(struct ctl_places *places, size_t limit)
{
	enum ctl_exit exit_code = CTL_OK;
	struct rows rows = {.all = NULL};
	int64_t total = 0;
	struct err err;
	size_t shown;

	for (size_t i = 0; i < places->count; i++) {
		total += places->list[i].dead_now;
		if (!read_place(places, places->list[i].destination, limit,
			&rows, &err)) {
			exit_code = ctl_fail(CTL_TROUBLE, "%s", err.text);
			goto out;
		}
	}
	if (rows.count > 0) {
		qsort(rows.all, rows.count, sizeof(*rows.all), compare);
	}
	shown = rows.count < limit ? rows.count : limit;
	if (places->ctl->options.wants_json) {
		print_json(rows.all, shown);
	} else {
		print_table(rows.all, shown);
	}
	if (total > (int64_t)shown && shown == limit) {
		(void)ctl_fail(CTL_OK,
		    "%zu of %lld dead letters; --limit shows more", shown,
		    (long long)total);
	}
out:
	for (size_t i = 0; i < rows.count; i++) {
		free(rows.all[i].note);
	}
	free(rows.all);
	return exit_code;
}

static bool read_limit(const struct ctl_options *options, size_t *limit)
{
	int64_t number = LIMIT_DEFAULT;

	if (options->limit != NULL &&
	    (!slice_to_int64(slice_of(options->limit), &number) || number < 1 ||
		number > LIMIT_MAX)) {
		return false;
	}
	*limit = (size_t)number;
	return true;
}

enum ctl_exit ctl_dead_list(struct ctl *ctl)
{
	enum ctl_exit exit_code;
	struct ctl_places places;
	size_t limit;

	if (!read_limit(&ctl->options, &limit)) {
		return ctl_fail(CTL_WRONG,
		    "--limit must be a number from 1 to %d", LIMIT_MAX);
	}
	exit_code = ctl_places_open(&places, ctl, ctl->options.destination);
	if (exit_code == CTL_OK) {
		exit_code = list(&places, limit);
	}
	ctl_places_close(&places);
	return exit_code;
}
