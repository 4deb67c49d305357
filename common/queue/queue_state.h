#ifndef COMMON_QUEUE_QUEUE_STATE_H
#define COMMON_QUEUE_QUEUE_STATE_H

/*
 * What the files of this room share of a queue. Not for other rooms: they have
 * queue.h.
 *
 *	queue.c           life, phases, the turn's flush
 *	queue_destinations.c  what the scripts are told of them
 *	queue_open.c      agreeing with Redis on each shard
 *	queue_ack.c       may Redis be held to what a verdict says
 *	queue_enqueue.c   ingest's verb
 *	queue_commit.c    waiting until its verdicts are true
 *	queue_claim.c     the dispatcher's first verb
 *	queue_finish.c    its second
 *	queue_watch.c     sleeping until there is work
 *	queue_flow.c      rate limits
 *	queue_hold.c      holds
 *	queue_operator.c  stats; others beside it: the operator's verbs
 *
 * Phases (queue_enter alone changes them):
 *
 *	DOWN -(connected)-> OPENING -(all shards agreed)-> READY
 *	  ^                  |   ^                          |
 *	  |                  |   +---(RELAYEMPTY)-----------+
 *	  +-----(lost)-------+------------------------------+
 *	                     +-(another schema or shards)-> BROKEN, for good
 *
 * Calls wait in lists until the flush at the end of the turn. In OPENING they
 * wait for what becomes of it; in DOWN and BROKEN they fail in the next turn,
 * but finishes wait.
 */

#include "common/base/list.h"
#include "common/base/rng.h"
#include "common/loop/loop.h"
#include "common/loop/runq.h"
#include "common/queue/queue.h"
#include "common/queue/queue_ack.h"
#include "common/queue/queue_conn.h"
#include "common/queue/queue_keys.h"
#include "common/queue/queue_script.h"

struct metric;
struct queue_audit_pass;
struct queue_watcher;
struct redisReply;

enum {
	QUEUE_SCHEMA = 2,
	QUEUE_BIRTH_MAX = 64,
	QUEUE_REPEATS_MAX = 3, /* of a call on a Redis that is empty */
};

enum queue_phase {
	QUEUE_PHASE_DOWN,
	QUEUE_PHASE_OPENING,
	QUEUE_PHASE_READY,
	QUEUE_PHASE_BROKEN,
};

struct queue_shard {
	char birth[QUEUE_BIRTH_MAX]; /* "" until opened first */
	struct list enqueues;	     /* to be sent */
};

/* Of a destination: who is `after` it. */
struct queue_dependents {
	int *places;
	size_t count;
};

/* A destination in a shard. */
struct queue_lane {
	struct list finishes;		  /* to be sent */
	struct queue_audit_pass *audit;	  /* NULL until its first */
	char lost_token[QUEUE_TOKEN_MAX]; /* "" or of the claim to repeat */
};

struct queue {
	struct queue_options options; /* texts are ours */
	struct queue_destination *destinations;
	struct queue_dependents *dependents; /* by destination */
	struct queue_shard *shards;
	struct queue_lane *lanes; /* by destination, then shard */
	struct queue_conn *conn;
	struct queue_scripts *scripts;
	struct queue_watcher *watcher; /* NULL until the first watch */

	enum queue_phase phase;
	struct err trouble;
	bool is_closing; /* queue_destroy */
	bool has_told;	 /* on_state was called */
	bool was_told_up;
	int64_t up_at_ms; /* monotonic */

	struct queue_commit commit;
	size_t unopened; /* shards whose open is to come */
	bool is_reborn;	 /* one of them had lost its data */

	struct loop_task flush;	   /* at the end of this turn */
	struct runq *timers;	   /* the next two */
	struct runq_item fail;	   /* what waits fails */
	struct runq_item refinish; /* finishes that were refused */
	int refusals;		   /* of finishes, in a row */

	struct list unsendable;	 /* enqueues there was no memory for */
	struct list claims;	 /* to be sent */
	struct list first_looks; /* about flow and holds, to be sent */
	struct list looks;	 /* operator's calls, to be sent */
	int64_t *granted_at_ms;	 /* by destination: monotonic, tokens */
	size_t unfinished;
	uint64_t boot_id;
	uint64_t claim_number;
	struct rng rng;

	bool is_refused[QUEUE_VERB_COUNT]; /* its last call was */
	struct metric *metric_up;
	struct metric *metric_reconnects;
	struct metric *metric_empty;
};

/* The connection that serves a shard. The one place to change for a Cluster. */
struct queue_conn *queue_conn_of(struct queue *queue, int shard);

/* One more connection to where the queue is, for its own purpose; as
 * queue_conn_create. Caller destroys with queue_conn_destroy. */
MUST_USE struct queue_conn *queue_connect(struct queue *queue,
    void (*on_up)(void *arg), void (*on_down)(void *arg, const struct err *err),
    void *arg);

/* The one that serves holds and buckets, which have tags of their own. */
struct queue_conn *queue_conn_apart(struct queue *queue);

struct queue_shard_name queue_shard_name(const struct queue *queue, int shard);
struct queue_lane *queue_lane(struct queue *queue, int destination, int shard);

/* See that what waits is sent, or fails, soon. */
void queue_need_flush(struct queue *queue);

void queue_enter(
    struct queue *queue, enum queue_phase phase, const struct err *err);

/* What every reply to a script means for the queue as a whole: logs and counts
 * refusals, opens again an empty Redis, leaves a connection that will not do.
 * True when the call is to be made again, for Redis was empty. */
MUST_USE bool queue_note_reply(struct queue *queue, enum queue_verb verb,
    enum queue_status status, const struct err *err);

/* Why there is no reply: for the callbacks of calls never sent. */
enum queue_status queue_lost_status(const struct queue *queue);

/* ---- destinations ---- */

/* Copies as many as options.destination_count. */
void queue_copy_destinations(
    struct queue *queue, const struct queue_destination *list);
void queue_free_destinations(struct queue *queue);

/* A limit's share of one shard, rounded up. */
int64_t queue_share(const struct queue *queue, int64_t limit);

/* Adds the keys of the destinations at these places, each QUEUE_KEYS_BLOCK. */
void queue_add_blocks(struct queue_command *command, const struct queue *queue,
    int shard, const int *places, size_t count);

/* ---- parts ---- */

void queue_open_shards(struct queue *queue);

void queue_flush_first_looks(struct queue *queue);
void queue_flush_finishes(struct queue *queue);
void queue_flush_claims(struct queue *queue);
void queue_flush_enqueues(struct queue *queue);

/* Tells the verdicts that were held, or with another status that they are not
 * to be had. */
void queue_release_enqueues(
    struct list *held, enum queue_status status, const struct err *err);
void queue_flush_looks(struct queue *queue);

void queue_fail_finishes(struct queue *queue); /* only when it is destroyed */
void queue_fail_unsendable(struct queue *queue);
void queue_fail_claims(struct queue *queue);
void queue_fail_enqueues(struct queue *queue);
void queue_fail_looks(struct queue *queue);

void queue_audit_pass_destroy(struct queue_audit_pass *pass);
void queue_watcher_destroy(struct queue_watcher *watcher);

#endif
