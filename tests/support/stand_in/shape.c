#include "tests/support/stand_in/shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	NAME_BYTES = 60,
};

static const struct shape_member *find_member(
    const struct shape_member *members, size_t count, const char *name)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (strcmp(members[i].name, name) == 0) {
			return &members[i];
		}
	}
	return NULL;
}

/* A long name is cut, and not inside a character. */
void shape_join(
    char path[SHAPE_WHERE_BYTES], const char *where, const char *name)
{
	int len = (int)strnlen(name, NAME_BYTES);

	while (((unsigned char)name[len] & 0xc0U) == 0x80U) {
		len--;
	}
	(void)snprintf(path, SHAPE_WHERE_BYTES, "%.60s%s%.*s", where,
	    where[0] == '\0' ? "" : ".", len, name);
}

bool shape_check_object(const json_t *value, const char *where,
    const struct shape_member *members, size_t count, struct refusal *refusal)
{
	char path[SHAPE_WHERE_BYTES];
	const char *name;
	json_t *inner;
	size_t i;

	if (!json_is_object(value)) {
		return refuse(refusal, 400, where, "must be an object");
	}
	json_object_foreach((json_t *)value, name, inner)
	{
		const struct shape_member *member =
		    find_member(members, count, name);

		shape_join(path, where, name);
		if (member == NULL) {
			return refuse(refusal, 400, path, "unknown member");
		}
		if (json_is_null(inner)) {
			return refuse(refusal, 400, path, "must not be null");
		}
		if (!member->check(inner, path, refusal)) {
			return false;
		}
	}
	for (i = 0; i < count; i++) {
		if (members[i].is_required &&
		    json_object_get(value, members[i].name) == NULL) {
			shape_join(path, where, members[i].name);
			return refuse(refusal, 400, path, "is required");
		}
	}
	return true;
}

bool shape_check_array(const json_t *value, const char *where,
    shape_check element, struct refusal *refusal)
{
	char path[SHAPE_WHERE_BYTES];
	size_t i;

	if (!json_is_array(value)) {
		return refuse(refusal, 400, where, "must be an array");
	}
	for (i = 0; i < json_array_size(value); i++) {
		(void)snprintf(path, sizeof(path), "%.60s[%zu]", where, i);
		if (!element(json_array_get(value, i), path, refusal)) {
			return false;
		}
	}
	return true;
}

bool shape_check_unique(const json_t *array, const char *where,
    const char *member, struct refusal *refusal)
{
	json_t *seen = json_object();
	bool is_unique = true;
	size_t i;

	for (i = 0; is_unique && i < json_array_size(array); i++) {
		json_t *value =
		    json_object_get(json_array_get(array, i), member);
		char *key = json_dumps(value, JSON_ENCODE_ANY);

		is_unique = json_object_get(seen, key) == NULL;
		(void)json_object_set_new(seen, key, json_true());
		free(key);
	}
	json_decref(seen);
	return is_unique ||
	    refuse(refusal, 400, where, "%s is there twice", member);
}
