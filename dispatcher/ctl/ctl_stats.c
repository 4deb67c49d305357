/*
 * relayctl stats: what is in the queue now, what is on hold, what came of the
 * last jobs, and the ledger of all that ever was, per destination. A ledger
 * that does not balance means that the queue has lost or made a job.
 */
#include "dispatcher/ctl/ctl_stats.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/base/mem.h"
#include "dispatcher/ctl/ctl.h"
#include "dispatcher/ctl/ctl_places.h"

enum {
	HISTORY_LIMIT = 1000, /* of each shard */
};

#define COLUMN(field, is_rare) \
	{ \
#field, offsetof(struct queue_stats, field), is_rare \
	}

const struct ctl_stats_column ctl_stats_present[] = {
    COLUMN(pending, false),
    COLUMN(ready, false),
    COLUMN(leased, false),
    COLUMN(waiting, false),
    COLUMN(dead_now, false),
    COLUMN(seen, false),
    COLUMN(sent, true),
};

const size_t ctl_stats_present_count = ARRAY_LEN(ctl_stats_present);

const struct ctl_stats_column ctl_stats_ledger[] = {
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

const size_t ctl_stats_ledger_count = ARRAY_LEN(ctl_stats_ledger);

int64_t ctl_stats_number(
    const struct queue_stats *stats, const struct ctl_stats_column *column)
{
	return *(const int64_t *)((const char *)stats + column->offset);
}

/* ---- gathering ---- */

struct rows {
	struct ctl_stats_row *list;
	size_t count;
};

static void on_stats(void *arg, const struct queue_stats *stats, size_t count)
{
	struct rows *rows = arg;

	rows->list = xcalloc(count + 1, sizeof(*rows->list));
	rows->count = count;
	for (size_t i = 0; i < count; i++) {
		struct queue_stats *kept = &rows->list[i].stats;

		*kept = stats[i];
		kept->destination = xstrdup(stats[i].destination);
		kept->hold.note.data = xstrndup(
		    stats[i].hold.note.len > 0 ? stats[i].hold.note.data : "",
		    stats[i].hold.note.len);
	}
}

static void on_history(void *arg, const struct queue_done *jobs, size_t count)
{
	ctl_summary_add(arg, jobs, count);
}

static bool gather(struct ctl_queue *queue, struct rows *rows, struct err *err)
{
	if (!ctl_queue_read_stats(queue, on_stats, rows, err)) {
		return false;
	}
	for (size_t i = 0; i < rows->count; i++) {
		const struct ctl_queue_history history = {
		    .destination = rows->list[i].stats.destination,
		    .limit = HISTORY_LIMIT,
		};

		if (!ctl_queue_read_history(queue, &history, on_history,
			&rows->list[i].summary, err)) {
			return false;
		}
	}
	return true;
}

static void free_rows(struct rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		free((char *)rows->list[i].stats.destination);
		free((char *)rows->list[i].stats.hold.note.data);
		ctl_summary_finish(&rows->list[i].summary);
	}
	free(rows->list);
}

/* ---- the command ---- */

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
	    "made some (below): keep the logs, and report it",
	    stats->destination, jobs, dead);
}

static enum ctl_exit show(const struct rows *rows, bool wants_json)
{
	enum ctl_exit exit_code = CTL_OK;

	if (wants_json) {
		ctl_stats_print_json(rows->list, rows->count);
	} else {
		ctl_stats_print_text(rows->list, rows->count);
	}
	for (size_t i = 0; i < rows->count; i++) {
		if (complain(&rows->list[i].stats) != CTL_OK) {
			exit_code = CTL_TROUBLE;
		}
	}
	return exit_code;
}

enum ctl_exit ctl_stats(struct ctl *ctl)
{
	struct rows rows = {.list = NULL};
	struct ctl_queue *queue;
	enum ctl_exit exit_code = ctl_connect(ctl, &queue);
	struct err err;

	if (exit_code == CTL_OK && !gather(queue, &rows, &err)) {
		exit_code = ctl_fail(CTL_TROUBLE, "%s", err.text);
	} else if (exit_code == CTL_OK) {
		exit_code = show(&rows, ctl->options.wants_json);
	}
	free_rows(&rows);
	ctl_queue_close(queue);
	return exit_code;
}
