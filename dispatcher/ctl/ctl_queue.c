#include "dispatcher/ctl/ctl_queue.h"

#include <signal.h>
#include <stdlib.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/loop/loop.h"
#include "common/metrics/metrics.h"
#include "common/service/service.h"
#include "dispatcher/ctl/ctl_call.h"

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

static void on_pause_over(struct runq_item *item, void *arg)
{
	struct ctl_queue *queue = arg;

	(void)item;
	loop_stop(queue->loop);
}

struct ctl_queue *ctl_queue_open(const struct config *config, struct err *err)
{
	struct ctl_queue *queue = xcalloc(1, sizeof(*queue));

	queue->loop = loop_create();
	queue->metrics = metrics_create();
	queue->timer = runq_create(queue->loop, on_pause_over, queue);
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
	runq_destroy(queue->timer);
	metrics_destroy(queue->metrics);
	loop_destroy(queue->loop);
	free(queue);
}

/* ---- waiting ---- */

bool ctl_call_wait(struct ctl_call *call)
{
	while (!call->is_over) {
		loop_run(call->queue->loop);
	}
	return call->is_ok;
}

void ctl_call_end(
    struct ctl_call *call, enum queue_status status, const struct err *err)
{
	call->is_over = true;
	call->is_ok = status == QUEUE_OK;
	if (!call->is_ok) {
		err_set(call->err, "Redis: %s",
		    err != NULL ? err->text : "no answer");
	}
	loop_stop(call->queue->loop);
}

void ctl_call_on_count(
    void *arg, enum queue_status status, size_t count, const struct err *err)
{
	struct ctl_count_call *call = arg;

	*call->count = count;
	ctl_call_end(&call->call, status, err);
}

static void on_interrupt(void *arg)
{
	struct ctl_queue *queue = arg;

	queue->interrupts++;
	if (queue->interrupts > 1) {
		/* Whoever asks twice does not want to wait for Redis. */
		_Exit(128 + SIGINT);
	}
	loop_stop(queue->loop);
}

void ctl_queue_take_interrupts(struct ctl_queue *queue)
{
	loop_on_signal(queue->loop, SIGINT, on_interrupt, queue);
	loop_on_signal(queue->loop, SIGTERM, on_interrupt, queue);
}

bool ctl_queue_is_interrupted(const struct ctl_queue *queue)
{
	return queue->interrupts > 0;
}

void ctl_queue_pause(struct ctl_queue *queue, int64_t for_ms)
{
	int64_t until_ms = clock_mono_ms() + for_ms;

	if (ctl_queue_is_interrupted(queue)) {
		return;
	}
	runq_schedule(queue->timer, &queue->pause, until_ms);
	while (runq_is_scheduled(&queue->pause) &&
	    !ctl_queue_is_interrupted(queue)) {
		loop_run(queue->loop);
	}
	runq_cancel(queue->timer, &queue->pause);
}

/* ---- stats ---- */

struct stats_call {
	struct ctl_call call;
	ctl_queue_stats_cb take;
	void *arg;
};

static void on_queue_stats(void *arg, enum queue_status status,
    const struct queue_stats *stats, size_t count, const struct err *err)
{
	struct stats_call *call = arg;

	if (status == QUEUE_OK) {
		call->take(call->arg, stats, count);
	}
	ctl_call_end(&call->call, status, err);
}

bool ctl_queue_read_stats(struct ctl_queue *queue, ctl_queue_stats_cb take,
    void *arg, struct err *err)
{
	struct stats_call call = {
	    .call = {.queue = queue, .err = err}, .take = take, .arg = arg};

	queue_read_stats(queue->queue, on_queue_stats, &call);
	return ctl_call_wait(&call.call);
}
