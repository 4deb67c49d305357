#ifndef INGEST_GATE_GATE_CROWD_H
#define INGEST_GATE_GATE_CROWD_H

/*
 * The states of a connection, and all connections of a gate by them.
 *
 *	            first byte        whole              answered
 *	 OPENING ─────────────▶ READING ───────▶ WAITING ─────────▶ WRITING
 *	                         ▲    │ refused by the gate            │
 *	                         │    └────────────────────────────────┤
 *	              first byte │                                     │
 *	                        IDLE ◀──────────────────────── written ┤
 *	                                                               ▼
 *	                                  written, and it closes: LINGERING
 *
 * gate_enter alone changes the state. Every state but WAITING and CLOSED has a
 * time limit. A connection that is CLOSED is freed after the turn; one that is
 * WAITING when its client goes stays, without a socket, until it is answered.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/list.h"
#include "common/loop/runq.h"

struct gate;
struct gate_connection;
struct metric;

enum gate_state {
	GATE_OPENING, /* has said nothing yet */
	GATE_IDLE,    /* between two requests */
	GATE_READING,
	GATE_WAITING, /* for the handler's answer */
	GATE_WRITING,
	GATE_LINGERING,
	GATE_CLOSED,
	GATE_STATE_COUNT,
};

enum {
	/* After a last answer, what the client is still sending is thrown away
	 * for so long: closing at once could take the answer from it. */
	GATE_LINGER_MS = 5000,
};

/* All connections of a gate. */
struct gate_crowd {
	struct list by_state[GATE_STATE_COUNT]; /* oldest in it first */
	struct runq *runq;

	struct gate_expiry {
		struct runq_item item; /* of the oldest */
		int64_t limit_ms;
	} expiries[GATE_STATE_COUNT];

	size_t count;	 /* whose client is there */
	size_t waiting;	 /* whose client has gone, too */
	size_t buffered; /* bytes of input */
	bool is_shedding;
	int64_t quiet_until_ms; /* no more lines about those who must go */
	struct metric *metric_open;
	struct metric *metric_buffered;
};

void gate_crowd_init(struct gate *gate);
void gate_crowd_finish(struct gate *gate);

/* The gate's limits are others. */
void gate_crowd_follow(struct gate *gate);

/* Moves a connection to a state, also to its first and its last. */
void gate_enter(struct gate_connection *connection, enum gate_state state);

/* One more, or one less. */
void gate_crowd_count(struct gate *gate, int change);

/* Says how many bytes of input the connection holds now. May shed it, or
 * others. */
void gate_crowd_note_held(struct gate_connection *connection, size_t held);

/* Ends connections until one more has room; false when all must stay. */
MUST_USE bool gate_crowd_make_room(struct gate *gate);

#endif
