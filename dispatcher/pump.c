/*
 * A lane is a destination's part of a shard: what one claim takes from. Each
 * lane knows whether it may have work:
 *
 *	QUIET   an earlier claim took all there was, or found nothing
 *	HOPEFUL something happened since: it is claimed from as soon as there is
 *	        room
 *	ASKING  a claim is under way; what happens meanwhile makes it hopeful
 *	        again afterwards
 *
 * At the end of each turn of the loop in which something happened, the pump
 * claims for hopeful lanes, as many jobs as there is room for, destination by
 * destination in turn; each turn begins with the one behind the last that got
 * something, so that none waits for another's queue.
 *
 * For all other work it sleeps: one watch on all destinations with room. A
 * destination that has no room is taken out of the watch, or its wakes would be
 * lost to the dispatchers that have.
 */
#include "dispatcher/pump.h"

#include "common/base/mem.h"
#include "common/config/config.h"
#include "common/log/log.h"
#include "common/loop/loop.h"
#include "common/loop/runq.h"
#include "common/queue/queue.h"
#include "dispatcher/attempt.h"
#include "dispatcher/destination.h"
#include "dispatcher/pause.h"
#include "dispatcher/retry.h"

#include <stdlib.h>
#include <string.h>

enum {
	/* For Redis to confirm what was given back at the end. */
	CONFIRM_MS = 5000,
};

enum lane_state {
	LANE_QUIET,
	LANE_HOPEFUL,
	LANE_ASKING,
};

/* Together with its destination, all that a claim is about. */
struct lane {
	struct pump *pump;
	struct destination *destination;
	int shard;
	enum lane_state state;
	bool is_hopeful_again; /* ASKING: HOPEFUL after it */
	size_t asked_for;      /* ASKING: jobs */
	int64_t asked_at_ms;
	struct runq_item due; /* the next job's time comes */
};

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
	struct destinations *destinations;
	const struct config *config;
	void (*on_stopped)(void *arg);
	void *arg;

	enum pump_state state;
	struct lane *lanes; /* destination by destination */
	size_t lane_count;
	size_t shards;
	size_t first; /* the destination that is served first */
	struct loop_task turn;
	struct runq *due_lanes;
	struct runq *pauses; /* items: pause_ends */
	struct runq_item *pause_ends;
	struct runq *stops;
	struct runq_item stop_item;

	/* The watch: whether there is one, and of which destinations. */
	bool is_watching;
	bool is_unwatching;
	bool *is_watched;
	int *watch_list; /* scratch */
};

static struct lane *lane_of(
    struct pump *pump, const struct destination *destination, int shard)
{
	return &pump->lanes[(size_t)destination->place * pump->shards +
	    (size_t)shard];
}

static void turn_soon(struct pump *pump)
{
	loop_defer(pump->loop, &pump->turn);
}

/* ---- lanes ---- */

static void make_hopeful(struct lane *lane)
{
	switch (lane->state) {
	case LANE_QUIET:
		lane->state = LANE_HOPEFUL;
		break;
	case LANE_HOPEFUL:
		break;
	case LANE_ASKING:
		lane->is_hopeful_again = true;
		break;
	}
	turn_soon(lane->pump);
}

static void make_destination_hopeful(
    struct pump *pump, const struct destination *destination)
{
	for (size_t s = 0; s < pump->shards; s++) {
		make_hopeful(lane_of(pump, destination, (int)s));
	}
}

void pump_wake_all(struct pump *pump)
{
	for (size_t i = 0; i < pump->lane_count; i++) {
		make_hopeful(&pump->lanes[i]);
	}
}

void pump_note_settled(
    struct pump *pump, const struct destination *destination, int shard)
{
	make_hopeful(lane_of(pump, destination, shard));
}

static void on_lane_due(struct runq_item *item, void *arg)
{
	(void)arg;
	make_hopeful(LIST_MEMBER(item, struct lane, due));
}

/* ---- room ---- */

/* How many more jobs of the destination may be in hand. The place for holds,
 * rate limits and adaptive concurrency. */
static size_t room_of(const struct destination *destination)
{
	size_t max = (size_t)pause_room(
	    &destination->pause, destination->config->max_in_flight);

	return destination->in_hand < max ? max - destination->in_hand : 0;
}

