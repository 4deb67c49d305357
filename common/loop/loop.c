/*
 * libevent turns once per event_base_loop(EVLOOP_ONCE), so that what must
 * happen between turns can happen after it returns. A turn that begins with
 * deferred tasks (from outside the loop) does not wait for events.
 *
 * The time of a turn is not known when the turn begins: libevent first waits.
 * So it is forgotten then, and read by the first callback that asks.
 */
#include "common/loop/loop.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/loop/libevent_log.h"

#include <event2/event.h>

#include <assert.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

struct grave {
	struct grave *next;
	void *object;
	void (*destroy)(void *);
};

struct signal_handler {
	struct signal_handler *next;
	struct event *event;
	void (*run)(void *arg);
	void *arg;
};

struct loop {
	struct event_base *base;
	struct list tasks;
	struct grave *morgue; /* newest first */
	struct signal_handler *signal_handlers;
	bool is_stopping;
	bool has_time;
	int64_t now_ms;
	int64_t wall_ms;
};

struct loop *loop_create(void)
{
	struct loop *loop = xcalloc(1, sizeof(*loop));

	(void)signal(SIGPIPE, SIG_IGN);
	libevent_log_start();
	loop->base = event_base_new();
	if (loop->base == NULL ||
	    event_base_priority_init(loop->base, LOOP_PRIORITIES) != 0) {
		(void)fprintf(stderr, "libevent does not start\n");
		abort();
	}
	list_init(&loop->tasks);
	return loop;
}

/* Also what is buried meanwhile. */
static void free_morgue(struct loop *loop)
{
	while (loop->morgue != NULL) {
		struct grave *grave = loop->morgue;

		loop->morgue = grave->next;
		grave->destroy(grave->object);
		free(grave);
	}
}

static void free_signal_handlers(struct loop *loop)
{
	while (loop->signal_handlers != NULL) {
		struct signal_handler *handler = loop->signal_handlers;

		loop->signal_handlers = handler->next;
		event_free(handler->event);
		free(handler);
	}
}

void loop_destroy(struct loop *loop)
{
	if (loop == NULL) {
		return;
	}
	free_morgue(loop);
	while (list_pop_front(&loop->tasks) != NULL) {
	}
	free_signal_handlers(loop);
	event_base_free(loop->base);
	free(loop);
}

struct event_base *loop_base(const struct loop *loop)
{
	return loop->base;
}

static void run_tasks(struct loop *loop)
{
	struct list_link *link;

	while ((link = list_pop_front(&loop->tasks)) != NULL) {
		struct loop_task *task =
		    LIST_MEMBER(link, struct loop_task, link);

		task->run(task->arg);
	}
}

void loop_run(struct loop *loop)
{
	while (!loop->is_stopping) {
		int flags = EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY;

		if (!list_is_empty(&loop->tasks)) {
			flags |= EVLOOP_NONBLOCK;
		}
		loop->has_time = false;
		(void)event_base_loop(loop->base, flags);
		run_tasks(loop);
		free_morgue(loop);
	}
	loop->is_stopping = false;
}

void loop_stop(struct loop *loop)
{
	loop->is_stopping = true;
}

static void read_time(struct loop *loop)
{
	if (!loop->has_time) {
		loop->now_ms = clock_mono_ms();
		loop->wall_ms = clock_wall_ms();
		loop->has_time = true;
	}
}

int64_t loop_now_ms(struct loop *loop)
{
	read_time(loop);
	return loop->now_ms;
}

int64_t loop_wall_ms(struct loop *loop)
{
	read_time(loop);
	return loop->wall_ms;
}

void loop_task_init(struct loop_task *task, void (*run)(void *), void *arg)
{
	*task = (struct loop_task){.run = run, .arg = arg};
}

void loop_defer(struct loop *loop, struct loop_task *task)
{
	assert(task->run != NULL);
	if (task->link.next == NULL) {
		list_push_back(&loop->tasks, &task->link);
	}
}

void loop_task_cancel(struct loop_task *task)
{
	list_remove(&task->link);
}

void loop_bury(struct loop *loop, void *object, void (*destroy)(void *))
{
	struct grave *grave = xmalloc(sizeof(*grave));

	*grave = (struct grave){
	    .next = loop->morgue, .object = object, .destroy = destroy};
	loop->morgue = grave;
}

static void on_libevent_signal(
    evutil_socket_t signal_number, short what, void *arg)
{
	struct signal_handler *handler = arg;

	(void)signal_number;
	(void)what;
	handler->run(handler->arg);
}

void loop_on_signal(
    struct loop *loop, int signal_number, void (*run)(void *), void *arg)
{
	struct signal_handler *handler = xcalloc(1, sizeof(*handler));

	handler->run = run;
	handler->arg = arg;
	handler->event = evsignal_new(
	    loop->base, signal_number, on_libevent_signal, handler);
	if (handler->event == NULL || evsignal_add(handler->event, NULL) != 0) {
		(void)fprintf(
		    stderr, "cannot catch signal %d\n", signal_number);
		abort();
	}
	handler->next = loop->signal_handlers;
	loop->signal_handlers = handler;
}
