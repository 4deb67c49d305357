/*
 * POST /api/v2/event (Generate event v2).
 */

#include "tests/support/stand_in/body_rules.h"

#include <stdio.h>

#include "common/base/attr.h"

#include "tests/support/stand_in/value_rules.h"

/* One of these must say whose event it is, unless keyValue does. */
static bool is_identifier(const json_t *param)
{
	static const char *const names[] = {
	    "contactId", "externalCustomerId", "email", "phone", "pushToken"};
	struct slice name = value_text(json_object_get(param, "name"));
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++) {
		if (slice_is(name, names[i])) {
			return true;
		}
	}
	return false;
}

static bool check_identifier(
    const json_t *param, const char *where, struct refusal *refusal)
{
	struct slice name = value_text(json_object_get(param, "name"));
	const json_t *value = json_object_get(param, "value");
	char path[SHAPE_WHERE_BYTES];

	shape_join(path, where, "value");
	if (slice_is(name, "contactId") && json_is_integer(value)) {
		return value_check_int64(value, path, refusal);
	}
	if (!value_check_event_id(value, path, refusal)) {
		return false;
	}
	if (slice_is(name, "email")) {
		return value_check_email(value, path, refusal);
	}
	return !slice_is(name, "phone") ||
	    value_check_phone(value, path, refusal);
}

/* Published: text, object, array; numbers are in the vendor's example. */
static bool check_param_value(
    const json_t *value, const char *where, struct refusal *refusal)
{
	return !json_is_boolean(value) ||
	    refuse(refusal, 400, where,
		"must be a string, a number, an object or an array");
}

static bool check_param(
    const json_t *value, const char *where, struct refusal *refusal)
{
	static const struct shape_member members[] = {
	    {"name", value_check_param_name, true},
	    {"value", check_param_value, true},
	};

	if (!shape_check_object(
		value, where, members, ARRAY_LEN(members), refusal)) {
		return false;
	}
	return !is_identifier(value) || check_identifier(value, where, refusal);
}

static bool check_params(
    const json_t *value, const char *where, struct refusal *refusal)
{
	return shape_check_array(value, where, check_param, refusal) &&
	    shape_check_unique(value, where, "name", refusal);
}

static bool has_identifier(const json_t *event)
{
	const json_t *params = json_object_get(event, "params");
	size_t i;

	if (json_object_get(event, "keyValue") != NULL) {
		return true;
	}
	for (i = 0; i < json_array_size(params); i++) {
		if (is_identifier(json_array_get(params, i))) {
			return true;
		}
	}
	return false;
}

bool body_check_event(
    const json_t *value, const char *where, struct refusal *refusal)
{
	static const struct shape_member members[] = {
	    {"eventTypeKey", value_check_event_key, true},
	    {"keyValue", value_check_event_id, false},
	    {"params", check_params, true},
	};

	if (!shape_check_object(
		value, where, members, ARRAY_LEN(members), refusal)) {
		return false;
	}
	return has_identifier(value) ||
	    refuse(refusal, 400, where,
		"needs a keyValue or one of the params contactId, "
		"externalCustomerId, email, phone, pushToken");
}
