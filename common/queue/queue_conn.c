/*
 * The contract of hiredis, from 0.14 to 1.2, as far as we lean on it:
 *
 * - redisAsyncConnect returns NULL without memory, and a context with `err` set
 *   when it failed at once: that one is freed by us. It may also be ours to
 *   free later, with redisAsyncFree.
 * - When connecting fails later, the connect callback says so, and hiredis
 *   frees the context after it. The disconnect callback comes only for a
 *   context that was connected; hiredis frees the context after that one, too.
 * - A reply belongs to hiredis and is gone when its callback returns.
 * - When a context is lost or freed, every request that waits is called back
 *   with no reply, before the disconnect callback, from inside whatever call
 *   that was.
 * - 0.14 must not be told to free a context from inside the connect callback,
 *   nor any version from inside the disconnect callback. So we never do it
 *   inside a callback: queue_conn_drop puts it off to the end of the turn.
 * - Why a connection failed is in the context's inner context: 0.14 does not
 *   copy it to the outer one before the connect callback.
 * - There are no time-outs in 0.14 once connected, so they are ours.
 *
 * States:
 *
 *	WAITING -(delay over)-> CONNECTING -(connected)-> GREETING -(id)-> UP
 *	   ^                        |                        |              |
 *	   +------- lost, refused, or no answer in time -----+--------------+
 */
#include "common/queue/queue_conn.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/list.h"
#include "common/base/mem.h"
#include "common/base/rng.h"
#include "common/loop/loop.h"
#include "common/loop/runq.h"

#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#include <hiredis/adapters/libevent.h>

enum conn_state {
	CONN_WAITING,
	CONN_CONNECTING,
	CONN_GREETING,
	CONN_UP,
};

enum {
	HOST_MAX = 256,
	BACKOFF_DOUBLINGS_MAX = 20,
};

struct request {
	struct list_link link; /* only of one that could not be sent */
	struct runq_item timeout;
	struct queue_conn *conn;
	queue_conn_cb cb;
	void *arg;
	int64_t timeout_ms;
};

struct queue_conn {
	struct queue_conn_options options;
	enum conn_state state;
	redisAsyncContext *context; /* NULL while waiting */
	struct runq *timers;	    /* of the connection: one item */
	struct runq_item timer;
	struct runq *timeouts; /* of requests */
	struct list unsent;
	struct loop_task drop;
	struct err drop_reason;
	struct rng rng;
	int failures; /* since the last reset of the backoff */
	int64_t id;
	int64_t ghost_id; /* timed out; may still have requests in buffers */
	bool is_destroying;
};

static void enter(struct queue_conn *conn, enum conn_state state)
{
	conn->state = state;
}

static int64_t backoff_ms(struct queue_conn *conn)
{
	int64_t delay_ms = conn->options.reconnect_base_ms;
	int64_t half_ms;

	for (int i = 1; i < conn->failures && i < BACKOFF_DOUBLINGS_MAX &&
	     delay_ms < conn->options.reconnect_cap_ms;
	     i++) {
		delay_ms *= 2;
	}
	if (delay_ms > conn->options.reconnect_cap_ms) {
		delay_ms = conn->options.reconnect_cap_ms;
	}
	half_ms = delay_ms / 2;
	return delay_ms - half_ms +
	    (int64_t)rng_below(&conn->rng, (uint64_t)half_ms + 1);
}

static void set_timer(struct queue_conn *conn, int64_t delay_ms)
{
	runq_schedule(conn->timers, &conn->timer,
	    loop_now_ms(conn->options.loop) + delay_ms);
}

static void end_request(struct request *request, const struct redisReply *reply)
{
	runq_cancel(request->conn->timeouts, &request->timeout);
	request->cb(request->arg, reply);
	free(request);
}

static void fail_unsent(struct queue_conn *conn)
{
	struct list_link *link;

	while ((link = list_pop_front(&conn->unsent)) != NULL) {
		end_request(LIST_MEMBER(link, struct request, link), NULL);
	}
}

/* The context is gone or going: wait, then connect again. */
static void lose(struct queue_conn *conn, const struct err *why)
{
	struct err reason = *why; /* it may be drop_reason or the context's */

	conn->context = NULL;
	conn->id = 0;
	conn->failures++;
	loop_task_cancel(&conn->drop);
	enter(conn, CONN_WAITING);
	if (!conn->is_destroying) {
		set_timer(conn, backoff_ms(conn));
		conn->options.on_down(conn->options.arg, &reason);
		fail_unsent(conn);
	}
}

static void lose_to_hiredis(
    struct queue_conn *conn, const redisAsyncContext *context)
{
	struct err why;

	if (conn->context != context) {
		return; /* we were first */
	}
	err_set(&why, "%s: %s", conn->options.address,
	    context->c.err != 0 ? context->c.errstr : "connection closed");
	lose(conn, &why);
}

