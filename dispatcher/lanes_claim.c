/*
 * Room is shared out in turn: among the destinations with hopeful lanes, and
 * among the lanes of each. The next time begins with the destination, and the
 * lane, behind the last that got something, so that none waits for another's
 * queue. A destination that may not be called now takes no share.
 *
 * What is claimed is paid for first: each job with a token (admission.h). Where
 * there are too few, more are asked for, and claimed with when they come.
 *
 * A suspect is a job whose dispatcher was lost with it. Of these a dispatcher
 * has one in hand at a time, so that when it dies, too, it is known of which.
 * So one claim at a time may bring one; and a lane that asked in vain leaves
 * that to others for a while.
 */
#include "common/config/config.h"
#include "common/log/log.h"
#include "common/loop/loop.h"
#include "common/queue/queue.h"
#include "dispatcher/attempt.h"
#include "dispatcher/backoff.h"
#include "dispatcher/destination.h"
#include "dispatcher/lanes_state.h"
#include "dispatcher/retry.h"

enum {
	/* Tokens that are older belong to another second: when a process was
	 * stopped meanwhile, say. They buy one request, for a slow Redis must
	 * not mean none at all. */
	TOKEN_STALE_MS = 1000,
	/* Of a lane between two claims that may bring a suspect. */
	SUSPECT_LOOK_MS = 100,
};

static const struct config *config_of(const struct lanes *lanes)
{
	return lanes->destinations->current->config;
}

/* ---- room ---- */

static size_t less(size_t a, size_t b)
{
	return a > b ? a - b : 0;
}

/* Over all destinations. */
static size_t common_room(const struct lanes *lanes)
{
	return less((size_t)config_of(lanes)->dispatcher.max_in_flight,
	    attempts_count(lanes->attempts));
}

