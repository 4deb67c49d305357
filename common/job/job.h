#ifndef COMMON_JOB_JOB_H
#define COMMON_JOB_JOB_H

/*
 * A job as it stands in Redis: a fixed head, written by the scripts, and a
 * body, written by ingest.
 *
 *	 0      1       2          10         18            26
 *	+------+-------+----------+----------+-------------+---------------+
 *	| 0x02 | flags | id       | order    | accepted_ms | [as sent] body|
 *	+------+-------+----------+----------+-------------+---------------+
 *	                uint64 BE  uint64 BE  uint64 BE
 *
 *	flags:   0x01 PARTIAL  it changes its user (`$set`, `$add`, ...), so no
 *	                       later job may stand for it
 *	         0x02 AS_SENT  replayed to go out as it did: uint32 BE length
 *	                       and that request's body stand before the body
 *	body:    [1, {"r": route, "t": received_ms, "d": delivery id or nil},
 *	          object]
 *
 * `id` names the job for life, together with its shard: "0-1795166400123456".
 * `order` is the acceptance sequence of the shard, over all destinations; a
 * replayed job gets a new one, and a new accepted_ms.
 *
 * To change the body: add a key to the map; readers ignore keys they do not
 * know. To change anything else: raise the first number, and keep the reader of
 * the old one as long as Redis may hold such jobs. The head is also read by the
 * scripts (common/queue/lua/prelude.lua, JOB HEAD).
 */

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	JOB_HEAD_BYTES = 26,
	JOB_HEAD_VERSION = 2,
	JOB_ID_MAX = 48, /* with the NUL */
};

enum {
	JOB_PARTIAL = 0x01,
	JOB_AS_SENT = 0x02,
	JOB_FLAGS = JOB_PARTIAL | JOB_AS_SENT, /* with another it is no job */
};

/* What ingest puts in. All slices are borrowed. */
struct job_body {
	struct slice route;	  /* the path of the route */
	struct slice delivery_id; /* for people and traces; may be empty */
	int64_t received_at_ms;	  /* wall clock of ingest */
	struct slice object;	  /* msgpack of the event or user, as sent */
};

struct job {
	uint64_t id;
	uint64_t order;
	int64_t accepted_at_ms; /* by Redis's clock */
	unsigned int flags;	/* JOB_PARTIAL, JOB_AS_SENT */
	struct slice as_sent;	/* empty: it is to be rendered */
	struct job_body body;	/* borrowed from the element, as as_sent is */
};

/* Appends the body's bytes. */
void job_encode_body(const struct job_body *body, struct strbuf *out);

/* Reads an element of a list, all of it: what is true of it is that the object
 * is one whole msgpack map, no deeper than the JSON reader's limit, with
 * nothing behind it. False when it is not a job, with what is wrong with it;
 * nothing of it is shown. */
MUST_USE bool job_decode(
    struct slice element, struct job *job, struct err *err);

/* The head alone, for what must name a job it cannot read. */
MUST_USE bool job_decode_head(struct slice element, struct job *job);

#endif
