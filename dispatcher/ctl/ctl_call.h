#ifndef DISPATCHER_CTL_CTL_CALL_H
#define DISPATCHER_CTL_CTL_CALL_H

/*
 * What the files behind ctl_queue.h share: a call of the queue that is waited
 * for. Each verb embeds one in what its callback fills in:
 *
 *	struct ctl_count_call count = {{.queue = queue, .err = err}, &removed};
 *
 *	queue_purge(queue->queue, ..., ctl_call_on_count, &count);
 *	return ctl_call_wait(&count.call);
 *
 * and its callback ends with ctl_call_end.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/loop/runq.h"
#include "common/queue/queue.h"

struct ctl_queue {
	struct loop *loop;
	struct metrics *metrics;
	struct queue *queue;
	struct runq *timer;
	struct runq_item pause;
	bool is_opening;
	int interrupts;
};

struct ctl_call {
	struct ctl_queue *queue;
	struct err *err;
	bool is_over;
	bool is_ok;
};

/* Until it has ended. */
MUST_USE bool ctl_call_wait(struct ctl_call *call);

void ctl_call_end(
    struct ctl_call *call, enum queue_status status, const struct err *err);

/* For the verbs that count. */
struct ctl_count_call {
	struct ctl_call call;
	size_t *count;
};

void ctl_call_on_count(
    void *arg, enum queue_status status, size_t count, const struct err *err);

#endif
