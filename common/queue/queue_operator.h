#ifndef COMMON_QUEUE_QUEUE_OPERATOR_H
#define COMMON_QUEUE_QUEUE_OPERATOR_H

/*
 * The operator's verbs: to look, and to move or remove by hand. Destinations
 * go by name, as they may no longer be configured. What holds for every call of
 * queue.h holds here. A verb that moves many is called again until nothing is
 * left; it may be ended between any two calls.
 */

#include "common/queue/queue_flow.h"

enum {
	QUEUE_REPLAY_MAX = 1000, /* ids of one call */
};

/* The ledger and what is there now, summed over shards, one atomic look at each
 * shard. */
struct queue_stats {
	const char *destination; /* also ones no longer configured */
	bool is_configured;
	int64_t accepted, replayed, imported;
	int64_t delivered, dead, skipped, unchanged, superseded;
	int64_t forgotten, purged, dead_purged, dead_forgotten;
	int64_t duplicates, lease_losses; /* counted, not in the ledger */
	int64_t pending, dead_now;
	int64_t ready, leased, waiting;
	int64_t oldest_age_ms; /* -1: nothing pending */
	int64_t seen;	       /* delivery ids remembered */
	int64_t sent;	       /* last bodies remembered */
	struct queue_hold_state hold;
};

/* accepted + replayed - (delivered + ... + pending), and
 * dead + imported - (replayed + dead_purged + dead_forgotten + dead_now). Zero,
 * or the queue has lost or made a job. */
int64_t queue_stats_job_difference(const struct queue_stats *stats);
int64_t queue_stats_dead_difference(const struct queue_stats *stats);

typedef void (*queue_stats_cb)(void *arg, enum queue_status status,
    const struct queue_stats *stats, size_t count, const struct err *err);
void queue_read_stats(struct queue *queue, queue_stats_cb cb, void *arg);

struct queue_attempt {
	int64_t at_ms;
	enum outcome outcome;
	int http_status;
	int64_t took_ms;
};

enum {
	QUEUE_ATTEMPTS_KEPT = 10,
};

struct queue_dead_letter {
	char id[JOB_ID_MAX];
	struct slice group;
	struct slice element; /* the job, for job_decode */
	int64_t died_at_ms;
	enum outcome outcome;
	int http_status;
	struct slice note;
	int64_t attempts;
	int64_t first_at_ms;
	int64_t losses;
	struct queue_attempt history[QUEUE_ATTEMPTS_KEPT]; /* the last ones */
	size_t history_count;
	struct slice body;     /* as it was last sent; empty: it never was */
	struct slice template; /* its name */
};

/* Oldest first. `next` goes into the next call's `after`; "" at the end. */
typedef void (*queue_dead_cb)(void *arg, enum queue_status status,
    const struct queue_dead_letter *letters, size_t count, const char *next,
    const struct err *err);

/* A page of at most `limit` dead letters of a destination (by name: it may no
 * longer be configured), after the place `after` ("" from the start). */
void queue_read_dead(struct queue *queue, const char *destination,
    const char *after, size_t limit, queue_dead_cb cb, void *arg);

/* The dead letters with these ids; those that are gone are left out. At most
 * QUEUE_REPLAY_MAX. */
void queue_find_dead(struct queue *queue, const char *destination,
    const char *const *ids, size_t count, queue_dead_cb cb, void *arg);

/* So many were there, and were moved or removed. */
typedef void (*queue_count_cb)(
    void *arg, enum queue_status status, size_t count, const struct err *err);

/* When letters go, by the next two, a hold for QUEUE_HOLD_FULL ends. */

/* Moves dead letters back, at most QUEUE_REPLAY_MAX; each leaves only when its
 * job is in the queue again. `as_sent`: the body of the last try goes out as it
 * was, and letters that have none stay. */
void queue_replay(struct queue *queue, const char *destination,
    const char *const *ids, size_t count, bool as_sent, queue_count_cb cb,
    void *arg);

enum queue_removal {
	QUEUE_PURGED,
	QUEUE_FORGOTTEN,
};

/* Removes dead letters by id, at most QUEUE_REPLAY_MAX; `count` is how many
 * were there. */
void queue_remove_dead(struct queue *queue, const char *destination,
    const char *const *ids, size_t count, enum queue_removal removal,
    queue_count_cb cb, void *arg);

/* Puts a dead letter (back) among those of a destination, as queue_read_dead
 * gave it. `count` is 0 when there is one of its id already. */
void queue_import_dead(struct queue *queue, const char *destination,
    const struct queue_dead_letter *letter, queue_count_cb cb, void *arg);

/* Removes pending jobs, group by group, those that are ready first, at most
 * about `limit` and always the whole of a group; `count` of 0: none is left. An
 * attempt under way goes on, and settles nothing. */
void queue_purge(struct queue *queue, const char *destination, size_t limit,
    queue_count_cb cb, void *arg);

/* Removes the pending jobs of a group, also where each job is a group of its
 * own; at most about `limit`, and `count` of 0: none is left. What is
 * remembered of the group goes, too. */
void queue_forget(struct queue *queue, const char *destination,
    struct slice group, size_t limit, queue_count_cb cb, void *arg);

/* A job that is done with. */
struct queue_done {
	char id[JOB_ID_MAX];
	int64_t accepted_at_ms;
	int64_t done_at_ms;
	enum outcome outcome;
	int http_status; /* 0: none */
	int64_t took_ms;
	int64_t attempts;
};

/* The newest first. */
typedef void (*queue_history_cb)(void *arg, enum queue_status status,
    const struct queue_done *jobs, size_t count, const struct err *err);

/* The last jobs that left the queue, at most `limit` of each shard; those of
 * `id` alone if it is not NULL. */
void queue_read_history(struct queue *queue, const char *destination,
    const char *id, size_t limit, queue_history_cb cb, void *arg);

enum queue_job_place {
	QUEUE_JOB_READY,
	QUEUE_JOB_LEASED,
	QUEUE_JOB_WAITING,
	QUEUE_JOB_BEHIND, /* other jobs of its group come first */
};

/* A job that is pending. */
struct queue_pending {
	enum queue_job_place place;
	struct slice group;
	struct slice element; /* for job_decode */
	int64_t ahead;	      /* jobs of the group before it */
	int64_t due_at_ms;    /* WAITING: due; LEASED: end of the lease */
	int64_t attempts;
	int64_t first_at_ms;
	int64_t losses;
	struct queue_attempt history[QUEUE_ATTEMPTS_KEPT];
	size_t history_count;
};

/* `job` is NULL when it is not pending here. */
typedef void (*queue_find_cb)(void *arg, enum queue_status status,
    const struct queue_pending *job, const struct err *err);

/* Looks through the pending jobs for one, group by group: slow, in pieces. */
void queue_find_job(struct queue *queue, const char *destination,
    const char *id, queue_find_cb cb, void *arg);

/* What an audit found, and mended. */
struct queue_audit {
	int64_t groups;	    /* looked at */
	int64_t requeued;   /* were in no set; they are ready now */
	int64_t difference; /* of the counter `pending` and what was counted */
	bool was_counted;   /* difference is known: all lists were counted in
			     * one look, or in pieces while nothing changed */
};

typedef void (*queue_audit_cb)(void *arg, enum queue_status status,
    const struct queue_audit *audit, const struct err *err);

/* Audits a piece of a destination in a shard: a bounded amount of work; the
 * next call, after the callback, goes on where this one ended. */
void queue_audit(struct queue *queue, int destination, int shard,
    queue_audit_cb cb, void *arg);

#endif
