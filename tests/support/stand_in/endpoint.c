#include "tests/support/stand_in/endpoint.h"

#include <string.h>

#include "tests/support/stand_in/body_rules.h"

/* 20 KB, as the documentation has it. */
#define EVENT_MAX_BYTES 20480

/* 350 a second is published for v2/event; what is not listed has 200. */
static const struct endpoint_info infos[ENDPOINT_COUNT] = {
    [ENDPOINT_DEVICE] = {"/api/v1/device", true, 200, 0, body_check_device},
    [ENDPOINT_MOBILE_EVENTS] = {"/api/v1/events", true, 200, 0,
	body_check_mobile_events},
    [ENDPOINT_CONTACT] = {"/api/v1/contact", false, 200, 0, body_check_contact},
    [ENDPOINT_EVENT] = {"/api/v2/event", false, 350, EVENT_MAX_BYTES,
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
	enum endpoint endpoint = endpoint_of_name(path);

	return endpoint == ENDPOINT_COUNT ? ENDPOINT_OTHER : endpoint;
}
