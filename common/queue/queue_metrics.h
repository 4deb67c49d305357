#ifndef COMMON_QUEUE_QUEUE_METRICS_H
#define COMMON_QUEUE_QUEUE_METRICS_H

/*
 * The queue's statistics as metrics, for the scrapes of both services: depth,
 * ages, dead letters, groups by place, holds, the ledger and what it is off by.
 */

#include <stddef.h>

struct metrics;
struct queue_stats;

/* Sets the series of each destination, also of ones no longer configured. */
void queue_metrics_set(
    struct metrics *metrics, const struct queue_stats *stats, size_t count);

#endif
