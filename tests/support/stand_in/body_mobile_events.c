/*
 * POST /api/v1/events of the mobile host: events of a device, each with its
 * own time. The schema is what Reteno's own mobile SDKs send.
 */

#include "tests/support/stand_in/body_rules.h"

#include "common/base/attr.h"

#include "tests/support/stand_in/text_rules.h"
#include "tests/support/stand_in/value_rules.h"

static bool check_occurred(
    const json_t *value, const char *where, struct refusal *refusal)
{
	return value_check_text(value, where, refusal) &&
	    (text_is_instant(value_text(value)) ||
		refuse(refusal, 400, where,
		    "must be a time as 2026-11-20T20:13:20.795Z"));
}

static bool check_string(
    const json_t *value, const char *where, struct refusal *refusal)
{
	return json_is_string(value) ||
	    refuse(refusal, 400, where, "must be a string");
}

static bool check_param(
    const json_t *value, const char *where, struct refusal *refusal)
{
	static const struct shape_member members[] = {
	    {"name", value_check_param_name, true},
	    {"value", check_string, true},
	};

	return shape_check_object(
	    value, where, members, ARRAY_LEN(members), refusal);
}

static bool check_params(
    const json_t *value, const char *where, struct refusal *refusal)
{
	return shape_check_array(value, where, check_param, refusal) &&
	    shape_check_unique(value, where, "name", refusal);
}

static bool check_one(
    const json_t *value, const char *where, struct refusal *refusal)
{
	static const struct shape_member members[] = {
	    {"eventTypeKey", value_check_event_key, true},
	    {"occurred", check_occurred, true},
	    {"params", check_params, false},
	};

	return shape_check_object(
	    value, where, members, ARRAY_LEN(members), refusal);
}

static bool check_events(
    const json_t *value, const char *where, struct refusal *refusal)
{
	if (!shape_check_array(value, where, check_one, refusal)) {
		return false;
	}
	return json_array_size(value) > 0 ||
	    refuse(refusal, 400, where, "must have an event");
}

bool body_check_mobile_events(
    const json_t *value, const char *where, struct refusal *refusal)
{
	static const struct shape_member members[] = {
	    {"deviceId", value_check_id, true},
	    {"externalUserId", value_check_id, false},
	    {"events", check_events, true},
	};

	return shape_check_object(
	    value, where, members, ARRAY_LEN(members), refusal);
}
