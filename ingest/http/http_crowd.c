/*
 * Connections of one state have the same time limit, so their list, in the
 * order they entered it, is in the order of their deadlines, too: the first is
 * the one to watch. Entering and leaving a state cost a few pointers; a timer
 * is set once a limit, not once a request.
 *
 * When there are too many connections, time runs faster: the one that goes is
 * the one whose time would be over first. A flood of clients that say nothing,
 * or never finish, pushes out its own; a request that is being read or was just
 * answered has most of its time before it.
 */
#include "common/log/log.h"
#include "common/loop/loop.h"
#include "common/metrics/metrics.h"
#include "ingest/http/http_state.h"

#include <assert.h>
#include <stdlib.h>

enum {
	LOG_EVERY_MS = 10000, /* of those who must go */
};

static struct http_connection *oldest(
    struct http_server *server, enum http_state state)
{
	struct list_link *link = list_first(&server->crowd.by_state[state]);

	return link != NULL ? LIST_MEMBER(link, struct http_connection, link)
			    : NULL;
}

/* ---- time limits ---- */

static void watch(struct http_server *server, enum http_state state)
{
	struct http_expiry *expiry = &server->crowd.expiries[state];
	struct http_connection *first = oldest(server, state);

	if (first != NULL && expiry->limit_ms > 0 &&
	    !runq_is_scheduled(&expiry->item)) {
		runq_schedule(server->crowd.runq, &expiry->item,
		    first->since_ms + expiry->limit_ms);
	}
}

static const char *drop_reason(enum http_state state)
{
	switch (state) {
	case HTTP_OPENING:
		return "silent";
	case HTTP_READING:
		return "slow";
	case HTTP_WRITING:
		return "stalled";
	case HTTP_IDLE:
	case HTTP_WAITING:
	case HTTP_LINGERING:
	case HTTP_CLOSED:
	case HTTP_STATE_COUNT:
		break;
	}
	return NULL;
}

static void count_drop(struct http_server *server, const char *reason)
{
	if (reason != NULL) {
		metric_add(metrics_get(server->metrics,
			       METRICS_DROPPED_CONNECTIONS, reason, NULL),
		    1);
	}
}

static void expire_all(struct http_server *server, enum http_state state)
{
	int64_t begun_ms =
	    loop_now_ms(server->loop) - server->crowd.expiries[state].limit_ms;
	struct http_connection *first;

	while ((first = oldest(server, state)) != NULL &&
	    first->since_ms <= begun_ms) {
		count_drop(server, drop_reason(state));
		http_connection_expire(first);
	}
	watch(server, state);
}

static void on_expiry_due(struct runq_item *item, void *arg)
{
	struct http_server *server = arg;
	const struct http_expiry *expiry =
	    LIST_MEMBER(item, struct http_expiry, item);

	expire_all(server, (enum http_state)(expiry - server->crowd.expiries));
}

void http_connection_enter(
    struct http_connection *connection, enum http_state state)
{
	struct http_server *server = connection->server;
	struct http_crowd *crowd = &server->crowd;
	bool was_waiting = connection->state == HTTP_WAITING;

	assert(connection->state != HTTP_CLOSED);
	list_remove(&connection->link);
	connection->state = state;
	connection->since_ms = loop_now_ms(server->loop);
	if (state == HTTP_CLOSED) {
		loop_bury(server->loop, connection, free);
	} else {
		list_push_back(&crowd->by_state[state], &connection->link);
		watch(server, state);
	}
	if (state == HTTP_WAITING) {
		crowd->waiting++;
	} else if (was_waiting) {
		crowd->waiting--;
		if (crowd->waiting == 0) {
			http_server_note_calm(server);
		}
	}
}

/* ---- room ---- */

static void log_drop(struct http_server *server, const char *reason)
{
	struct http_crowd *crowd = &server->crowd;
	int64_t now_ms = loop_now_ms(server->loop);
	struct log_line line;

	count_drop(server, reason);
	if (now_ms < crowd->quiet_until_ms) {
		return;
	}
	crowd->quiet_until_ms = now_ms + LOG_EVERY_MS;
	log_begin(&line, LOG_WARN, "http", LOG_CLIENTS_DROPPED);
	log_text(&line, "reason", reason);
	log_number(&line, "connections", (int64_t)crowd->count);
	log_number(&line, "buffered", (int64_t)crowd->buffered);
	log_end(&line);
}

void http_crowd_note_held(struct http_connection *connection, size_t held)
{
	struct http_server *server = connection->server;
	struct http_crowd *crowd = &server->crowd;
	struct http_connection *first;

	crowd->buffered = crowd->buffered - connection->held + held;
	connection->held = held;
	metric_set(crowd->metric_buffered, (double)crowd->buffered);
	if (crowd->is_shedding) {
		return;
	}
	crowd->is_shedding = true;
	while (crowd->buffered > server->limits.max_buffered_bytes &&
	    (first = oldest(server, HTTP_READING)) != NULL) {
		log_drop(server, "buffered");
		http_connection_shed(first);
	}
	crowd->is_shedding = false;
}

static struct http_connection *next_to_go(struct http_server *server)
{
	struct http_connection *next = NULL;
	int64_t next_ms = 0;

	for (size_t state = 0; state < HTTP_CLOSED; state++) {
		struct http_connection *first =
		    oldest(server, (enum http_state)state);
		int64_t due_ms;

		if (first == NULL || state == HTTP_WAITING) {
			continue;
		}
		due_ms =
		    first->since_ms + server->crowd.expiries[state].limit_ms;
		if (next == NULL || due_ms < next_ms) {
			next = first;
			next_ms = due_ms;
		}
	}
	return next;
}

bool http_crowd_make_room(struct http_server *server)
{
	while (server->crowd.count >= server->limits.max_connections) {
		struct http_connection *next = next_to_go(server);

		if (next == NULL) {
			return false;
		}
		log_drop(server, "crowded");
		http_connection_evict(next);
	}
	return true;
}

/* ---- life ---- */

void http_crowd_init(struct http_server *server)
{
	const struct http_limits *limits = &server->limits;
	struct http_crowd *crowd = &server->crowd;

	for (size_t i = 0; i < HTTP_STATE_COUNT; i++) {
		list_init(&crowd->by_state[i]);
	}
	crowd->expiries[HTTP_OPENING].limit_ms = limits->request_timeout_ms;
	crowd->expiries[HTTP_IDLE].limit_ms = limits->idle_timeout_ms;
	crowd->expiries[HTTP_READING].limit_ms = limits->request_timeout_ms;
	crowd->expiries[HTTP_WRITING].limit_ms = limits->request_timeout_ms;
	crowd->expiries[HTTP_LINGERING].limit_ms = HTTP_LINGER_MS;
	crowd->runq = runq_create(server->loop, on_expiry_due, server);
	crowd->metric_open =
	    metrics_get(server->metrics, METRICS_CONNECTIONS, NULL, NULL);
	crowd->metric_buffered =
	    metrics_get(server->metrics, METRICS_BUFFERED, NULL, NULL);
}

void http_crowd_finish(struct http_server *server)
{
	struct http_crowd *crowd = &server->crowd;

	for (size_t i = 0; i < HTTP_CLOSED; i++) {
		struct http_connection *first;

		while ((first = oldest(server, (enum http_state)i)) != NULL) {
			assert(first->state != HTTP_WAITING);
			http_connection_close(first);
		}
	}
	runq_destroy(crowd->runq);
}
