/*
 * Sleeping until there is work, on a connection of its own, because BLPOP
 * keeps one to itself.
 *
 *	         +-----------(its end)------------+
 *	         v                                |
 *	IDLE -> WAITING -(connected, sent)-> BLOCKED -(unwatch)-> ENDING
 *	 ^                                                          |
 *	 +----------------(answer, lost, or time over)--------------+
 *
 * A watch that has no connection waits for one as long as it would have waited
 * for work: a caller that watches again and again does not spin.
 *
 * To end it, CLIENT UNBLOCK is said on the other connection. It may overtake
 * the BLPOP; then it finds nobody blocked, and is said again. It may also be
 * late, and end the next watch: an early answer does no harm.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/queue/queue_codec.h"
#include "common/queue/queue_state.h"

#include <hiredis/hiredis.h>

enum {
	UNBLOCK_AGAIN_MS = 20,
};

enum watch_state {
	WATCH_IDLE,
	WATCH_WAITING,
	WATCH_BLOCKED,
	WATCH_ENDING,
};

struct queue_watcher {
	struct queue *queue;
	struct queue_conn *conn;
	struct runq *timers;
	struct runq_item over;	  /* WAITING: the time is over */
	struct runq_item unblock; /* ENDING: say it again */
	enum watch_state state;
	bool is_given_up; /* unwatched before it was sent */
	int *destinations;
	size_t count;
	size_t first; /* the place of the list that BLPOP looks into first */
	int64_t deadline_ms;
	queue_watch_cb cb;
	void *arg;
};

static void end_watch(struct queue_watcher *watcher, enum queue_status status,
    int destination, int shard)
{
	watcher->state = WATCH_IDLE;
	runq_cancel(watcher->timers, &watcher->over);
	runq_cancel(watcher->timers, &watcher->unblock);
	free(watcher->destinations);
	watcher->destinations = NULL;
	watcher->cb(watcher->arg, status, destination, shard);
}

/* The lists that are watched have places, from 0: shard by shard. */
static size_t count_places(const struct queue_watcher *watcher)
{
	return watcher->count * (size_t)watcher->queue->options.shards;
}

static int destination_at(const struct queue_watcher *watcher, size_t place)
{
	return watcher->destinations[place % watcher->count];
}

static int shard_at(const struct queue_watcher *watcher, size_t place)
{
	return (int)(place / watcher->count);
}

/* Which of the lists the element came from. BLPOP prefers what it is told
 * first, so next time begins behind it: else one that is always full would hide
 * the others. */
static void end_with_wake(struct queue_watcher *watcher, struct slice key)
{
	struct queue *queue = watcher->queue;

	for (size_t place = 0; place < count_places(watcher); place++) {
		int destination = destination_at(watcher, place);
		int shard = shard_at(watcher, place);

		if (queue_keys_is_wake(key, queue_shard_name(queue, shard),
			queue->destinations[destination].name)) {
			watcher->first = place + 1;
			end_watch(watcher, QUEUE_OK, destination, shard);
			return;
		}
	}
	end_watch(watcher, QUEUE_OK, -1, -1);
}

static void on_blpop_reply(void *arg, const struct redisReply *reply)
{
	struct queue_watcher *watcher = arg;
	struct slice key;

	if (reply == NULL) {
		end_watch(watcher, queue_lost_status(watcher->queue), -1, -1);
	} else if (reply->type == REDIS_REPLY_ERROR) {
		struct err err;

		err_set(&err, "BLPOP refused: %s", reply->str);
		queue_conn_drop(watcher->conn, &err);
		end_watch(watcher, QUEUE_REFUSED, -1, -1);
	} else {
		queue_conn_reset_backoff(watcher->conn);
		if (queue_reply_count(reply) > 0 &&
		    queue_decode_text(queue_reply_at(reply, 0), &key)) {
			end_with_wake(watcher, key);
		} else {
			end_watch(watcher, QUEUE_OK, -1, -1);
		}
	}
}

static void send_blpop(struct queue_watcher *watcher)
{
	struct queue *queue = watcher->queue;
	int64_t left_ms =
	    watcher->deadline_ms - loop_now_ms(queue->options.loop);
	struct queue_command command;
	char seconds[32];

	if (left_ms < 1) {
		left_ms = 1; /* 0 would mean for ever */
	}
	(void)snprintf(seconds, sizeof(seconds), "%lld.%03lld",
	    (long long)(left_ms / 1000), (long long)(left_ms % 1000));
	queue_command_init(&command);
	queue_command_add_text(&command, "BLPOP");
	for (size_t i = 0; i < count_places(watcher); i++) {
		size_t place = (watcher->first + i) % count_places(watcher);

		queue_keys_add_wake(&command,
		    queue_shard_name(queue, shard_at(watcher, place)),
		    queue->destinations[destination_at(watcher, place)].name);
	}
	queue_command_add_text(&command, seconds);
	watcher->state = WATCH_BLOCKED;
	runq_cancel(watcher->timers, &watcher->over);
	queue_conn_send(watcher->conn, queue_command_bytes(&command),
	    left_ms + queue->options.request_timeout_ms, on_blpop_reply,
	    watcher);
	queue_command_finish(&command);
}

