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

struct evhttp_request;

struct answer {
	int status;
	struct slice body;     /* JSON */
	int64_t retry_after_s; /* 0: not said */
	const char *allow;     /* methods, with 405; NULL: not said */
	const char *ack;       /* what Relay-Ack says of a 200; NULL: nothing */
	bool closes;	       /* the connection, after it */
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

/* Appends the whole refusal, head and body, as it goes over the wire; the
 * connection closes after it. `retry_after_s` is 0 when it is not said. */
void answer_write_message(struct strbuf *out, int status, const struct err *err,
    int64_t retry_after_s);

/* Sends; `request` is evhttp's again then, and is not touched any more. Fine
 * when its client has gone. All else is borrowed. */
void answer_send(struct evhttp_request *request, const struct answer *answer);

#endif
