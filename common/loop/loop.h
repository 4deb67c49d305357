#ifndef COMMON_LOOP_LOOP_H
#define COMMON_LOOP_LOOP_H

/*
 * The one event loop of a process: libevent's, plus what it lacks. A turn is:
 *
 *	refresh the cached time -> run what libevent has ready -> run deferred
 *	tasks -> free the morgue
 *
 * Deferred tasks are where batches are sent ("one script call per turn"). The
 * morgue is where an object goes that dies inside its own callback, so that no
 * caller up the stack touches freed memory. Single-threaded.
 */

#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/list.h"

struct event_base;
struct loop;

/* Priorities of libevent's events. Those of runq.h go first: else, when the
 * process had been stopped for a while, what came meanwhile would be worked on
 * as if its time were not over. */
enum {
	LOOP_PRIORITY_TIMERS,
	LOOP_PRIORITY_OTHERS, /* what an event has by itself */
	LOOP_PRIORITIES,
};

/* Something to do at the end of this turn. Embedded in its owner; zeroed, or
 * set up by loop_task_init, before first use. */
struct loop_task {
	struct list_link link;
	void (*run)(void *arg);
	void *arg;
};

/* Also has SIGPIPE ignored (a peer that went away is an error of write, never a
 * signal), and libevent's warnings logged as our lines. Dies when libevent does
 * not start. Caller destroys with loop_destroy. */
MUST_USE struct loop *loop_create(void);

/* Frees the morgue, drops deferred tasks. NULL is fine. */
void loop_destroy(struct loop *loop);

/* For the places that hand it to a library. Borrowed. */
struct event_base *loop_base(const struct loop *loop);

/* Turns until loop_stop; not at all when that was called before. */
void loop_run(struct loop *loop);

/* loop_run returns at the end of this turn. */
void loop_stop(struct loop *loop);

/* The time of this turn, by clock_mono_ms and clock_wall_ms: read once a turn,
 * by the first who asks. */
int64_t loop_now_ms(struct loop *loop);
int64_t loop_wall_ms(struct loop *loop);

void loop_task_init(struct loop_task *task, void (*run)(void *), void *arg);

/* Runs the task once at the end of this turn, after tasks deferred earlier; one
 * that is deferred already stays where it is. A task deferred by a task runs in
 * the same turn. */
void loop_defer(struct loop *loop, struct loop_task *task);

/* Not deferred any more; fine if it was not. */
void loop_task_cancel(struct loop_task *task);

/* Calls destroy(object) after this turn. Takes the object. */
void loop_bury(struct loop *loop, void *object, void (*destroy)(void *));

/* Calls back from the loop, not from the signal handler. One handler a signal;
 * it stays until loop_destroy. */
void loop_on_signal(
    struct loop *loop, int signal_number, void (*run)(void *), void *arg);

#endif
