/* Built-ins behind a loop variable's name: x?index. */
#include "dispatcher/template/builtins.h"
#include "dispatcher/template/render.h"

/* The parser has checked that there is such a loop around. */
static const struct loop_state *find_loop(
    const struct render *render, const struct expr *call)
{
	for (const struct variable_scope *scope = render->scope; scope != NULL;
	     scope = scope->outer) {
		for (size_t i = 0; scope->loop != NULL && i < scope->count;
		     i++) {
			if (scope->names[i] == call->builtin.variable) {
				return scope->loop;
			}
		}
	}
	return NULL;
}

static bool has_next(const struct loop_state *loop)
{
	return loop->is_endless || loop->index + 1 < loop->count;
}

static bool find(struct render *render, const struct expr *call,
    const struct loop_state **loop)
{
	*loop = find_loop(render, call);
	return *loop != NULL ||
	    raise_error(render, call, "is outside of its <#list>");
}

static bool apply_index(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	const struct loop_state *loop;

	(void)left;
	if (!find(render, call, &loop)) {
		return false;
	}
	*result = value_integer((int64_t)loop->index);
	return true;
}

static bool apply_counter(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	if (!apply_index(render, call, left, result)) {
		return false;
	}
	result->integer++;
	return true;
}

static bool apply_has_next(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	const struct loop_state *loop;

	(void)left;
	if (!find(render, call, &loop)) {
		return false;
	}
	*result = value_boolean(has_next(loop));
	return true;
}

static bool apply_is_last(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	if (!apply_has_next(render, call, left, result)) {
		return false;
	}
	result->boolean = !result->boolean;
	return true;
}

static bool apply_is_first(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	if (!apply_index(render, call, left, result)) {
		return false;
	}
	*result = value_boolean(result->integer == 0);
	return true;
}

/* Items count from one here. */
static bool apply_is_odd_item(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	if (!apply_index(render, call, left, result)) {
		return false;
	}
	*result = value_boolean(result->integer % 2 == 0);
	return true;
}

static bool apply_is_even_item(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	if (!apply_is_odd_item(render, call, left, result)) {
		return false;
	}
	result->boolean = !result->boolean;
	return true;
}

static bool apply_item_parity(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	if (!apply_is_odd_item(render, call, left, result)) {
		return false;
	}
	*result = value_string(slice_of(result->boolean ? "odd" : "even"));
	return true;
}

static bool apply_item_parity_cap(struct render *render,
    const struct expr *call, struct value left, struct value *result)
{
	if (!apply_is_odd_item(render, call, left, result)) {
		return false;
	}
	*result = value_string(slice_of(result->boolean ? "Odd" : "Even"));
	return true;
}

static bool apply_item_cycle(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	if (!apply_index(render, call, left, result)) {
		return false;
	}
	return eval(render,
	    call->list.items[(size_t)result->integer % call->list.count],
	    result);
}

const struct builtin builtins_loop[] = {
    {"counter", apply_counter, 0, 0, BUILTIN_LOOP},
    {"has_next", apply_has_next, 0, 0, BUILTIN_LOOP},
    {"index", apply_index, 0, 0, BUILTIN_LOOP},
    {"is_even_item", apply_is_even_item, 0, 0, BUILTIN_LOOP},
    {"is_first", apply_is_first, 0, 0, BUILTIN_LOOP},
    {"is_last", apply_is_last, 0, 0, BUILTIN_LOOP},
    {"is_odd_item", apply_is_odd_item, 0, 0, BUILTIN_LOOP},
    {"item_cycle", apply_item_cycle, 1, BUILTIN_ANY_COUNT, BUILTIN_LOOP},
    {"item_parity", apply_item_parity, 0, 0, BUILTIN_LOOP},
    {"item_parity_cap", apply_item_parity_cap, 0, 0, BUILTIN_LOOP},
    {.name = NULL},
};
