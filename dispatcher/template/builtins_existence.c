/* Built-ins that look whether a value is there, and choose. */
#include "dispatcher/template/builtins.h"
#include "dispatcher/template/markup.h"
#include "dispatcher/template/render.h"

static bool apply_exists(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	(void)render;
	(void)call;
	*result = value_boolean(left.kind != VALUE_MISSING);
	return true;
}

static bool apply_has_content(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	bool has_content = left.kind != VALUE_MISSING;

	(void)render;
	(void)call;
	left = value_flatten(left);
	if (left.kind == VALUE_NOTHING ||
	    (left.kind == VALUE_STRING && left.len == 0) ||
	    (left.kind == VALUE_MARKUP && left.markup->text.len == 0) ||
	    (left.kind == VALUE_SEQUENCE && left.sequence->count == 0) ||
	    (left.kind == VALUE_HASH && left.hash->count == 0)) {
		has_content = false;
	}
	*result = value_boolean(has_content);
	return true;
}

static bool apply_if_exists(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	(void)render;
	(void)call;
	*result = left.kind == VALUE_MISSING
	    ? (struct value){.kind = VALUE_NOTHING}
	    : left;
	return true;
}

static bool apply_default(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	*result = left;
	for (size_t i = 0;
	     i < call->list.count && result->kind == VALUE_MISSING; i++) {
		if (!eval(render, call->list.items[i], result)) {
			return false;
		}
	}
	return true;
}

static bool apply_then(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	bool truth;

	if (!value_as_boolean(left, &truth)) {
		return raise_type(render, call->left, left, "true or false");
	}
	return eval(render, call->list.items[truth ? 0 : 1], result);
}

/* x?switch(case, result, ..., default) */
static bool apply_switch(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	size_t count = call->list.count;

	for (size_t i = 0; i + 1 < count; i += 2) {
		struct value candidate;
		bool equal;

		if (!eval_needed(render, call->list.items[i], &candidate) ||
		    !values_equal(
			render, call->list.items[i], left, candidate, &equal)) {
			return false;
		}
		if (equal) {
			return eval(render, call->list.items[i + 1], result);
		}
	}
	if (count % 2 == 0) {
		return raise_error(
		    render, call, "has no case for this value, and no default");
	}
	return eval(render, call->list.items[count - 1], result);
}

const struct builtin builtins_existence[] = {
    {"default", apply_default, 1, BUILTIN_ANY_COUNT, BUILTIN_MISSING},
    {"exists", apply_exists, 0, 0, BUILTIN_MISSING},
    {"has_content", apply_has_content, 0, 0, BUILTIN_MISSING},
    {"if_exists", apply_if_exists, 0, 0, BUILTIN_MISSING},
    {"switch", apply_switch, 2, BUILTIN_ANY_COUNT, BUILTIN_FRESH},
    {"then", apply_then, 2, 2, 0},
    {.name = NULL},
};