static void on_conn_up(void *arg)
{
	struct queue_watcher *watcher = arg;

	if (watcher->state == WATCH_WAITING && !watcher->is_given_up) {
		send_blpop(watcher);
	}
}

/* A watch that was lost is told by its request; the other connection tells
 * whether Redis is there. */
static void on_conn_down(void *arg, const struct err *err)
{
	(void)arg;
	(void)err;
}

static void send_unblock(struct queue_watcher *watcher);

static void on_timer_due(struct runq_item *item, void *arg)
{
	struct queue_watcher *watcher = arg;

	if (item == &watcher->unblock) {
		send_unblock(watcher);
	} else if (watcher->is_given_up) {
		end_watch(watcher, QUEUE_OK, -1, -1);
	} else {
		end_watch(watcher, QUEUE_UNAVAILABLE, -1, -1);
	}
}

static struct queue_watcher *create_watcher(struct queue *queue)
{
	struct queue_watcher *watcher = xcalloc(1, sizeof(*watcher));

	watcher->queue = queue;
	watcher->state = WATCH_IDLE;
	watcher->timers =
	    runq_create(queue->options.loop, on_timer_due, watcher);
	watcher->conn = queue_connect(queue, on_conn_up, on_conn_down, watcher);
	return watcher;
}

void queue_watch(struct queue *queue, const int *destinations, size_t count,
    int64_t timeout_ms, queue_watch_cb cb, void *arg)
{
	struct queue_watcher *watcher = queue->watcher;

	if (watcher == NULL) {
		watcher = create_watcher(queue);
		queue->watcher = watcher;
	}
	assert(watcher->state == WATCH_IDLE && count > 0);
	watcher->state = WATCH_WAITING;
	watcher->is_given_up = false;
	watcher->destinations = xcalloc(count, sizeof(*destinations));
	memcpy(
	    watcher->destinations, destinations, count * sizeof(*destinations));
	watcher->count = count;
	watcher->deadline_ms = loop_now_ms(queue->options.loop) + timeout_ms;
	watcher->cb = cb;
	watcher->arg = arg;
	if (queue_conn_is_up(watcher->conn)) {
		send_blpop(watcher);
	} else {
		runq_schedule(
		    watcher->timers, &watcher->over, watcher->deadline_ms);
	}
}

/* ---- ending it early ---- */

static void hang_up(struct queue_watcher *watcher)
{
	struct err err;

	err_set(&err, "the watch could not be ended otherwise");
	queue_conn_drop(watcher->conn, &err);
}

static void on_unblock_reply(void *arg, const struct redisReply *reply)
{
	struct queue *queue = arg;
	struct queue_watcher *watcher = queue->watcher;
	int64_t unblocked = 0;

	if (watcher == NULL || watcher->state != WATCH_ENDING) {
		return;
	}
	if (!queue_decode_number(reply, &unblocked)) {
		hang_up(watcher);
	} else if (unblocked == 0) {
		runq_schedule(watcher->timers, &watcher->unblock,
		    loop_now_ms(queue->options.loop) + UNBLOCK_AGAIN_MS);
	}
}

static void send_unblock(struct queue_watcher *watcher)
{
	struct queue *queue = watcher->queue;
	int64_t id = queue_conn_id(watcher->conn);
	struct queue_command command;

	if (id == 0 || !queue_conn_is_up(queue->conn)) {
		hang_up(watcher);
		return;
	}
	queue_command_init(&command);
	queue_command_add_text(&command, "CLIENT");
	queue_command_add_text(&command, "UNBLOCK");
	queue_command_add_number(&command, id);
	queue_conn_send(queue->conn, queue_command_bytes(&command),
	    queue->options.request_timeout_ms, on_unblock_reply, queue);
	queue_command_finish(&command);
}

void queue_unwatch(struct queue *queue)
{
	struct queue_watcher *watcher = queue->watcher;

	if (watcher == NULL) {
		return;
	}
	switch (watcher->state) {
	case WATCH_WAITING:
		watcher->is_given_up = true;
		runq_schedule(watcher->timers, &watcher->over,
		    loop_now_ms(queue->options.loop));
		break;
	case WATCH_BLOCKED:
		watcher->state = WATCH_ENDING;
		send_unblock(watcher);
		break;
	case WATCH_IDLE:
	case WATCH_ENDING:
		break;
	}
}

void queue_watcher_destroy(struct queue_watcher *watcher)
{
	if (watcher == NULL) {
		return;
	}
	queue_conn_destroy(watcher->conn);
	if (watcher->state != WATCH_IDLE) {
		end_watch(watcher, QUEUE_CLOSED, -1, -1);
	}
	runq_destroy(watcher->timers);
	free(watcher);
}