static size_t asked_of(
    const struct pump *pump, const struct destination *destination)
{
	const struct lane *lanes =
	    &pump->lanes[(size_t)destination->place * pump->shards];
	size_t asked = 0;

	for (size_t s = 0; s < pump->shards; s++) {
		asked += lanes[s].asked_for;
	}
	return asked;
}

static size_t asked_of_all(const struct pump *pump)
{
	size_t asked = 0;

	for (size_t i = 0; i < pump->lane_count; i++) {
		asked += pump->lanes[i].asked_for;
	}
	return asked;
}

static size_t less(size_t a, size_t b)
{
	return a > b ? a - b : 0;
}

/* Room over all destinations, not counting what is asked for. */
static size_t common_room(const struct pump *pump)
{
	return less((size_t)pump->config->dispatcher.max_in_flight,
	    attempts_count(pump->attempts));
}

/* ---- claiming ---- */

static void watch_pause(
    struct pump *pump, const struct destination *destination)
{
	if (destination->pause.state == PAUSE_PAUSED) {
		runq_schedule(pump->pauses,
		    &pump->pause_ends[destination->place],
		    destination->pause.until_ms);
	}
}

static void on_pause_due(struct runq_item *item, void *arg)
{
	struct pump *pump = arg;
	struct destination *destination =
	    &pump->destinations->all[item - pump->pause_ends];

	pause_elapse(&destination->pause, loop_now_ms(pump->loop));
	watch_pause(pump, destination);
	make_destination_hopeful(pump, destination);
}

static void schedule_due(struct lane *lane, int64_t next_ms)
{
	if (next_ms >= 0) {
		runq_schedule(lane->pump->due_lanes, &lane->due,
		    loop_now_ms(lane->pump->loop) + next_ms);
	} else {
		runq_cancel(lane->pump->due_lanes, &lane->due);
	}
}

static void take_leases(
    struct lane *lane, const struct queue_claim_reply *reply)
{
	struct pump *pump = lane->pump;
	struct attempt_lane attempt_lane = {
	    .destination = lane->destination,
	    .shard = lane->shard,
	    /* Redis began to count after we asked: this is too early rather
	     * than too late. */
	    .lease_ends_at_ms = lane->asked_at_ms + reply->lease_ms,
	};

	for (size_t i = 0; i < reply->count; i++) {
		if (pump->state == PUMP_RUNNING) {
			attempts_start(pump->attempts, &attempt_lane, reply,
			    &reply->leases[i]);
		} else {
			attempts_release(pump->attempts, &attempt_lane, reply,
			    &reply->leases[i]);
		}
	}
}

static void log_claimed(
    const struct lane *lane, const struct queue_claim_reply *reply)
{
	struct log_line line;

	log_begin(&line, LOG_DEBUG, "pump", LOG_JOBS_CLAIMED);
	log_text(&line, "destination", lane->destination->config->name);
	log_number(&line, "shard", lane->shard);
	log_number(&line, "jobs", (int64_t)reply->count);
	log_number(&line, "next_ms", reply->next_ms);
	log_end(&line);
}

/* A claim that failed is made again when the queue is up again, or at the next
 * end of a sleep: QUEUE_REFUSED may last, and is no reason to hurry. */
static void on_claim_reply(void *arg, enum queue_status status,
    const struct queue_claim_reply *reply, const struct err *err)
{
	struct lane *lane = arg;
	bool is_hopeful = lane->is_hopeful_again;

	(void)err;
	if (status == QUEUE_CLOSED) {
		return;
	}
	lane->state = LANE_QUIET;
	lane->is_hopeful_again = false;
	lane->asked_for = 0;
	if (status == QUEUE_OK) {
		log_claimed(lane, reply);
		schedule_due(lane, reply->next_ms);
		take_leases(lane, reply);
		is_hopeful = is_hopeful || reply->has_more;
	}
	if (is_hopeful) {
		make_hopeful(lane);
	}
	turn_soon(lane->pump);
}

