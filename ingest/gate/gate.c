#include "ingest/gate/gate.h"

#include "common/base/mem.h"
#include "common/log/log.h"
#include "common/loop/descriptors.h"
#include "ingest/gate/gate_inner.h"
#include "ingest/gate/gate_state.h"

#include <event2/http.h>

#include <assert.h>
#include <stdlib.h>

enum {
	/* Of our own answers. */
	ANSWER_MAX = 64 * 1024,
	/* For all but clients; and for those that are accepted in one turn, of
	 * which as many others are closed at its end. */
	SPARE_DESCRIPTORS = 64 + 1024,
	/* evhttp takes 16 bits of methods; all of them, also unknown ones: the
	 * handler says 405. */
	ALL_METHODS = 0xffff,
	/* What a head may grow by when it is rewritten. */
	REWRITTEN_BYTES = 256,
};

/* ---- stopping ---- */

static void end_stop(struct gate *gate)
{
	runq_cancel(gate->timers, &gate->quiet);
	runq_cancel(gate->timers, &gate->grace);
	gate->on_stopped(gate->on_stopped_arg);
}

/* Stopped now, or asks again when it could be. While requests wait nothing is
 * scheduled: the last of them comes here. */
static void try_stop(struct gate *gate)
{
	int64_t quiet_at_ms = gate->active_at_ms + GATE_QUIET_MS;

	if (gate->crowd.waiting > 0) {
		return;
	}
	if (gate->crowd.count == 0 || loop_now_ms(gate->loop) >= quiet_at_ms) {
		end_stop(gate);
	} else {
		runq_schedule(gate->timers, &gate->quiet, quiet_at_ms);
	}
}

static void on_timer_due(struct runq_item *item, void *arg)
{
	struct gate *gate = arg;

	if (item == &gate->grace) {
		end_stop(gate);
	} else {
		try_stop(gate);
	}
}

void gate_note_activity(struct gate *gate)
{
	gate->active_at_ms = loop_now_ms(gate->loop);
}

void gate_note_calm(struct gate *gate)
{
	if (gate->is_stopping && runq_is_scheduled(&gate->grace)) {
		try_stop(gate);
	}
}

void gate_stop(struct gate *gate, int64_t grace_ms,
    void (*on_stopped)(void *arg), void *arg)
{
	assert(!gate->is_stopping);
	gate->is_stopping = true;
	gate->on_stopped = on_stopped;
	gate->on_stopped_arg = arg;
	runq_schedule(
	    gate->timers, &gate->grace, loop_now_ms(gate->loop) + grace_ms);
	try_stop(gate);
}

/* ---- life ---- */

/* As many connections as there are to be, or as there can be. */
static void limit_connections(struct gate *gate)
{
	size_t wanted = gate->limits.max_connections + SPARE_DESCRIPTORS;
	size_t got = descriptors_raise(wanted);
	struct log_line line;

	if (got >= wanted) {
		return;
	}
	gate->limits.max_connections = got / 2;
	log_begin(&line, LOG_WARN, "gate", LOG_DESCRIPTORS_SHORT);
	log_number(&line, "limit", (int64_t)got);
	log_number(&line, "wanted", (int64_t)wanted);
	log_number(&line, "connections", (int64_t)gate->limits.max_connections);
	log_end(&line);
}

static struct bufferevent *on_evhttp_accept(struct event_base *base, void *arg)
{
	(void)base;
	return gate_connection_create(arg);
}

static void stand_before(struct gate *gate, struct evhttp *http)
{
	evhttp_set_allowed_methods(http, ALL_METHODS);
	evhttp_set_max_headers_size(http, HTTP_HEAD_BYTES + REWRITTEN_BYTES);
	/* Ours is less; and a connection would keep to the first it is given.
	 */
	evhttp_set_max_body_size(http, -1);
	evhttp_set_bevcb(http, on_evhttp_accept, gate);
	evhttp_set_gencb(http, gate_inner_on_request, gate);
}

struct gate *gate_create(
    const struct gate_options *options, struct evhttp *http)
{
	struct gate *gate = xcalloc(1, sizeof(*gate));

	gate->loop = options->loop;
	gate->metrics = options->metrics;
	gate->limits = options->limits;
	gate->handler = options->handler;
	strbuf_init(&gate->answer, ANSWER_MAX);
	gate->timers = runq_create(gate->loop, on_timer_due, gate);
	limit_connections(gate);
	gate_crowd_init(gate);
	stand_before(gate, http);
	return gate;
}

void gate_set_limits(struct gate *gate, const struct gate_limits *limits)
{
	gate->limits = *limits;
	limit_connections(gate);
	gate_crowd_follow(gate);
}

void gate_destroy(struct gate *gate)
{
	if (gate == NULL) {
		return;
	}
	gate_crowd_finish(gate);
	runq_destroy(gate->timers);
	strbuf_finish(&gate->answer);
	free(gate);
}
