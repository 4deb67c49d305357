#include "dispatcher/limits.h"

#include "dispatcher/limits_rule.h"

bool limits_check(enum config_endpoint endpoint, size_t json_bytes,
    struct slice msgpack, struct err *err)
{
	struct msgpack_view body;

	if (endpoint == CONFIG_ENDPOINT_ANY) {
		return true;
	}
	if (!msgpack_view_open(msgpack, &body) || body.kind != MSGPACK_MAP) {
		err_set(err, "body is not a JSON object");
		return false;
	}
	switch (endpoint) {
	case CONFIG_ENDPOINT_ANY:
		return true;
	case CONFIG_ENDPOINT_DEVICE:
		return limits_check_device(&body, err);
	case CONFIG_ENDPOINT_CONTACT:
		return limits_check_contact(&body, err);
	case CONFIG_ENDPOINT_EVENT:
		return limits_check_event(&body, json_bytes, err);
	case CONFIG_ENDPOINT_MOBILE_EVENTS:
		return limits_check_mobile_events(&body, err);
	}
	return false;
}
