#include "dispatcher/limits_rule.h"

enum {
	PERSON_NAME_MAX = 40,
	FIELD_VALUE_MAX = 5000, /* of a textarea; other types take less */
};

static bool check_channel(
    const struct msgpack_view *channel, uint32_t i, struct err *err)
{
	static const char *const types[] = {"email", "sms", "viber",
	    "mobilepush", "webpush", "appinbox", "widget", "inapp"};
	struct msgpack_view type;
	struct msgpack_view value;

	if (!limits_check_filled(channel, "type", &type, err) ||
	    !limits_check_filled(channel, "value", &value, err)) {
		err_prefix(err, "channels[%u]", i);
		return false;
	}
	if (!limits_is_one_of(type.text, types, ARRAY_LEN(types))) {
		err_set(err,
		    "channels[%u]: type is none of email, sms, viber, "
		    "mobilepush, webpush, appinbox, widget, inapp",
		    i);
		return false;
	}
	return true;
}

static bool check_field(
    const struct msgpack_view *field, uint32_t i, struct err *err)
{
	struct msgpack_view id;
	struct msgpack_view value;

	if (!msgpack_view_member(field, "id", &id) ||
	    id.kind != MSGPACK_INTEGER || id.integer < 0 ||
	    id.integer > INT32_MAX) {
		err_set(
		    err, "fields[%u]: id is missing or no 32-bit number", i);
		return false;
	}
	if (!limits_check_filled(field, "value", &value, err)) {
		err_prefix(err, "fields[%u]", i);
		return false;
	}
	if (limits_count_characters(value.text) > FIELD_VALUE_MAX) {
		err_set(err,
		    "fields[%u]: value has %zu characters; Reteno takes %d", i,
		    limits_count_characters(value.text), FIELD_VALUE_MAX);
		return false;
	}
	return true;
}

static bool check_person_name(
    const struct msgpack_view *body, const char *name, struct err *err)
{
	struct msgpack_view value;

	if (msgpack_view_member(body, name, &value) &&
	    limits_count_characters(value.text) > PERSON_NAME_MAX) {
		err_set(err, "%s has %zu characters; Reteno takes %d", name,
		    limits_count_characters(value.text), PERSON_NAME_MAX);
		return false;
	}
	return true;
}

bool limits_check_contact(const struct msgpack_view *body, struct err *err)
{
	struct msgpack_view array = {.kind = MSGPACK_ARRAY};
	struct msgpack_view id;
	bool is_there;

	if (!limits_check_array(body, "channels", &array, &is_there, err)) {
		return false;
	}
	if (!is_there) {
		err_set(err, "channels is missing");
		return false;
	}
	if (!limits_check_elements(&array, check_channel, err) ||
	    !limits_check_array(body, "fields", &array, &is_there, err) ||
	    (is_there && !limits_check_elements(&array, check_field, err))) {
		return false;
	}
	if (msgpack_view_member(body, "externalCustomerId", &id) &&
	    !limits_names_somebody(&id)) {
		err_set(err,
		    "externalCustomerId is there but names nobody: leave it "
		    "out");
		return false;
	}
	return check_person_name(body, "firstName", err) &&
	    check_person_name(body, "lastName", err);
}
