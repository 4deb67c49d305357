/* Built-ins that take x -> ..., or the name of a function. */
#include "dispatcher/template/builtins.h"
#include "dispatcher/template/render.h"

/* What is applied to the items: a lambda, a function, or a method. */
struct operation {
	struct expr *argument;
	struct value callee; /* VALUE_MISSING for a lambda */
};

static bool read_operation(
    struct render *render, const struct expr *call, struct operation *operation)
{
	struct expr *argument = call->list.items[0];
	struct value callee;

	*operation = (struct operation){.argument = argument};
	if (argument->kind == EXPR_LAMBDA) {
		return argument->lambda.count == 1 ||
		    raise_error(render, argument, "must have one parameter");
	}
	if (!eval_needed(render, argument, &callee)) {
		return false;
	}
	if (callee.kind != VALUE_METHOD &&
	    (callee.kind != VALUE_MACRO || !callee.macro->macro->is_function)) {
		return raise_type(render, argument, callee, "a function");
	}
	operation->callee = callee;
	return true;
}

static bool apply_to(struct render *render, const struct operation *operation,
    struct value item, struct value *result)
{
	struct expr *argument = operation->argument;
	struct expr literal = {.kind = EXPR_LITERAL,
	    .line = argument->line,
	    .column = argument->column,
	    .source = argument->source,
	    .literal = item};
	struct expr *items[1] = {&literal};
	struct expr_list arguments = {items, 1};

	return argument->kind == EXPR_LAMBDA
	    ? render_apply(render, argument, item, result)
	    : call_value(
		  render, argument, operation->callee, &arguments, result);
}

static bool test_item(struct render *render, const struct operation *operation,
    struct value item, bool *passes)
{
	struct value result;

	if (!apply_to(render, operation, item, &result)) {
		return false;
	}
	if (result.kind != VALUE_BOOLEAN) {
		return raise_type(
		    render, operation->argument, result, "true or false");
	}
	*passes = result.boolean;
	return true;
}

static bool begin(struct render *render, const struct expr *call,
    struct value left, struct sequence **source, struct sequence **result)
{
	if (!render_sequence(render, call, left, source)) {
		return false;
	}
	if ((*source)->is_endless) {
		(void)raise_error(render, call->left, "has no end");
		return false;
	}
	if (!render_step(render, (*source)->count)) {
		return false;
	}
	*result = sequence_create(render->arena, (*source)->count);
	return *result != NULL || raise_memory(render);
}

static bool apply_map(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	struct sequence *source;
	struct sequence *mapped;
	struct operation operation;

	if (!read_operation(render, call, &operation) ||
	    !begin(render, call, left, &source, &mapped)) {
		return false;
	}
	for (size_t i = 0; i < source->count; i++) {
		struct value item;

		if (!render_item(render, source, i, &item) ||
		    !apply_to(render, &operation, item, &mapped->items[i])) {
			return false;
		}
		if (mapped->items[i].kind == VALUE_MISSING) {
			return raise_missing(render,
			    call->list.items[0]->kind == EXPR_LAMBDA
				? call->list.items[0]->left
				: call->list.items[0]);
		}
	}
	*result = value_sequence(mapped);
	return true;
}

/* Which items a built-in keeps. */
enum keep {
	KEEP_PASSING,
	KEEP_WHILE_PASSING,
	KEEP_FROM_FAILING,
};

static bool choose(struct render *render, const struct expr *call,
    struct value left, enum keep keep, struct value *result)
{
	struct sequence *source;
	struct sequence *kept;
	size_t count = 0;
	bool has_failed = false;
	struct operation operation;

	if (!read_operation(render, call, &operation) ||
	    !begin(render, call, left, &source, &kept)) {
		return false;
	}
	for (size_t i = 0; i < source->count; i++) {
		struct value item;
		bool passes = false;

		if (!render_item(render, source, i, &item)) {
			return false;
		}
		if (!(keep == KEEP_FROM_FAILING && has_failed) &&
		    !test_item(render, &operation, item, &passes)) {
			return false;
		}
		has_failed |= !passes;
		if (keep == KEEP_WHILE_PASSING && has_failed) {
			break;
		}
		if (keep == KEEP_FROM_FAILING ? has_failed : passes) {
			kept->items[count++] = item;
		}
	}
	kept->count = count;
	*result = value_sequence(kept);
	return true;
}

static bool apply_filter(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return choose(render, call, left, KEEP_PASSING, result);
}

static bool apply_take_while(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return choose(render, call, left, KEEP_WHILE_PASSING, result);
}

static bool apply_drop_while(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return choose(render, call, left, KEEP_FROM_FAILING, result);
}

const struct builtin builtins_lambda[] = {
    {"drop_while", apply_drop_while, 1, 1, BUILTIN_LAMBDA},
    {"filter", apply_filter, 1, 1, BUILTIN_LAMBDA},
    {"map", apply_map, 1, 1, BUILTIN_LAMBDA},
    {"take_while", apply_take_while, 1, 1, BUILTIN_LAMBDA},
    {.name = NULL},
};
