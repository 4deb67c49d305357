#ifndef COMMON_QUEUE_QUEUE_H
#define COMMON_QUEUE_QUEUE_H

/*
 * The queue: groups of jobs in Redis, and the verbs that move them. Each verb
 * is one Lua script (common/queue/lua/), so each is atomic; this header is the
 * verbs as asynchronous calls. common/queue/README.md has the key schema and
 * the life of a group.
 *
 * What holds for every call:
 * - It copies what it is given before it returns, and never calls back before
 *   it returns.
 * - Its callback comes exactly once: with the reply, or with a status when
 *   there will be none (time-out, connection lost, queue_destroy).
 * - What a callback is given is borrowed and gone when it returns.
 * - Calls of one loop turn travel together, at the end of the turn: enqueues
 *   and finishes in one script call per shard (and destination), bounded by
 *   bytes.
 *
 * Connections are made and re-made by themselves, with backoff. A call made
 * while there is none fails with QUEUE_UNAVAILABLE, except queue_finish, which
 * waits for the connection: finishes are sent before anything else on a new
 * connection, and repeated when their reply is lost (the token makes a repeat
 * harmless). A claim whose reply was lost is repeated with its token by the
 * next queue_claim of the same lane, and gets the same leases.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/job/identity.h"
#include "common/job/job.h"
#include "common/job/outcome.h"

struct loop;
struct metrics;
struct queue;

enum {
	QUEUE_TOKEN_MAX = 48, /* with the NUL */
	QUEUE_SENT_DIGEST_BYTES = 16,
};

enum queue_status {
	QUEUE_OK,
	QUEUE_UNAVAILABLE, /* no connection, or no answer in time: it may or may
			    * not have happened */
	QUEUE_REFUSED,	   /* Redis answered that it will not: out of memory,
			    * read-only, loading, ...; nothing happened */
	QUEUE_CLOSED,	   /* queue_destroy came first */
};

/* A destination, as the scripts must know it. Limits are shared out among the
 * shards. */
struct queue_destination {
	const char *name;      /* [a-z][a-z0-9-]* */
	int64_t dedupe_for_ms; /* how long delivery ids are remembered */
	int64_t max_depth;     /* more pending jobs are `full`; 0: no limit */
	int64_t max_group;     /* the same of one group; 0: no limit */
	bool is_unordered;     /* each job is a group of its own */
	bool is_coalescing;    /* a waiting job is superseded by the next */
	const int *after;      /* places of destinations to wait for; ordered */
	size_t after_count;
	int64_t after_limit_ms;	  /* since acceptance; then nothing is waited
				   * for */
	int64_t sent_for_ms;	  /* how long the last body sent for a group is
				   * remembered; 0: not at all */
	int64_t max_lease_losses; /* as a suspect; 0: no limit */
	int64_t dead_limit;	  /* with so many letters none is buried; 0: no
				   * limit */
	int64_t history;	  /* jobs done that are remembered, per shard */
	int64_t rate_limit;	 /* requests per second over all; 0: no limit */
	const char *rate_bucket; /* NULL or "": one of its own */
	int64_t probe_every_ms;	 /* of a destination on hold */
};

/* What QUEUE_OK of an enqueue stands for. All zero: Redis has it in memory, and
 * on disk as its own settings say. A level that the first Redis cannot honour
 * is fatal; one that it does not for now (too few replicas, no time) makes
 * enqueues fail with QUEUE_UNAVAILABLE: the jobs may be there all the same. */
struct queue_ack {
	bool needs_fsync;   /* on Redis's disk */
	int replicas;	    /* so many replicas have it, too */
	int64_t timeout_ms; /* to wait for either; needed with either */
};

