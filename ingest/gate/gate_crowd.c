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
#include "ingest/gate/gate_state.h"

#include <assert.h>
#include <stdlib.h>

enum {
	LOG_EVERY_MS = 10000, /* of those who must go */
};

static struct gate_connection *oldest(struct gate *gate, enum gate_state state)
{
	struct list_link *link = list_first(&gate->crowd.by_state[state]);

	return link != NULL ? LIST_MEMBER(link, struct gate_connection, link)
			    : NULL;
}

/* ---- time limits ---- */

static void watch(struct gate *gate, enum gate_state state)
{
	struct gate_expiry *expiry = &gate->crowd.expiries[state];
	struct gate_connection *first = oldest(gate, state);

	if (first != NULL && expiry->limit_ms > 0 &&
	    !runq_is_scheduled(&expiry->item)) {
		runq_schedule(gate->crowd.runq, &expiry->item,
		    first->since_ms + expiry->limit_ms);
	}
}

static const char *drop_reason(enum gate_state state)
{
	switch (state) {
	case GATE_OPENING:
		return "silent";
	case GATE_READING:
		return "slow";
	case GATE_WRITING:
		return "stalled";
	case GATE_IDLE:
	case GATE_WAITING:
	case GATE_LINGERING:
	case GATE_CLOSED:
	case GATE_STATE_COUNT:
		break;
	}
	return NULL;
}

static void count_drop(struct gate *gate, const char *reason)
{
	if (reason != NULL) {
		metric_add(metrics_get(gate->metrics,
			       METRICS_DROPPED_CONNECTIONS, reason, NULL),
		    1);
	}
}

static void expire_all(struct gate *gate, enum gate_state state)
{
	int64_t begun_ms =
	    loop_now_ms(gate->loop) - gate->crowd.expiries[state].limit_ms;
	struct gate_connection *first;

	while ((first = oldest(gate, state)) != NULL &&
	    first->since_ms <= begun_ms) {
		count_drop(gate, drop_reason(state));
		gate_connection_expire(first);
	}
	watch(gate, state);
}

static void on_expiry_due(struct runq_item *item, void *arg)
{
	struct gate *gate = arg;
	const struct gate_expiry *expiry =
	    LIST_MEMBER(item, struct gate_expiry, item);

	expire_all(gate, (enum gate_state)(expiry - gate->crowd.expiries));
}

void gate_enter(struct gate_connection *connection, enum gate_state state)
{
	struct gate *gate = connection->gate;
	struct gate_crowd *crowd = &gate->crowd;
	bool was_waiting = connection->state == GATE_WAITING;

	assert(connection->state != GATE_CLOSED);
	list_remove(&connection->link);
	connection->state = state;
	connection->since_ms = loop_now_ms(gate->loop);
	if (state == GATE_CLOSED) {
		loop_bury(gate->loop, connection, free);
	} else {
		list_push_back(&crowd->by_state[state], &connection->link);
		watch(gate, state);
	}
	if (state == GATE_WAITING) {
		crowd->waiting++;
	} else if (was_waiting) {
		crowd->waiting--;
		if (crowd->waiting == 0) {
			gate_note_calm(gate);
		}
	}
}

/* ---- room ---- */

void gate_crowd_count(struct gate *gate, int change)
{
	struct gate_crowd *crowd = &gate->crowd;

	crowd->count += (size_t)change;
	metric_set(crowd->metric_open, (double)crowd->count);
	if (crowd->count == 0) {
		gate_note_calm(gate);
	}
}

static void log_drop(struct gate *gate, const char *reason)
{
	struct gate_crowd *crowd = &gate->crowd;
	int64_t now_ms = loop_now_ms(gate->loop);
	struct log_line line;

	count_drop(gate, reason);
	if (now_ms < crowd->quiet_until_ms) {
		return;
	}
	crowd->quiet_until_ms = now_ms + LOG_EVERY_MS;
	log_begin(&line, LOG_WARN, "gate", LOG_CLIENTS_DROPPED);
	log_text(&line, "reason", reason);
	log_number(&line, "connections", (int64_t)crowd->count);
	log_number(&line, "buffered", (int64_t)crowd->buffered);
	log_end(&line);
}

