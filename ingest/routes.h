#ifndef INGEST_ROUTES_H
#define INGEST_ROUTES_H

/*
 * Which route of the configuration a request's path is. Paths are compared as
 * bytes: nothing is decoded, and there is no closing slash to forgive. Pure.
 */

#include <stddef.h>

#include "common/base/attr.h"
#include "common/base/slice.h"

struct config_route;

enum {
	ROUTE_NONE = -1,
};

/* The place of the route with this path (without query), or ROUTE_NONE. */
MUST_USE int routes_find(
    const struct config_route *routes, size_t count, struct slice path);

#endif
