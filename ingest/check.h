#ifndef INGEST_CHECK_H
#define INGEST_CHECK_H

/*
 * What can be said against a request by its head, before its body is read, in
 * this order: path (404), method (405), secret (401), content type (415),
 * length (411, 413). Only looks; answers nothing. Pure.
 */

#include <stdbool.h>

#include "common/base/attr.h"
#include "common/base/err.h"

struct auth;
struct config;
struct http_head;

struct refusal {
	int status;
	struct err reason;
	const char *allow; /* methods, with 405; else NULL */
};

/* The place of the request's route, or ROUTE_NONE. */
MUST_USE int check_route(
    const struct config *config, const struct http_head *head);

/* False with all of *refusal filled in. `route` is check_route's. */
MUST_USE bool check_request(const struct config *config,
    const struct auth *auth, int route, const struct http_head *head,
    struct refusal *refusal);

/* Whether the body of a request that passed is gzip. */
MUST_USE bool check_is_gzip(const struct http_head *head);

/* For refusals that are found later: fills all but reason. */
void refusal_init(struct refusal *refusal, int status);

#endif
