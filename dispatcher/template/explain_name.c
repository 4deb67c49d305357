/* The origin of a name: what the variable stands for that it is found to be. */
#include "dispatcher/template/explain.h"
#include "dispatcher/template/render.h"

static const struct expr *without_parentheses(const struct expr *expr)
{
	while (expr->kind == EXPR_PAREN) {
		expr = expr->left;
	}
	return expr;
}

static bool append_loop_variable(
    struct render *render, const struct variable_scope *scope, bool is_value)
{
	const struct loop_state *loop = scope->loop;
	struct variable_scope *inner = render->scope;
	const struct expr *source = without_parentheses(loop->list->expr);
	struct strbuf *origin = &render->explain->origin;
	bool is_simple = true;

	/* What the loop runs over was said outside of it. */
	render->scope = scope->outer;
	if (loop->source.kind == VALUE_SEQUENCE &&
	    source->kind == EXPR_SEQUENCE && loop->index < source->list.count) {
		is_simple = explain_append_origin(
		    render, source->list.items[loop->index]);
	} else {
		explain_append_operand(render, source);
		if (loop->source.kind == VALUE_HASH && is_value) {
			const struct hash_entry *entry =
			    &loop->source.hash->entries[loop->index];

			explain_append_member(
			    origin, slice_make(entry->key, entry->key_len));
		} else {
			strbuf_append_text(origin,
			    loop->source.kind == VALUE_HASH ? "?keys" : "");
			explain_append_index(origin, (int64_t)loop->index);
		}
	}
	render->scope = inner;
	return is_simple;
}

static const struct explain_note *find_note(
    const struct explain_note *note, symbol name, enum assign_scope scope)
{
	while (note != NULL && (note->name != name || note->scope != scope)) {
		note = note->next;
	}
	return note;
}

static bool append_noted(struct render *render, const struct explain_note *note,
    const struct expr *expr)
{
	struct explain *explain = render->explain;

	/* What is made of Amplitude's helper says more by its name. */
	if (note == NULL || note->origin.len == 0 ||
	    slice_starts_with(note->origin, "statics")) {
		explain_append_source(explain, expr->source);
		return true;
	}
	strbuf_append_slice(&explain->origin, note->origin);
	explain_remark(explain, "%.*s", SLICE_ARGS(note->remarks));
	return note->is_simple;
}

/* The argument that was given for parameter `i`; NULL when none was. */
static const struct expr *argument_of(const struct macro_call *call, size_t i)
{
	const struct slice *names =
	    call->call != NULL ? call->call->call.names : NULL;

	if (names == NULL) {
		return i < call->arguments->count ? call->arguments->items[i]
						  : NULL;
	}
	for (size_t k = 0; k < call->arguments->count; k++) {
		if (slice_equal(names[k], call->macro->parameters[i].text)) {
			return call->arguments->items[k];
		}
	}
	return NULL;
}

/* The argument is an expression of the caller's. */
static bool append_argument(struct render *render, const struct expr *argument,
    const struct macro_parameter *parameter)
{
	struct variable_scope *scope = render->scope;
	struct macro_call *call = render->macro;
	struct value value;
	bool is_missing;
	bool is_simple = true;

	render->scope = call->caller_scope;
	render->macro = call->caller_macro;
	is_missing = parameter->fallback != NULL &&
	    explain_evaluate(render, argument, &value) &&
	    value.kind == VALUE_MISSING;
	if (!is_missing) {
		is_simple = explain_append_origin(render, argument);
	}
	render->scope = scope;
	render->macro = call;
	return is_missing ? explain_append_origin(render, parameter->fallback)
			  : is_simple;
}

static bool append_local(
    struct render *render, const struct expr *expr, size_t i)
{
	const struct macro_call *call = render->macro;
	const struct macro *macro = call->macro;
	const struct explain_note *note =
	    find_note(call->notes, expr->name, ASSIGN_LOCAL);
	const struct expr *argument;

	if (note != NULL || i >= macro->count) {
		return append_noted(render, note, expr);
	}
	argument = argument_of(call, i);
	if (argument == NULL && macro->parameters[i].fallback == NULL) {
		explain_append_source(render->explain, expr->source);
		return true;
	}
	explain_remark(render->explain, "%.*s is a parameter of %.*s",
	    SLICE_ARGS(macro->parameters[i].text), SLICE_ARGS(macro->text));
	if (argument == NULL) {
		return explain_append_origin(
		    render, macro->parameters[i].fallback);
	}
	return append_argument(render, argument, &macro->parameters[i]);
}

/* In the order of find_variable. */
bool explain_append_name(struct render *render, const struct expr *expr)
{
	const struct macro_call *call = render->macro;
	struct explain *explain = render->explain;

	for (const struct variable_scope *scope = render->scope; scope != NULL;
	     scope = scope->outer) {
		for (size_t i = 0; i < scope->count; i++) {
			if (scope->names[i] != expr->name ||
			    scope->values[i].kind == VALUE_MISSING) {
				continue;
			}
			if (scope->loop != NULL) {
				return append_loop_variable(
				    render, scope, i == 1);
			}
			explain_append_source(explain, expr->source);
			return true;
		}
	}
	for (size_t i = 0; call != NULL && i < call->local_count; i++) {
		if (call->local_names[i] == expr->name &&
		    call->locals[i].kind != VALUE_MISSING) {
			return append_local(render, expr, i);
		}
	}
	return append_noted(render,
	    find_note(explain->notes, expr->name,
		render->variables[expr->name].kind != VALUE_MISSING
		    ? ASSIGN_NAMESPACE
		    : ASSIGN_GLOBAL),
	    expr);
}
