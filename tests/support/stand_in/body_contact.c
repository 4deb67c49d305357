/*
 * POST /api/v1/contact (Add/update a contact).
 */

#include "tests/support/stand_in/body_rules.h"

#include <ctype.h>

#include "common/base/attr.h"

#include "tests/support/stand_in/text_rules.h"
#include "tests/support/stand_in/value_rules.h"

enum {
	NAME_MAX_UNITS = 40,
	NAME_MAX_DIGITS = 3,
	/* A textarea's; a text field takes 1,000, but the type of a field
	 * is known to the account only. */
	FIELD_MAX_UNITS = 5000,
};

static bool check_version(
    const json_t *value, const char *where, struct refusal *refusal)
{
	static const char *const words[] = {"native", "esputnik-1", NULL};

	return value_check_word(value, where, words, refusal);
}

static bool check_device(
    const json_t *value, const char *where, struct refusal *refusal)
{
	static const struct shape_member members[] = {
	    {"appId", value_check_text, true},
	    {"deviceModel", value_check_text, false},
	    {"os", value_check_text, false},
	    {"locale", value_check_text, false},
	    {"clientVersion", check_version, false},
	    {"appVersion", value_check_text, false},
	    {"active", value_check_bool, false},
	};

	return shape_check_object(
	    value, where, members, ARRAY_LEN(members), refusal);
}

static bool check_web_push(
    const json_t *value, const char *where, struct refusal *refusal)
{
	return (json_is_object(value) && json_object_size(value) > 0) ||
	    refuse(refusal, 400, where, "must be an object with members");
}

static bool check_channel_type(
    const json_t *value, const char *where, struct refusal *refusal)
{
	static const char *const words[] = {"email", "sms", "viber",
	    "mobilepush", "webpush", "appinbox", "widget", "inapp", NULL};

	return value_check_word(value, where, words, refusal);
}

static bool is_channel(const json_t *channel, const char *type)
{
	return slice_is(value_text(json_object_get(channel, "type")), type);
}

static bool check_channel(
    const json_t *value, const char *where, struct refusal *refusal)
{
	static const struct shape_member members[] = {
	    {"type", check_channel_type, true},
	    {"value", value_check_text, true},
	    {"device", check_device, false},
	    {"webPushSubscription", check_web_push, false},
	};
	const json_t *address = json_object_get(value, "value");
	char path[SHAPE_WHERE_BYTES];

	if (!shape_check_object(
		value, where, members, ARRAY_LEN(members), refusal)) {
		return false;
	}
	shape_join(path, where, "value");
	if (is_channel(value, "email")) {
		return value_check_email(address, path, refusal);
	}
	if (is_channel(value, "sms") || is_channel(value, "viber")) {
		return value_check_phone(address, path, refusal);
	}
	if (is_channel(value, "mobilepush") &&
	    json_object_get(value, "device") == NULL) {
		return refuse(
		    refusal, 400, where, "mobilepush goes with a device");
	}
	return true;
}

static bool check_channels(
    const json_t *value, const char *where, struct refusal *refusal)
{
	return shape_check_array(value, where, check_channel, refusal);
}

static bool check_field_value(
    const json_t *value, const char *where, struct refusal *refusal)
{
	if (!value_check_text(value, where, refusal)) {
		return false;
	}
	return text_units(value_text(value)) <= FIELD_MAX_UNITS ||
	    refuse(refusal, 400, where, "must have at most %d characters",
		FIELD_MAX_UNITS);
}

static bool check_field(
    const json_t *value, const char *where, struct refusal *refusal)
{
	static const struct shape_member members[] = {
	    {"id", value_check_int32, true},
	    {"value", check_field_value, true},
	};

	return shape_check_object(
	    value, where, members, ARRAY_LEN(members), refusal);
}

static bool check_fields(
    const json_t *value, const char *where, struct refusal *refusal)
{
	return shape_check_array(value, where, check_field, refusal) &&
	    shape_check_unique(value, where, "id", refusal);
}

static bool check_name(
    const json_t *value, const char *where, struct refusal *refusal)
{
	struct slice text = value_text(value);
	int digits = 0;
	size_t i;

	if (!value_check_text(value, where, refusal)) {
		return false;
	}
	for (i = 0; i < text.len; i++) {
		digits += isdigit((unsigned char)text.data[i]) != 0 ? 1 : 0;
	}
	if (text_units(text) > NAME_MAX_UNITS || digits > NAME_MAX_DIGITS) {
		return refuse(refusal, 400, where,
		    "must have at most %d characters and %d digits",
		    NAME_MAX_UNITS, NAME_MAX_DIGITS);
	}
	return !text_has_control(text) ||
	    refuse(refusal, 400, where, "must not have control characters");
}

static bool check_address(
    const json_t *value, const char *where, struct refusal *refusal)
{
	static const struct shape_member members[] = {
	    {"region", value_check_text, false},
	    {"town", value_check_text, false},
	    {"address", value_check_text, false},
	    {"postcode", value_check_text, false},
	};

	return shape_check_object(
	    value, where, members, ARRAY_LEN(members), refusal);
}

static bool check_read_only(
    const json_t *value, const char *where, struct refusal *refusal)
{
	(void)value;
	return refuse(refusal, 400, where, "is read-only");
}

/* Without an id of any kind Reteno looks for the contact by email or phone. */
static bool can_be_found(const json_t *contact)
{
	const json_t *channels = json_object_get(contact, "channels");
	size_t i;

	if (json_object_get(contact, "externalCustomerId") != NULL ||
	    json_object_get(contact, "id") != NULL ||
	    json_object_get(contact, "contactKey") != NULL) {
		return true;
	}
	for (i = 0; i < json_array_size(channels); i++) {
		const json_t *channel = json_array_get(channels, i);

		if (is_channel(channel, "email") ||
		    is_channel(channel, "sms")) {
			return true;
		}
	}
	return false;
}

bool body_check_contact(
    const json_t *value, const char *where, struct refusal *refusal)
{
	static const struct shape_member members[] = {
	    {"channels", check_channels, true},
	    {"externalCustomerId", value_check_id, false},
	    {"firstName", check_name, false},
	    {"lastName", check_name, false},
	    {"address", check_address, false},
	    {"fields", check_fields, false},
	    {"addressBookId", value_check_int32, false},
	    {"id", value_check_int64, false},
	    {"contactKey", value_check_id, false},
	    {"languageCode", value_check_language, false},
	    {"timeZone", value_check_time_zone, false},
	    {"groups", check_read_only, false},
	};

	if (!shape_check_object(
		value, where, members, ARRAY_LEN(members), refusal)) {
		return false;
	}
	return can_be_found(value) ||
	    refuse(refusal, 400, where,
		"needs an externalCustomerId, an email or a phone");
}
