/*
 * Macros and functions. A call has variables of its own: it sees neither the
 * loop variables nor the locals of its caller. <#nested> goes back to the
 * caller's for as long as the nested content runs.
 */
#include "dispatcher/template/explain.h"
#include "dispatcher/template/render.h"

static struct expr place_of(const struct element *element, struct slice source)
{
	return (struct expr){.line = element->begin_line,
	    .column = element->begin_column,
	    .source = source};
}

/* Sets the parameter called `name`, or adds to the catch-all. */
static bool bind_named(struct render *render, const struct expr *place,
    struct macro_call *call, struct slice name, struct value value)
{
	const struct macro *macro = call->macro;
	struct hash *rest;

	for (size_t i = 0; i < macro->count; i++) {
		if (slice_equal(macro->parameters[i].text, name)) {
			call->locals[i] = value;
			return true;
		}
	}
	if (!macro->has_catch_all) {
		return raise_error(render, place,
		    "has no parameter %.*s: see <#macro %.*s> on line %d",
		    SLICE_ARGS(name), SLICE_ARGS(macro->text),
		    macro->body->begin_line);
	}
	rest = call->locals[macro->count].hash;
	return hash_put(render->arena, rest, name, value) ||
	    raise_memory(render);
}

static bool bind_positional(struct render *render, const struct expr *place,
    struct macro_call *call, const struct expr_list *arguments)
{
	const struct macro *macro = call->macro;
	size_t extra = arguments->count > macro->count
	    ? arguments->count - macro->count
	    : 0;
	struct sequence *rest = sequence_create(render->arena, extra);

	if (rest == NULL) {
		return raise_memory(render);
	}
	if (extra > 0 && !macro->has_catch_all) {
		return raise_error(render, place,
		    "has %zu arguments, but %.*s takes %zu at most",
		    arguments->count, SLICE_ARGS(macro->text), macro->count);
	}
	for (size_t i = 0; i < arguments->count; i++) {
		struct value *target = i < macro->count
		    ? &call->locals[i]
		    : &rest->items[i - macro->count];

		if (!eval(render, arguments->items[i], target)) {
			return false;
		}
	}
	if (macro->has_catch_all) {
		call->locals[macro->count] = value_sequence(rest);
	}
	return true;
}

static bool prepare_call(struct render *render, const struct macro *macro,
    bool is_positional, struct macro_call *call)
{
	size_t capacity = macro->count + macro->has_catch_all + 4;

	*call = (struct macro_call){.macro = macro};
	call->locals =
	    arena_calloc(render->arena, capacity, sizeof(*call->locals));
	call->local_names =
	    arena_alloc(render->arena, capacity * sizeof(symbol));
	if (call->locals == NULL || call->local_names == NULL) {
		return raise_memory(render);
	}
	for (size_t i = 0; i < macro->count; i++) {
		call->local_names[i] = macro->parameters[i].name;
	}
	call->local_count = macro->count;
	call->local_capacity = capacity;
	if (macro->has_catch_all) {
		struct hash *rest = hash_create(render->arena, 4);

		if (rest == NULL) {
			return raise_memory(render);
		}
		call->local_names[call->local_count] = macro->catch_all;
		call->locals[call->local_count++] =
		    is_positional ? value_missing() : value_hash(rest);
	}
	return true;
}

/* Parameters that were not given: their defaults, which see the others. A
 * default may need one that is itself still to come: FreeMarker tries again as
 * long as that helps. */
static bool fill_defaults(
    struct render *render, const struct expr *place, struct macro_call *call)
{
	const struct macro *macro = call->macro;
	bool has_progress = true;
	bool has_gap = true;

	while (has_progress && has_gap) {
		has_progress = false;
		has_gap = false;
		for (size_t i = 0; i < macro->count; i++) {
			const struct macro_parameter *parameter =
			    &macro->parameters[i];

			if (call->locals[i].kind != VALUE_MISSING ||
			    parameter->fallback == NULL) {
				continue;
			}
			if (eval_needed(render, parameter->fallback,
				&call->locals[i])) {
				has_progress = true;
			} else if (render->raised == RAISED_MISSING) {
				has_gap = true;
			} else {
				return false;
			}
		}
	}
	if (has_gap) {
		return false;
	}
	render->raised = RAISED_NOTHING;
	for (size_t i = 0; i < macro->count && !macro->is_function; i++) {
		if (call->locals[i].kind == VALUE_MISSING) {
			return raise_error(render, place,
			    "is called without its parameter %.*s, which has "
			    "no default",
			    SLICE_ARGS(macro->parameters[i].text));
		}
	}
	return true;
}

