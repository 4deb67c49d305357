#ifndef COMMON_QUEUE_QUEUE_CONN_H
#define COMMON_QUEUE_QUEUE_CONN_H

/*
 * One connection to Redis, made and re-made by itself: connect, AUTH, SELECT,
 * CLIENT ID; when lost, again after a jittered, growing delay. Requests have
 * time-outs of their own. What hiredis's callbacks promise and forbid is
 * written down once, in queue_conn.c.
 *
 * A request that has no answer in time ends the connection, for all behind it
 * wait, too. It may still be in Redis's buffers, so the first thing said on the
 * next connection is to kill the old one.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/queue/queue_command.h"

struct loop;
struct redisReply;
struct queue_conn;

struct queue_conn_options {
	struct loop *loop;
	const char *address;  /* "host:port" or "unix:/path" */
	const char *username; /* "" for none */
	const char *password; /* "" for none */
	int database;
	int64_t connect_timeout_ms; /* until greeted */
	int64_t reconnect_base_ms;
	int64_t reconnect_cap_ms;
	uint64_t seed; /* of the jitter */

	/* Requests may be sent from now on. */
	void (*on_up)(void *arg);
	/* Lost, or not to be had: once for each try. Comes before the callbacks
	 * of the requests that are lost with it. */
	void (*on_down)(void *arg, const struct err *err);
	void *arg;
};

/* Texts are copied. Begins to connect in the next turn. Caller destroys. */
MUST_USE struct queue_conn *queue_conn_create(
    const struct queue_conn_options *options);

/* Ends all requests; on_down is not called. NULL is fine. Not from inside a
 * callback. */
void queue_conn_destroy(struct queue_conn *conn);

bool queue_conn_is_up(const struct queue_conn *conn);

/* As CLIENT ID says; 0 when Redis would not say. */
int64_t queue_conn_id(const struct queue_conn *conn);

/* All went well: the next delay is a first one again. */
void queue_conn_reset_backoff(struct queue_conn *conn);

/* Ends the connection at the end of this turn, and makes another later. */
void queue_conn_drop(struct queue_conn *conn, const struct err *why);

/* `reply` is borrowed; NULL when there will be none. */
typedef void (*queue_conn_cb)(void *arg, const struct redisReply *reply);

/* Sends; the connection must be up. Calls back exactly once, never before it
 * returns. */
void queue_conn_send(struct queue_conn *conn, struct slice command,
    int64_t timeout_ms, queue_conn_cb cb, void *arg);

#endif
