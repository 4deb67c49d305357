#include "dispatcher/template/helper.h"

#include "dispatcher/template/hash.h"

static struct value helper_value(enum helper helper)
{
	return (struct value){.kind = VALUE_HELPER, .helper = (int)helper};
}

bool helper_statics(struct arena *arena, struct value *statics)
{
	struct hash *classes = hash_create(arena, 1);
	struct hash *methods = hash_create(arena, 2);

	if (classes == NULL || methods == NULL ||
	    !hash_put(arena, methods, SLICE_LITERAL("toJson"),
		helper_value(HELPER_TO_JSON)) ||
	    !hash_put(arena, methods, SLICE_LITERAL("toJsonString"),
		helper_value(HELPER_TO_JSON_STRING)) ||
	    !hash_put(arena, classes, SLICE_LITERAL(HELPER_CLASS),
		value_hash(methods))) {
		return false;
	}
	*statics = value_hash(classes);
	return true;
}

bool helper_has_method(struct slice name)
{
	return slice_is(name, "toJson") || slice_is(name, "toJsonString");
}
