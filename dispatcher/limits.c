#include "dispatcher/limits.h"

#include "dispatcher/msgpack_view.h"

#include <ctype.h>

enum {
	EVENT_TYPE_MAX = 100,
	IDENTIFIER_MAX = 300,
	PARAM_NAME_MAX = 100,
	PERSON_NAME_MAX = 40,
	NAME_BITS = 4096,
};

/* U+2019, the curly apostrophe. */
static const char curly_quote[] = "\xe2\x80\x99";

static size_t count_characters(struct slice text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++) {
		count += ((uint8_t)text.data[i] & 0xc0) != 0x80;
	}
	return count;
}

static bool has_forbidden_character(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] != '\0' &&
		    strchr("<;'\\/|\"`^?!,>", text.data[i]) != NULL) {
			return true;
		}
		if (slice_starts_with(slice_from(text, i), curly_quote)) {
			return true;
		}
	}
	return false;
}

static bool is_one_of(struct slice text, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (slice_is(text, words[i])) {
			return true;
		}
	}
	return false;
}

static bool is_filled_text(const struct msgpack_view *view)
{
	return view->kind == MSGPACK_TEXT && slice_trim(view->text).len > 0;
}

/* A required text that is more than blanks. */
static bool check_filled(const struct msgpack_view *map, const char *name,
    struct msgpack_view *member, struct err *err)
{
	if (!msgpack_view_member(map, name, member)) {
		err_set(err, "%s is missing", name);
		return false;
	}
	if (!is_filled_text(member)) {
		err_set(err, "%s is not a text, or is empty", name);
		return false;
	}
	return true;
}

/* An array that may be absent; `*is_there` says. */
static bool check_array(const struct msgpack_view *map, const char *name,
    struct msgpack_view *array, bool *is_there, struct err *err)
{
	*is_there = msgpack_view_member(map, name, array);
	if (*is_there && array->kind != MSGPACK_ARRAY) {
		err_set(err, "%s is not an array", name);
		return false;
	}
	return true;
}

static bool check_event_type(const struct msgpack_view *event, struct err *err)
{
	struct msgpack_view key;

	if (!check_filled(event, "eventTypeKey", &key, err)) {
		return false;
	}
	if (count_characters(key.text) > EVENT_TYPE_MAX) {
		err_set(err, "eventTypeKey has %zu characters; Reteno takes %d",
		    count_characters(key.text), EVENT_TYPE_MAX);
		return false;
	}
	if (has_forbidden_character(key.text)) {
		err_set(
		    err, "eventTypeKey holds a character that Reteno forbids");
		return false;
	}
	return true;
}

/* ---- event ---- */

/* Reteno ignores an identifier that says nobody. */
static bool names_somebody(const struct msgpack_view *view)
{
	struct slice text = slice_trim(view->text);

	return view->kind == MSGPACK_INTEGER ||
	    (view->kind == MSGPACK_TEXT && text.len > 0 &&
		!slice_is(text, "null"));
}

static bool check_identifier(
    const char *name, const struct msgpack_view *view, struct err *err)
{
	if (view->kind != MSGPACK_TEXT) {
		return true;
	}
	if (count_characters(view->text) > IDENTIFIER_MAX) {
		err_set(err,
		    "%s has %zu characters; Reteno takes %d: an identifier is "
		    "never altered",
		    name, count_characters(view->text), IDENTIFIER_MAX);
		return false;
	}
	if (has_forbidden_character(view->text)) {
		err_set(err,
		    "%s holds a character that Reteno forbids: an identifier "
		    "is never altered",
		    name);
		return false;
	}
	return true;
}

/* The value of the parameter with this name. */
static bool find_param(const struct msgpack_view *params, const char *name,
    struct msgpack_view *value)
{
	struct msgpack_walk walk = msgpack_view_walk(params);
	struct msgpack_view param;
	struct msgpack_view key;

	while (msgpack_walk_next(&walk, &param)) {
		if (msgpack_view_member(&param, "name", &key) &&
		    slice_is(key.text, name)) {
			return msgpack_view_member(&param, "value", value);
		}
	}
	return false;
}

/* Reteno takes the first of these that names somebody: that one must keep the
 * rules, the others are parameters like any. */
