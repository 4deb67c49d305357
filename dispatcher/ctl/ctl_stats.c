/*
 * relayctl stats: what is in the queue now, and the ledger of all that ever
 * was, per destination. A ledger that does not balance means that the queue has
 * lost or made a job.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/mem.h"
#include "dispatcher/ctl/ctl.h"
#include "dispatcher/ctl/ctl_json.h"
#include "dispatcher/ctl/ctl_queue.h"
#include "dispatcher/ctl/ctl_table.h"

enum {
	NAME_MAX_SHOWN = 64,
};

/* A number of queue_stats. */
struct column {
	const char *name;
	size_t offset;
	bool is_rare; /* shown when a destination has any */
};

#define COLUMN(field, is_rare) \
	{ \
#field, offsetof(struct queue_stats, field), is_rare \
	}

static const struct column ledger[] = {
    COLUMN(accepted, false),
    COLUMN(replayed, false),
    COLUMN(imported, true),
    COLUMN(delivered, false),
    COLUMN(dead, false),
    COLUMN(skipped, false),
    COLUMN(unchanged, true),
    COLUMN(superseded, true),
    COLUMN(forgotten, true),
    COLUMN(purged, true),
    COLUMN(dead_purged, true),
    COLUMN(dead_forgotten, true),
    COLUMN(duplicates, false),
    COLUMN(lease_losses, false),
};

static const struct column present[] = {
    COLUMN(pending, false),
    COLUMN(ready, false),
    COLUMN(leased, false),
    COLUMN(waiting, false),
    COLUMN(dead_now, false),
};

static int64_t number_of(
    const struct queue_stats *stats, const struct column *column)
{
	return *(const int64_t *)((const char *)stats + column->offset);
}

static void add_name(struct ctl_table *table, const struct queue_stats *stats)
{
	char *name = xasprintf("%s%s", stats->destination,
	    stats->is_configured ? "" : " (not configured)");

	ctl_table_add_shown(table, slice_of(name), NAME_MAX_SHOWN);
	free(name);
}

/* ---- for people ---- */

static void print_present(const struct queue_stats *stats, size_t count)
{
	struct ctl_table table;

	ctl_table_init(&table);
	ctl_table_add(&table, "destination");
	for (size_t i = 0; i < ARRAY_LEN(present); i++) {
		ctl_table_add(&table, present[i].name);
	}
	ctl_table_add(&table, "oldest");
	ctl_table_end_row(&table);
	for (size_t row = 0; row < count; row++) {
		add_name(&table, &stats[row]);
		for (size_t i = 0; i < ARRAY_LEN(present); i++) {
			ctl_table_add_number(
			    &table, number_of(&stats[row], &present[i]));
		}
		ctl_table_add_span(&table, stats[row].oldest_age_ms);
		ctl_table_end_row(&table);
	}
	ctl_table_print(&table);
	ctl_table_finish(&table);
}

static bool is_wanted(
    const struct column *column, const struct queue_stats *stats, size_t count)
{
	for (size_t row = 0; row < count; row++) {
		if (number_of(&stats[row], column) != 0) {
			return true;
		}
	}
	return !column->is_rare;
}

static void print_ledger(const struct queue_stats *stats, size_t count)
{
	struct ctl_table table;

	ctl_table_init(&table);
	ctl_table_add(&table, "ledger");
	for (size_t i = 0; i < ARRAY_LEN(ledger); i++) {
		if (is_wanted(&ledger[i], stats, count)) {
			ctl_table_add(&table, ledger[i].name);
		}
	}
	ctl_table_add(&table, "job_diff");
	ctl_table_add(&table, "dead_diff");
	ctl_table_end_row(&table);
	for (size_t row = 0; row < count; row++) {
		add_name(&table, &stats[row]);
		for (size_t i = 0; i < ARRAY_LEN(ledger); i++) {
			if (is_wanted(&ledger[i], stats, count)) {
				ctl_table_add_number(
				    &table, number_of(&stats[row], &ledger[i]));
			}
		}
		ctl_table_add_number(
		    &table, queue_stats_job_difference(&stats[row]));
		ctl_table_add_number(
		    &table, queue_stats_dead_difference(&stats[row]));
		ctl_table_end_row(&table);
	}
	ctl_table_print(&table);
	ctl_table_finish(&table);
}

/* ---- for programs ---- */

static void set_numbers(json_t *row, const struct queue_stats *stats,
    const struct column *columns, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		(void)json_object_set_new(row, columns[i].name,
		    json_integer(number_of(stats, &columns[i])));
	}
}

static json_t *row_of(const struct queue_stats *stats)
{
	json_t *row = json_object();

	(void)json_object_set_new(
	    row, "destination", ctl_json_text(slice_of(stats->destination)));
	(void)json_object_set_new(
	    row, "configured", json_boolean(stats->is_configured));
	set_numbers(row, stats, present, ARRAY_LEN(present));
	(void)json_object_set_new(row, "oldest_age_ms",
	    stats->oldest_age_ms < 0 ? json_null()
				     : json_integer(stats->oldest_age_ms));
	set_numbers(row, stats, ledger, ARRAY_LEN(ledger));
	(void)json_object_set_new(row, "job_difference",
	    json_integer(queue_stats_job_difference(stats)));
	(void)json_object_set_new(row, "dead_difference",
	    json_integer(queue_stats_dead_difference(stats)));
	return row;
}

static void print_json(const struct queue_stats *stats, size_t count)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < count; i++) {
		(void)json_array_append_new(rows, row_of(&stats[i]));
	}
	ctl_json_print(rows);
}

/* ---- the command ---- */

struct printing {
	bool wants_json;
	enum ctl_exit exit_code;
};

static enum ctl_exit complain(const struct queue_stats *stats)
{
	int64_t jobs = queue_stats_job_difference(stats);
	int64_t dead = queue_stats_dead_difference(stats);

	if (jobs == 0 && dead == 0) {
		return CTL_OK;
	}
	return ctl_fail(CTL_TROUBLE,
	    "%s: THE LEDGER DOES NOT BALANCE: jobs are off by %" PRId64
	    ", dead letters by %" PRId64 "; the queue lost some (above 0) or "
	    "made some (below)",
	    stats->destination, jobs, dead);
}

static void on_stats(void *arg, const struct queue_stats *stats, size_t count)
{
	struct printing *printing = arg;

	if (printing->wants_json) {
		print_json(stats, count);
	} else {
		print_present(stats, count);
		(void)putchar('\n');
		print_ledger(stats, count);
	}
	for (size_t i = 0; i < count; i++) {
		if (complain(&stats[i]) != CTL_OK) {
			printing->exit_code = CTL_TROUBLE;
		}
	}
}

enum ctl_exit ctl_stats(struct ctl *ctl)
{
	struct printing printing = {ctl->options.wants_json, CTL_OK};
	struct ctl_queue *queue;
	struct err err;

	if (!ctl_load(ctl)) {
		return CTL_WRONG;
	}
	queue = ctl_queue_open(ctl->cli.config, &err);
	if (queue == NULL ||
	    !ctl_queue_read_stats(queue, on_stats, &printing, &err)) {
		printing.exit_code = ctl_fail(CTL_TROUBLE, "%s", err.text);
	}
	ctl_queue_close(queue);
	return printing.exit_code;
}
