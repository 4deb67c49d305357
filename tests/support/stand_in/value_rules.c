#include "tests/support/stand_in/value_rules.h"

#include <stdint.h>

#include "tests/support/stand_in/text_rules.h"

/* Of eventTypeKey, keyValue and identifiers; the ’ is U+2019. */
#define EVENT_FORBIDDEN "<;’\\/|\"`'^?!,>"

enum {
	EVENT_KEY_MAX = 100,
	PARAM_NAME_MAX = 100,
	IDENTIFIER_MAX = 300,
};

struct slice value_text(const json_t *value)
{
	return slice_make(json_string_value(value), json_string_length(value));
}

bool value_check_text(
    const json_t *value, const char *where, struct refusal *refusal)
{
	if (!json_is_string(value)) {
		return refuse(refusal, 400, where, "must be a string");
	}
	if (text_is_blank(value_text(value))) {
		return refuse(refusal, 400, where, "must not be blank");
	}
	return true;
}

bool value_check_id(
    const json_t *value, const char *where, struct refusal *refusal)
{
	if (!value_check_text(value, where, refusal)) {
		return false;
	}
	if (slice_is(value_text(value), "null")) {
		return refuse(refusal, 400, where, "must not be the word null");
	}
	if (text_has_control(value_text(value))) {
		return refuse(
		    refusal, 400, where, "must not have control characters");
	}
	return true;
}

static bool check_max(
    const json_t *value, const char *where, size_t max, struct refusal *refusal)
{
	return text_units(value_text(value)) <= max ||
	    refuse(
		refusal, 400, where, "must have at most %zu characters", max);
}

static bool check_forbidden(
    const json_t *value, const char *where, struct refusal *refusal)
{
	return !text_has_any(value_text(value), EVENT_FORBIDDEN) ||
	    refuse(refusal, 400, where,
		"must have none of the characters " EVENT_FORBIDDEN);
}

bool value_check_event_id(
    const json_t *value, const char *where, struct refusal *refusal)
{
	return value_check_id(value, where, refusal) &&
	    check_max(value, where, IDENTIFIER_MAX, refusal) &&
	    check_forbidden(value, where, refusal);
}

bool value_check_event_key(
    const json_t *value, const char *where, struct refusal *refusal)
{
	if (!value_check_text(value, where, refusal)) {
		return false;
	}
	if (text_has_control(value_text(value))) {
		return refuse(
		    refusal, 400, where, "must not have control characters");
	}
	return check_max(value, where, EVENT_KEY_MAX, refusal) &&
	    check_forbidden(value, where, refusal);
}

bool value_check_param_name(
    const json_t *value, const char *where, struct refusal *refusal)
{
	return value_check_text(value, where, refusal) &&
	    check_max(value, where, PARAM_NAME_MAX, refusal);
}

bool value_check_email(
    const json_t *value, const char *where, struct refusal *refusal)
{
	return value_check_text(value, where, refusal) &&
	    (text_is_email(value_text(value)) ||
		refuse(refusal, 400, where, "must be an email address"));
}

bool value_check_phone(
    const json_t *value, const char *where, struct refusal *refusal)
{
	return value_check_text(value, where, refusal) &&
	    (text_is_phone(value_text(value)) ||
		refuse(refusal, 400, where,
		    "must be a phone number in international format"));
}

bool value_check_language(
    const json_t *value, const char *where, struct refusal *refusal)
{
	return value_check_text(value, where, refusal) &&
	    (text_is_language(value_text(value)) ||
		refuse(refusal, 400, where,
		    "must be a language code as en or en-US"));
}

bool value_check_time_zone(
    const json_t *value, const char *where, struct refusal *refusal)
{
	return value_check_text(value, where, refusal) &&
	    (text_is_time_zone(value_text(value)) ||
		refuse(
		    refusal, 400, where, "must be a time zone as Europe/Kyiv"));
}

bool value_check_bool(
    const json_t *value, const char *where, struct refusal *refusal)
{
	return json_is_boolean(value) ||
	    refuse(refusal, 400, where, "must be true or false");
}

static bool check_integer(const json_t *value, const char *where,
    json_int_t max, struct refusal *refusal)
{
	json_int_t number = json_integer_value(value);

	return (json_is_integer(value) && number >= 1 && number <= max) ||
	    refuse(refusal, 400, where, "must be an integer from 1 to %lld",
		(long long)max);
}

bool value_check_int32(
    const json_t *value, const char *where, struct refusal *refusal)
{
	return check_integer(value, where, INT32_MAX, refusal);
}

bool value_check_int64(
    const json_t *value, const char *where, struct refusal *refusal)
{
	return check_integer(value, where, INT64_MAX, refusal);
}

bool value_check_word(const json_t *value, const char *where,
    const char *const *words, struct refusal *refusal)
{
	size_t i;

	if (!json_is_string(value)) {
		return refuse(refusal, 400, where, "must be a string");
	}
	for (i = 0; words[i] != NULL; i++) {
		if (slice_is(value_text(value), words[i])) {
			return true;
		}
	}
	return refuse(refusal, 400, where, "is not one of the known words");
}
