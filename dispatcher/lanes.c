/*
 * Each lane knows whether it may have work:
 *
 *	QUIET    an earlier claim took all there was, or found nothing
 *	HOPEFUL  something happened since: it is claimed from as soon as there
 *	         is room
 *	ASKING   a claim is under way; what happens meanwhile makes it hopeful
 *	         again afterwards
 *
 * Room is shared out in turn: among the destinations with hopeful lanes, and
 * among the lanes of each. The next time begins with the destination, and the
 * lane, behind the last that got something, so that none waits for another's
 * queue.
 */
#include "dispatcher/lanes.h"

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

enum lane_state {
	LANE_QUIET,
	LANE_HOPEFUL,
	LANE_ASKING,
};

struct lane {
	struct lanes *lanes;
	struct destination *destination;
	int shard;
	enum lane_state state;
	bool is_hopeful_again; /* ASKING: HOPEFUL after it */
	size_t asked;	       /* ASKING: for so many jobs */
	int64_t asked_at_ms;
	struct runq_item due; /* a retry, or the end of a lease */
};

struct lanes {
	struct loop *loop;
	struct queue *queue;
	struct attempts *attempts;
	struct destinations *destinations;
	const struct config *config;
	void (*on_change)(void *arg);
	void *arg;
	struct lane *all; /* destination by destination */
	size_t count;
	size_t shards;
	size_t first;	      /* the destination whose turn it is */
	size_t *first_shards; /* by destination: the shard whose turn it is */
	struct runq *due;
	bool is_stopped;
};

static struct lane *lane_of(const struct lanes *lanes,
    const struct destination *destination, size_t shard)
{
	return &lanes->all[(size_t)destination->place * lanes->shards + shard];
}

static size_t less(size_t a, size_t b)
{
	return a > b ? a - b : 0;
}

/* ---- hope ---- */

static void hope(struct lane *lane)
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
	lane->lanes->on_change(lane->lanes->arg);
}

void lanes_hope(
    struct lanes *lanes, const struct destination *destination, int shard)
{
	hope(lane_of(lanes, destination, (size_t)shard));
}

void lanes_hope_for(struct lanes *lanes, const struct destination *destination)
{
	for (size_t s = 0; s < lanes->shards; s++) {
		hope(lane_of(lanes, destination, s));
	}
}

void lanes_hope_all(struct lanes *lanes)
{
	for (size_t i = 0; i < lanes->count; i++) {
		hope(&lanes->all[i]);
	}
}

static void on_lane_due(struct runq_item *item, void *arg)
{
	(void)arg;
	hope(LIST_MEMBER(item, struct lane, due));
}

/* ---- room ---- */

/* How many more jobs of the destination may be in hand. The place for holds,
 * rate limits and adaptive concurrency. */
static size_t room_of(const struct destination *destination)
{
	int64_t max =
	    pause_room(&destination->pause, destination->config->max_in_flight);

	return less((size_t)max, destination->in_hand);
}

/* The same over all destinations. */
static size_t common_room(const struct lanes *lanes)
{
	return less((size_t)lanes->config->dispatcher.max_in_flight,
	    attempts_count(lanes->attempts));
}

bool lanes_have_room(
    const struct lanes *lanes, const struct destination *destination)
{
	return common_room(lanes) > 0 && room_of(destination) > 0;
}

size_t lanes_asked(const struct lanes *lanes)
{
	size_t asked = 0;

	for (size_t i = 0; i < lanes->count; i++) {
		asked += lanes->all[i].asked;
	}
	return asked;
}

static size_t asked_of(
    const struct lanes *lanes, const struct destination *destination)
{
	size_t asked = 0;

	for (size_t s = 0; s < lanes->shards; s++) {
		asked += lane_of(lanes, destination, s)->asked;
	}
	return asked;
}

static size_t count_lanes(const struct lanes *lanes,
    const struct destination *destination, enum lane_state state)
{
	size_t count = 0;

	for (size_t s = 0; s < lanes->shards; s++) {
		count += lane_of(lanes, destination, s)->state == state;
	}
	return count;
}

bool lanes_are_busy(
    const struct lanes *lanes, const struct destination *destination)
{
	return count_lanes(lanes, destination, LANE_QUIET) < lanes->shards;
}

/* ---- what a claim brings ---- */

static void schedule_due(struct lane *lane, int64_t next_ms)
{
	struct lanes *lanes = lane->lanes;

	if (next_ms >= 0) {
		runq_schedule(
		    lanes->due, &lane->due, loop_now_ms(lanes->loop) + next_ms);
	} else {
		runq_cancel(lanes->due, &lane->due);
	}
}

static void take_leases(
    struct lane *lane, const struct queue_claim_reply *reply)
{
	struct attempts *attempts = lane->lanes->attempts;
	struct attempt_lane attempt_lane = {
	    .destination = lane->destination,
	    .shard = lane->shard,
	    /* Redis began to count after we asked: rather too early than too
	     * late. */
	    .lease_ends_at_ms = lane->asked_at_ms + reply->lease_ms,
	};

	for (size_t i = 0; i < reply->count; i++) {
		const struct queue_lease *lease = &reply->leases[i];

		if (lane->lanes->is_stopped) {
			attempts_release(attempts, &attempt_lane, reply, lease);
		} else {
			attempts_start(attempts, &attempt_lane, reply, lease);
		}
	}
}

