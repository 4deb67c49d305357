/* The verbs of ctl_queue.h about holds. */
#include "dispatcher/ctl/ctl_call.h"
#include "dispatcher/ctl/ctl_queue.h"

struct hold_call {
	struct ctl_call call;
	ctl_queue_hold_cb take;
	void *arg;
};

enum {
	BY_OPERATOR = -1, /* for an epoch */
};

static void on_queue_hold(void *arg, enum queue_status status, bool is_new,
    const struct queue_hold_state *state, const struct err *err)
{
	struct hold_call *call = arg;

	if (status == QUEUE_OK) {
		call->take(call->arg, is_new, state);
	}
	ctl_call_end(&call->call, status, err);
}

bool ctl_queue_hold(struct ctl_queue *queue,
    const struct queue_hold_order *order, ctl_queue_hold_cb take, void *arg,
    struct err *err)
{
	struct hold_call call = {
	    .call = {.queue = queue, .err = err}, .take = take, .arg = arg};

	queue_hold(queue->queue, order, on_queue_hold, &call);
	return ctl_call_wait(&call.call);
}

bool ctl_queue_resume(struct ctl_queue *queue, const char *destination,
    ctl_queue_hold_cb take, void *arg, struct err *err)
{
	struct hold_call call = {
	    .call = {.queue = queue, .err = err}, .take = take, .arg = arg};

	queue_resume(
	    queue->queue, destination, BY_OPERATOR, on_queue_hold, &call);
	return ctl_call_wait(&call.call);
}

bool ctl_queue_read_hold(struct ctl_queue *queue, const char *destination,
    ctl_queue_hold_cb take, void *arg, struct err *err)
{
	struct hold_call call = {
	    .call = {.queue = queue, .err = err}, .take = take, .arg = arg};

	queue_read_hold(queue->queue, destination, on_queue_hold, &call);
	return ctl_call_wait(&call.call);
}
