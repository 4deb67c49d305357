#ifndef TESTS_SUPPORT_STAND_IN_ENDPOINT_H
#define TESTS_SUPPORT_STAND_IN_ENDPOINT_H

/*
 * The endpoints that the stand-in knows. Reteno has them on two hosts; here
 * one listener plays both, and the path tells which.
 */

#include <stdbool.h>

#include "tests/support/stand_in/shape.h"

enum endpoint {
	ENDPOINT_DEVICE,
	ENDPOINT_MOBILE_EVENTS,
	ENDPOINT_CONTACT,
	ENDPOINT_EVENT,
	ENDPOINT_OTHER, /* any other path: 404 */
	ENDPOINT_COUNT,
};

struct endpoint_info {
	const char *name;	/* its path, or "other" */
	bool is_mobile;		/* mobile-api host, else api host */
	int rate_per_s;		/* published, else the published default */
	size_t max_body_bytes;	/* 0: nothing published */
	shape_check check_body; /* NULL for ENDPOINT_OTHER */
};

const struct endpoint_info *endpoint_info(enum endpoint endpoint);

/* By the path of a request, without its query. */
enum endpoint endpoint_of_path(const char *path);

/* By name; ENDPOINT_COUNT when there is none. */
enum endpoint endpoint_of_name(const char *name);

#endif
