#ifndef DISPATCHER_CTL_DEAD_LINE_H
#define DISPATCHER_CTL_DEAD_LINE_H

/*
 * A dead letter as a line of JSON, for export and import. All of it, to the
 * byte:
 *
 *	{"dead_letter": 1, "destination": "event", "id": "0-1795166400123456",
 *	 "group": "u:u-1", "died_at": "2026-11-20T20:07:01.795Z",
 *	 "outcome": "rejected", "status": 400, "reason": "...",
 *	 "attempts": 1, "first_attempt_at": "...", "leases_lost": 0,
 *	 "history": [{"at": "...", "outcome": "rejected", "status": 400,
 *		      "took_ms": 41}],
 *	 "template": "event.ftl", "body": "...",
 *	 "element": {"base64": "..."},
 *	 "object": {...}}
 *
 * What is no UTF-8 text stands as {"base64": "..."}. `body` is what was last
 * sent, and absent if nothing was. `element` is the job as it stands in Redis
 * (common/job/job.h); `object` is what is in it, for people and for jq, and is
 * not read back. Unknown members are ignored; the number behind dead_letter
 * changes when a known one changes its meaning.
 */

#include <stdbool.h>

#include <jansson.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/base/strbuf.h"
#include "common/queue/queue_operator.h"

/* Appends the line with its line break. `is_shown`: to a terminal, which then
 * gets nothing but ASCII. */
void dead_line_append(struct strbuf *out, const char *destination,
    const struct queue_dead_letter *letter, bool is_shown);

/* A line that was read; what the letter points to is in the rest. */
struct dead_line {
	const char *destination;
	struct queue_dead_letter letter;
	json_t *json;
	struct strbuf bytes; /* what stood as base64, one behind the other */
};

/* False with what is wrong in *err. Caller finishes in any case. */
MUST_USE bool dead_line_parse(
    struct dead_line *line, struct slice text, struct err *err);
void dead_line_finish(struct dead_line *line);

#endif
