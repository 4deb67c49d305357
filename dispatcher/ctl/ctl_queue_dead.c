/* The verbs of ctl_queue.h about dead letters. */
#include <stdio.h>

#include "dispatcher/ctl/ctl_call.h"
#include "dispatcher/ctl/ctl_queue.h"

struct dead_call {
	struct ctl_call call;
	ctl_queue_dead_cb take;
	struct ctl_queue_page *page; /* NULL: by ids */
	void *arg;
};

static void on_queue_dead(void *arg, enum queue_status status,
    const struct queue_dead_letter *letters, size_t count, const char *next,
    const struct err *err)
{
	struct dead_call *call = arg;

	if (status == QUEUE_OK) {
		if (call->page != NULL) {
			(void)snprintf(call->page->place,
			    sizeof(call->page->place), "%s", next);
		}
		call->take(call->arg, letters, count);
	}
	ctl_call_end(&call->call, status, err);
}

bool ctl_queue_read_dead(struct ctl_queue *queue, struct ctl_queue_page *page,
    ctl_queue_dead_cb take, void *arg, struct err *err)
{
	struct dead_call call = {.call = {.queue = queue, .err = err},
	    .take = take,
	    .page = page,
	    .arg = arg};

	queue_read_dead(queue->queue, page->destination, page->place,
	    page->limit, on_queue_dead, &call);
	return ctl_call_wait(&call.call);
}

bool ctl_queue_find_dead(struct ctl_queue *queue,
    const struct ctl_queue_ids *ids, ctl_queue_dead_cb take, void *arg,
    struct err *err)
{
	struct dead_call call = {
	    .call = {.queue = queue, .err = err}, .take = take, .arg = arg};

	queue_find_dead(queue->queue, ids->destination, ids->ids, ids->count,
	    on_queue_dead, &call);
	return ctl_call_wait(&call.call);
}

bool ctl_queue_replay(struct ctl_queue *queue, const struct ctl_queue_ids *ids,
    bool as_sent, size_t *count, struct err *err)
{
	struct ctl_count_call call = {
	    .call = {.queue = queue, .err = err}, .count = count};

	queue_replay(queue->queue, ids->destination, ids->ids, ids->count,
	    as_sent, ctl_call_on_count, &call);
	return ctl_call_wait(&call.call);
}

bool ctl_queue_remove_dead(struct ctl_queue *queue,
    const struct ctl_queue_ids *ids, enum queue_removal removal, size_t *count,
    struct err *err)
{
	struct ctl_count_call call = {
	    .call = {.queue = queue, .err = err}, .count = count};

	queue_remove_dead(queue->queue, ids->destination, ids->ids, ids->count,
	    removal, ctl_call_on_count, &call);
	return ctl_call_wait(&call.call);
}

bool ctl_queue_import_dead(struct ctl_queue *queue, const char *destination,
    const struct queue_dead_letter *letter, size_t *count, struct err *err)
{
	struct ctl_count_call call = {
	    .call = {.queue = queue, .err = err}, .count = count};

	queue_import_dead(
	    queue->queue, destination, letter, ctl_call_on_count, &call);
	return ctl_call_wait(&call.call);
}
