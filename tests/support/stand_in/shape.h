#ifndef TESTS_SUPPORT_STAND_IN_SHAPE_H
#define TESTS_SUPPORT_STAND_IN_SHAPE_H

/*
 * The shape of a JSON object as a table of members: the published schemas are
 * written down as such tables. A member that the table does not name is
 * refused, and so is null: a careful client leaves out what it does not have.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "tests/support/stand_in/refusal.h"

enum {
	SHAPE_WHERE_BYTES = 128,
};

/* Whether `value`, found at `where`, is fine; else fills in *refusal. */
typedef bool (*shape_check)(
    const json_t *value, const char *where, struct refusal *refusal);

struct shape_member {
	const char *name;
	shape_check check;
	bool is_required;
};

/* The path of a member: "params[2].name"; "name" when `where` is "". */
void shape_join(
    char path[SHAPE_WHERE_BYTES], const char *where, const char *name);

/* Every member of the object, and that the required ones are there. */
bool shape_check_object(const json_t *value, const char *where,
    const struct shape_member *members, size_t count, struct refusal *refusal);

/* Every element of the array; an empty one passes. */
bool shape_check_array(const json_t *value, const char *where,
    shape_check element, struct refusal *refusal);

/* No two objects of the array have the same `member`. Call it on an array of
 * objects that have passed. */
bool shape_check_unique(const json_t *array, const char *where,
    const char *member, struct refusal *refusal);

#endif
