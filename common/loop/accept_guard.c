/*
 * The error callback of a listener is given the same argument as its accept
 * callback, and evhttp has set both for itself. So a guard is found by its
 * listener, in a list that is the process's: the one way left.
 */
#include "common/loop/accept_guard.h"

#include "common/base/mem.h"
#include "common/log/log.h"
#include "common/loop/loop.h"
#include "common/loop/runq.h"

#include <event2/listener.h>

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

enum {
	REST_MS = 500,
};

struct accept_guard {
	struct accept_guard *next;
	struct loop *loop;
	struct evconnlistener *listener;
	struct runq *rests;
	struct runq_item rest;
};

static struct accept_guard *guards;

static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	int error_number = errno;
	struct accept_guard *guard = guards;
	struct log_line line;

	(void)arg;
	while (guard != NULL && guard->listener != listener) {
		guard = guard->next;
	}
	if (guard == NULL) {
		return;
	}
	(void)evconnlistener_disable(listener);
	runq_schedule(
	    guard->rests, &guard->rest, loop_now_ms(guard->loop) + REST_MS);
	log_begin(&line, LOG_ERROR, "loop", LOG_ACCEPT_FAILED);
	log_errno(&line, error_number);
	log_end(&line);
}

static void on_rest_due(struct runq_item *item, void *arg)
{
	struct accept_guard *guard = arg;

	(void)item;
	(void)evconnlistener_enable(guard->listener);
}

struct accept_guard *accept_guard_create(
    struct loop *loop, struct evconnlistener *listener)
{
	struct accept_guard *guard = xcalloc(1, sizeof(*guard));

	guard->loop = loop;
	guard->listener = listener;
	guard->rests = runq_create(loop, on_rest_due, guard);
	guard->next = guards;
	guards = guard;
	evconnlistener_set_error_cb(listener, on_accept_error);
	return guard;
}

void accept_guard_destroy(struct accept_guard *guard)
{
	struct accept_guard **link = &guards;

	if (guard == NULL) {
		return;
	}
	while (*link != guard) {
		link = &(*link)->next;
	}
	*link = guard->next;
	evconnlistener_set_error_cb(guard->listener, NULL);
	runq_destroy(guard->rests);
	free(guard);
}
