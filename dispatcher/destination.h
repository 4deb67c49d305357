#ifndef DISPATCHER_DESTINATION_H
#define DISPATCHER_DESTINATION_H

/*
 * What this process has for each destination: its configuration and policy, its
 * HTTP client, its pause, its counters. Made once, for all of them; plain data
 * that attempts and the pump share.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/base/strbuf.h"
#include "common/config/config.h"
#include "common/job/outcome.h"
#include "dispatcher/pause.h"
#include "dispatcher/retry.h"

struct http_client;
struct loop;
struct metric;
struct metrics;

struct destination {
	int place; /* in the configuration */
	const struct config_destination *config;
	struct retry_policy policy;
	struct http_client *http;
	struct pause pause;
	size_t in_hand; /* attempts that are not over */
	struct metric *in_hand_gauge;
	struct metric *call_seconds;
	struct metric *fenced;
	struct metric *outcomes[OUTCOME_COUNT];
};

struct destinations {
	struct destination *all; /* as in the configuration */
	size_t count;
};

/* NULL when a URL, a header or a CA file cannot be used, with file, line and
 * key. The configuration is borrowed. Caller destroys. */
MUST_USE struct destinations *destinations_create(const struct config *config,
    struct loop *loop, struct metrics *metrics, struct err *err);

/* Ends all HTTP calls; their callbacks come from inside this. NULL is fine. */
void destinations_destroy(struct destinations *destinations);

/* Counts one more attempt in hand, or one less. */
void destination_take(struct destination *destination);
void destination_let_go(struct destination *destination);

/* Counts an outcome, and begins or ends the destination's pause by it, with a
 * line in the log. */
void destination_note(struct destination *destination, enum outcome outcome,
    int64_t sent_at_ms, int64_t pause_ms, int64_t now_ms);

/* False when one is paused, each with a line of its own. */
bool destinations_are_ready(
    const struct destinations *destinations, struct strbuf *reasons);

#endif