bool lanes_have_room(
    const struct lanes *lanes, const struct destination *destination)
{
	return common_room(lanes) > 0 && destination_room(destination) > 0;
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

static bool is_stale(const struct lane *lane)
{
	return lane->destination->settings->config->rate_limit > 0 &&
	    loop_now_ms(lane->lanes->loop) - lane->pass.granted_at_ms >
	    TOKEN_STALE_MS;
}

/* A claim whose reply was lost is repeated, and may bring more than this one
 * asked for. */
static void take_leases(
    struct lane *lane, const struct queue_claim_reply *reply, size_t asked)
{
	struct attempts *attempts = lane->lanes->attempts;
	size_t wanted = lane->lanes->is_stopped ? 0
	    : is_stale(lane)			? 1
						: asked;
	struct attempt_lane attempt_lane = {
	    .destination = lane->destination,
	    .shard = lane->shard,
	    /* Redis began to count after we asked: rather too early than too
	     * late. */
	    .lease_ends_at_ms = lane->asked_at_ms + reply->lease_ms,
	    .pass = lane->pass,
	};

	for (size_t i = 0; i < reply->count; i++) {
		const struct queue_lease *lease = &reply->leases[i];

		attempt_lane.pass.is_paid = i < asked;
		if (i < wanted) {
			attempts_start(attempts, &attempt_lane, reply, lease);
		} else {
			attempts_release(attempts, &attempt_lane, reply, lease);
		}
	}
}

static void log_claimed(
    const struct lane *lane, const struct queue_claim_reply *reply)
{
	struct log_line line;

	log_begin(&line, LOG_DEBUG, "lanes", LOG_JOBS_CLAIMED);
	log_text(
	    &line, "destination", lane->destination->settings->config->name);
	log_number(&line, "shard", lane->shard);
	log_number(&line, "jobs", (int64_t)reply->count);
	log_number(&line, "next_ms", reply->next_ms);
	log_end(&line);
}

static void take_reply(
    struct lane *lane, const struct queue_claim_reply *reply, size_t asked)
{
	log_claimed(lane, reply);
	lane->failures = 0;
	schedule_due(lane, reply->next_ms);
	take_leases(lane, reply, asked);
	admission_return(lane->lanes->admissions, lane->destination,
	    &lane->pass, less(asked, reply->count));
}

static void end_asking(struct lane *lane, const struct queue_claim_reply *reply)
{
	lane->state = LANE_QUIET;
	lane->is_hopeful_again = false;
	lane->asked = 0;
	if (lane->takes_suspect) {
		lane->lanes->is_suspect_asked = false;
		if (reply == NULL || reply->count == 0 ||
		    !reply->leases[0].is_suspect) {
			lane->next_suspect_at_ms =
			    loop_now_ms(lane->lanes->loop) + SUSPECT_LOOK_MS;
		}
	}
}

/* It is made again when the queue is up again; and after a while, for what
 * Redis refuses it may refuse for long. */
static void note_failure(struct lane *lane, size_t asked)
{
	struct lanes *lanes = lane->lanes;
	const struct config_redis *redis = &config_of(lanes)->redis;

	schedule_due(lane,
	    backoff_wait(redis->reconnect_base_ms, lane->failures,
		redis->reconnect_cap_ms, &lanes->rng));
	lane->failures++;
	admission_return(
	    lanes->admissions, lane->destination, &lane->pass, asked);
}

static void on_claim_reply(void *arg, enum queue_status status,
    const struct queue_claim_reply *reply, const struct err *err)
{
	struct lane *lane = arg;
	bool is_hopeful = lane->is_hopeful_again;
	size_t asked = lane->asked;

	(void)err;
	end_asking(lane, reply);
	if (status == QUEUE_CLOSED) {
		return;
	}
	if (status == QUEUE_OK) {
		take_reply(lane, reply, asked);
		is_hopeful = is_hopeful || reply->has_more;
	} else {
		note_failure(lane, asked);
	}
	if (is_hopeful) {
		lane_hope(lane);
	}
	lane->lanes->on_change(lane->lanes->arg);
}

/* ---- claiming ---- */

static bool may_take_suspect(const struct lane *lane)
{
	const struct lanes *lanes = lane->lanes;

	return !lanes->is_suspect_asked &&
	    attempts_suspects(lanes->attempts) == 0 &&
	    loop_now_ms(lanes->loop) >= lane->next_suspect_at_ms;
}

static void claim(struct lane *lane, size_t max_jobs)
{
	struct lanes *lanes = lane->lanes;
	const struct destination *destination = lane->destination;
	bool takes_suspect = may_take_suspect(lane);
	struct queue_claim claim = {
	    .destination = destination->place,
	    .shard = lane->shard,
	    .max_jobs = max_jobs,
	    .max_bytes = (size_t)config_of(lanes)->dispatcher.max_claim_bytes,
	    .lease_ms = destination->settings->config->lease_ms,
	    .retry_limit_ms = retry_limit_ms(&destination->settings->retry),
	    .takes_suspect = takes_suspect,
	};

	lanes->is_suspect_asked = lanes->is_suspect_asked || takes_suspect;
	lane->takes_suspect = takes_suspect;
	lane->state = LANE_ASKING;
	lane->asked = max_jobs;
	lane->asked_at_ms = loop_now_ms(lanes->loop);
	lane->pass = admission_spend(lanes->admissions, destination, max_jobs);
	queue_claim(lanes->queue, &claim, on_claim_reply, lane);
}

/* How many of the `room` each of `takers` gets, rounded up. */
static size_t share_of(size_t room, size_t takers)
{
	return (room + takers - 1) / takers;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* With the tokens there are, in at most `room` places; asks for those that are
 * missing. Returns for how many jobs it claimed. */
static size_t claim_for(
    struct lanes *lanes, const struct destination *destination, size_t room)
{
	size_t own_room =
	    less(destination_room(destination), asked_of(lanes, destination));
	size_t tokens = admission_tokens(lanes->admissions, destination);
	size_t takers = lanes_count(lanes, destination, LANE_HOPEFUL);
	size_t first = lanes->first_shards[destination->place];
	size_t asked = 0;

	room = smaller(room, own_room);
	if (tokens < room) {
		admission_ask(lanes->admissions, destination, room - tokens);
		room = tokens;
	}
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
	return destination_room(destination) > asked_of(lanes, destination) &&
	    lanes_count(lanes, destination, LANE_HOPEFUL) > 0 &&
	    (admission_tokens(lanes->admissions, destination) > 0 ||
		admission_is_open(lanes->admissions, destination));
}

static void claim_by_turns(struct lanes *lanes)
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
			size_t asked = claim_for(
			    lanes, &all[place], share_of(room, takers));

			room -= asked;
			takers--;
			if (asked > 0) {
				lanes->first = (place + 1) % count;
			}
		}
	}
}

void lanes_claim(struct lanes *lanes)
{
	claim_by_turns(lanes);
	admissions_settle(lanes->admissions);
}
