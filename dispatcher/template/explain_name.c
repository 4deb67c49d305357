/* The origin of a name: what the variable stands for that it is found to be. */
#include "dispatcher/template/explain.h"
#include "dispatcher/template/render.h"

static const struct explain_note *find_note(
    const struct explain_note *note, symbol name, enum assign_scope scope)
{
	while (note != NULL &&
	    (note->call != NULL || note->name != name ||
		note->scope != scope)) {
		note = note->next;
	}
	return note;
}

bool explain_append_noted(struct render *render,
    const struct explain_note *note, const struct expr *expr)
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

static struct slice loop_key(const struct loop_state *loop)
{
	const struct hash_entry *entry =
	    &loop->source.hash->entries[loop->index];

	return slice_make(entry->key, entry->key_len);
}

/* The item of what `source` is, which is evaluated outside of the loop. */
static bool append_item(struct render *render, const struct expr *source,
    const struct loop_state *loop, bool is_value)
{
	struct strbuf *origin = &render->explain->origin;
	bool is_hash = loop->source.kind == VALUE_HASH;
	bool is_simple;

	if (source->kind == EXPR_SEQUENCE && !is_hash &&
	    loop->index < source->list.count) {
		return explain_append_origin(
		    render, source->list.items[loop->index]);
	}
	if (is_hash &&
	    explain_append_known_member(
		render, source, loop_key(loop), !is_value, &is_simple)) {
		return is_simple;
	}
	explain_append_operand(render, source);
	if (is_hash && is_value) {
		explain_append_member(origin, loop_key(loop));
		return true;
	}
	strbuf_append_text(origin, is_hash ? "?keys" : "");
	explain_append_index(origin, (int64_t)loop->index);
	return true;
}

static bool append_loop_variable(
    struct render *render, const struct variable_scope *scope, bool is_value)
{
	struct variable_scope *inner = render->scope;
	bool is_simple;

	render->scope = scope->outer;
	is_simple = append_item(render,
	    explain_unwrapped(scope->loop->list->expr), scope->loop, is_value);
	render->scope = inner;
	return is_simple;
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
		return explain_append_noted(render, note, expr);
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

/* The loop variable, or such, that a name is; NULL when it is none. */
static const struct variable_scope *find_scope(
    const struct render *render, symbol name, size_t *place)
{
	for (const struct variable_scope *scope = render->scope; scope != NULL;
	     scope = scope->outer) {
		for (size_t i = 0; i < scope->count; i++) {
			if (scope->names[i] == name &&
			    scope->values[i].kind != VALUE_MISSING) {
				*place = i;
				return scope;
			}
		}
	}
	return NULL;
}

static bool find_local(const struct render *render, symbol name, size_t *place)
{
	const struct macro_call *call = render->macro;

	for (size_t i = 0; call != NULL && i < call->local_count; i++) {
		if (call->local_names[i] == name &&
		    call->locals[i].kind != VALUE_MISSING) {
			*place = i;
			return true;
		}
	}
	return false;
}

static const struct explain_note *find_shared_note(
    const struct render *render, symbol name)
{
	return find_note(render->explain->notes, name,
	    render->variables[name].kind != VALUE_MISSING ? ASSIGN_NAMESPACE
							  : ASSIGN_GLOBAL);
}

/* In the order of find_variable. */
bool explain_append_name(struct render *render, const struct expr *expr)
{
	const struct variable_scope *scope;
	size_t place = 0;

	scope = find_scope(render, expr->name, &place);
	if (scope != NULL && scope->loop != NULL) {
		return append_loop_variable(render, scope, place == 1);
	}
	if (scope != NULL) {
		explain_append_source(render->explain, expr->source);
		return true;
	}
	if (find_local(render, expr->name, &place)) {
		return append_local(render, expr, place);
	}
	return explain_append_noted(
	    render, find_shared_note(render, expr->name), expr);
}

static const struct explain_note *note_of_name(
    const struct render *render, const struct expr *expr)
{
	size_t place;

	if (expr->kind != EXPR_NAME ||
	    find_scope(render, expr->name, &place) != NULL) {
		return NULL;
	}
	return find_local(render, expr->name, &place)
	    ? find_note(render->macro->notes, expr->name, ASSIGN_LOCAL)
	    : find_shared_note(render, expr->name);
}

bool explain_append_known_member(struct render *render, const struct expr *hash,
    struct slice key, bool wants_key, bool *is_simple)
{
	struct strbuf *origin = &render->explain->origin;
	const struct explain_note *note =
	    note_of_name(render, explain_unwrapped(hash));
	const struct explain_member *member =
	    note != NULL ? note->members : NULL;

	while (member != NULL && !slice_equal(member->key, key)) {
		member = member->next;
	}
	if (member == NULL || member->origin.len == 0) {
		return false;
	}
	explain_remark(render->explain, "%.*s", SLICE_ARGS(note->remarks));
	if (wants_key) {
		strbuf_appendf(origin, "\"%.*s\"", SLICE_ARGS(key));
		*is_simple = true;
	} else {
		strbuf_append_slice(origin, member->origin);
		*is_simple = member->is_simple;
	}
	return true;
}
