#include "common/metrics/metrics.h"

#include "common/base/mem.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	NUMBER_MAX = 32,
};

/* Upper bounds in seconds: from an answer of Redis to the longest time-out of
 * a request. What is slower counts in +Inf only. */
static const double buckets[] = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
    0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};

struct family {
	enum metric_type type;
	const char *name;
	const char *labels[2];
	const char *help;
};

#define FAMILY_ROW(id, type, name, first, second, help) \
	[METRICS_##id] = {METRIC_##type, (name), {(first), (second)}, (help)},

static const struct family families[] = {METRICS_TABLE(FAMILY_ROW)};

#undef FAMILY_ROW

struct histogram {
	double sum;
	uint64_t in_bucket[ARRAY_LEN(buckets)]; /* of this bucket alone */
};

struct metric {
	const struct family *family;
	char *values[2];
	double value; /* of a histogram: the count */
	struct histogram *histogram;
};

/* A family has few series, and who counts keeps a pointer to his: a list in the
 * order they were made will do. */
struct series {
	struct metric **metrics;
	size_t count;
};

struct metrics {
	struct series series[METRICS_FAMILY_COUNT];
};

struct metrics *metrics_create(void)
{
	return xcalloc(1, sizeof(struct metrics));
}

static void free_metric(struct metric *metric)
{
	free(metric->values[0]);
	free(metric->values[1]);
	free(metric->histogram);
	free(metric);
}

void metrics_destroy(struct metrics *metrics)
{
	if (metrics == NULL) {
		return;
	}
	for (size_t i = 0; i < METRICS_FAMILY_COUNT; i++) {
		struct series *series = &metrics->series[i];

		for (size_t j = 0; j < series->count; j++) {
			free_metric(series->metrics[j]);
		}
		free(series->metrics);
	}
	free(metrics);
}

static bool has_values(
    const struct metric *metric, const char *first, const char *second)
{
	return (first == NULL || strcmp(metric->values[0], first) == 0) &&
	    (second == NULL || strcmp(metric->values[1], second) == 0);
}

static struct metric *add_metric(
    const struct family *family, const char *first, const char *second)
{
	struct metric *metric = xcalloc(1, sizeof(*metric));

	metric->family = family;
	metric->values[0] = first != NULL ? xstrdup(first) : NULL;
	metric->values[1] = second != NULL ? xstrdup(second) : NULL;
	if (family->type == METRIC_HISTOGRAM) {
		metric->histogram = xcalloc(1, sizeof(*metric->histogram));
	}
	return metric;
}

struct metric *metrics_get(struct metrics *metrics, enum metric_family family,
    const char *first_label, const char *second_label)
{
	const struct family *row = &families[family];
	struct series *series = &metrics->series[family];

	assert((row->labels[0] != NULL) == (first_label != NULL));
	assert((row->labels[1] != NULL) == (second_label != NULL));
	for (size_t i = 0; i < series->count; i++) {
		if (has_values(series->metrics[i], first_label, second_label)) {
			return series->metrics[i];
		}
	}
	series->count++;
	series->metrics =
	    xrealloc(series->metrics, series->count * sizeof(struct metric *));
	series->metrics[series->count - 1] =
	    add_metric(row, first_label, second_label);
	return series->metrics[series->count - 1];
}

void metric_add(struct metric *metric, double amount)
{
	assert(metric->histogram == NULL);
	assert(amount >= 0 || metric->family->type == METRIC_GAUGE);
	metric->value += amount;
}

void metric_set(struct metric *metric, double value)
{
	assert(metric->histogram == NULL);
	metric->value = value;
}

void metric_observe(struct metric *metric, double seconds)
{
	struct histogram *histogram = metric->histogram;

	assert(histogram != NULL);
	metric->value++;
	histogram->sum += seconds;
	for (size_t i = 0; i < ARRAY_LEN(buckets); i++) {
		if (seconds <= buckets[i]) {
			histogram->in_bucket[i]++;
			break;
		}
	}
}

double metric_value(const struct metric *metric)
{
	return metric->value;
}

/* The shortest of two forms that reads back as the same number. */
static const char *format_number(double value, char text[NUMBER_MAX])
{
	if (isnan(value)) {
		return "NaN";
	}
	if (isinf(value)) {
		return value > 0 ? "+Inf" : "-Inf";
	}
	(void)snprintf(text, NUMBER_MAX, "%.15g", value);
	if (strtod(text, NULL) != value) {
		(void)snprintf(text, NUMBER_MAX, "%.17g", value);
	}
	return text;
}

static void append_escaped(struct strbuf *out, const char *value)
{
	for (; *value != '\0'; value++) {
		switch (*value) {
		case '\\':
			strbuf_append_text(out, "\\\\");
			break;
		case '"':
			strbuf_append_text(out, "\\\"");
			break;
		case '\n':
			strbuf_append_text(out, "\\n");
			break;
		default:
			strbuf_append_char(out, *value);
		}
	}
}

/* A line's name and labels; `le` is NULL but for buckets. */
static void append_name(const struct metric *metric, const char *suffix,
    const char *le, struct strbuf *out)
{
	const char *separator = "{";

	strbuf_append_text(out, metric->family->name);
	strbuf_append_text(out, suffix);
	for (size_t i = 0; i < ARRAY_LEN(metric->values); i++) {
		if (metric->values[i] != NULL) {
			strbuf_append_text(out, separator);
			strbuf_append_text(out, metric->family->labels[i]);
			strbuf_append_text(out, "=\"");
			append_escaped(out, metric->values[i]);
			strbuf_append_char(out, '"');
			separator = ",";
		}
	}
	if (le != NULL) {
		strbuf_appendf(out, "%sle=\"%s\"", separator, le);
		separator = ",";
	}
	strbuf_append_text(out, *separator == ',' ? "} " : " ");
}

static void append_line(const struct metric *metric, const char *suffix,
    const char *le, double value, struct strbuf *out)
{
	char text[NUMBER_MAX];

	append_name(metric, suffix, le, out);
	strbuf_append_text(out, format_number(value, text));
	strbuf_append_char(out, '\n');
}

static void append_histogram(const struct metric *metric, struct strbuf *out)
{
	uint64_t total = 0;

	for (size_t i = 0; i < ARRAY_LEN(buckets); i++) {
		char le[NUMBER_MAX];

		total += metric->histogram->in_bucket[i];
		append_line(metric, "_bucket", format_number(buckets[i], le),
		    (double)total, out);
	}
	append_line(metric, "_bucket", "+Inf", metric->value, out);
	append_line(metric, "_sum", NULL, metric->histogram->sum, out);
	append_line(metric, "_count", NULL, metric->value, out);
}

static void append_metric(const struct metric *metric, struct strbuf *out)
{
	if (metric->histogram != NULL) {
		append_histogram(metric, out);
	} else {
		append_line(metric, "", NULL, metric->value, out);
	}
}

static const char *type_name(enum metric_type type)
{
	switch (type) {
	case METRIC_COUNTER:
		return "counter";
	case METRIC_GAUGE:
		return "gauge";
	case METRIC_HISTOGRAM:
		return "histogram";
	}
	return "untyped";
}

void metrics_render(const struct metrics *metrics, struct strbuf *out)
{
	for (size_t i = 0; i < METRICS_FAMILY_COUNT; i++) {
		const struct family *family = &families[i];
		const struct series *series = &metrics->series[i];

		strbuf_appendf(out, "# HELP %s %s\n# TYPE %s %s\n",
		    family->name, family->help, family->name,
		    type_name(family->type));
		for (size_t j = 0; j < series->count; j++) {
			append_metric(series->metrics[j], out);
		}
	}
}
