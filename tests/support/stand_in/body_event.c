/*
 * POST /api/v2/event (Generate event v2).
 */

#include "tests/support/stand_in/body_rules.h"

#include <stdio.h>

#include "common/base/attr.h"

#include "tests/support/stand_in/value_rules.h"

/* The params that can say whose event it is, the strongest first: Reteno goes
 * by the first that is there. */
static const char *const identifiers[] = {
    "contactId", "externalCustomerId", "email", "phone", "pushToken"};

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

	return shape_check_object(
	    value, where, members, ARRAY_LEN(members), refusal);
}

static bool check_params(
    const json_t *value, const char *where, struct refusal *refusal)
{
	return shape_check_array(value, where, check_param, refusal) &&
	    shape_check_unique(value, where, "name", refusal);
}

/* The param of this name; NULL when there is none. */
static const json_t *find_param(
    const json_t *params, const char *name, size_t *place)
{
	size_t i;

	for (i = 0; i < json_array_size(params); i++) {
		const json_t *param = json_array_get(params, i);

		if (slice_is(
			value_text(json_object_get(param, "name")), name)) {
			*place = i;
			return param;
		}
	}
	return NULL;
}

static bool check_whose(
    const json_t *event, const char *where, struct refusal *refusal)
{
	const json_t *params = json_object_get(event, "params");
	char path[SHAPE_WHERE_BYTES];
	size_t place;
	size_t i;

	if (json_object_get(event, "keyValue") != NULL) {
		return true;
	}
	for (i = 0; i < ARRAY_LEN(identifiers); i++) {
		const json_t *param =
		    find_param(params, identifiers[i], &place);

		if (param != NULL) {
			(void)snprintf(
			    path, sizeof(path), "params[%zu]", place);
			return check_identifier(param, path, refusal);
		}
	}
	return refuse(refusal, 400, where,
	    "needs a keyValue or one of the params contactId, "
	    "externalCustomerId, email, phone, pushToken");
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
	return check_whose(value, where, refusal);
}
