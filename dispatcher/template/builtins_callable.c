/* Built-ins of macros and functions. */
#include "dispatcher/template/builtins.h"
#include "dispatcher/template/render.h"

/* The argument: by position, or for a macro by name. */
static bool read_values(struct render *render, const struct expr *call,
    struct value left, struct value *values)
{
	bool takes_names =
	    left.kind == VALUE_MACRO && !left.macro->macro->is_function;

	if (!render_argument(render, call, 0, values)) {
		return false;
	}
	*values = value_flatten(*values);
	if (values->kind == VALUE_NOTHING) {
		*values = value_sequence(sequence_create(render->arena, 0));
		return values->sequence != NULL || raise_memory(render);
	}
	if (values->kind == VALUE_HASH && !takes_names) {
		return raise_error(render, call->list.items[0],
		    "is a hash, but only macros take arguments by name: write "
		    "a sequence");
	}
	return values->kind == VALUE_SEQUENCE || values->kind == VALUE_HASH ||
	    raise_type(render, call->list.items[0], *values,
		"a sequence or a hash of arguments");
}

static bool give_with_args(struct render *render, const struct expr *call,
    struct value left, bool is_last, struct value *result)
{
	struct with_args *with = render_alloc(render, sizeof(*with));
	struct macro_value *macro = render_alloc(render, sizeof(*macro));
	struct method_value *method = render_alloc(render, sizeof(*method));

	if (with == NULL || macro == NULL || method == NULL) {
		return false;
	}
	if (left.kind != VALUE_MACRO && left.kind != VALUE_METHOD) {
		return raise_type(
		    render, call->left, left, "a macro, function or method");
	}
	if (!read_values(render, call, left, &with->values)) {
		return false;
	}
	with->is_last = is_last;
	*result = left;
	if (left.kind == VALUE_METHOD) {
		*method = *left.method;
		method->with = with;
		result->method = method;
	} else {
		*macro = *left.macro;
		macro->with = with;
		result->macro = macro;
	}
	return true;
}

static bool apply_with_args(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return give_with_args(render, call, left, false, result);
}

static bool apply_with_args_last(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return give_with_args(render, call, left, true, result);
}

const struct builtin builtins_callable[] = {
    {"with_args", apply_with_args, 1, 1, 0},
    {"with_args_last", apply_with_args_last, 1, 1, 0},
    {.name = NULL},
};
