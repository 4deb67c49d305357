#ifndef DISPATCHER_GENERATION_H
#define DISPATCHER_GENERATION_H

/*
 * A configuration and all that is made of it: compiled templates, policies,
 * HTTP clients. A reload makes the next one whole before it replaces this one;
 * attempts that began under it end under it, and then it is freed.
 *
 *	generation_create --> current --destinations_follow--> old --> freed
 *	        |                                               last attempt
 *	        +--> NULL, and nothing has changed              is over
 */

#include <stddef.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/base/list.h"
#include "dispatcher/hold.h"
#include "dispatcher/retry.h"

struct config;
struct config_destination;
struct http_client;
struct loop;
struct render;

/* How a destination is called, as one configuration says. */
struct destination_settings {
	struct generation *generation;
	const struct config_destination *config;
	struct retry_policy retry;
	struct hold_policy hold;
	struct http_client *http;
};

struct generation {
	struct list_link link; /* of destinations.h's */
	struct loop *loop;
	struct config *config;
	struct render *render;
	/* As the destinations in the configuration. */
	struct destination_settings *settings;
	size_t holders;
};

/* NULL when a template, a condition, a URL, a header or a CA file cannot be
 * used, with file, line and key. Takes the configuration, unless NULL is
 * returned. Caller releases. */
MUST_USE struct generation *generation_create(
    struct config *config, struct loop *loop, struct err *err);

/* One holder more; one less, and after the last it is freed at the end of the
 * turn. */
void generation_hold(struct generation *generation);
void generation_release(struct generation *generation);

/* For the shutdown: ends its HTTP calls, whose callbacks come from inside
 * this, and its clients. */
void generation_end_calls(struct generation *generation);

#endif