static void claim(struct lane *lane, size_t max_jobs)
{
	struct pump *pump = lane->pump;
	const struct config_destination *config = lane->destination->config;
	struct queue_claim claim = {
	    .destination = lane->destination->place,
	    .shard = lane->shard,
	    .max_jobs = max_jobs,
	    .max_bytes = (size_t)pump->config->dispatcher.max_claim_bytes,
	    .lease_ms = config->lease_ms,
	    .retry_limit_ms = retry_limit_ms(&lane->destination->policy),
	};

	lane->state = LANE_ASKING;
	lane->asked_for = max_jobs;
	lane->asked_at_ms = loop_now_ms(pump->loop);
	queue_claim(pump->queue, &claim, on_claim_reply, lane);
}

static size_t count_hopeful(
    const struct pump *pump, const struct destination *destination)
{
	const struct lane *lanes =
	    &pump->lanes[(size_t)destination->place * pump->shards];
	size_t count = 0;

	for (size_t s = 0; s < pump->shards; s++) {
		count += lanes[s].state == LANE_HOPEFUL;
	}
	return count;
}

/* Shares out at most `room` jobs among the destination's hopeful lanes. Returns
 * how many were asked for. */
static size_t claim_for(
    struct pump *pump, const struct destination *destination, size_t room)
{
	size_t own_room =
	    less(room_of(destination), asked_of(pump, destination));
	size_t hopeful = count_hopeful(pump, destination);
	size_t asked = 0;

	room = room < own_room ? room : own_room;
	for (size_t s = 0; s < pump->shards && asked < room; s++) {
		struct lane *lane = lane_of(pump, destination, (int)s);

		if (lane->state == LANE_HOPEFUL) {
			size_t left = room - asked;
			size_t share = (left + hopeful - 1) / hopeful;

			claim(lane, share);
			asked += share;
			hopeful--;
		}
	}
	return asked;
}

static void claim_all(struct pump *pump)
{
	size_t count = pump->destinations->count;
	size_t room = less(common_room(pump), asked_of_all(pump));
	size_t first = pump->first;
	size_t hopeful = 0;

	for (size_t i = 0; i < count; i++) {
		const struct destination *destination =
		    &pump->destinations->all[i];

		hopeful += room_of(destination) > 0 &&
		    count_hopeful(pump, destination) > 0;
	}
	for (size_t i = 0; i < count && room > 0 && hopeful > 0; i++) {
		size_t place = (first + i) % count;
		const struct destination *destination =
		    &pump->destinations->all[place];
		size_t share = (room + hopeful - 1) / hopeful;
		size_t asked;

		if (room_of(destination) == 0 ||
		    count_hopeful(pump, destination) == 0) {
			continue;
		}
		asked = claim_for(pump, destination, share);
		room -= asked;
		hopeful--;
		if (asked > 0) {
			pump->first = (place + 1) % count;
		}
	}
}

/* ---- sleeping ---- */

static bool has_busy_lane(
    const struct pump *pump, const struct destination *destination)
{
	const struct lane *lanes =
	    &pump->lanes[(size_t)destination->place * pump->shards];

	for (size_t s = 0; s < pump->shards; s++) {
		if (lanes[s].state != LANE_QUIET) {
			return true;
		}
	}
	return false;
}

static bool can_take(
    const struct pump *pump, const struct destination *destination)
{
	return pump->state == PUMP_RUNNING && common_room(pump) > 0 &&
	    room_of(destination) > 0;
}

/* Whether the watch there is should be another. One whose claim is under way is
 * not added: it is added when it comes back with room left. */
static bool is_watch_outdated(const struct pump *pump)
{
	for (size_t i = 0; i < pump->destinations->count; i++) {
		const struct destination *destination =
		    &pump->destinations->all[i];
		bool can = can_take(pump, destination);

		if (pump->is_watched[i]
			? !can
			: can && !has_busy_lane(pump, destination)) {
			return true;
		}
	}
	return false;
}

/* Woken: -1 at the end of the time, when every lane is looked at, so that a
 * wake that was lost with its dispatcher costs no more than that time. */
static void on_watch_end(
    void *arg, enum queue_status status, int destination, int shard)
{
	struct pump *pump = arg;
	bool was_unwatched = pump->is_unwatching;

	pump->is_watching = false;
	pump->is_unwatching = false;
	if (status != QUEUE_OK) {
		return;
	}
	if (destination >= 0) {
		make_hopeful(lane_of(
		    pump, &pump->destinations->all[destination], shard));
	} else if (!was_unwatched) {
		pump_wake_all(pump);
	}
	turn_soon(pump);
}

