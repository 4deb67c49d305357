/*
 * The heap is an array of pointers from 1, so that place 0 can mean "not in
 * it": the children of n are 2n and 2n + 1. However many changes a turn makes,
 * the timer is set once, by a deferred task.
 *
 * While the due are called back, what they schedule is due one millisecond
 * later at the earliest: an item that schedules itself for "now" cannot keep
 * the loop.
 */
#include "common/loop/runq.h"

#include "common/base/mem.h"
#include "common/loop/loop.h"

#include <event2/event.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	FIRST_CAPACITY = 16,
};

struct runq {
	struct loop *loop;
	runq_cb cb;
	void *arg;
	struct runq_item **heap; /* [0] is not used */
	size_t count;
	size_t cap;
	struct event *timer;
	struct loop_task arm;
	bool is_armed;
	int64_t armed_at_ms;
	bool is_firing;
	int64_t firing_at_ms;
};

static void put(struct runq *runq, size_t place, struct runq_item *item)
{
	runq->heap[place] = item;
	item->place = place;
}

static void sift_up(struct runq *runq, size_t place)
{
	struct runq_item *item = runq->heap[place];

	while (
	    place > 1 && runq->heap[place / 2]->due_at_ms > item->due_at_ms) {
		put(runq, place, runq->heap[place / 2]);
		place /= 2;
	}
	put(runq, place, item);
}

static void sift_down(struct runq *runq, size_t place)
{
	struct runq_item *item = runq->heap[place];
	size_t child;

	while ((child = place * 2) <= runq->count) {
		if (child < runq->count &&
		    runq->heap[child + 1]->due_at_ms <
			runq->heap[child]->due_at_ms) {
			child++;
		}
		if (runq->heap[child]->due_at_ms >= item->due_at_ms) {
			break;
		}
		put(runq, place, runq->heap[child]);
		place = child;
	}
	put(runq, place, item);
}

static void insert(struct runq *runq, struct runq_item *item)
{
	if (runq->count + 1 >= runq->cap) {
		runq->cap = runq->cap > 0 ? runq->cap * 2 : FIRST_CAPACITY;
		runq->heap = xrealloc(
		    runq->heap, runq->cap * sizeof(struct runq_item *));
	}
	runq->count++;
	put(runq, runq->count, item);
	sift_up(runq, runq->count);
}

static void take_out(struct runq *runq, struct runq_item *item)
{
	size_t place = item->place;
	struct runq_item *last = runq->heap[runq->count];

	assert(place <= runq->count && runq->heap[place] == item);
	runq->count--;
	item->place = 0;
	if (last != item) {
		put(runq, place, last);
		sift_up(runq, place);
		sift_down(runq, last->place);
	}
}

static void on_arm_due(void *arg)
{
	struct runq *runq = arg;
	int64_t wait_ms;
	struct timeval wait;

	if (runq->count == 0) {
		/* A timer that is left fires once, for nothing; cheaper than
		 * to take it off for every time-out that does not happen. */
		return;
	}
	if (runq->is_armed && runq->armed_at_ms <= runq->heap[1]->due_at_ms) {
		return;
	}
	runq->is_armed = true;
	runq->armed_at_ms = runq->heap[1]->due_at_ms;
	wait_ms = runq->armed_at_ms - loop_now_ms(runq->loop);
	if (wait_ms < 0) {
		wait_ms = 0;
	}
	wait.tv_sec = wait_ms / 1000;
	wait.tv_usec = wait_ms % 1000 * 1000;
	(void)evtimer_add(runq->timer, &wait);
}

static void on_timer_fired(evutil_socket_t fd, short what, void *arg)
{
	struct runq *runq = arg;

	(void)fd;
	(void)what;
	runq->is_armed = false;
	runq->is_firing = true;
	runq->firing_at_ms = loop_now_ms(runq->loop);
	while (
	    runq->count > 0 && runq->heap[1]->due_at_ms <= runq->firing_at_ms) {
		struct runq_item *item = runq->heap[1];

		take_out(runq, item);
		runq->cb(item, runq->arg);
	}
	runq->is_firing = false;
	loop_defer(runq->loop, &runq->arm);
}

struct runq *runq_create(struct loop *loop, runq_cb cb, void *arg)
{
	struct runq *runq = xcalloc(1, sizeof(*runq));

	runq->loop = loop;
	runq->cb = cb;
	runq->arg = arg;
	loop_task_init(&runq->arm, on_arm_due, runq);
	runq->timer = evtimer_new(loop_base(loop), on_timer_fired, runq);
	if (runq->timer == NULL ||
	    event_priority_set(runq->timer, LOOP_PRIORITY_TIMERS) != 0) {
		(void)fprintf(stderr, "out of memory for a timer\n");
		abort();
	}
	return runq;
}

static void free_runq(void *object)
{
	struct runq *runq = object;

	loop_task_cancel(&runq->arm);
	event_free(runq->timer);
	free(runq->heap);
	free(runq);
}

void runq_destroy(struct runq *runq)
{
	if (runq == NULL) {
		return;
	}
	for (size_t place = 1; place <= runq->count; place++) {
		runq->heap[place]->place = 0;
	}
	runq->count = 0;
	if (runq->is_firing) {
		loop_bury(runq->loop, runq, free_runq);
	} else {
		free_runq(runq);
	}
}

void runq_schedule(struct runq *runq, struct runq_item *item, int64_t due_at_ms)
{
	if (runq->is_firing && due_at_ms <= runq->firing_at_ms) {
		due_at_ms = runq->firing_at_ms + 1;
	}
	item->due_at_ms = due_at_ms;
	if (item->place == 0) {
		insert(runq, item);
	} else {
		sift_up(runq, item->place);
		sift_down(runq, item->place);
	}
	loop_defer(runq->loop, &runq->arm);
}

void runq_cancel(struct runq *runq, struct runq_item *item)
{
	if (item->place != 0) {
		take_out(runq, item);
	}
}

bool runq_is_scheduled(const struct runq_item *item)
{
	return item->place != 0;
}
