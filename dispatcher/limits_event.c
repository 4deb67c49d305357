#include "dispatcher/limits.h"
#include "dispatcher/limits_rule.h"

enum {
	IDENTIFIER_MAX = 300,
	PARAM_NAME_MAX = 100,
	NAME_BITS = 4096,
};

static bool check_identifier(
    const char *name, const struct msgpack_view *view, struct err *err)
{
	if (view->kind != MSGPACK_TEXT) {
		return true;
	}
	if (limits_count_characters(view->text) > IDENTIFIER_MAX) {
		err_set(err,
		    "%s has %zu characters; Reteno takes %d: an identifier is "
		    "never altered",
		    name, limits_count_characters(view->text), IDENTIFIER_MAX);
		return false;
	}
	if (limits_has_forbidden(view->text)) {
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
	    limits_names_somebody(&value)) {
		return check_identifier("keyValue", &value, err);
	}
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (find_param(params, names[i], &value) &&
		    limits_names_somebody(&value)) {
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

	if (!limits_check_filled(param, "name", &name, err)) {
		err_prefix(err, "params[%u]", i);
		return false;
	}
	if (limits_count_characters(name.text) > PARAM_NAME_MAX) {
		err_set(err,
		    "params[%u]: name has %zu characters; Reteno takes %d", i,
		    limits_count_characters(name.text), PARAM_NAME_MAX);
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

bool limits_check_event(
    const struct msgpack_view *body, size_t json_bytes, struct err *err)
{
	struct msgpack_view params = {.kind = MSGPACK_ARRAY};
	bool is_there;

	if (json_bytes > LIMITS_EVENT_BODY_BYTES) {
		err_set(err, "body is %zu bytes; Reteno takes %d", json_bytes,
		    LIMITS_EVENT_BODY_BYTES);
		return false;
	}
	return limits_check_event_type(body, err) &&
	    limits_check_array(body, "params", &params, &is_there, err) &&
	    check_params(&params, err) && check_who(body, &params, err);
}
