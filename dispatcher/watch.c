#include "dispatcher/watch.h"

#include "common/base/mem.h"
#include "common/loop/loop.h"
#include "common/queue/queue.h"

#include <stdlib.h>

enum watch_state {
	WATCH_AWAKE,
	WATCH_ASLEEP,
	WATCH_WAKING, /* told to end */
};

struct watch {
	struct loop *loop;
	struct queue *queue;
	size_t count;
	int64_t idle_block_ms;
	int64_t look_at_ms; /* monotonic; 0: idle_block after the next begins */
	watch_cb cb;
	void *arg;
	enum watch_state state;
	bool *is_in;	   /* by destination */
	int *destinations; /* those in it, for the queue */
};

struct watch *watch_create(struct loop *loop, struct queue *queue,
    size_t destination_count, int64_t idle_block_ms, watch_cb cb, void *arg)
{
	struct watch *watch = xcalloc(1, sizeof(*watch));

	watch->loop = loop;
	watch->queue = queue;
	watch->count = destination_count;
	watch->idle_block_ms = idle_block_ms;
	watch->cb = cb;
	watch->arg = arg;
	watch->is_in = xcalloc(destination_count, sizeof(*watch->is_in));
	watch->destinations =
	    xcalloc(destination_count, sizeof(*watch->destinations));
	return watch;
}

void watch_destroy(struct watch *watch)
{
	if (watch == NULL) {
		return;
	}
	free(watch->is_in);
	free(watch->destinations);
	free(watch);
}

void watch_set_idle_block(struct watch *watch, int64_t idle_block_ms)
{
	watch->idle_block_ms = idle_block_ms;
	watch->look_at_ms = 0;
}

/* A watch that ends by itself without a wake ended with its time, or with its
 * connection, which may have had a wake in it: look everywhere. So, too, when
 * it was woken just when its time was over. */
static void on_watch_end(
    void *arg, enum queue_status status, int destination, int shard)
{
	struct watch *watch = arg;
	enum watch_reason reason = WATCH_LOOK_ALL;
	bool is_time_over = loop_now_ms(watch->loop) >= watch->look_at_ms;

	if (status == QUEUE_CLOSED) {
		return;
	}
	if (!is_time_over && status == QUEUE_OK && destination >= 0) {
		reason = WATCH_WOKEN;
	} else if (!is_time_over && status == QUEUE_OK &&
	    watch->state == WATCH_WAKING) {
		reason = WATCH_ENDED;
	} else {
		watch->look_at_ms = 0;
	}
	watch->state = WATCH_AWAKE;
	watch->cb(watch->arg, reason, destination, shard);
}

/* Until it is time to look everywhere, counted from the last time, whatever
 * woke us since. */
static int64_t sleep_ms(struct watch *watch)
{
	int64_t now_ms = loop_now_ms(watch->loop);

	if (watch->look_at_ms == 0) {
		watch->look_at_ms = now_ms + watch->idle_block_ms;
	}
	return watch->look_at_ms > now_ms ? watch->look_at_ms - now_ms : 1;
}

static void fall_asleep(struct watch *watch, const enum watch_wish *wishes)
{
	size_t in = 0;

	for (size_t i = 0; i < watch->count; i++) {
		watch->is_in[i] = wishes[i] != WATCH_LEAVE;
		if (watch->is_in[i]) {
			watch->destinations[in++] = (int)i;
		}
	}
	if (in > 0) {
		watch->state = WATCH_ASLEEP;
		queue_watch(watch->queue, watch->destinations, in,
		    sleep_ms(watch), on_watch_end, watch);
	}
}

static bool is_outdated(
    const struct watch *watch, const enum watch_wish *wishes)
{
	for (size_t i = 0; i < watch->count; i++) {
		if (watch->is_in[i] ? wishes[i] == WATCH_LEAVE
				    : wishes[i] == WATCH_JOIN) {
			return true;
		}
	}
	return false;
}

void watch_mind(struct watch *watch, const enum watch_wish *wishes)
{
	switch (watch->state) {
	case WATCH_AWAKE:
		fall_asleep(watch, wishes);
		break;
	case WATCH_ASLEEP:
		if (is_outdated(watch, wishes)) {
			watch_end(watch);
		}
		break;
	case WATCH_WAKING:
		break;
	}
}

void watch_end(struct watch *watch)
{
	if (watch->state == WATCH_ASLEEP) {
		watch->state = WATCH_WAKING;
		queue_unwatch(watch->queue);
	}
}
