/*
 * A hold may be ended by an operator at any time, and nobody is told of it but
 * dispatchers that sleep: so it is asked about again every two seconds. A rate
 * limit is asked again when a few tokens have come together, rather than for
 * each.
 */
#include "dispatcher/admission.h"

#include "common/base/mem.h"
#include "common/config/config.h"
#include "common/loop/loop.h"
#include "common/metrics/metrics.h"
#include "dispatcher/admission_state.h"
#include "dispatcher/backoff.h"
#include "dispatcher/destination.h"

#include <stdlib.h>

enum {
	RATE_LOOK_MS = 20, /* between questions for tokens, at least */
};

struct admission *admission_of(
    const struct admissions *admissions, const struct destination *destination)
{
	return &admissions->all[destination->place];
}

bool admission_is_held(const struct admission *admission)
{
	return admission->destination->hold.reason != QUEUE_HOLD_NONE;
}

void admission_tell_open(struct admission *admission, bool was_held)
{
	struct admissions *admissions = admission->admissions;

	admissions->on_open(admissions->arg, admission->destination, was_held);
}

/* ---- states ---- */

void admission_wait(struct admission *admission, int64_t ms, bool was_held)
{
	struct admissions *admissions = admission->admissions;

	admission->state = ADMISSION_WAITING;
	admission->was_held = was_held;
	runq_schedule(admissions->dues, &admission->due,
	    loop_now_ms(admissions->loop) + ms);
}

void admission_stop_waiting(struct admission *admission)
{
	if (admission->state == ADMISSION_WAITING) {
		admission->state = ADMISSION_OPEN;
		runq_cancel(admission->admissions->dues, &admission->due);
	}
}

static void on_wait_due(struct runq_item *item, void *arg)
{
	struct admission *admission = LIST_MEMBER(item, struct admission, due);

	(void)arg;
	admission->state = ADMISSION_OPEN;
	admission_tell_open(admission, admission->was_held);
}

bool admission_is_open(
    const struct admissions *admissions, const struct destination *destination)
{
	const struct admission *admission =
	    admission_of(admissions, destination);

	return admission->state == ADMISSION_OPEN && admission->orders == 0 &&
	    !admissions->is_stopped;
}

void admissions_ask_anew(struct admissions *admissions)
{
	for (size_t i = 0; i < admissions->count; i++) {
		admission_stop_waiting(&admissions->all[i]);
	}
}

/* ---- asking ---- */

static int64_t between(int64_t low, int64_t value, int64_t high)
{
	return value < low ? low : value > high ? high : value;
}

static void wait_as_told(
    struct admission *admission, const struct queue_permit *permit)
{
	bool is_on_hold = permit->hold.reason != QUEUE_HOLD_NONE;
	int64_t wait_ms =
	    permit->wait_ms >= 0 ? permit->wait_ms : ADMISSION_HELD_LOOK_MS;

	if (!is_on_hold) {
		metric_add(admission->destination->rate_waits, 1);
	}
	admission_wait(admission,
	    between(RATE_LOOK_MS, wait_ms, ADMISSION_HELD_LOOK_MS), is_on_hold);
}

/* What Redis refuses it may refuse for long. */
static void wait_after_failure(struct admission *admission)
{
	struct admissions *admissions = admission->admissions;
	const struct config_redis *redis =
	    &admissions->destinations->current->config->redis;

	admission_wait(admission,
	    backoff_wait(redis->reconnect_base_ms, admission->failures,
		redis->reconnect_cap_ms, &admissions->rng),
	    false);
	admission->failures++;
}

static void take_permit(
    struct admission *admission, const struct queue_permit *permit)
{
	struct admissions *admissions = admission->admissions;

	destination_note_hold(admission->destination, &permit->hold);
	admission->destination->redis_ahead_ms =
	    permit->now_ms - loop_now_ms(admissions->loop);
	if (permit->tokens <= 0) {
		wait_as_told(admission, permit);
		return;
	}
	admission->pass = (struct pass){
	    .is_paid = true,
	    .granted_at_ms = loop_now_ms(admissions->loop),
	    .epoch = permit->hold.epoch,
	    .streak = permit->hold.streak,
	    .held = permit->is_probe ? permit->hold.reason : QUEUE_HOLD_NONE,
	};
	admission->tokens += (size_t)permit->tokens;
	if (admissions->is_stopped || admission->orders > 0) {
		admission_empty_purse(admission);
	}
}

static void on_permit(void *arg, enum queue_status status,
    const struct queue_permit *permit, const struct err *err)
{
	struct admission *admission = arg;

	(void)err;
	admission->admissions->pending--;
	admission->state = ADMISSION_OPEN;
	if (status == QUEUE_CLOSED) {
		return;
	}
	if (status == QUEUE_OK) {
		admission->failures = 0;
		take_permit(admission, permit);
	} else {
		wait_after_failure(admission);
	}
	admission_tell_open(admission, false);
}

void admission_ask(struct admissions *admissions,
    const struct destination *destination, size_t tokens)
{
	struct admission *admission = admission_of(admissions, destination);

	if (!admission_is_open(admissions, destination) ||
	    (admission->tokens > 0 && pass_is_probe(&admission->pass))) {
		return;
	}
	admission->state = ADMISSION_ASKING;
	admissions->pending++;
	queue_admit(admissions->queue, destination->place, (int64_t)tokens,
	    on_permit, admission);
}

/* ---- all of them ---- */

struct admissions *admissions_create(const struct admissions_options *options)
{
	struct admissions *admissions = xcalloc(1, sizeof(*admissions));

	admissions->loop = options->loop;
	admissions->queue = options->queue;
	admissions->destinations = options->destinations;
	rng_seed(&admissions->rng, options->seed);
	admissions->count = options->destinations->count;
	admissions->on_open = options->on_open;
	admissions->arg = options->arg;
	admissions->all = xcalloc(admissions->count, sizeof(*admissions->all));
	for (size_t i = 0; i < admissions->count; i++) {
		admissions->all[i].admissions = admissions;
		admissions->all[i].destination = &options->destinations->all[i];
	}
	admissions->dues = runq_create(options->loop, on_wait_due, admissions);
	return admissions;
}

void admissions_stop(struct admissions *admissions)
{
	admissions->is_stopped = true;
	for (size_t i = 0; i < admissions->count; i++) {
		admission_empty_purse(&admissions->all[i]);
	}
}

size_t admissions_pending(const struct admissions *admissions)
{
	return admissions->pending;
}

void admissions_destroy(struct admissions *admissions)
{
	if (admissions == NULL) {
		return;
	}
	runq_destroy(admissions->dues);
	free(admissions->all);
	free(admissions);
}
