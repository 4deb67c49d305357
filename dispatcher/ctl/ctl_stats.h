#ifndef DISPATCHER_CTL_CTL_STATS_H
#define DISPATCHER_CTL_CTL_STATS_H

/* What the files of `relayctl stats` share: what they show of a destination. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/queue/queue_operator.h"
#include "dispatcher/ctl/ctl_summary.h"

struct ctl_stats_row {
	struct queue_stats stats;   /* its texts are ours */
	struct ctl_summary summary; /* of the last jobs done */
};

/* A number of struct queue_stats. */
struct ctl_stats_column {
	const char *name;
	size_t offset;
	bool is_rare; /* shown when a destination has any */
};

extern const struct ctl_stats_column ctl_stats_present[];
extern const size_t ctl_stats_present_count;
extern const struct ctl_stats_column ctl_stats_ledger[];
extern const size_t ctl_stats_ledger_count;

int64_t ctl_stats_number(
    const struct queue_stats *stats, const struct ctl_stats_column *column);

/* To standard output: for people, and for programs. */
void ctl_stats_print_text(const struct ctl_stats_row *rows, size_t count);
void ctl_stats_print_json(const struct ctl_stats_row *rows, size_t count);

#endif
