#include "ingest/overload.h"

#include "common/base/mem.h"
#include "common/base/strbuf.h"
#include "common/config/config.h"
#include "common/log/log.h"
#include "common/loop/loop.h"
#include "common/metrics/metrics.h"
#include "common/queue/queue_memory.h"
#include "common/queue/queue_operator.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	LOG_EVERY_MS = 10000,
	PERCENT = 100,
};

/* When Redis was asked, and when it answered. */
struct question {
	bool is_asked; /* and has not answered yet */
	bool was_asked;
	int64_t asked_at_ms;
	bool is_answered;
	int64_t answered_at_ms;
};

struct overload {
	struct loop *loop;
	struct queue *queue;
	const struct config *config;
	struct metrics *metrics;
	struct metric *metric_waiting;
	struct metric *metric_memory;

	size_t waiting;
	size_t waiting_bytes;
	size_t max_waiting_bytes;

	struct question memory;
	int64_t memory_percent; /* of maxmemory; 0 when there is none */

	struct question depth;
	bool *is_full; /* by destination */
	size_t full_count;
	int64_t quiet_until_ms;
};

struct overload *overload_create(const struct overload_options *options)
{
	struct overload *overload = xcalloc(1, sizeof(*overload));

	overload->loop = options->loop;
	overload->queue = options->queue;
	overload->config = options->config;
	overload->metrics = options->metrics;
	overload->max_waiting_bytes = options->max_waiting_bytes;
	overload->metric_waiting =
	    metrics_get(options->metrics, METRICS_WAITING_REQUESTS, NULL, NULL);
	overload->metric_memory =
	    metrics_get(options->metrics, METRICS_REDIS_MEMORY, NULL, NULL);
	overload->is_full = xcalloc(
	    options->config->destination_count + 1, sizeof(*overload->is_full));
	return overload;
}

void overload_follow(struct overload *overload, const struct config *config)
{
	overload->config = config;
}

void overload_destroy(struct overload *overload)
{
	if (overload == NULL) {
		return;
	}
	assert(!overload->memory.is_asked && !overload->depth.is_asked);
	free(overload->is_full);
	free(overload);
}

/* ---- asking ---- */

/* True when it is time to ask; the caller asks. */
static bool begin_asking(struct overload *overload, struct question *question)
{
	int64_t now_ms = loop_now_ms(overload->loop);

	if (question->is_asked ||
	    (question->was_asked &&
		now_ms < question->asked_at_ms + OVERLOAD_ASK_MS)) {
		return false;
	}
	question->is_asked = true;
	question->was_asked = true;
	question->asked_at_ms = now_ms;
	return true;
}

static void end_asking(
    struct overload *overload, struct question *question, bool is_answered)
{
	question->is_asked = false;
	if (is_answered) {
		question->is_answered = true;
		question->answered_at_ms = loop_now_ms(overload->loop);
	}
}

static bool is_fresh(
    const struct overload *overload, const struct question *question)
{
	return question->is_answered &&
	    loop_now_ms(overload->loop) <
	    question->answered_at_ms + OVERLOAD_TRUST_MS;
}

/* ---- memory ---- */

static void on_memory(void *arg, enum queue_status status,
    const struct queue_memory *memory, const struct err *err)
{
	struct overload *overload = arg;

	(void)err;
	end_asking(overload, &overload->memory, status == QUEUE_OK);
	if (status != QUEUE_OK) {
		return;
	}
	overload->memory_percent = memory->max_bytes == 0
	    ? 0
	    : (int64_t)((double)memory->used_bytes * PERCENT /
		  (double)memory->max_bytes);
	metric_set(overload->metric_memory,
	    (double)overload->memory_percent / PERCENT);
}

static void ask_memory(struct overload *overload)
{
	if (overload->config->ingest.redis_memory_limit > 0 &&
	    begin_asking(overload, &overload->memory)) {
		queue_read_memory(overload->queue, on_memory, overload);
	}
}

static bool is_memory_short(const struct overload *overload)
{
	int64_t limit = overload->config->ingest.redis_memory_limit;

	return limit > 0 && is_fresh(overload, &overload->memory) &&
	    overload->memory_percent >= limit;
}

static void describe_memory(const struct overload *overload, struct err *reason)
{
	err_set(reason,
	    "Redis uses %" PRId64 " %% of its maxmemory; ingest stops at "
	    "%" PRId64 " (redis_memory_limit)",
	    overload->memory_percent,
	    overload->config->ingest.redis_memory_limit);
}

/* ---- waiting ---- */

