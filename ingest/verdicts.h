#ifndef INGEST_VERDICTS_H
#define INGEST_VERDICTS_H

/*
 * What the queue said of one request's jobs, as it comes in, and the answer
 * that follows from it: 200 when every job is accepted or a duplicate, else
 * 503. Pure.
 */

#include "common/base/err.h"
#include "common/base/strbuf.h"
#include "common/queue/queue.h"
#include "ingest/answer.h"

#include <stdbool.h>
#include <stddef.h>

struct verdicts {
	struct answer_counts counts;
	struct strbuf jobs; /* quoted ids, with commas between */
	struct err why_not; /* for the client; empty while all is taken */
	struct err cause;   /* for the log: what the queue said */
};

void verdicts_init(struct verdicts *verdicts);
void verdicts_finish(struct verdicts *verdicts);

/* One job's; `destination` is its name. */
void verdicts_add(struct verdicts *verdicts,
    const struct queue_admission *admission, const char *destination);

/* `jobs` of one object got none. `cause` may be NULL. */
void verdicts_add_unavailable(struct verdicts *verdicts, size_t jobs,
    const char *why_not, const struct err *cause);

bool verdicts_are_good(const struct verdicts *verdicts);

/* Appends the answer's body. */
void verdicts_write(const struct verdicts *verdicts, struct strbuf *out);

#endif
