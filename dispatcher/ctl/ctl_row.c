#include "dispatcher/ctl/ctl_row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "dispatcher/ctl/ctl_json.h"
#include "dispatcher/ctl/ctl_table.h"

enum {
	ROWS_AT_ONCE = 256,
	REASON_SHOWN = 100, /* characters */
	TEXT_SHOWN = 64,
	NOTE_KEPT = 512, /* bytes; more is for `dead show` */
};

void ctl_rows_finish(struct ctl_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		free(rows->list[i].note);
	}
	free(rows->list);
	*rows = (struct ctl_rows){.list = NULL};
}

void ctl_rows_add(struct ctl_rows *rows, const char *destination,
    const struct queue_dead_letter *letter)
{
	struct ctl_row *row;

	if (rows->count % ROWS_AT_ONCE == 0) {
		rows->list = xrealloc(rows->list,
		    (rows->count + ROWS_AT_ONCE) * sizeof(*rows->list));
	}
	row = &rows->list[rows->count++];
	*row = (struct ctl_row){
	    .destination = destination,
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

static int compare(const void *a, const void *b)
{
	const struct ctl_row *left = a;
	const struct ctl_row *right = b;

	if (left->died_at_ms != right->died_at_ms) {
		return left->died_at_ms < right->died_at_ms ? -1 : 1;
	}
	return strcmp(left->id, right->id);
}

void ctl_rows_sort(struct ctl_rows *rows)
{
	if (rows->count > 0) {
		qsort(rows->list, rows->count, sizeof(*rows->list), compare);
	}
}

/* ---- printing ---- */

void ctl_rows_print_table(const struct ctl_rows *rows, size_t count)
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
		const struct ctl_row *row = &rows->list[i];

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

void ctl_rows_print_json(const struct ctl_rows *rows, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++) {
		const struct ctl_row *row = &rows->list[i];
		json_t *entry = json_object();

		ctl_json_set(entry, "id", ctl_json_text(slice_of(row->id)));
		ctl_json_set(entry, "destination",
		    ctl_json_text(slice_of(row->destination)));
		ctl_json_set(entry, "died_at", ctl_json_time(row->died_at_ms));
		ctl_json_set(
		    entry, "outcome", json_string(outcome_name(row->outcome)));
		ctl_json_set(entry, "status", json_integer(row->http_status));
		ctl_json_set(entry, "attempts", json_integer(row->attempts));
		ctl_json_set(entry, "reason",
		    ctl_json_text(slice_make(row->note, row->note_len)));
		(void)json_array_append_new(list, entry);
	}
	ctl_json_print(list);
}