static void log_claimed(
    const struct lane *lane, const struct queue_claim_reply *reply)
{
	struct log_line line;

	log_begin(&line, LOG_DEBUG, "lanes", LOG_JOBS_CLAIMED);
	log_text(&line, "destination", lane->destination->config->name);
	log_number(&line, "shard", lane->shard);
	log_number(&line, "jobs", (int64_t)reply->count);
	log_number(&line, "next_ms", reply->next_ms);
	log_end(&line);
}

/* A claim that failed is made again when the queue is up again, or when a sleep
 * ends: what Redis refuses it may refuse for long, and that is no reason to
 * hurry. */
static void on_claim_reply(void *arg, enum queue_status status,
    const struct queue_claim_reply *reply, const struct err *err)
{
	struct lane *lane = arg;
	bool is_hopeful = lane->is_hopeful_again;

	(void)err;
	lane->state = LANE_QUIET;
	lane->is_hopeful_again = false;
	lane->asked = 0;
	if (status == QUEUE_CLOSED) {
		return;
	}
	if (status == QUEUE_OK) {
		log_claimed(lane, reply);
		schedule_due(lane, reply->next_ms);
		take_leases(lane, reply);
		is_hopeful = is_hopeful || reply->has_more;
	}
	if (is_hopeful) {
		hope(lane);
	}
	lane->lanes->on_change(lane->lanes->arg);
}

/* ---- claiming ---- */

static void claim(struct lane *lane, size_t max_jobs)
{
	struct lanes *lanes = lane->lanes;
	const struct destination *destination = lane->destination;
	struct queue_claim claim = {
	    .destination = destination->place,
	    .shard = lane->shard,
	    .max_jobs = max_jobs,
	    .max_bytes = (size_t)lanes->config->dispatcher.max_claim_bytes,
	    .lease_ms = destination->config->lease_ms,
	    .retry_limit_ms = retry_limit_ms(&destination->policy),
	    .takes_suspect = true,
	};

	lane->state = LANE_ASKING;
	lane->asked = max_jobs;
	lane->asked_at_ms = loop_now_ms(lanes->loop);
	queue_claim(lanes->queue, &claim, on_claim_reply, lane);
}

/* How many of the `room` each of `takers` gets, rounded up. */
static size_t share_of(size_t room, size_t takers)
{
	return (room + takers - 1) / takers;
}

/* Returns for how many jobs it asked. */
static size_t claim_for(
    struct lanes *lanes, const struct destination *destination, size_t room)
{
	size_t own_room =
	    less(room_of(destination), asked_of(lanes, destination));
	size_t takers = count_lanes(lanes, destination, LANE_HOPEFUL);
	size_t first = lanes->first_shards[destination->place];
	size_t asked = 0;

	room = room < own_room ? room : own_room;
	for (size_t i = 0; i < lanes->shards && asked < room; i++) {
		size_t s = (first + i) % lanes->shards;
		struct lane *lane = lane_of(lanes, destination, s);

		if (lane->state == LANE_HOPEFUL) {
			size_t share = share_of(room - asked, takers);

			claim(lane, share);
			asked += share;
			takers--;
			lanes->first_shards[destination->place] =
			    (s + 1) % lanes->shards;
		}
	}
	return asked;
}

static bool is_taker(
    const struct lanes *lanes, const struct destination *destination)
{
	return room_of(destination) > asked_of(lanes, destination) &&
	    count_lanes(lanes, destination, LANE_HOPEFUL) > 0;
}

void lanes_claim(struct lanes *lanes)
{
	struct destination *all = lanes->destinations->all;
	size_t count = lanes->destinations->count;
	size_t room = less(common_room(lanes), lanes_asked(lanes));
	size_t first = lanes->first;
	size_t takers = 0;

	for (size_t i = 0; i < count; i++) {
		takers += is_taker(lanes, &all[i]);
	}
	for (size_t i = 0; i < count && room > 0 && takers > 0; i++) {
		size_t place = (first + i) % count;

		if (is_taker(lanes, &all[place])) {
			room -= claim_for(
			    lanes, &all[place], share_of(room, takers));
			takers--;
			lanes->first = (place + 1) % count;
		}
	}
}

void lanes_stop(struct lanes *lanes)
{
	lanes->is_stopped = true;
}

/* ---- all of them ---- */

struct lanes *lanes_create(const struct lanes_options *options)
{
	struct lanes *lanes = xcalloc(1, sizeof(*lanes));

	lanes->loop = options->loop;
	lanes->queue = options->queue;
	lanes->attempts = options->attempts;
	lanes->destinations = options->destinations;
	lanes->config = options->config;
	lanes->on_change = options->on_change;
	lanes->arg = options->arg;
	lanes->shards = (size_t)options->config->redis.shards;
	lanes->count = lanes->destinations->count * lanes->shards;
	lanes->all = xcalloc(lanes->count, sizeof(*lanes->all));
	lanes->first_shards =
	    xcalloc(lanes->destinations->count, sizeof(*lanes->first_shards));
	for (size_t i = 0; i < lanes->count; i++) {
		lanes->all[i].lanes = lanes;
		lanes->all[i].destination =
		    &lanes->destinations->all[i / lanes->shards];
		lanes->all[i].shard = (int)(i % lanes->shards);
	}
	lanes->due = runq_create(lanes->loop, on_lane_due, lanes);
	return lanes;
}

void lanes_destroy(struct lanes *lanes)
{
	if (lanes == NULL) {
		return;
	}
	runq_destroy(lanes->due);
	free(lanes->all);
	free(lanes->first_shards);
	free(lanes);
}
