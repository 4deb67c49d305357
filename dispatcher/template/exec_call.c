/*
 * Macros and functions. A call has variables of its own: it sees neither the
 * loop variables nor the locals of its caller. <#nested> goes back to the
 * caller's for as long as the nested content runs.
 */
#include "dispatcher/template/builtins.h"
#include "dispatcher/template/exec_arguments.h"
#include "dispatcher/template/explain.h"
#include "dispatcher/template/render.h"

static struct expr place_of(const struct element *element, struct slice source)
{
	return (struct expr){.line = element->begin_line,
	    .column = element->begin_column,
	    .source = source};
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
	if (arguments_fill(render, place, call) &&
	    arguments_note(render, place, call)) {
		flow = exec_children(render, call->macro->body);
		if (flow == FLOW_ERROR) {
			render_note_call(render, call->macro, place);
		}
	}
	render->scope = scope;
	render->macro = call->caller_macro;
	return flow;
}

/* What --explain shows of the arguments: not those of ?with_args. */
static void note_arguments(struct macro_call *call,
    const struct macro_value *callee, const struct expr_list *written)
{
	static const struct expr_list none = {NULL, 0};

	call->arguments = callee->with == NULL ? written : &none;
}

bool call_function(struct render *render, const struct expr *expr,
    const struct macro_value *callee, const struct expr_list *arguments,
    struct value *result)
{
	struct written_arguments written = {.list = arguments};
	struct print_mark start = print_mark(render);
	struct macro_call call;
	enum flow flow;

	if (!arguments_bind(render, expr, callee, &written, &call)) {
		return false;
	}
	note_arguments(&call, callee, arguments);
	flow = run_macro(render, expr, &call);
	print_back(render, &start);
	*result = call.result;
	if (render->explain != NULL) {
		explain_called(render, expr);
	}
	return flow != FLOW_ERROR;
}

/* Those of ?with_args, as literals, before or behind the written ones. */
static bool join_arguments(struct render *render, const struct expr *expr,
    const struct with_args *with, const struct expr_list *written,
    struct expr_list *joined)
{
	size_t more = with != NULL ? with->values.sequence->count : 0;
	size_t written_at = with != NULL && !with->is_last ? more : 0;
	size_t with_at = written_at > 0 ? 0 : written->count;
	struct expr *literals =
	    render_alloc(render, (more + 1) * sizeof(*expr));

	joined->count = written->count + more;
	joined->items =
	    render_alloc(render, (joined->count + 1) * sizeof(struct expr *));
	if (literals == NULL || joined->items == NULL) {
		return false;
	}
	for (size_t i = 0; i < written->count; i++) {
		joined->items[written_at + i] = written->items[i];
	}
	for (size_t i = 0; i < more; i++) {
		literals[i] = (struct expr){.kind = EXPR_LITERAL,
		    .line = expr->line,
		    .column = expr->column,
		    .source = expr->source};
		if (!render_item(render, with->values.sequence, i,
			&literals[i].literal)) {
			return false;
		}
		joined->items[with_at + i] = &literals[i];
	}
	return true;
}

static bool call_method(struct render *render, const struct expr *expr,
    const struct method_value *method, const struct expr_list *written,
    struct value *result)
{
	const struct builtin *builtin = method->call->builtin.builtin;
	struct expr call = *method->call;
	struct expr_list arguments;

	if (!join_arguments(render, expr, method->with, written, &arguments)) {
		return false;
	}
	if (arguments.count < (size_t)builtin->min_arguments ||
	    arguments.count > (size_t)builtin->max_arguments) {
		return raise_error(
		    render, expr, "has too many or too few arguments");
	}
	call.list = arguments;
	call.builtin.has_arguments = true;
	return builtin->apply(render, &call, method->left, result);
}

bool call_value(struct render *render, const struct expr *expr,
    struct value callee, const struct expr_list *arguments,
    struct value *result)
{
	if (callee.kind == VALUE_METHOD) {
		return call_method(
		    render, expr, callee.method, arguments, result);
	}
	if (callee.kind != VALUE_MACRO) {
		return raise_type(render, expr, callee, "a function");
	}
	if (!callee.macro->macro->is_function) {
		return raise_error(
		    render, expr, "is a macro: call it as <@name/>");
	}
	return call_function(render, expr, callee.macro, arguments, result);
}

enum flow exec_call(struct render *render, const struct element *element)
{
	struct expr place = place_of(element, element->expr->source);
	struct written_arguments written = {
	    &element->call.arguments, element->call.names};
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
	if (!arguments_bind(render, &place, callee.macro, &written, &call)) {
		return FLOW_ERROR;
	}
	call.call = element;
	note_arguments(&call, callee.macro, &element->call.arguments);
	return run_macro(render, &place, &call) == FLOW_ERROR ? FLOW_ERROR
							      : FLOW_NEXT;
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
	*value = (struct macro_value){.macro = macro};
	render->variables[macro->name] =
	    (struct value){.kind = VALUE_MACRO, .macro = value};
	return true;
}
