#include "ingest/routes.h"

#include "common/config/config.h"

#include <string.h>

int routes_find(
    const struct config_route *routes, size_t count, const char *path)
{
	for (size_t i = 0; path != NULL && i < count; i++) {
		if (strcmp(routes[i].path, path) == 0) {
			return (int)i;
		}
	}
	return ROUTE_NONE;
}