static void start_watch(struct pump *pump)
{
	size_t count = 0;

	for (size_t i = 0; i < pump->destinations->count; i++) {
		pump->is_watched[i] =
		    can_take(pump, &pump->destinations->all[i]);
		if (pump->is_watched[i]) {
			pump->watch_list[count++] = (int)i;
		}
	}
	if (count > 0) {
		pump->is_watching = true;
		queue_watch(pump->queue, pump->watch_list, count,
		    pump->config->dispatcher.idle_block_ms, on_watch_end, pump);
	}
}

static void mind_watch(struct pump *pump)
{
	if (!pump->is_watching) {
		start_watch(pump);
	} else if (!pump->is_unwatching && is_watch_outdated(pump)) {
		pump->is_unwatching = true;
		queue_unwatch(pump->queue);
	}
}

/* ---- stopping ---- */

static void enter_stopped(struct pump *pump)
{
	pump->state = PUMP_STOPPED;
	runq_cancel(pump->stops, &pump->stop_item);
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
	if (pump->is_watching && !pump->is_unwatching) {
		pump->is_unwatching = true;
		queue_unwatch(pump->queue);
	}
	runq_schedule(pump->stops, &pump->stop_item,
	    loop_now_ms(pump->loop) +
		pump->config->dispatcher.shutdown_grace_ms);
	turn_soon(pump);
}

bool pump_is_stopping(const struct pump *pump)
{
	return pump->state != PUMP_RUNNING;
}

/* ---- the turn ---- */

static void on_turn_end(void *arg)
{
	struct pump *pump = arg;

	switch (pump->state) {
	case PUMP_RUNNING:
		for (size_t i = 0; i < pump->destinations->count; i++) {
			watch_pause(pump, &pump->destinations->all[i]);
		}
		if (queue_is_up(pump->queue)) {
			claim_all(pump);
			mind_watch(pump);
		}
		break;
	case PUMP_DRAINING:
	case PUMP_GIVING_UP:
		if (attempts_count(pump->attempts) == 0 &&
		    asked_of_all(pump) == 0) {
			enter_stopped(pump);
		}
		break;
	case PUMP_STOPPED:
		break;
	}
}

static void create_lanes(struct pump *pump)
{
	pump->lane_count = pump->destinations->count * pump->shards;
	pump->lanes = xcalloc(pump->lane_count, sizeof(*pump->lanes));
	for (size_t i = 0; i < pump->lane_count; i++) {
		pump->lanes[i] = (struct lane){
		    .pump = pump,
		    .destination = &pump->destinations->all[i / pump->shards],
		    .shard = (int)(i % pump->shards),
		    .state = LANE_QUIET,
		};
	}
}

struct pump *pump_create(const struct pump_options *options)
{
	struct pump *pump = xcalloc(1, sizeof(*pump));
	size_t count = options->destinations->count;

	pump->loop = options->loop;
	pump->queue = options->queue;
	pump->attempts = options->attempts;
	pump->destinations = options->destinations;
	pump->config = options->config;
	pump->on_stopped = options->on_stopped;
	pump->arg = options->arg;
	pump->state = PUMP_RUNNING;
	pump->shards = (size_t)options->config->redis.shards;
	create_lanes(pump);
	loop_task_init(&pump->turn, on_turn_end, pump);
	pump->due_lanes = runq_create(pump->loop, on_lane_due, pump);
	pump->pauses = runq_create(pump->loop, on_pause_due, pump);
	pump->stops = runq_create(pump->loop, on_stop_due, pump);
	pump->pause_ends = xcalloc(count, sizeof(*pump->pause_ends));
	pump->is_watched = xcalloc(count, sizeof(*pump->is_watched));
	pump->watch_list = xcalloc(count, sizeof(*pump->watch_list));
	return pump;
}

void pump_destroy(struct pump *pump)
{
	if (pump == NULL) {
		return;
	}
	loop_task_cancel(&pump->turn);
	runq_destroy(pump->due_lanes);
	runq_destroy(pump->pauses);
	runq_destroy(pump->stops);
	free(pump->lanes);
	free(pump->pause_ends);
	free(pump->is_watched);
	free(pump->watch_list);
	free(pump);
}