struct queue_options {
	struct loop *loop;
	struct metrics *metrics;
	const char *address;  /* "host:port" or "unix:/path" */
	const char *username; /* "" for none */
	const char *password; /* "" for none */
	int database;
	const char *prefix;
	int shards;
	const struct queue_destination *destinations; /* copied */
	size_t destination_count;
	int64_t connect_timeout_ms;
	int64_t request_timeout_ms;
	int64_t reconnect_base_ms;
	int64_t reconnect_cap_ms;
	int64_t reap_grace_ms;	/* after a connect nobody reaps this long */
	size_t max_batch_bytes; /* of one script call */
	struct queue_ack ack;	/* of enqueues */
	uint64_t seed;		/* for boot id and jitter */

	/* Told when the queue becomes usable or ceases to be; `err` says why
	 * not, NULL when usable. Also why it never will be (another schema,
	 * other shards): then `is_fatal`, and the process should exit. */
	void (*on_state)(
	    void *arg, bool is_up, bool is_fatal, const struct err *err);
	void *arg;
};

/* Starts to connect. Options' texts are copied. Caller destroys. */
MUST_USE struct queue *queue_create(const struct queue_options *options);

/* Ends all calls with QUEUE_CLOSED, then frees. NULL is fine. Not from inside a
 * callback of the queue. */
void queue_destroy(struct queue *queue);

/* Replaces what is known of the destinations, from the next call on: after a
 * reload. False, and nothing changes, unless they are the same by name and
 * order. Copied. */
MUST_USE bool queue_set_destinations(
    struct queue *queue, const struct queue_destination *list, size_t count);

/* Replaces two of the options, from the next call on: after a reload. */
void queue_set_limits(
    struct queue *queue, int64_t reap_grace_ms, size_t max_batch_bytes);

/* Connected, scripts loaded, schema agreed. */
bool queue_is_up(const struct queue *queue);

/* Why not, as on_state's last err. Borrowed; empty text when up. */
const struct err *queue_trouble(const struct queue *queue);

/* Calls of queue_finish whose verdict is still to come. */
size_t queue_unfinished(const struct queue *queue);

/* ---- ingest ---- */

/* One object for one or more destinations. */
struct queue_entry {
	struct slice group;
	struct slice body; /* job_encode_body's */
	bool has_delivery_id;
	uint8_t delivery_digest[IDENTITY_DIGEST_BYTES];
	bool is_partial;	 /* JOB HEAD: PARTIAL */
	const int *destinations; /* places in queue_options.destinations */
	size_t destination_count;
};

enum queue_verdict {
	QUEUE_ACCEPTED,
	QUEUE_DUPLICATE, /* seen within dedupe_for_ms */
	QUEUE_FULL,	 /* max_depth, max_group; nothing was stored nor marked
			  * as seen */
};

struct queue_admission {
	int destination;
	enum queue_verdict verdict;
	char id[JOB_ID_MAX]; /* "" unless accepted */
};

/* `admissions` is NULL unless QUEUE_OK; else one for each destination, in their
 * order. `err` says what Redis said; NULL when QUEUE_OK. */
typedef void (*queue_enqueue_cb)(void *arg, enum queue_status status,
    const struct queue_admission *admissions, size_t count,
    const struct err *err);

void queue_enqueue(struct queue *queue, const struct queue_entry *entry,
    queue_enqueue_cb cb, void *arg);

/* ---- dispatcher ---- */

/* The last body that was sent for a group. */
struct queue_sent {
	bool is_known; /* remembered at all */
	uint8_t digest[QUEUE_SENT_DIGEST_BYTES];
	bool was_delivered; /* else it is not known what became of it */
	int64_t at_ms;	    /* Redis's clock; 0 in a finish: now */
};

/* A group in hand: its head job, and what was tried before. */
struct queue_lease {
	struct slice group;
	struct slice element;	/* for job_decode; may be anything at all */
	char id[JOB_ID_MAX];	/* of the job, also when it is unreadable */
	int64_t attempts;	/* spent so far */
	int64_t first_at_ms;	/* first attempt, Redis's clock; 0: none yet */
	int64_t losses;		/* leases lost, as a suspect */
	bool is_suspect;	/* its last holder lost it; it came alone */
	int64_t refused_at_ms;	/* its last `unauthorized`, Redis's clock; 0:
				 * none */
	struct queue_sent sent; /* forgotten by Redis when it was leased, until
				 * the finish says it anew */
};