static bool check_who(const struct msgpack_view *event,
    const struct msgpack_view *params, struct err *err)
{
	static const char *const names[] = {
	    "contactId", "externalCustomerId", "email", "phone", "pushToken"};
	struct msgpack_view value;

	if (msgpack_view_member(event, "keyValue", &value) &&
	    names_somebody(&value)) {
		return check_identifier("keyValue", &value, err);
	}
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (find_param(params, names[i], &value) &&
		    names_somebody(&value)) {
			return check_identifier(names[i], &value, err);
		}
	}
	err_set(err,
	    "nobody to match: neither keyValue nor a parameter contactId, "
	    "externalCustomerId, email, phone or pushToken with a value");
	return false;
}

static bool check_param(
    const struct msgpack_view *param, uint32_t i, struct err *err)
{
	struct msgpack_view name;
	struct msgpack_view value;

	if (!check_filled(param, "name", &name, err)) {
		err_prefix(err, "params[%u]", i);
		return false;
	}
	if (count_characters(name.text) > PARAM_NAME_MAX) {
		err_set(err,
		    "params[%u]: name has %zu characters; Reteno takes %d", i,
		    count_characters(name.text), PARAM_NAME_MAX);
		return false;
	}
	if (!msgpack_view_member(param, "value", &value) ||
	    value.kind == MSGPACK_NIL) {
		err_set(err, "params[%u]: value is missing", i);
		return false;
	}
	return true;
}

/* The place of an earlier parameter with the name of the i-th, or i. */
static uint32_t find_same_name(const struct msgpack_view *params, uint32_t i,
    const struct msgpack_view *param)
{
	struct msgpack_walk walk = msgpack_view_walk(params);
	struct msgpack_view name;
	struct msgpack_view other;
	struct msgpack_view other_name;

	if (!msgpack_view_member(param, "name", &name)) {
		return i;
	}
	for (uint32_t j = 0; j < i && msgpack_walk_next(&walk, &other); j++) {
		if (msgpack_view_member(&other, "name", &other_name) &&
		    slice_equal(name.text, other_name.text)) {
			return j;
		}
	}
	return i;
}

/* Marks the name in the set; whether another of its hash was there before. */
static bool may_be_repeated(
    const struct msgpack_view *param, uint8_t seen[NAME_BITS / 8])
{
	struct msgpack_view name;
	uint32_t hash = 2166136261U; /* FNV-1a */
	uint8_t bit;
	bool was_there;

	if (!msgpack_view_member(param, "name", &name)) {
		return false;
	}
	for (size_t i = 0; i < name.text.len; i++) {
		hash = (hash ^ (uint8_t)name.text.data[i]) * 16777619U;
	}
	hash %= NAME_BITS;
	bit = (uint8_t)(1U << (hash % 8));
	was_there = (seen[hash / 8] & bit) != 0;
	seen[hash / 8] |= bit;
	return was_there;
}

static bool check_params(const struct msgpack_view *params, struct err *err)
{
	struct msgpack_walk walk = msgpack_view_walk(params);
	struct msgpack_view param;
	uint8_t seen[NAME_BITS / 8] = {0};

	for (uint32_t i = 0; msgpack_walk_next(&walk, &param); i++) {
		uint32_t same = i;

		if (!check_param(&param, i, err)) {
			return false;
		}
		/* Looking at all before it is for the few of like hash. */
		if (may_be_repeated(&param, seen)) {
			same = find_same_name(params, i, &param);
		}
		if (same != i) {
			err_set(err,
			    "params[%u] has the name of params[%u]: Reteno "
			    "takes a name once",
			    i, same);
			return false;
		}
	}
	return true;
}

static bool check_event(
    const struct msgpack_view *body, size_t json_bytes, struct err *err)
{
	struct msgpack_view params = {.kind = MSGPACK_ARRAY};
	bool is_there;

	if (json_bytes > LIMITS_EVENT_BODY_BYTES) {
		err_set(err, "body is %zu bytes; Reteno takes %d", json_bytes,
		    LIMITS_EVENT_BODY_BYTES);
		return false;
	}
	return check_event_type(body, err) &&
	    check_array(body, "params", &params, &is_there, err) &&
	    check_params(&params, err) && check_who(body, &params, err);
}

/* ---- contact ---- */

