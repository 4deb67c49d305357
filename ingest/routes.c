#include "ingest/routes.h"

#include "common/config/config.h"

int routes_find(
    const struct config_route *routes, size_t count, struct slice path)
{
	for (size_t i = 0; i < count; i++) {
		if (slice_is(path, routes[i].path)) {
			return (int)i;
		}
	}
	return ROUTE_NONE;
}
