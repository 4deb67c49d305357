/* relayctl stats for people: tables, those that have nothing to say left out.
 */
#include <stdio.h>
#include <stdlib.h>

#include "common/base/mem.h"
#include "dispatcher/ctl/ctl_hint.h"
#include "dispatcher/ctl/ctl_stats.h"
#include "dispatcher/ctl/ctl_table.h"

enum {
	NAME_MAX_SHOWN = 64,
	NOTE_MAX_SHOWN = 80,
};

static void add_name(struct ctl_table *table, const struct queue_stats *stats)
{
	char *name = xasprintf("%s%s", stats->destination,
	    stats->is_configured ? "" : " (not configured)");

	ctl_table_add_shown(table, slice_of(name), NAME_MAX_SHOWN);
	free(name);
}

static void add_heads(
    struct ctl_table *table, const char *const *heads, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		ctl_table_add(table, heads[i]);
	}
}

static void print(struct ctl_table *table)
{
	ctl_table_print(table);
	ctl_table_finish(table);
}

/* ---- numbers of struct queue_stats ---- */

static bool is_wanted(const struct ctl_stats_column *column,
    const struct ctl_stats_row *rows, size_t count)
{
	for (size_t row = 0; row < count; row++) {
		if (ctl_stats_number(&rows[row].stats, column) != 0) {
			return true;
		}
	}
	return !column->is_rare;
}

static void print_present(const struct ctl_stats_row *rows, size_t count)
{
	const struct ctl_stats_column *columns = ctl_stats_present;
	struct ctl_table table;

	ctl_table_init(&table);
	ctl_table_add(&table, "destination");
	for (size_t i = 0; i < ctl_stats_present_count; i++) {
		if (is_wanted(&columns[i], rows, count)) {
			ctl_table_add(&table, columns[i].name);
		}
	}
	ctl_table_add(&table, "oldest");
	ctl_table_add(&table, "hold");
	ctl_table_end_row(&table);
	for (size_t row = 0; row < count; row++) {
		add_name(&table, &rows[row].stats);
		for (size_t i = 0; i < ctl_stats_present_count; i++) {
			if (is_wanted(&columns[i], rows, count)) {
				ctl_table_add_number(&table,
				    ctl_stats_number(
					&rows[row].stats, &columns[i]));
			}
		}
		ctl_table_add_span(&table, rows[row].stats.oldest_age_ms);
		ctl_table_add(&table,
		    rows[row].stats.hold.reason == QUEUE_HOLD_NONE
			? "-"
			: queue_hold_reason_name(rows[row].stats.hold.reason));
		ctl_table_end_row(&table);
	}
	print(&table);
}

static void print_ledger(const struct ctl_stats_row *rows, size_t count)
{
	const struct ctl_stats_column *columns = ctl_stats_ledger;
	struct ctl_table table;

	ctl_table_init(&table);
	ctl_table_add(&table, "ledger");
	for (size_t i = 0; i < ctl_stats_ledger_count; i++) {
		if (is_wanted(&columns[i], rows, count)) {
			ctl_table_add(&table, columns[i].name);
		}
	}
	ctl_table_add(&table, "job_diff");
	ctl_table_add(&table, "dead_diff");
	ctl_table_end_row(&table);
	for (size_t row = 0; row < count; row++) {
		const struct queue_stats *stats = &rows[row].stats;

		add_name(&table, stats);
		for (size_t i = 0; i < ctl_stats_ledger_count; i++) {
			if (is_wanted(&columns[i], rows, count)) {
				ctl_table_add_number(&table,
				    ctl_stats_number(stats, &columns[i]));
			}
		}
		ctl_table_add_number(&table, queue_stats_job_difference(stats));
		ctl_table_add_number(
		    &table, queue_stats_dead_difference(stats));
		ctl_table_end_row(&table);
	}
	print(&table);
}

/* ---- holds ---- */

static void add_hold(struct ctl_table *table, const struct ctl_stats_row *row)
{
	const struct queue_hold_state *hold = &row->stats.hold;

	add_name(table, &row->stats);
	ctl_table_add(table, queue_hold_reason_name(hold->reason));
	ctl_table_add_time(table, hold->since_ms);
	ctl_table_add_number(table, hold->streak);
	ctl_table_add_time(table, hold->probe_ms);
	ctl_table_add_time(table, hold->until_ms);
	ctl_table_add_shown(table, hold->note, NOTE_MAX_SHOWN);
	ctl_table_end_row(table);
}

static void print_hints(const struct ctl_stats_row *rows, size_t count)
{
	for (size_t row = 0; row < count; row++) {
		const struct queue_stats *stats = &rows[row].stats;

		if (stats->hold.reason != QUEUE_HOLD_NONE) {
			(void)printf("%s: %s\n", stats->destination,
			    ctl_hint_hold(stats->hold.reason));
		}
	}
}

static void print_holds(const struct ctl_stats_row *rows, size_t count)
{
	static const char *const heads[] = {"on hold", "reason", "since",
	    "in a row", "next probe", "ends", "note"};
	struct ctl_table table;
	bool is_any = false;

	ctl_table_init(&table);
	add_heads(&table, heads, ARRAY_LEN(heads));
	ctl_table_end_row(&table);
	for (size_t row = 0; row < count; row++) {
		if (rows[row].stats.hold.reason != QUEUE_HOLD_NONE) {
			add_hold(&table, &rows[row]);
			is_any = true;
		}
	}
	if (is_any) {
		(void)putchar('\n');
		ctl_table_print(&table);
		print_hints(rows, count);
	}
	ctl_table_finish(&table);
}

/* ---- the last jobs ---- */

static bool has_outcome(
    const struct ctl_stats_row *rows, size_t count, size_t outcome)
{
	for (size_t row = 0; row < count; row++) {
		if (rows[row].summary.outcomes[outcome] > 0) {
			return true;
		}
	}
	return false;
}

static void print_summaries(const struct ctl_stats_row *rows, size_t count)
{
	static const char *const heads[] = {
	    "last delivered", "took (median)", "took (99%)"};
	struct ctl_table table;

	ctl_table_init(&table);
	ctl_table_add(&table, "last jobs");
	for (size_t i = 0; i < OUTCOME_COUNT; i++) {
		if (has_outcome(rows, count, i)) {
			ctl_table_add(&table, outcome_name((enum outcome)i));
		}
	}
	add_heads(&table, heads, ARRAY_LEN(heads));
	ctl_table_end_row(&table);
	for (size_t row = 0; row < count; row++) {
		const struct ctl_summary *summary = &rows[row].summary;

		add_name(&table, &rows[row].stats);
		for (size_t i = 0; i < OUTCOME_COUNT; i++) {
			if (has_outcome(rows, count, i)) {
				ctl_table_add_number(
				    &table, summary->outcomes[i]);
			}
		}
		ctl_table_add_time(&table, summary->last_delivered_at_ms);
		ctl_table_add_span(&table, ctl_summary_took_ms(summary, 50));
		ctl_table_add_span(&table, ctl_summary_took_ms(summary, 99));
		ctl_table_end_row(&table);
	}
	print(&table);
}

void ctl_stats_print_text(const struct ctl_stats_row *rows, size_t count)
{
	print_present(rows, count);
	print_holds(rows, count);
	(void)putchar('\n');
	print_summaries(rows, count);
	(void)putchar('\n');
	print_ledger(rows, count);
}
