#ifndef DISPATCHER_CTL_CTL_QUEUE_H
#define DISPATCHER_CTL_CTL_QUEUE_H

/*
 * The queue's operator verbs as calls that wait for their answer: a tool has
 * nothing else to do. What an answer holds is handed to `take`, once, and is
 * borrowed and gone when that returns.
 *
 * Waits are bounded by redis.connect_timeout and redis.request_timeout.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/config/config.h"
#include "common/queue/queue.h"
#include "common/queue/queue_operator.h"

struct ctl_queue;

enum {
	/* queue_read_dead's place in a destination's letters. */
	CTL_QUEUE_PLACE_MAX = 128,
};

/* Connects. NULL with why not in *err. Caller closes. */
MUST_USE struct ctl_queue *ctl_queue_open(
    const struct config *config, struct err *err);

/* NULL is fine. */
void ctl_queue_close(struct ctl_queue *queue);

typedef void (*ctl_queue_stats_cb)(
    void *arg, const struct queue_stats *stats, size_t count);
MUST_USE bool ctl_queue_read_stats(struct ctl_queue *queue,
    ctl_queue_stats_cb take, void *arg, struct err *err);

typedef void (*ctl_queue_dead_cb)(
    void *arg, const struct queue_dead_letter *letters, size_t count);

struct ctl_queue_page {
	const char *destination; /* borrowed */
	size_t limit;
	char place[CTL_QUEUE_PLACE_MAX]; /* "" at the start; moved on by each
					  * call; "" again at the end */
};

MUST_USE bool ctl_queue_read_dead(struct ctl_queue *queue,
    struct ctl_queue_page *page, ctl_queue_dead_cb take, void *arg,
    struct err *err);

/* Some letters of a destination, by id. */
struct ctl_queue_ids {
	const char *destination; /* borrowed */
	const char *const *ids;	 /* borrowed; at most QUEUE_REPLAY_MAX */
	size_t count;
};

MUST_USE bool ctl_queue_find_dead(struct ctl_queue *queue,
    const struct ctl_queue_ids *ids, ctl_queue_dead_cb take, void *arg,
    struct err *err);

/* *replayed is how many of them went back, also when it fails. */
MUST_USE bool ctl_queue_replay(struct ctl_queue *queue,
    const struct ctl_queue_ids *ids, size_t *replayed, struct err *err);

#endif
