#ifndef DISPATCHER_CTL_CTL_QUEUE_H
#define DISPATCHER_CTL_CTL_QUEUE_H

/*
 * The queue's operator verbs as calls that wait for their answer: a tool has
 * nothing else to do. What an answer holds is handed to `take`, once, and is
 * borrowed and gone when that returns. A call that fails says why in *err.
 *
 * Waits are bounded by redis.connect_timeout and redis.request_timeout.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/config/config.h"
#include "common/queue/queue.h"
#include "common/queue/queue_flow.h"
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

/* From now on SIGINT and SIGTERM end no call, and the caller asks between calls
 * whether there was one. The second ends the program at once. */
void ctl_queue_take_interrupts(struct ctl_queue *queue);
bool ctl_queue_is_interrupted(const struct ctl_queue *queue);

/* Lets time pass, up to an interrupt. */
void ctl_queue_pause(struct ctl_queue *queue, int64_t for_ms);

typedef void (*ctl_queue_stats_cb)(
    void *arg, const struct queue_stats *stats, size_t count);
MUST_USE bool ctl_queue_read_stats(struct ctl_queue *queue,
    ctl_queue_stats_cb take, void *arg, struct err *err);

/* ---- dead letters ---- */

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

/* *count is how many of them went back, or were removed; also when it fails. */
MUST_USE bool ctl_queue_replay(struct ctl_queue *queue,
    const struct ctl_queue_ids *ids, bool as_sent, size_t *count,
    struct err *err);
MUST_USE bool ctl_queue_remove_dead(struct ctl_queue *queue,
    const struct ctl_queue_ids *ids, enum queue_removal removal, size_t *count,
    struct err *err);

/* *count is 0 when the letter was there already. */
MUST_USE bool ctl_queue_import_dead(struct ctl_queue *queue,
    const char *destination, const struct queue_dead_letter *letter,
    size_t *count, struct err *err);

/* ---- jobs ---- */

/* As queue_purge and queue_forget. */
MUST_USE bool ctl_queue_purge(struct ctl_queue *queue, const char *destination,
    size_t limit, size_t *count, struct err *err);
MUST_USE bool ctl_queue_forget(struct ctl_queue *queue, const char *destination,
    struct slice group, size_t limit, size_t *count, struct err *err);

typedef void (*ctl_queue_history_cb)(
    void *arg, const struct queue_done *jobs, size_t count);

struct ctl_queue_history {
	const char *destination; /* borrowed */
	const char *id;		 /* borrowed; NULL for all */
	size_t limit;		 /* of each shard */
};

MUST_USE bool ctl_queue_read_history(struct ctl_queue *queue,
    const struct ctl_queue_history *history, ctl_queue_history_cb take,
    void *arg, struct err *err);

/* `take` is not called when the job is not pending. */
typedef void (*ctl_queue_find_cb)(void *arg, const struct queue_pending *job);
MUST_USE bool ctl_queue_find_job(struct ctl_queue *queue,
    const char *destination, const char *id, ctl_queue_find_cb take, void *arg,
    struct err *err);

/* ---- holds ---- */

typedef void (*ctl_queue_hold_cb)(
    void *arg, bool is_new, const struct queue_hold_state *state);

MUST_USE bool ctl_queue_hold(struct ctl_queue *queue,
    const struct queue_hold_order *order, ctl_queue_hold_cb take, void *arg,
    struct err *err);
MUST_USE bool ctl_queue_resume(struct ctl_queue *queue, const char *destination,
    ctl_queue_hold_cb take, void *arg, struct err *err);
MUST_USE bool ctl_queue_read_hold(struct ctl_queue *queue,
    const char *destination, ctl_queue_hold_cb take, void *arg,
    struct err *err);

#endif