/* Runs the body with the arguments in `call`. */
static enum flow run_macro(
    struct render *render, const struct expr *place, struct macro_call *call)
{
	struct variable_scope *scope = render->scope;
	enum flow flow = FLOW_ERROR;

	call->caller_scope = scope;
	call->caller_macro = render->macro;
	render->scope = NULL;
	render->macro = call;
	if (fill_defaults(render, place, call)) {
		flow = exec_children(render, call->macro->body);
	}
	render->scope = scope;
	render->macro = call->caller_macro;
	return flow;
}

bool call_function(struct render *render, const struct expr *expr,
    const struct macro *macro, const struct expr_list *arguments,
    struct value *result)
{
	struct print_mark start = print_mark(render);
	struct macro_call call;
	enum flow flow;

	if (!prepare_call(render, macro, true, &call) ||
	    !bind_positional(render, expr, &call, arguments)) {
		return false;
	}
	call.arguments = arguments;
	flow = run_macro(render, expr, &call);
	print_back(render, &start);
	*result = call.result;
	if (render->explain != NULL) {
		explain_called(render, expr);
	}
	return flow != FLOW_ERROR;
}

enum flow exec_call(struct render *render, const struct element *element)
{
	struct expr place = place_of(element, element->expr->source);
	struct macro_call call;
	struct value callee;

	if (!eval_needed(render, element->expr, &callee)) {
		return FLOW_ERROR;
	}
	if (callee.kind != VALUE_MACRO) {
		(void)raise_type(render, element->expr, callee, "a macro");
		return FLOW_ERROR;
	}
	if (callee.macro->macro->is_function) {
		(void)raise_error(render, element->expr,
		    "is a function: call it in an expression, as in "
		    "${name(...)}");
		return FLOW_ERROR;
	}
	if (!prepare_call(render, callee.macro->macro,
		element->call.names == NULL, &call)) {
		return FLOW_ERROR;
	}
	call.call = element;
	call.arguments = &element->call.arguments;
	if (element->call.names == NULL) {
		if (!bind_positional(
			render, &place, &call, &element->call.arguments)) {
			return FLOW_ERROR;
		}
	} else {
		for (size_t i = 0; i < element->call.arguments.count; i++) {
			struct value value;

			if (!eval(render, element->call.arguments.items[i],
				&value) ||
			    !bind_named(render, &place, &call,
				element->call.names[i], value)) {
				return FLOW_ERROR;
			}
		}
	}
	{
		enum flow flow = run_macro(render, &place, &call);

		return flow == FLOW_ERROR ? flow : FLOW_NEXT;
	}
}

enum flow exec_nested(struct render *render, const struct element *element)
{
	struct macro_call *call = render->macro;
	struct variable_scope *own_scope = render->scope;
	const struct element *content = call->call;
	struct variable_scope scope = {.outer = call->caller_scope};
	enum flow flow;

	if (content == NULL || content->first_child == NULL) {
		return FLOW_NEXT;
	}
	scope.count = content->call.body_parameter_count;
	scope.names = content->call.body_parameters;
	scope.values =
	    arena_calloc(render->arena, scope.count + 1, sizeof(*scope.values));
	if (scope.values == NULL) {
		(void)raise_memory(render);
		return FLOW_ERROR;
	}
	for (size_t i = 0; i < element->call.arguments.count; i++) {
		struct value value;

		if (!eval(render, element->call.arguments.items[i], &value)) {
			return FLOW_ERROR;
		}
		if (i < scope.count) {
			scope.values[i] = value;
		}
	}
	render->scope = &scope;
	render->macro = call->caller_macro;
	flow = exec_children(render, content);
	render->scope = own_scope;
	render->macro = call;
	return flow;
}

bool define_macro(struct render *render, const struct macro *macro)
{
	struct macro_value *value = render_alloc(render, sizeof(*value));

	if (value == NULL) {
		return false;
	}
	value->macro = macro;
	render->variables[macro->name] =
	    (struct value){.kind = VALUE_MACRO, .macro = value};
	return true;
}
