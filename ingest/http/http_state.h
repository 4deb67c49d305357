#ifndef INGEST_HTTP_HTTP_STATE_H
#define INGEST_HTTP_HTTP_STATE_H

/*
 * What the files of this room share. Not for others: they have http_server.h.
 *
 *	http_server.c		listening, stopping
 *	http_connection.c	the states of a connection, its output, its end
 *	http_reading.c		its input
 *	http_crowd.c		all connections: their time limits, and who goes
 *				when there are too many
 *	http_head.c, http_text.c, http_chunks.c, http_answer.c
 *				the protocol, pure
 *
 *	            first byte        head, body         answered
 *	 OPENING ─────────────▶ READING ───────▶ WAITING ─────────▶ WRITING
 *	                         ▲    │ refused at the head            │
 *	                         │    └────────────────────────────────┤
 *	              first byte │                                     │
 *	                        IDLE ◀──────────────────────── written ┤
 *	                                                               ▼
 *	                                  written, and it closes: LINGERING
 *
 * http_connection_enter alone changes the state. Every state but WAITING and
 *CLOSED has a time limit. A connection that is CLOSED is freed after the turn;
 *one that is WAITING when its client goes stays, without a socket, until it is
 *answered.
 */

#include <stdbool.h>

#include "common/base/list.h"
#include "common/loop/runq.h"
#include "ingest/http/http_chunks.h"
#include "ingest/http/http_server.h"

struct accept_guard;
struct bufferevent;
struct evconnlistener;
struct metric;

enum {
	/* After a last answer, what the client is still sending is thrown away
	 * for so long: closing at once could take the answer from it. */
	HTTP_LINGER_MS = 5000,
};

enum http_state {
	HTTP_OPENING, /* has said nothing yet */
	HTTP_IDLE,    /* between two requests */
	HTTP_READING,
	HTTP_WAITING, /* for the handler's answer */
	HTTP_WRITING,
	HTTP_LINGERING,
	HTTP_CLOSED,
	HTTP_STATE_COUNT,
};

struct http_connection {
	struct list_link link; /* in crowd.by_state */
	struct http_server *server;
	struct bufferevent *bev; /* NULL: the socket is closed */
	struct net_address peer;
	enum http_state state;
	int64_t since_ms; /* in this state */
	size_t held;	  /* bytes of input, as counted in crowd.buffered */
	bool is_busy;	  /* going on: somebody up the stack steps */
	bool is_deaf;	  /* reading is off */
	bool is_ended;	  /* the client sends no more */

	/* the request at hand */
	struct http_head_search search;
	enum http_framing framing;
	size_t body_bytes; /* HTTP_LENGTH */
	struct http_chunks chunks;
	struct strbuf body; /* HTTP_CHUNKED */
	void *request;	    /* the handler's, while its body is read */
	bool has_head;
	bool is_head;  /* the method is HEAD */
	bool is_old;   /* HTTP/1.0 */
	bool closes;   /* after its answer */
	bool lingers;  /* before it closes */
	size_t unread; /* of the body, after an early answer */
};

/* All connections of a server. */
struct http_crowd {
	struct list by_state[HTTP_STATE_COUNT]; /* oldest in it first */
	struct runq *runq;

	struct http_expiry {
		struct runq_item item; /* of the oldest */
		int64_t limit_ms;
	} expiries[HTTP_STATE_COUNT];

	size_t count;	 /* with a socket */
	size_t waiting;	 /* without, too */
	size_t buffered; /* bytes of input */
	bool is_shedding;
	int64_t quiet_until_ms; /* no more lines about those who must go */
	struct metric *metric_open;
	struct metric *metric_buffered;
};

struct http_server {
	struct loop *loop;
	struct metrics *metrics;
	struct http_limits limits;
	struct http_handler handler;
	struct evconnlistener *listener; /* NULL when stopped */
	struct accept_guard *guard;	 /* of the listener */
	struct http_crowd crowd;
	struct http_head head; /* of one request at a time */
	struct strbuf output;  /* one answer at a time */
	struct http_date date;

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

/* Takes the socket. */
void http_connection_create(
    struct http_server *server, int fd, const struct net_address *peer);

/* Ends the connection; fine when it is. */
void http_connection_close(struct http_connection *connection);

/* Sends; what fails shows as an error of the connection, later. */
void http_connection_send(
    const struct http_connection *connection, struct slice bytes);

/* Goes on with reading a request. True when another step may follow. */
MUST_USE bool http_connection_read(struct http_connection *connection);

/* Tells the handler, which answers; the connection ends with that. */
void http_connection_fail(
    struct http_connection *connection, const struct http_fault *fault);

/* The time in its state is over: leaves it. */
void http_connection_expire(struct http_connection *connection);

/* Its request is given up, to make room for others: 503. Leaves READING. */
void http_connection_shed(struct http_connection *connection);

/* It goes, to make room for another. */
void http_connection_evict(struct http_connection *connection);

/* ---- the crowd ---- */

void http_crowd_init(struct http_server *server);
void http_crowd_finish(struct http_server *server);

/* Moves a connection to a state, also to its first and its last. */
void http_connection_enter(
    struct http_connection *connection, enum http_state state);

/* Says how many bytes of input the connection holds now. May shed it, or
 * others. */
void http_crowd_note_held(struct http_connection *connection, size_t held);

/* Ends connections until one more has room; false when all must stay. */
MUST_USE bool http_crowd_make_room(struct http_server *server);

/* ---- the server ---- */

/* Input came, or an answer went. */
void http_server_note_activity(struct http_server *server);

/* No request waits any more. */
void http_server_note_calm(struct http_server *server);

#endif