struct queue_claim_reply {
	const struct queue_lease *leases;
	size_t count;
	const char *token; /* of all of them */
	int64_t now_ms;	   /* Redis's clock */
	int64_t lease_ms;  /* how much is left of the leases */
	int64_t next_ms;   /* until the next lease end or due time; -1: none */
	bool has_more;	   /* more could be claimed now */
};

typedef void (*queue_claim_cb)(void *arg, enum queue_status status,
    const struct queue_claim_reply *reply, const struct err *err);

struct queue_claim {
	int destination;
	int shard;
	size_t max_jobs;
	size_t max_bytes; /* stops after the job that passes it */
	int64_t lease_ms;
	int64_t retry_limit_ms; /* a retry further off was set by a clock that
				 * jumped, and is due now */
	bool takes_suspect;	/* a suspect may come, then alone; not while
				 * there is another in hand */
};

/* Claims of one lane (destination and shard) one after the other: the next only
 * after the callback. */
void queue_claim(struct queue *queue, const struct queue_claim *claim,
    queue_claim_cb cb, void *arg);

/* What becomes of the head of a leased group. */
enum queue_settle {
	QUEUE_POP,     /* done with: delivered, skipped */
	QUEUE_BURY,    /* to the dead letters */
	QUEUE_RETRY,   /* waits for delay_ms */
	QUEUE_REQUEUE, /* behind all that are ready; the try is noted, no
			* attempt is spent */
	QUEUE_RELEASE, /* back to the front, as if never claimed */
};

struct queue_finish {
	int destination;
	int shard;
	struct slice group;
	const char *token;
	const char *id; /* the lease's */
	enum queue_settle settle;
	enum outcome outcome;
	bool spends_attempt;
	int64_t delay_ms;      /* QUEUE_RETRY */
	int64_t started_at_ms; /* of the attempt, wall clock; 0: none made */
	int64_t took_ms;
	int http_status; /* 0: none */
	struct slice
	    note; /* for a person: error or response; 64 KiB are kept */
	struct queue_sent sent; /* now the last body of the group: this
				 * attempt's, or the lease's if it sent none */
	struct slice body;	/* QUEUE_BURY: as it was sent; kept with the
				 * letter if it is no longer than 256 KiB */
	const char *template;	/* QUEUE_BURY: its name; NULL: none */
};

enum queue_finish_verdict {
	QUEUE_FINISHED,
	QUEUE_NOT_CURRENT, /* the lease was no longer ours (or a repeat found
			    * its work done already) */
	QUEUE_DEAD_FULL,   /* QUEUE_BURY: there are dead_limit letters; it was
			    * requeued instead */
};

typedef void (*queue_finish_cb)(
    void *arg, enum queue_status status, enum queue_finish_verdict verdict);

/* Kept and repeated until Redis has answered; fails with QUEUE_CLOSED only. */
void queue_finish(struct queue *queue, const struct queue_finish *finish,
    queue_finish_cb cb, void *arg);

/* Woken: `destination` and `shard` may have work. They are -1 after the time,
 * after queue_unwatch, and when not QUEUE_OK. */
typedef void (*queue_watch_cb)(
    void *arg, enum queue_status status, int destination, int shard);

/* Blocks, on a connection of its own, until one of these destinations has work
 * (in any shard) or the time is over. One watch at a time. While there is no
 * connection it waits for one, and ends with QUEUE_UNAVAILABLE when the time is
 * over; it may also end early for no reason. */
void queue_watch(struct queue *queue, const int *destinations, size_t count,
    int64_t timeout_ms, queue_watch_cb cb, void *arg);

/* Ends the watch early; its callback comes soon. Fine when there is none. */
void queue_unwatch(struct queue *queue);

#endif
