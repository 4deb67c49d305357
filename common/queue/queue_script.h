#ifndef COMMON_QUEUE_QUEUE_SCRIPT_H
#define COMMON_QUEUE_QUEUE_SCRIPT_H

/*
 * Calls of the verbs' scripts: EVALSHA; should Redis have forgotten the script,
 * load it and repeat. Every call is counted by verb and status.
 */

#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/queue/queue.h"
#include "common/queue/queue_command.h"

struct metrics;
struct redisReply;
struct queue_conn;
struct queue_scripts;

enum queue_verb {
	QUEUE_VERB_OPEN,
	QUEUE_VERB_ENQUEUE,
	QUEUE_VERB_CLAIM,
	QUEUE_VERB_FINISH,
	QUEUE_VERB_REPLAY,
	QUEUE_VERB_STATS,
	QUEUE_VERB_DEAD,
	QUEUE_VERB_WAKE,
	QUEUE_VERB_ADMIT,
	QUEUE_VERB_UNPROBE,
	QUEUE_VERB_HOLD,
	QUEUE_VERB_RESUME,
	QUEUE_VERB_HOLD_STATE,
	QUEUE_VERB_FLOW,
	QUEUE_VERB_REMOVE_DEAD,
	QUEUE_VERB_IMPORT,
	QUEUE_VERB_PURGE,
	QUEUE_VERB_FORGET,
	QUEUE_VERB_HISTORY,
	QUEUE_VERB_FIND_JOB,
	QUEUE_VERB_AUDIT,
	QUEUE_VERB_COUNT,
};

/* What follows from an error reply. */
enum queue_refusal {
	QUEUE_REFUSAL_UNKNOWN_SCRIPT, /* load it, repeat */
	QUEUE_REFUSAL_EMPTY,	      /* RELAYEMPTY: open again, repeat */
	QUEUE_REFUSAL_DIFFERS,	      /* RELAYDIFFERS: never */
	QUEUE_REFUSAL_ELSEWHERE,      /* this connection will not do: a replica,
				       * still loading, login needed */
	QUEUE_REFUSAL_LATER,	      /* out of memory, busy, ...: the next call
				       * may be answered */
};

enum queue_refusal queue_refusal_of(const char *error);

/* The error as Redis means it: 6.2 wraps what a command in a script says. */
const char *queue_refusal_text(const char *error);

const char *queue_verb_name(enum queue_verb verb);

/* Caller destroys; calls still open are told, first, by the connection's end.
 */
MUST_USE struct queue_scripts *queue_scripts_create(
    struct metrics *metrics, int64_t request_timeout_ms);
void queue_scripts_destroy(struct queue_scripts *scripts);

/* From now on calls end with QUEUE_CLOSED instead of QUEUE_UNAVAILABLE. */
void queue_scripts_close(struct queue_scripts *scripts);

/* Asks which scripts Redis lacks, and loads them; what is sent after its answer
 * finds them. The connection must be up. */
void queue_scripts_load_missing(
    struct queue_scripts *scripts, struct queue_conn *conn);

/* Starts a command; `key_count` keys, then the arguments, are to be added. */
void queue_script_begin(const struct queue_scripts *scripts,
    struct queue_command *command, enum queue_verb verb, int key_count);

/* `reply` is borrowed, and NULL unless QUEUE_OK; `err` is NULL then, else what
 * Redis or the connection said. */
typedef void (*queue_script_cb)(void *arg, enum queue_status status,
    const struct redisReply *reply, const struct err *err);

/* Takes the command. The connection must be up. */
void queue_script_call(struct queue_scripts *scripts, struct queue_conn *conn,
    enum queue_verb verb, struct queue_command *command, queue_script_cb cb,
    void *arg);

#endif
