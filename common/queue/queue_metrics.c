#include "common/queue/queue_metrics.h"

#include "common/base/attr.h"
#include "common/metrics/metrics.h"
#include "common/queue/queue_operator.h"

#include <stddef.h>
#include <stdint.h>

static void set(struct metrics *metrics, enum metric_family family,
    const char *destination, const char *second_label, double value)
{
	metric_set(
	    metrics_get(metrics, family, destination, second_label), value);
}

static void set_ledger(struct metrics *metrics, const struct queue_stats *stats)
{
	const struct {
		const char *entry;
		int64_t count;
	} rows[] = {
	    {"accepted", stats->accepted},
	    {"replayed", stats->replayed},
	    {"imported", stats->imported},
	    {"delivered", stats->delivered},
	    {"dead", stats->dead},
	    {"skipped", stats->skipped},
	    {"unchanged", stats->unchanged},
	    {"superseded", stats->superseded},
	    {"forgotten", stats->forgotten},
	    {"purged", stats->purged},
	    {"dead_purged", stats->dead_purged},
	    {"dead_forgotten", stats->dead_forgotten},
	    {"duplicates", stats->duplicates},
	    {"lease_losses", stats->lease_losses},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		set(metrics, METRICS_LEDGER, stats->destination, rows[i].entry,
		    (double)rows[i].count);
	}
	set(metrics, METRICS_LEDGER_DIFFERENCE, stats->destination, "jobs",
	    (double)queue_stats_job_difference(stats));
	set(metrics, METRICS_LEDGER_DIFFERENCE, stats->destination, "dead",
	    (double)queue_stats_dead_difference(stats));
}

static void set_hold(struct metrics *metrics, const struct queue_stats *stats)
{
	for (int i = QUEUE_HOLD_NONE + 1; i < QUEUE_HOLD_COUNT; i++) {
		enum queue_hold_reason reason = (enum queue_hold_reason)i;

		set(metrics, METRICS_HOLD, stats->destination,
		    queue_hold_reason_name(reason),
		    stats->hold.reason == reason ? 1 : 0);
	}
}

void queue_metrics_set(
    struct metrics *metrics, const struct queue_stats *stats, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct queue_stats *row = &stats[i];
		const char *name = row->destination;
		double oldest_s = row->oldest_age_ms < 0
		    ? 0
		    : (double)row->oldest_age_ms / 1e3;

		set(metrics, METRICS_DEPTH, name, NULL, (double)row->pending);
		set(metrics, METRICS_READY, name, NULL, (double)row->ready);
		set(metrics, METRICS_LEASED, name, NULL, (double)row->leased);
		set(metrics, METRICS_WAITING, name, NULL, (double)row->waiting);
		set(metrics, METRICS_OLDEST_SECONDS, name, NULL, oldest_s);
		set(metrics, METRICS_DEAD_NOW, name, NULL,
		    (double)row->dead_now);
		set(metrics, METRICS_REMEMBERED, name, "deliveries",
		    (double)row->seen);
		set(metrics, METRICS_REMEMBERED, name, "bodies",
		    (double)row->sent);
		set_hold(metrics, row);
		set_ledger(metrics, row);
	}
}
