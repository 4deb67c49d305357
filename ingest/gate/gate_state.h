#ifndef INGEST_GATE_GATE_STATE_H
#define INGEST_GATE_GATE_STATE_H

/*
 * What the files of this room share. Not for others: they have gate.h.
 *
 *	gate.c			before an evhttp; stopping
 *	gate_connection.c	the states of a connection, its end
 *	gate_reading.c		its input, up to a whole request
 *	gate_inner.c		evhttp's side of it
 *	gate_crowd.c		all connections: their time limits, and who goes
 *				when there are too many
 *	http_head.c, http_text.c, http_chunks.c		the protocol, pure
 */

#include <stdbool.h>

#include "common/base/list.h"
#include "common/loop/loop.h"
#include "common/loop/runq.h"
#include "ingest/gate/gate.h"
#include "ingest/gate/gate_crowd.h"
#include "ingest/gate/http_chunks.h"

struct bufferevent;

struct gate_connection {
	struct list_link link; /* in crowd.by_state */
	struct gate *gate;
	struct bufferevent *socket; /* NULL: not taken over yet, or gone */
	struct bufferevent *inner;  /* evhttp's; NULL when it is done with it */
	struct loop_task take_over;
	struct net_address peer;
	enum gate_state state;
	int64_t since_ms;  /* in this state */
	size_t held;	   /* bytes of input, as counted in crowd.buffered */
	bool is_busy;	   /* going on: somebody up the stack steps */
	bool is_deaf;	   /* reading is off */
	bool is_ended;	   /* the client sends no more */
	bool is_unwelcome; /* there was no room: to be closed at once */
	bool is_gone;	   /* closed; WAITING may last longer */

	/* the request at hand */
	struct http_head_search search;
	void *request; /* the handler's, until evhttp has its own */
	bool has_head;
	bool awaits_body;
	enum http_framing framing;
	size_t body_bytes;  /* of HTTP_LENGTH */
	struct strbuf head; /* as evhttp is to get it, but for the length and
			     * the empty line; empty: as it came */
	struct http_chunks chunks;
	struct strbuf body; /* of HTTP_CHUNKED */

	/* its answer */
	bool is_by_evhttp; /* who is to be told that it was written */
	bool closes;	   /* after it */
	bool lingers;	   /* before it closes */
	size_t unread;	   /* of the body that is not awaited */
};

struct gate {
	struct loop *loop;
	struct metrics *metrics;
	struct gate_limits limits;
	struct gate_handler handler;
	struct gate_crowd crowd;
	struct gate_connection *feeding; /* whose request evhttp reads now */
	struct http_head head;		 /* one at a time */
	struct strbuf answer;		 /* one of ours at a time */

	/* stopping */
	bool is_stopping;
	struct runq *timers; /* the next two */
	struct runq_item quiet;
	struct runq_item grace;
	int64_t active_at_ms; /* the last input or answer */
	void (*on_stopped)(void *arg);
	void *on_stopped_arg;
};

/* ---- connections ---- */

/* For evhttp's next connection: the bufferevent it gets. */
MUST_USE struct bufferevent *gate_connection_create(struct gate *gate);

/* Ends the connection; fine when it is. */
void gate_connection_close(struct gate_connection *connection);

/* Refuses what is being read: answers, and that was it. Leaves READING. */
void gate_connection_fail(
    struct gate_connection *connection, const struct http_fault *fault);

/* Sends; what fails shows as an error of the connection, later. */
void gate_connection_send(
    const struct gate_connection *connection, struct slice bytes);

/* The time in its state is over: leaves it. */
void gate_connection_expire(struct gate_connection *connection);

/* Its request is given up, to make room for others: 503. Leaves READING. */
void gate_connection_shed(struct gate_connection *connection);

/* It goes, to make room for another. */
void gate_connection_evict(struct gate_connection *connection);

/* ---- its input ---- */

/* Goes on with reading a request. True when another step may follow. */
MUST_USE bool gate_read(struct gate_connection *connection);

/* ---- the gate ---- */

/* Input came, or an answer went. */
void gate_note_activity(struct gate *gate);

/* No request waits, or no connection is left. */
void gate_note_calm(struct gate *gate);

#endif
