#ifndef INGEST_ANSWER_H
#define INGEST_ANSWER_H

/*
 * What a webhook's sender is told: a status and a small JSON object, for the
 * person who looks at a failed delivery.
 *
 *	200 {"accepted":2,"duplicate":0,"jobs":["0-1795166400123","0-..."]}
 *	400 {"error":"expected ...","line":1,"column":17}
 *	503 {"error":"the queue is full: event","accepted":1,"duplicate":0,
 *	     "full":1,"unavailable":0,"jobs":["0-1795166400123"]}
 *
 * `jobs` names what was accepted, in no order. Numbers count jobs: an object
 * bound for two destinations is two.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/base/strbuf.h"

struct answer {
	int status;
	struct slice body;     /* JSON */
	int64_t retry_after_s; /* 0: not said */
	const char *allow;     /* methods, with 405; NULL: not said */
	bool is_acked;	       /* Redis has it: says how in Relay-Ack */
};

struct answer_counts {
	size_t accepted;
	size_t duplicate;
	size_t full;
	size_t unavailable; /* not taken, or not known to be */
};

/* Appends the body of a refusal. */
void answer_write_error(struct strbuf *out, const struct err *err);

/* Appends the body of a 200. `jobs` are the quoted ids, with commas between. */
void answer_write_taken(
    struct strbuf *out, const struct answer_counts *counts, struct slice jobs);

/* Appends the body of a 503 that took a part, or nothing. */
void answer_write_partly(struct strbuf *out, const char *reason,
    const struct answer_counts *counts, struct slice jobs);

/* Appends the answer's headers, as lines. */
void answer_write_headers(struct strbuf *out, const struct answer *answer);

#endif