static void on_hiredis_reply(
    struct redisAsyncContext *context, void *reply, void *arg)
{
	struct request *request = arg;

	if (reply == NULL) {
		lose_to_hiredis(request->conn, context);
	}
	end_request(request, reply);
}

static void on_request_timed_out(struct runq_item *item, void *arg)
{
	struct queue_conn *conn = arg;
	struct request *request = LIST_MEMBER(item, struct request, timeout);
	struct err why;

	err_set(&why, "%s: no answer within %lld ms", conn->options.address,
	    (long long)request->timeout_ms);
	if (conn->id != 0) {
		conn->ghost_id = conn->id;
	}
	queue_conn_drop(conn, &why);
}

void queue_conn_send(struct queue_conn *conn, struct slice command,
    int64_t timeout_ms, queue_conn_cb cb, void *arg)
{
	struct request *request = xcalloc(1, sizeof(*request));

	assert(conn->state == CONN_UP || conn->state == CONN_GREETING);
	request->conn = conn;
	request->cb = cb;
	request->arg = arg;
	request->timeout_ms = timeout_ms;
	if (command.len == 0 ||
	    redisAsyncFormattedCommand(conn->context, on_hiredis_reply, request,
		command.data, command.len) != REDIS_OK) {
		struct err why;

		list_push_back(&conn->unsent, &request->link);
		err_set(&why, "no memory for a request to Redis");
		queue_conn_drop(conn, &why);
		return;
	}
	runq_schedule(conn->timeouts, &request->timeout,
	    loop_now_ms(conn->options.loop) + timeout_ms);
}

static void send_text(
    struct queue_conn *conn, struct queue_command *command, queue_conn_cb cb)
{
	queue_conn_send(conn, queue_command_bytes(command),
	    conn->options.connect_timeout_ms, cb, conn);
	queue_command_finish(command);
}

static void drop_refused(
    struct queue_conn *conn, const char *what, const struct redisReply *reply)
{
	struct err why;

	err_set(&why, "%s refused: %.*s", what, (int)reply->len, reply->str);
	queue_conn_drop(conn, &why);
}

/* Nothing depends on it: it is refused where ACLs forbid it, and finds nobody
 * when Redis has seen that we hung up. */
static void on_kill_reply(void *arg, const struct redisReply *reply)
{
	(void)arg;
	(void)reply;
}

static void kill_ghost(struct queue_conn *conn)
{
	struct queue_command command;
	int64_t ghost_id = conn->ghost_id;

	conn->ghost_id = 0;
	if (ghost_id == 0 || ghost_id == conn->id) {
		return;
	}
	queue_command_init(&command);
	queue_command_add_text(&command, "CLIENT");
	queue_command_add_text(&command, "KILL");
	queue_command_add_text(&command, "ID");
	queue_command_add_number(&command, ghost_id);
	send_text(conn, &command, on_kill_reply);
}

static bool is_dropping(const struct queue_conn *conn)
{
	return conn->drop.link.next != NULL;
}

static void on_auth_reply(void *arg, const struct redisReply *reply)
{
	struct queue_conn *conn = arg;

	if (reply != NULL && reply->type == REDIS_REPLY_ERROR) {
		drop_refused(conn, "AUTH", reply);
	}
}

static void on_select_reply(void *arg, const struct redisReply *reply)
{
	struct queue_conn *conn = arg;

	if (reply != NULL && reply->type == REDIS_REPLY_ERROR &&
	    !is_dropping(conn)) {
		drop_refused(conn, "SELECT", reply);
	}
}

static void on_id_reply(void *arg, const struct redisReply *reply)
{
	struct queue_conn *conn = arg;

	if (reply == NULL || is_dropping(conn)) {
		return;
	}
	if (reply->type == REDIS_REPLY_ERROR &&
	    strncmp(reply->str, "NOAUTH", 6) == 0) {
		drop_refused(conn, "connection", reply);
		return;
	}
	conn->id = reply->type == REDIS_REPLY_INTEGER ? reply->integer : 0;
	runq_cancel(conn->timers, &conn->timer);
	enter(conn, CONN_UP);
	kill_ghost(conn);
	conn->options.on_up(conn->options.arg);
}

static void greet(struct queue_conn *conn)
{
	struct queue_command command;

	enter(conn, CONN_GREETING);
	if (conn->options.password[0] != '\0') {
		queue_command_init(&command);
		queue_command_add_text(&command, "AUTH");
		if (conn->options.username[0] != '\0') {
			queue_command_add_text(
			    &command, conn->options.username);
		}
		queue_command_add_text(&command, conn->options.password);
		send_text(conn, &command, on_auth_reply);
	}
	if (conn->options.database != 0) {
		queue_command_init(&command);
		queue_command_add_text(&command, "SELECT");
		queue_command_add_number(&command, conn->options.database);
		send_text(conn, &command, on_select_reply);
	}
	queue_command_init(&command);
	queue_command_add_text(&command, "CLIENT");
	queue_command_add_text(&command, "ID");
	send_text(conn, &command, on_id_reply);
}