static bool check_channel(
    const struct msgpack_view *channel, uint32_t i, struct err *err)
{
	static const char *const types[] = {"email", "sms", "viber",
	    "mobilepush", "webpush", "appinbox", "widget", "inapp"};
	struct msgpack_view type;
	struct msgpack_view value;

	if (!check_filled(channel, "type", &type, err) ||
	    !check_filled(channel, "value", &value, err)) {
		err_prefix(err, "channels[%u]", i);
		return false;
	}
	if (!is_one_of(type.text, types, ARRAY_LEN(types))) {
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
	if (!check_filled(field, "value", &value, err)) {
		err_prefix(err, "fields[%u]", i);
		return false;
	}
	return true;
}

static bool check_person_name(
    const struct msgpack_view *body, const char *name, struct err *err)
{
	struct msgpack_view value;

	if (msgpack_view_member(body, name, &value) &&
	    count_characters(value.text) > PERSON_NAME_MAX) {
		err_set(err, "%s has %zu characters; Reteno takes %d", name,
		    count_characters(value.text), PERSON_NAME_MAX);
		return false;
	}
	return true;
}

static bool check_elements(const struct msgpack_view *array,
    bool (*check)(const struct msgpack_view *, uint32_t, struct err *),
    struct err *err)
{
	struct msgpack_walk walk = msgpack_view_walk(array);
	struct msgpack_view element;

	for (uint32_t i = 0; msgpack_walk_next(&walk, &element); i++) {
		if (!check(&element, i, err)) {
			return false;
		}
	}
	return true;
}

static bool check_contact(const struct msgpack_view *body, struct err *err)
{
	struct msgpack_view array = {.kind = MSGPACK_ARRAY};
	struct msgpack_view id;
	bool is_there;

	if (!check_array(body, "channels", &array, &is_there, err)) {
		return false;
	}
	if (!is_there) {
		err_set(err, "channels is missing");
		return false;
	}
	if (!check_elements(&array, check_channel, err) ||
	    !check_array(body, "fields", &array, &is_there, err) ||
	    (is_there && !check_elements(&array, check_field, err))) {
		return false;
	}
	if (msgpack_view_member(body, "externalCustomerId", &id) &&
	    !names_somebody(&id)) {
		err_set(err,
		    "externalCustomerId is there but names nobody: leave it "
		    "out");
		return false;
	}
	return check_person_name(body, "firstName", err) &&
	    check_person_name(body, "lastName", err);
}

/* ---- the mobile API ---- */

static bool check_device(const struct msgpack_view *body, struct err *err)
{
	static const char *const categories[] = {"MOBILE", "TABLET"};
	static const char *const systems[] = {"ANDROID", "IOS"};
	struct msgpack_view view;

	if (!check_filled(body, "deviceId", &view, err) ||
	    !check_filled(body, "category", &view, err)) {
		return false;
	}
	if (!is_one_of(view.text, categories, ARRAY_LEN(categories))) {
		err_set(err, "category is neither MOBILE nor TABLET");
		return false;
	}
	if (msgpack_view_member(body, "osType", &view) &&
	    !is_one_of(view.text, systems, ARRAY_LEN(systems))) {
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

	if (!check_filled(param, "name", &name, err)) {
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

	if (!check_event_type(event, err) ||
	    !check_filled(event, "occurred", &view, err)) {
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
	if (!check_array(event, "params", &params, &is_there, err) ||
	    (is_there && !check_elements(&params, check_mobile_param, err))) {
		err_prefix(err, "events[%u]", i);
		return false;
	}
	return true;
}

static bool check_mobile_events(
    const struct msgpack_view *body, struct err *err)
{
	struct msgpack_view view;
	bool is_there;

	if (!check_filled(body, "deviceId", &view, err) ||
	    !check_array(body, "events", &view, &is_there, err)) {
		return false;
	}
	if (!is_there || view.count == 0) {
		err_set(err, "events is missing or empty");
		return false;
	}
	return check_elements(&view, check_mobile_event, err);
}

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
		return check_device(&body, err);
	case CONFIG_ENDPOINT_CONTACT:
		return check_contact(&body, err);
	case CONFIG_ENDPOINT_EVENT:
		return check_event(&body, json_bytes, err);
	case CONFIG_ENDPOINT_MOBILE_EVENTS:
		return check_mobile_events(&body, err);
	}
	return false;
}
