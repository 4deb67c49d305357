#include "tests/support/stand_in/endpoint.h"

#include <string.h>

#include "tests/support/stand_in/body_rules.h"

#define API "/api/"

/* 20 KB is read as 20,000 bytes: whoever keeps to that keeps to any reading. */
#define EVENT_MAX_BYTES 20000

/* 350 a second is published for v2/event; what is not listed has 200. */
static const struct endpoint_info infos[ENDPOINT_COUNT] = {
    [ENDPOINT_DEVICE] = {"v1/device", true, 200, 0, body_check_device},
    [ENDPOINT_MOBILE_EVENTS] = {"v1/events", true, 200, 0,
	body_check_mobile_events},
    [ENDPOINT_CONTACT] = {"v1/contact", false, 200, 0, body_check_contact},
    [ENDPOINT_EVENT] = {"v2/event", false, 350, EVENT_MAX_BYTES,
	body_check_event},
    [ENDPOINT_OTHER] = {"other", false, 0, 0, NULL},
};

const struct endpoint_info *endpoint_info(enum endpoint endpoint)
{
	return &infos[endpoint];
}

enum endpoint endpoint_of_name(const char *name)
{
	enum endpoint endpoint = ENDPOINT_DEVICE;

	while (endpoint < ENDPOINT_COUNT &&
	    strcmp(infos[endpoint].name, name) != 0) {
		endpoint++;
	}
	return endpoint;
}

enum endpoint endpoint_of_path(const char *path)
{
	enum endpoint endpoint = ENDPOINT_COUNT;

	if (strncmp(path, API, sizeof(API) - 1) == 0) {
		endpoint = endpoint_of_name(path + sizeof(API) - 1);
	}
	return endpoint == ENDPOINT_COUNT ? ENDPOINT_OTHER : endpoint;
}
