#include "dispatcher/audit.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "common/base/mem.h"
#include "common/base/rng.h"
#include "common/config/config.h"
#include "common/log/log.h"
#include "common/loop/loop.h"
#include "common/loop/runq.h"
#include "common/metrics/metrics.h"
#include "common/queue/queue_operator.h"

enum {
	STEP_MIN_MS = 10,
};

/* A destination in a shard. */
struct lane {
	int destination;
	int shard;
	int64_t difference; /* when it was counted last */
};

struct audit {
	struct audit_options options;
	struct rng rng;
	struct runq *timers;
	struct runq_item next;
	int64_t step_ms; /* 0: no audits */
	bool is_asking;
	struct lane *lanes;
	size_t lane_count;
	size_t at; /* the lane whose turn it is */
};

static const struct config_destination *destination_of(
    const struct audit *audit, const struct lane *lane)
{
	return &audit->options.config->destinations[lane->destination];
}

static struct metric *metric_of(const struct audit *audit,
    const struct lane *lane, enum metric_family family)
{
	return metrics_get(audit->options.metrics, family,
	    destination_of(audit, lane)->name, NULL);
}

/* The next turn comes after half a step to one and a half. */
static void schedule(struct audit *audit)
{
	int64_t jitter_ms;

	if (audit->step_ms == 0 || audit->is_asking) {
		return;
	}
	jitter_ms = (int64_t)rng_below(&audit->rng, (uint64_t)audit->step_ms);
	runq_schedule(audit->timers, &audit->next,
	    loop_now_ms(audit->options.loop) + audit->step_ms / 2 + jitter_ms);
}

/* ---- what was found ---- */

static void log_found(const struct audit *audit, const struct lane *lane,
    enum log_event event, const char *key, int64_t number)
{
	struct log_line line;

	log_begin(&line, LOG_ERROR, "audit", event);
	log_text(&line, "destination", destination_of(audit, lane)->name);
	log_number(&line, "shard", lane->shard);
	log_number(&line, key, number);
	log_end(&line);
}

static void show_difference(const struct audit *audit, const struct lane *lane)
{
	int64_t sum = 0;

	for (size_t i = 0; i < audit->lane_count; i++) {
		if (audit->lanes[i].destination == lane->destination) {
			sum += audit->lanes[i].difference;
		}
	}
	metric_set(
	    metric_of(audit, lane, METRICS_AUDIT_DIFFERENCE), (double)sum);
}

static void note_found(
    struct audit *audit, struct lane *lane, const struct queue_audit *found)
{
	metric_add(metric_of(audit, lane, METRICS_AUDIT_GROUPS),
	    (double)found->groups);
	if (found->requeued > 0) {
		metric_add(metric_of(audit, lane, METRICS_AUDIT_REQUEUED),
		    (double)found->requeued);
		log_found(
		    audit, lane, LOG_AUDIT_REQUEUED, "groups", found->requeued);
	}
	if (found->was_counted && found->difference != lane->difference) {
		lane->difference = found->difference;
		show_difference(audit, lane);
		log_found(audit, lane, LOG_AUDIT_DIFFERENCE, "jobs",
		    found->difference);
	}
}

static void on_audit(void *arg, enum queue_status status,
    const struct queue_audit *found, const struct err *err)
{
	struct audit *audit = arg;

	(void)err; /* the queue tells of it */
	audit->is_asking = false;
	if (status == QUEUE_CLOSED) {
		return;
	}
	if (status == QUEUE_OK) {
		note_found(audit, &audit->lanes[audit->at], found);
	}
	audit->at = (audit->at + 1) % audit->lane_count;
	schedule(audit);
}

static void on_timer_due(struct runq_item *item, void *arg)
{
	struct audit *audit = arg;
	const struct lane *lane = &audit->lanes[audit->at];

	(void)item;
	audit->is_asking = true;
	queue_audit(audit->options.queue, lane->destination, lane->shard,
	    on_audit, audit);
}

/* ---- life ---- */

static void create_lanes(struct audit *audit)
{
	const struct config *config = audit->options.config;
	size_t shards = (size_t)config->redis.shards;

	audit->lane_count = config->destination_count * shards;
	audit->lanes = xcalloc(audit->lane_count + 1, sizeof(*audit->lanes));
	for (size_t i = 0; i < audit->lane_count; i++) {
		audit->lanes[i].destination = (int)(i / shards);
		audit->lanes[i].shard = (int)(i % shards);
	}
}

static void show_zeros(const struct audit *audit)
{
	for (size_t i = 0; i < audit->lane_count; i++) {
		const struct lane *lane = &audit->lanes[i];

		(void)metric_of(audit, lane, METRICS_AUDIT_GROUPS);
		(void)metric_of(audit, lane, METRICS_AUDIT_REQUEUED);
		(void)metric_of(audit, lane, METRICS_AUDIT_DIFFERENCE);
	}
}

static int64_t step_ms(const struct audit *audit)
{
	int64_t every_ms = audit->options.config->dispatcher.audit_every_ms;
	int64_t step_ms;

	if (every_ms == 0 || audit->lane_count == 0) {
		return 0;
	}
	step_ms = every_ms / (int64_t)audit->lane_count;
	return step_ms > STEP_MIN_MS ? step_ms : STEP_MIN_MS;
}

/* With the lane whose turn it is. */
static void begin(struct audit *audit)
{
	runq_cancel(audit->timers, &audit->next);
	audit->step_ms = step_ms(audit);
	schedule(audit);
}

struct audit *audit_create(const struct audit_options *options)
{
	struct audit *audit = xcalloc(1, sizeof(*audit));

	audit->options = *options;
	rng_seed(&audit->rng, options->seed);
	audit->timers = runq_create(options->loop, on_timer_due, audit);
	create_lanes(audit);
	show_zeros(audit);
	begin(audit);
	return audit;
}

void audit_follow(struct audit *audit, const struct config *config)
{
	audit->options.config = config;
	begin(audit);
}

void audit_destroy(struct audit *audit)
{
	if (audit == NULL) {
		return;
	}
	runq_destroy(audit->timers);
	free(audit->lanes);
	free(audit);
}
