/*
 * What happens only marks lanes (lanes.h) and defers the pump's turn. At the
 * end of a turn of the loop in which something happened, the pump claims where
 * there is hope and room, and sleeps (watch.h) on what has room left.
 */
#include "dispatcher/pump.h"

#include "common/base/mem.h"
#include "common/config/config.h"
#include "common/loop/loop.h"
#include "common/loop/runq.h"
#include "common/queue/queue.h"
#include "dispatcher/admission.h"
#include "dispatcher/attempt.h"
#include "dispatcher/destination.h"
#include "dispatcher/lanes.h"
#include "dispatcher/watch.h"

#include <stdlib.h>

enum {
	/* For Redis to confirm what was given back at the end. */
	CONFIRM_MS = 5000,
};

/*
 *	RUNNING --pump_stop--> DRAINING --time is over--> GIVING_UP
 *	                          |                          |
 *	                          | nothing in hand          | the same, or the
 *	                          v                          v time is over
 *	                       STOPPED <---------------------+
 */
enum pump_state {
	PUMP_RUNNING,
	PUMP_DRAINING,	/* attempts may end */
	PUMP_GIVING_UP, /* what is left goes back */
	PUMP_STOPPED,
};

struct pump {
	struct loop *loop;
	struct queue *queue;
	struct attempts *attempts;
	struct admissions *admissions;
	struct destinations *destinations;
	void (*on_stopped)(void *arg);
	void *arg;
	enum pump_state state;
	struct lanes *lanes;
	struct watch *watch;
	enum watch_wish *wishes; /* scratch */
	struct loop_task turn;
	struct runq *stops;
	struct runq_item stop;
};

static const struct config_dispatcher *config_of(const struct pump *pump)
{
	return &pump->destinations->current->config->dispatcher;
}

static void turn_soon(void *arg)
{
	struct pump *pump = arg;

	loop_defer(pump->loop, &pump->turn);
}

static void look_everywhere(struct pump *pump)
{
	admissions_ask_anew(pump->admissions);
	lanes_hope_all(pump->lanes);
}

void pump_wake_all(struct pump *pump)
{
	look_everywhere(pump);
}

void pump_follow(struct pump *pump)
{
	watch_set_idle_block(pump->watch, config_of(pump)->idle_block_ms);
	look_everywhere(pump);
}

void pump_note_settled(
    struct pump *pump, const struct destination *destination, int shard)
{
	lanes_hope(pump->lanes, destination, shard);
}

void pump_note_open(
    struct pump *pump, const struct destination *destination, bool was_held)
{
	if (was_held) {
		lanes_hope_for(pump->lanes, destination);
	}
	turn_soon(pump);
}

/* ---- sleeping ---- */

static enum watch_wish wish_of(
    const struct pump *pump, const struct destination *destination)
{
	if (destination->hold.reason != QUEUE_HOLD_NONE ||
	    !lanes_have_room(pump->lanes, destination)) {
		return WATCH_LEAVE;
	}
	return lanes_are_busy(pump->lanes, destination) ? WATCH_MAY_STAY
							: WATCH_JOIN;
}

static void mind_watch(struct pump *pump)
{
	for (size_t i = 0; i < pump->destinations->count; i++) {
		pump->wishes[i] = wish_of(pump, &pump->destinations->all[i]);
	}
	watch_mind(pump->watch, pump->wishes);
}

static void on_watch_over(
    void *arg, enum watch_reason reason, int destination, int shard)
{
	struct pump *pump = arg;

	switch (reason) {
	case WATCH_WOKEN:
		lanes_hope(
		    pump->lanes, &pump->destinations->all[destination], shard);
		break;
	case WATCH_LOOK_ALL:
		look_everywhere(pump);
		break;
	case WATCH_ENDED:
		turn_soon(pump);
		break;
	}
}

/* ---- stopping ---- */

static void enter_stopped(struct pump *pump)
{
	pump->state = PUMP_STOPPED;
	runq_cancel(pump->stops, &pump->stop);
	pump->on_stopped(pump->arg);
}

static void on_stop_due(struct runq_item *item, void *arg)
{
	struct pump *pump = arg;

	switch (pump->state) {
	case PUMP_DRAINING:
		pump->state = PUMP_GIVING_UP;
		attempts_give_up(pump->attempts);
		runq_schedule(
		    pump->stops, item, loop_now_ms(pump->loop) + CONFIRM_MS);
		break;
	case PUMP_GIVING_UP:
		enter_stopped(pump);
		break;
	case PUMP_RUNNING:
	case PUMP_STOPPED:
		break;
	}
}

void pump_stop(struct pump *pump)
{
	if (pump->state != PUMP_RUNNING) {
		return;
	}
	pump->state = PUMP_DRAINING;
	lanes_stop(pump->lanes);
	admissions_stop(pump->admissions);
	watch_end(pump->watch);
	runq_schedule(pump->stops, &pump->stop,
	    loop_now_ms(pump->loop) + config_of(pump)->shutdown_grace_ms);
	turn_soon(pump);
}

bool pump_is_stopping(const struct pump *pump)
{
	return pump->state != PUMP_RUNNING;
}

/* ---- the turn ---- */

static bool is_empty_handed(const struct pump *pump)
{
	return attempts_count(pump->attempts) == 0 &&
	    lanes_asked(pump->lanes) == 0 &&
	    admissions_pending(pump->admissions) == 0;
}

static void on_turn_end(void *arg)
{
	struct pump *pump = arg;

	switch (pump->state) {
	case PUMP_RUNNING:
		if (queue_is_up(pump->queue)) {
			lanes_claim(pump->lanes);
			mind_watch(pump);
		}
		break;
	case PUMP_DRAINING:
	case PUMP_GIVING_UP:
		if (is_empty_handed(pump)) {
			enter_stopped(pump);
		}
		break;
	case PUMP_STOPPED:
		break;
	}
}

static struct lanes *create_lanes(
    struct pump *pump, const struct pump_options *options)
{
	return lanes_create(&(struct lanes_options){
	    .loop = options->loop,
	    .queue = options->queue,
	    .attempts = options->attempts,
	    .admissions = options->admissions,
	    .destinations = options->destinations,
	    .seed = options->seed,
	    .on_change = turn_soon,
	    .arg = pump,
	});
}

struct pump *pump_create(const struct pump_options *options)
{
	struct pump *pump = xcalloc(1, sizeof(*pump));
	size_t count = options->destinations->count;

	pump->loop = options->loop;
	pump->queue = options->queue;
	pump->attempts = options->attempts;
	pump->admissions = options->admissions;
	pump->destinations = options->destinations;
	pump->on_stopped = options->on_stopped;
	pump->arg = options->arg;
	pump->state = PUMP_RUNNING;
	loop_task_init(&pump->turn, on_turn_end, pump);
	pump->lanes = create_lanes(pump, options);
	pump->watch = watch_create(pump->loop, pump->queue, count,
	    config_of(pump)->idle_block_ms, on_watch_over, pump);
	pump->wishes = xcalloc(count, sizeof(*pump->wishes));
	pump->stops = runq_create(pump->loop, on_stop_due, pump);
	return pump;
}

void pump_destroy(struct pump *pump)
{
	if (pump == NULL) {
		return;
	}
	loop_task_cancel(&pump->turn);
	lanes_destroy(pump->lanes);
	watch_destroy(pump->watch);
	runq_destroy(pump->stops);
	free(pump->wishes);
	free(pump);
}
