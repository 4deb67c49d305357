#include "dispatcher/limits_rule.h"

enum {
	EVENT_TYPE_MAX = 100,
};

/* U+2019, the curly apostrophe. */
static const char curly_quote[] = "\xe2\x80\x99";

size_t limits_count_characters(struct slice text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++) {
		count += ((uint8_t)text.data[i] & 0xc0) != 0x80;
	}
	return count;
}

bool limits_has_forbidden(struct slice text)
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

bool limits_is_one_of(struct slice text, const char *const *words, size_t count)
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

bool limits_check_filled(const struct msgpack_view *map, const char *name,
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

bool limits_check_array(const struct msgpack_view *map, const char *name,
    struct msgpack_view *array, bool *is_there, struct err *err)
{
	*is_there = msgpack_view_member(map, name, array);
	if (*is_there && array->kind != MSGPACK_ARRAY) {
		err_set(err, "%s is not an array", name);
		return false;
	}
	return true;
}

bool limits_check_event_type(const struct msgpack_view *event, struct err *err)
{
	struct msgpack_view key;

	if (!limits_check_filled(event, "eventTypeKey", &key, err)) {
		return false;
	}
	if (limits_count_characters(key.text) > EVENT_TYPE_MAX) {
		err_set(err, "eventTypeKey has %zu characters; Reteno takes %d",
		    limits_count_characters(key.text), EVENT_TYPE_MAX);
		return false;
	}
	if (limits_has_forbidden(key.text)) {
		err_set(
		    err, "eventTypeKey holds a character that Reteno forbids");
		return false;
	}
	return true;
}

bool limits_names_somebody(const struct msgpack_view *view)
{
	struct slice text = slice_trim(view->text);

	return view->kind == MSGPACK_INTEGER ||
	    (view->kind == MSGPACK_TEXT && text.len > 0 &&
		!slice_is(text, "null"));
}

bool limits_check_elements(const struct msgpack_view *array,
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
