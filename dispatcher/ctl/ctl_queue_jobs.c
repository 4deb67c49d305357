/* The verbs of ctl_queue.h about jobs that are pending, and that are done. */
#include "dispatcher/ctl/ctl_call.h"
#include "dispatcher/ctl/ctl_queue.h"

bool ctl_queue_purge(struct ctl_queue *queue, const char *destination,
    size_t limit, size_t *count, struct err *err)
{
	struct ctl_count_call call = {
	    .call = {.queue = queue, .err = err}, .count = count};

	queue_purge(queue->queue, destination, limit, ctl_call_on_count, &call);
	return ctl_call_wait(&call.call);
}

bool ctl_queue_forget(struct ctl_queue *queue, const char *destination,
    struct slice group, size_t limit, size_t *count, struct err *err)
{
	struct ctl_count_call call = {
	    .call = {.queue = queue, .err = err}, .count = count};

	queue_forget(
	    queue->queue, destination, group, limit, ctl_call_on_count, &call);
	return ctl_call_wait(&call.call);
}

struct history_call {
	struct ctl_call call;
	ctl_queue_history_cb take;
	void *arg;
};

static void on_queue_history(void *arg, enum queue_status status,
    const struct queue_done *jobs, size_t count, const struct err *err)
{
	struct history_call *call = arg;

	if (status == QUEUE_OK) {
		call->take(call->arg, jobs, count);
	}
	ctl_call_end(&call->call, status, err);
}

bool ctl_queue_read_history(struct ctl_queue *queue,
    const struct ctl_queue_history *history, ctl_queue_history_cb take,
    void *arg, struct err *err)
{
	struct history_call call = {
	    .call = {.queue = queue, .err = err}, .take = take, .arg = arg};

	queue_read_history(queue->queue, history->destination, history->id,
	    history->limit, on_queue_history, &call);
	return ctl_call_wait(&call.call);
}

struct find_call {
	struct ctl_call call;
	ctl_queue_find_cb take;
	void *arg;
};

static void on_queue_find(void *arg, enum queue_status status,
    const struct queue_pending *job, const struct err *err)
{
	struct find_call *call = arg;

	if (status == QUEUE_OK && job != NULL) {
		call->take(call->arg, job);
	}
	ctl_call_end(&call->call, status, err);
}

bool ctl_queue_find_job(struct ctl_queue *queue, const char *destination,
    const char *id, ctl_queue_find_cb take, void *arg, struct err *err)
{
	struct find_call call = {
	    .call = {.queue = queue, .err = err}, .take = take, .arg = arg};

	queue_find_job(queue->queue, destination, id, on_queue_find, &call);
	return ctl_call_wait(&call.call);
}