static bool is_crowded(const struct overload *overload, size_t bytes)
{
	return overload->waiting >=
	    (size_t)overload->config->ingest.max_waiting ||
	    (overload->waiting_bytes > 0 &&
		overload->waiting_bytes + bytes > overload->max_waiting_bytes);
}

static void describe_waiting(
    const struct overload *overload, struct err *reason)
{
	err_set(reason,
	    "too many requests are waiting for the queue: %zu, of %zu bytes",
	    overload->waiting, overload->waiting_bytes);
}

void overload_begin(struct overload *overload, size_t bytes)
{
	overload->waiting++;
	overload->waiting_bytes += bytes;
	metric_set(overload->metric_waiting, (double)overload->waiting);
}

void overload_end(struct overload *overload, size_t bytes)
{
	overload->waiting--;
	overload->waiting_bytes -= bytes;
	metric_set(overload->metric_waiting, (double)overload->waiting);
}

size_t overload_waiting(const struct overload *overload)
{
	return overload->waiting;
}

/* ---- full destinations ---- */

static void set_full(struct overload *overload, size_t place, bool is_full)
{
	if (overload->is_full[place] != is_full) {
		overload->is_full[place] = is_full;
		overload->full_count += is_full ? 1 : (size_t)-1;
	}
}

void overload_note_verdict(
    struct overload *overload, int destination, enum queue_verdict verdict)
{
	switch (verdict) {
	case QUEUE_FULL:
		set_full(overload, (size_t)destination, true);
		break;
	case QUEUE_ACCEPTED:
		set_full(overload, (size_t)destination, false);
		break;
	case QUEUE_DUPLICATE:
		break;
	}
}

static void note_depth(
    struct overload *overload, const struct queue_stats *stats)
{
	const struct config *config = overload->config;

	for (size_t i = 0; i < config->destination_count; i++) {
		const struct config_destination *destination =
		    &config->destinations[i];

		if (strcmp(destination->name, stats->destination) == 0 &&
		    (destination->max_depth == 0 ||
			stats->pending < destination->max_depth)) {
			set_full(overload, i, false);
		}
	}
}

static void on_stats(void *arg, enum queue_status status,
    const struct queue_stats *stats, size_t count, const struct err *err)
{
	struct overload *overload = arg;

	(void)err;
	end_asking(overload, &overload->depth, status == QUEUE_OK);
	for (size_t i = 0; i < count; i++) {
		note_depth(overload, &stats[i]);
	}
}

static void ask_depth(struct overload *overload)
{
	if (overload->full_count > 0 &&
	    begin_asking(overload, &overload->depth)) {
		queue_read_stats(overload->queue, on_stats, overload);
	}
}

/* ---- what follows from it ---- */

static void tell(
    struct overload *overload, const char *cause, const struct err *reason)
{
	int64_t now_ms = loop_now_ms(overload->loop);
	struct log_line line;

	metric_add(
	    metrics_get(overload->metrics, METRICS_OVERLOADED, cause, NULL), 1);
	if (now_ms < overload->quiet_until_ms) {
		return;
	}
	overload->quiet_until_ms = now_ms + LOG_EVERY_MS;
	log_begin(&line, LOG_WARN, "overload", LOG_OVERLOADED);
	log_text(&line, "cause", cause);
	log_err(&line, reason);
	log_end(&line);
}

bool overload_admits(
    struct overload *overload, size_t bytes, struct err *reason)
{
	ask_memory(overload);
	if (is_memory_short(overload)) {
		describe_memory(overload, reason);
		tell(overload, "memory", reason);
		return false;
	}
	if (is_crowded(overload, bytes)) {
		describe_waiting(overload, reason);
		tell(overload, "waiting", reason);
		return false;
	}
	return true;
}

void overload_add_reasons(struct overload *overload, struct strbuf *reasons)
{
	const struct config *config = overload->config;
	struct err reason;

	ask_memory(overload);
	ask_depth(overload);
	if (is_memory_short(overload)) {
		describe_memory(overload, &reason);
		strbuf_appendf(reasons, "memory: %s\n", reason.text);
	}
	if (is_crowded(overload, 0)) {
		describe_waiting(overload, &reason);
		strbuf_appendf(reasons, "waiting: %s\n", reason.text);
	}
	for (size_t i = 0; i < config->destination_count; i++) {
		if (overload->is_full[i]) {
			strbuf_appendf(reasons,
			    "full: the queue of the destination %s is at its "
			    "max_depth\n",
			    config->destinations[i].name);
		}
	}
}
