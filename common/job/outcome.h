#ifndef COMMON_JOB_OUTCOME_H
#define COMMON_JOB_OUTCOME_H

/*
 * What an attempt, or the decision not to make one, came to. The words are
 * kept in Redis, in metrics and in log lines: never renamed. What makes an
 * outcome is decided in dispatcher/http/http_outcome.c alone; what follows from
 * it in dispatcher/retry.c alone.
 */

#include <stdbool.h>

#include "common/base/attr.h"
#include "common/base/slice.h"

#define OUTCOMES(X) \
	X(DELIVERED, "delivered")	  /* the destination took it */ \
	X(SKIPPED, "skipped")		  /* `when:` declined it */ \
	X(UNCHANGED, "unchanged")	  /* as the user's last body */ \
	X(SUPERSEDED, "superseded")	  /* by a newer job of the user */ \
	X(CONFLICT, "conflict")		  /* 409 that is no duplicate */ \
	X(THROTTLED, "throttled")	  /* 429 */ \
	X(SERVER_ERROR, "server_error")	  /* 5xx, 408, 421, 425 */ \
	X(NETWORK_ERROR, "network_error") /* not sent: DNS, connect, TLS */ \
	X(UNKNOWN, "unknown")		  /* sent, no whole answer in time */ \
	X(UNAUTHORIZED, "unauthorized")	  /* 401, 403 */ \
	X(REJECTED, "rejected")		  /* other 4xx, 3xx */ \
	X(RENDER_ERROR, "render_error")	  /* no body could be made of it */ \
	X(LEASE_LOST, "lease_lost")	  /* its dispatcher died with it */ \
	X(RELEASED, "released")		  /* given back untried */

#define OUTCOME_ENUM(id, name) OUTCOME_##id,

enum outcome {
	OUTCOMES(OUTCOME_ENUM) OUTCOME_COUNT
};

#undef OUTCOME_ENUM

const char *outcome_name(enum outcome outcome);
MUST_USE bool outcome_parse(struct slice name, enum outcome *outcome);

#endif