static void on_hiredis_connected(const redisAsyncContext *context, int status)
{
	struct queue_conn *conn = context->data;

	if (status != REDIS_OK) {
		lose_to_hiredis(conn, context);
	} else if (conn->context == context && !is_dropping(conn)) {
		greet(conn);
	}
}

static void on_hiredis_disconnected(
    const redisAsyncContext *context, int status)
{
	(void)status;
	lose_to_hiredis(context->data, context);
}

static redisAsyncContext *open_context(const char *address)
{
	char host[HOST_MAX];
	const char *colon = strrchr(address, ':');
	size_t len;

	if (strncmp(address, "unix:", 5) == 0) {
		return redisAsyncConnectUnix(address + 5);
	}
	if (colon == NULL) {
		return redisAsyncConnect(address, 6379);
	}
	len = (size_t)(colon - address);
	if (len >= 2 && address[0] == '[' && address[len - 1] == ']') {
		address++; /* an IPv6 address in brackets */
		len -= 2;
	}
	(void)snprintf(host, sizeof(host), "%.*s", (int)len, address);
	return redisAsyncConnect(host, (int)strtol(colon + 1, NULL, 10));
}

static void start_connecting(struct queue_conn *conn)
{
	redisAsyncContext *context = open_context(conn->options.address);
	struct err why;

	if (context == NULL || context->err != 0) {
		err_set(&why, "%s: %s", conn->options.address,
		    context != NULL ? context->errstr : "no memory");
		if (context != NULL) {
			redisAsyncFree(context);
		}
		lose(conn, &why);
		return;
	}
	context->data = conn;
	conn->context = context;
	enter(conn, CONN_CONNECTING);
	set_timer(conn, conn->options.connect_timeout_ms);
	if (context->c.connection_type == REDIS_CONN_TCP) {
		(void)redisEnableKeepAlive(&context->c);
	}
	(void)redisLibeventAttach(context, loop_base(conn->options.loop));
	(void)redisAsyncSetConnectCallback(context, on_hiredis_connected);
	(void)redisAsyncSetDisconnectCallback(context, on_hiredis_disconnected);
}

static void on_timer_due(struct runq_item *item, void *arg)
{
	struct queue_conn *conn = arg;
	struct err why;

	(void)item;
	switch (conn->state) {
	case CONN_WAITING:
		start_connecting(conn);
		break;
	case CONN_CONNECTING:
	case CONN_GREETING:
		err_set(&why, "%s: not connected within %lld ms",
		    conn->options.address,
		    (long long)conn->options.connect_timeout_ms);
		queue_conn_drop(conn, &why);
		break;
	case CONN_UP:
		break;
	}
}

static void on_drop_due(void *arg)
{
	struct queue_conn *conn = arg;
	redisAsyncContext *context = conn->context;

	if (context != NULL) {
		lose(conn, &conn->drop_reason);
		redisAsyncFree(context);
	}
}

void queue_conn_drop(struct queue_conn *conn, const struct err *why)
{
	if (!is_dropping(conn)) {
		conn->drop_reason = *why;
		loop_defer(conn->options.loop, &conn->drop);
	}
}

struct queue_conn *queue_conn_create(const struct queue_conn_options *options)
{
	struct queue_conn *conn = xcalloc(1, sizeof(*conn));

	conn->options = *options;
	conn->options.address = xstrdup(options->address);
	conn->options.username = xstrdup(options->username);
	conn->options.password = xstrdup(options->password);
	conn->timers = runq_create(options->loop, on_timer_due, conn);
	conn->timeouts = runq_create(options->loop, on_request_timed_out, conn);
	loop_task_init(&conn->drop, on_drop_due, conn);
	list_init(&conn->unsent);
	rng_seed(&conn->rng, options->seed);
	set_timer(conn, 0);
	return conn;
}

void queue_conn_destroy(struct queue_conn *conn)
{
	redisAsyncContext *context;

	if (conn == NULL) {
		return;
	}
	conn->is_destroying = true;
	loop_task_cancel(&conn->drop);
	context = conn->context;
	conn->context = NULL;
	enter(conn, CONN_WAITING);
	if (context != NULL) {
		redisAsyncFree(context);
	}
	fail_unsent(conn);
	loop_task_cancel(&conn->drop);
	runq_destroy(conn->timers);
	runq_destroy(conn->timeouts);
	free((char *)conn->options.address);
	free((char *)conn->options.username);
	free((char *)conn->options.password);
	free(conn);
}

bool queue_conn_is_up(const struct queue_conn *conn)
{
	return conn->state == CONN_UP && !is_dropping(conn);
}

int64_t queue_conn_id(const struct queue_conn *conn)
{
	return conn->id;
}

void queue_conn_reset_backoff(struct queue_conn *conn)
{
	conn->failures = 0;
}
