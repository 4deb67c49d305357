#include "dispatcher/destination.h"

#include "common/base/mem.h"
#include "common/config/config.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"

#include <stdlib.h>

static void find_metrics(
    struct destination *destination, struct metrics *metrics)
{
	const char *name = destination->settings->config->name;

	destination->in_hand_gauge =
	    metrics_get(metrics, METRICS_IN_FLIGHT, name, NULL);
	destination->limit_gauge =
	    metrics_get(metrics, METRICS_IN_FLIGHT_LIMIT, name, NULL);
	destination->rate_waits =
	    metrics_get(metrics, METRICS_RATE_WAITS, name, NULL);
	destination->suspects =
	    metrics_get(metrics, METRICS_SUSPECTS, name, NULL);
	destination->call_seconds =
	    metrics_get(metrics, METRICS_ATTEMPT_SECONDS, name, NULL);
	destination->fenced = metrics_get(metrics, METRICS_FENCED, name, NULL);
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		destination->outcomes[i] = metrics_get(metrics,
		    METRICS_ATTEMPTS, name, outcome_name((enum outcome)i));
	}
}

static void show_limit(const struct destination *destination)
{
	metric_set(
	    destination->limit_gauge, (double)destination->concurrency.limit);
}

struct destinations *destinations_create(
    struct generation *generation, struct metrics *metrics)
{
	struct destinations *destinations = xcalloc(1, sizeof(*destinations));

	destinations->count = generation->config->destination_count;
	destinations->all =
	    xcalloc(destinations->count, sizeof(*destinations->all));
	destinations->current = generation;
	list_init(&destinations->generations);
	list_push_back(&destinations->generations, &generation->link);
	for (size_t i = 0; i < destinations->count; i++) {
		struct destination *destination = &destinations->all[i];
		const struct destination_settings *settings =
		    &generation->settings[i];

		destination->place = (int)i;
		destination->settings = settings;
		concurrency_init(&destination->concurrency,
		    settings->config->min_in_flight,
		    settings->config->max_in_flight);
		failures_init(
		    &destination->failures, settings->config->failing_after);
		find_metrics(destination, metrics);
		show_limit(destination);
	}
	return destinations;
}

/* Old generations go with their last attempt, the current one is released. */
void destinations_destroy(struct destinations *destinations)
{
	struct list_link *link;

	if (destinations == NULL) {
		return;
	}
	while ((link = list_pop_front(&destinations->generations)) != NULL) {
		generation_end_calls(
		    LIST_MEMBER(link, struct generation, link));
	}
	generation_release(destinations->current);
	for (size_t i = 0; i < destinations->count; i++) {
		failures_finish(&destinations->all[i].failures);
	}
	free(destinations->all);
	free(destinations);
}

/* ---- another configuration ---- */

static void follow(struct destination *destination,
    const struct destination_settings *settings)
{
	destination->settings = settings;
	concurrency_set_bounds(&destination->concurrency,
	    settings->config->min_in_flight, settings->config->max_in_flight);
	show_limit(destination);
	failures_finish(&destination->failures);
	failures_init(&destination->failures, settings->config->failing_after);
	destination->burn = (struct burn){.count = 0};
}

void destinations_follow(
    struct destinations *destinations, struct generation *generation)
{
	struct generation *old = destinations->current;

	destinations->current = generation;
	list_push_back(&destinations->generations, &generation->link);
	for (size_t i = 0; i < destinations->count; i++) {
		follow(&destinations->all[i], &generation->settings[i]);
	}
	generation_release(old);
}

/* ---- in hand ---- */

void destination_take(struct destination *destination)
{
	destination->in_hand++;
	metric_set(destination->in_hand_gauge, (double)destination->in_hand);
	concurrency_note_in_flight(
	    &destination->concurrency, (int64_t)destination->in_hand);
}

void destination_let_go(struct destination *destination)
{
	destination->in_hand--;
	metric_set(destination->in_hand_gauge, (double)destination->in_hand);
}

size_t destination_room(const struct destination *destination)
{
	size_t limit = (size_t)destination->concurrency.limit;

	return limit > destination->in_hand ? limit - destination->in_hand : 0;
}

/* ---- holds ---- */

static bool is_held(const struct destination *destination)
{
	return destination->hold.reason != QUEUE_HOLD_NONE;
}

static void log_hold(const struct destination *destination,
    enum log_event event, enum queue_hold_reason reason)
{
	struct log_line line;

	log_begin(&line, LOG_WARN, "destination", event);
	log_text(&line, "destination", destination->settings->config->name);
	log_text(&line, "reason", queue_hold_reason_name(reason));
	log_end(&line);
}

/* After a hold the destination is tried out anew. When it was an operator that
 * ended the burning, what burned until then is no reason for the next hold. */
static void begin_anew(
    struct destination *destination, const struct queue_hold_state *state)
{
	concurrency_restart(&destination->concurrency);
	show_limit(destination);
	failures_clear(&destination->failures);
	if (destination->hold.reason == QUEUE_HOLD_BURNING &&
	    destination->hold.accepted_ms == state->accepted_ms) {
		destination->burn = (struct burn){.count = 0};
	}
}

void destination_note_hold(
    struct destination *destination, const struct queue_hold_state *state)
{
	enum queue_hold_reason before = destination->hold.reason;
	bool was_another =
	    is_held(destination) || destination->hold.epoch != state->epoch;

	if (destination->is_hold_known && was_another &&
	    state->reason == QUEUE_HOLD_NONE) {
		begin_anew(destination, state);
	}
	destination->hold = *state;
	destination->hold.note = slice_of("");
	destination->is_hold_known = true;
	if (state->accepted_ms > destination->accepted_at_ms) {
		destination->accepted_at_ms = state->accepted_ms;
	}
	if (before == state->reason) {
		return;
	}
	if (is_held(destination)) {
		log_hold(destination, LOG_DESTINATION_HELD, state->reason);
	} else {
		log_hold(destination, LOG_DESTINATION_RESUMED, before);
	}
}

/* ---- calls ---- */

/* Answers that are no deliveries say little of how fast those are. */
void destination_note_call(
    struct destination *destination, enum outcome outcome, int64_t took_ms)
{
	if (outcome == OUTCOME_DELIVERED) {
		concurrency_note_answer(&destination->concurrency, took_ms);
	} else if (outcome == OUTCOME_THROTTLED || hold_is_failure(outcome)) {
		concurrency_note_failure(&destination->concurrency);
	}
	show_limit(destination);
}

bool destinations_are_ready(
    const struct destinations *destinations, struct strbuf *reasons)
{
	bool are_ready = true;

	for (size_t i = 0; i < destinations->count; i++) {
		const struct destination *destination = &destinations->all[i];

		if (is_held(destination)) {
			strbuf_appendf(reasons,
			    "destination %s is on hold: %s\n",
			    destination->settings->config->name,
			    queue_hold_reason_name(destination->hold.reason));
			are_ready = false;
		}
	}
	return are_ready;
}
