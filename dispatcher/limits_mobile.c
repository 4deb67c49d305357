#include "dispatcher/limits_rule.h"

#include <ctype.h>

bool limits_check_device(const struct msgpack_view *body, struct err *err)
{
	static const char *const categories[] = {"MOBILE", "TABLET"};
	static const char *const systems[] = {"ANDROID", "IOS"};
	struct msgpack_view view;

	if (!limits_check_filled(body, "deviceId", &view, err) ||
	    !limits_check_filled(body, "category", &view, err)) {
		return false;
	}
	if (!limits_is_one_of(view.text, categories, ARRAY_LEN(categories))) {
		err_set(err, "category is neither MOBILE nor TABLET");
		return false;
	}
	if (msgpack_view_member(body, "osType", &view) &&
	    !limits_is_one_of(view.text, systems, ARRAY_LEN(systems))) {
		err_set(err, "osType is neither ANDROID nor IOS");
		return false;
	}
	return true;
}

/* 2026-11-20T20:07:01, then a fraction or not, then Z or an offset. */
static bool is_iso_8601(struct slice text)
{
	static const char shape[] = "dddd-dd-ddTdd:dd:dd";
	size_t at = sizeof(shape) - 1;
	struct slice zone;

	if (text.len < at) {
		return false;
	}
	for (size_t i = 0; i < at; i++) {
		if (shape[i] == 'd' ? !isdigit((unsigned char)text.data[i])
				    : text.data[i] != shape[i]) {
			return false;
		}
	}
	if (at < text.len && text.data[at] == '.') {
		size_t dot = at++;

		while (at < text.len && isdigit((unsigned char)text.data[at])) {
			at++;
		}
		if (at == dot + 1) {
			return false;
		}
	}
	zone = slice_from(text, at);
	return slice_is(zone, "Z") ||
	    (zone.len == 6 && (zone.data[0] == '+' || zone.data[0] == '-') &&
		zone.data[3] == ':');
}

static bool check_mobile_param(
    const struct msgpack_view *param, uint32_t i, struct err *err)
{
	struct msgpack_view name;
	struct msgpack_view value;

	if (!limits_check_filled(param, "name", &name, err)) {
		err_prefix(err, "params[%u]", i);
		return false;
	}
	if (!msgpack_view_member(param, "value", &value) ||
	    value.kind != MSGPACK_TEXT) {
		err_set(err, "params[%u]: value is missing or no text", i);
		return false;
	}
	return true;
}

static bool check_mobile_event(
    const struct msgpack_view *event, uint32_t i, struct err *err)
{
	struct msgpack_view view;
	struct msgpack_view params;
	bool is_there;

	if (!limits_check_event_type(event, err) ||
	    !limits_check_filled(event, "occurred", &view, err)) {
		err_prefix(err, "events[%u]", i);
		return false;
	}
	if (!is_iso_8601(view.text)) {
		err_set(err,
		    "events[%u]: occurred is not an ISO 8601 instant such as "
		    "2026-11-20T20:07:01.795Z",
		    i);
		return false;
	}
	if (!limits_check_array(event, "params", &params, &is_there, err) ||
	    (is_there &&
		!limits_check_elements(&params, check_mobile_param, err))) {
		err_prefix(err, "events[%u]", i);
		return false;
	}
	return true;
}

bool limits_check_mobile_events(
    const struct msgpack_view *body, struct err *err)
{
	struct msgpack_view view;
	bool is_there;

	if (!limits_check_filled(body, "deviceId", &view, err) ||
	    !limits_check_array(body, "events", &view, &is_there, err)) {
		return false;
	}
	if (!is_there || view.count == 0) {
		err_set(err, "events is missing or empty");
		return false;
	}
	return limits_check_elements(&view, check_mobile_event, err);
}
