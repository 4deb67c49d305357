#ifndef COMMON_METRICS_METRICS_H
#define COMMON_METRICS_METRICS_H

/*
 * Numbers for Prometheus. Every family is a row of metrics_table.h (name, type,
 * labels, help), so that /metrics and the documentation come from one place.
 * A series is found once, by its labels, and then counted without a look-up.
 */

#include "common/base/attr.h"
#include "common/base/strbuf.h"
#include "common/metrics/metrics_table.h"

struct metrics;
struct metric; /* one series; lives as long as its metrics */

/* Caller destroys with metrics_destroy. */
MUST_USE struct metrics *metrics_create(void);

/* NULL is fine. */
void metrics_destroy(struct metrics *metrics);

/* The series of a family with these label values (NULL for labels the family
 * does not have), made with value 0 if it is new. Values are copied. */
struct metric *metrics_get(struct metrics *metrics, enum metric_family family,
    const char *first_label, const char *second_label);

/* Counters only grow; gauges may shrink. */
void metric_add(struct metric *metric, double amount);

/* For gauges, and for counters that are kept elsewhere (in Redis). */
void metric_set(struct metric *metric, double value);

/* For histograms, in seconds; buckets from 0.5 ms to 30 s. */
void metric_observe(struct metric *metric, double seconds);

/* Of a histogram: how many were observed. */
double metric_value(const struct metric *metric);

/* Appends Prometheus text format 0.0.4: all families in the order of the table,
 * their series in the order they were made. */
void metrics_render(const struct metrics *metrics, struct strbuf *out);

#endif
