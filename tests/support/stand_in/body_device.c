/*
 * POST /api/v1/device, which has no public reference page: the schema is what
 * Reteno's own mobile SDKs send.
 */

#include "tests/support/stand_in/body_rules.h"

#include "common/base/attr.h"

#include "tests/support/stand_in/value_rules.h"

static bool check_category(
    const json_t *value, const char *where, struct refusal *refusal)
{
	static const char *const words[] = {"MOBILE", "TABLET", NULL};

	return value_check_word(value, where, words, refusal);
}

/* The SDKs know two; browsers and desktops are not devices here. */
static bool check_os_type(
    const json_t *value, const char *where, struct refusal *refusal)
{
	static const char *const words[] = {"ANDROID", "IOS", NULL};

	return value_check_word(value, where, words, refusal);
}

bool body_check_device(
    const json_t *value, const char *where, struct refusal *refusal)
{
	static const struct shape_member members[] = {
	    {"deviceId", value_check_id, true},
	    {"category", check_category, true},
	    {"osType", check_os_type, true},
	    {"externalUserId", value_check_id, false},
	    {"pushToken", value_check_text, false},
	    {"pushSubscribed", value_check_bool, false},
	    {"osVersion", value_check_text, false},
	    {"deviceModel", value_check_text, false},
	    {"appVersion", value_check_text, false},
	    {"languageCode", value_check_language, false},
	    {"timeZone", value_check_time_zone, false},
	    {"advertisingId", value_check_text, false},
	    {"phone", value_check_phone, false},
	    {"email", value_check_email, false},
	};

	return shape_check_object(
	    value, where, members, ARRAY_LEN(members), refusal);
}