void gate_crowd_note_held(struct gate_connection *connection, size_t held)
{
	struct gate *gate = connection->gate;
	struct gate_crowd *crowd = &gate->crowd;
	struct gate_connection *first;

	crowd->buffered = crowd->buffered - connection->held + held;
	connection->held = held;
	metric_set(crowd->metric_buffered, (double)crowd->buffered);
	if (crowd->is_shedding) {
		return;
	}
	crowd->is_shedding = true;
	while (crowd->buffered > gate->limits.max_buffered_bytes &&
	    (first = oldest(gate, GATE_READING)) != NULL) {
		log_drop(gate, "buffered");
		gate_connection_shed(first);
	}
	crowd->is_shedding = false;
}

static struct gate_connection *next_to_go(struct gate *gate)
{
	struct gate_connection *next = NULL;
	int64_t next_ms = 0;

	for (size_t state = 0; state < GATE_CLOSED; state++) {
		struct gate_connection *first =
		    oldest(gate, (enum gate_state)state);
		int64_t due_ms;

		if (first == NULL || state == GATE_WAITING) {
			continue;
		}
		due_ms = first->since_ms + gate->crowd.expiries[state].limit_ms;
		if (next == NULL || due_ms < next_ms) {
			next = first;
			next_ms = due_ms;
		}
	}
	return next;
}

bool gate_crowd_make_room(struct gate *gate)
{
	while (gate->crowd.count >= gate->limits.max_connections) {
		struct gate_connection *next = next_to_go(gate);

		if (next == NULL) {
			return false;
		}
		log_drop(gate, "crowded");
		gate_connection_evict(next);
	}
	return true;
}

/* ---- life ---- */

static void set_time_limits(struct gate *gate)
{
	const struct gate_limits *limits = &gate->limits;
	struct gate_expiry *expiries = gate->crowd.expiries;

	expiries[GATE_OPENING].limit_ms = limits->request_timeout_ms;
	expiries[GATE_IDLE].limit_ms = limits->idle_timeout_ms;
	expiries[GATE_READING].limit_ms = limits->request_timeout_ms;
	expiries[GATE_WRITING].limit_ms = limits->request_timeout_ms;
	expiries[GATE_LINGERING].limit_ms = GATE_LINGER_MS;
}

void gate_crowd_follow(struct gate *gate)
{
	set_time_limits(gate);
	for (size_t state = 0; state < GATE_STATE_COUNT; state++) {
		runq_cancel(
		    gate->crowd.runq, &gate->crowd.expiries[state].item);
		watch(gate, (enum gate_state)state);
	}
}

void gate_crowd_init(struct gate *gate)
{
	struct gate_crowd *crowd = &gate->crowd;

	for (size_t i = 0; i < GATE_STATE_COUNT; i++) {
		list_init(&crowd->by_state[i]);
	}
	set_time_limits(gate);
	crowd->runq = runq_create(gate->loop, on_expiry_due, gate);
	crowd->metric_open =
	    metrics_get(gate->metrics, METRICS_CONNECTIONS, NULL, NULL);
	crowd->metric_buffered =
	    metrics_get(gate->metrics, METRICS_BUFFERED, NULL, NULL);
}

void gate_crowd_finish(struct gate *gate)
{
	struct gate_crowd *crowd = &gate->crowd;

	for (size_t i = 0; i < GATE_CLOSED; i++) {
		struct gate_connection *first;

		while ((first = oldest(gate, (enum gate_state)i)) != NULL) {
			assert(first->state != GATE_WAITING);
			gate_connection_close(first);
		}
	}
	runq_destroy(crowd->runq);
}
