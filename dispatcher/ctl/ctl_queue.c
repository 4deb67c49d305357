#include "dispatcher/ctl/ctl_queue.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/base/mem.h"
#include "common/loop/loop.h"
#include "common/metrics/metrics.h"
#include "common/service/service.h"

struct ctl_queue {
	struct loop *loop;
	struct metrics *metrics;
	struct queue *queue;
	bool is_opening;
};

/* The call that is waited for. */
struct call {
	struct ctl_queue *queue;
	bool is_over;
	bool is_ok;
	struct err *err;
	/* Of these, the one for the call. */
	ctl_queue_stats_cb take_stats;
	ctl_queue_dead_cb take_dead;
	struct ctl_queue_page *page;
	size_t *replayed;
	void *arg;
};

/* ---- opening ---- */

static void on_queue_state(
    void *arg, bool is_up, bool is_fatal, const struct err *err)
{
	struct ctl_queue *queue = arg;

	(void)is_up;
	(void)is_fatal;
	(void)err;
	/* Later changes are seen by the calls. */
	if (queue->is_opening) {
		loop_stop(queue->loop);
	}
}

struct ctl_queue *ctl_queue_open(const struct config *config, struct err *err)
{
	struct ctl_queue *queue = xcalloc(1, sizeof(*queue));

	queue->loop = loop_create();
	queue->metrics = metrics_create();
	queue->is_opening = true;
	queue->queue = service_create_queue(config,
	    &(struct service_queue_options){
		.loop = queue->loop,
		.metrics = queue->metrics,
		.max_batch_bytes = (size_t)config->dispatcher.max_claim_bytes,
		.on_state = on_queue_state,
		.arg = queue,
	    });
	loop_run(queue->loop);
	queue->is_opening = false;
	if (!queue_is_up(queue->queue)) {
		*err = *queue_trouble(queue->queue);
		err_prefix(err, "Redis");
		ctl_queue_close(queue);
		return NULL;
	}
	return queue;
}

void ctl_queue_close(struct ctl_queue *queue)
{
	if (queue == NULL) {
		return;
	}
	queue_destroy(queue->queue);
	metrics_destroy(queue->metrics);
	loop_destroy(queue->loop);
	free(queue);
}

/* ---- calls ---- */

/* Until its callback has come. */
static bool wait_for(struct call *call)
{
	while (!call->is_over) {
		loop_run(call->queue->loop);
	}
	return call->is_ok;
}

static void end(
    struct call *call, enum queue_status status, const struct err *err)
{
	call->is_over = true;
	call->is_ok = status == QUEUE_OK;
	if (!call->is_ok) {
		err_set(call->err, "Redis: %s",
		    err != NULL ? err->text : "no answer");
	}
	loop_stop(call->queue->loop);
}

static void on_queue_stats(void *arg, enum queue_status status,
    const struct queue_stats *stats, size_t count, const struct err *err)
{
	struct call *call = arg;

	if (status == QUEUE_OK) {
		call->take_stats(call->arg, stats, count);
	}
	end(call, status, err);
}

bool ctl_queue_read_stats(struct ctl_queue *queue, ctl_queue_stats_cb take,
    void *arg, struct err *err)
{
	struct call call = {
	    .queue = queue, .err = err, .take_stats = take, .arg = arg};

	queue_read_stats(queue->queue, on_queue_stats, &call);
	return wait_for(&call);
}

static void on_queue_dead(void *arg, enum queue_status status,
    const struct queue_dead_letter *letters, size_t count, const char *next,
    const struct err *err)
{
	struct call *call = arg;

	if (status == QUEUE_OK) {
		if (call->page != NULL) {
			(void)snprintf(call->page->place,
			    sizeof(call->page->place), "%s", next);
		}
		call->take_dead(call->arg, letters, count);
	}
	end(call, status, err);
}

bool ctl_queue_read_dead(struct ctl_queue *queue, struct ctl_queue_page *page,
    ctl_queue_dead_cb take, void *arg, struct err *err)
{
	struct call call = {.queue = queue,
	    .err = err,
	    .take_dead = take,
	    .page = page,
	    .arg = arg};

	queue_read_dead(queue->queue, page->destination, page->place,
	    page->limit, on_queue_dead, &call);
	return wait_for(&call);
}

bool ctl_queue_find_dead(struct ctl_queue *queue,
    const struct ctl_queue_ids *ids, ctl_queue_dead_cb take, void *arg,
    struct err *err)
{
	struct call call = {
	    .queue = queue, .err = err, .take_dead = take, .arg = arg};

	queue_find_dead(queue->queue, ids->destination, ids->ids, ids->count,
	    on_queue_dead, &call);
	return wait_for(&call);
}

static void on_queue_replay(
    void *arg, enum queue_status status, size_t replayed, const struct err *err)
{
	struct call *call = arg;

	*call->replayed = replayed;
	end(call, status, err);
}

bool ctl_queue_replay(struct ctl_queue *queue, const struct ctl_queue_ids *ids,
    size_t *replayed, struct err *err)
{
	struct call call = {.queue = queue, .err = err, .replayed = replayed};

	queue_replay(queue->queue, ids->destination, ids->ids, ids->count,
	    false, on_queue_replay, &call);
	return wait_for(&call);
}
