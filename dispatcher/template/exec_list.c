/*
 * <#list>. With a loop variable it runs its children for each item; without,
 * it only says what <#items> inside will run over. Both states are a
 * variable_scope on the stack, which is how <#items> and <#sep> find theirs.
 */
#include "dispatcher/template/render.h"

static bool begin_list(struct render *render, const struct element *list,
    bool has_value_name, struct loop_state *loop)
{
	struct value source;

	if (!eval_needed(render, list->expr, &source)) {
		return false;
	}
	source = value_flatten(source);
	*loop = (struct loop_state){.list = list, .source = source};
	if (source.kind == VALUE_NOTHING) {
		return true;
	}
	if (source.kind == VALUE_SEQUENCE && !has_value_name) {
		loop->count = source.sequence->count;
		loop->is_endless = source.sequence->is_endless;
		return true;
	}
	if (source.kind == VALUE_HASH && source.hash->hides_keys) {
		return raise_error(render, list->expr, "cannot be listed");
	}
	if (source.kind == VALUE_HASH && has_value_name) {
		loop->count = source.hash->count;
		return true;
	}
	if (source.kind == VALUE_HASH) {
		return raise_error(
		    render, list->expr, "is a hash; write `as key, value`");
	}
	if (source.kind == VALUE_SEQUENCE) {
		return raise_error(
		    render, list->expr, "is a sequence; write `as item`");
	}
	return raise_type(render, list->expr, source,
	    has_value_name ? "a hash"
			   : "a sequence (?split makes one of a string)");
}

static bool load_item(
    struct render *render, struct loop_state *loop, struct value values[2])
{
	struct hash_entry *entry;

	if (loop->source.kind == VALUE_SEQUENCE) {
		return render_item(
		    render, loop->source.sequence, loop->index, &values[0]);
	}
	entry = &loop->source.hash->entries[loop->index];
	if (!value_open(render->arena, &entry->value)) {
		return raise_memory(render);
	}
	values[0] = value_string(slice_make(entry->key, entry->key_len));
	values[1] = entry->value;
	return true;
}

/* Runs the children of `body` for each item. */
static enum flow run_loop(
    struct render *render, const struct element *body, struct loop_state *loop)
{
	const symbol names[2] = {body->loop.name, body->loop.value_name};
	struct value values[2] = {{.kind = VALUE_MISSING}};
	struct variable_scope scope = {
	    .outer = render->scope,
	    .names = names,
	    .values = values,
	    .count = body->loop.has_value_name ? 2 : 1,
	    .loop = loop,
	};
	enum flow flow = FLOW_NEXT;

	loop->is_running = true;
	render->scope = &scope;
	for (loop->index = 0; loop->is_endless || loop->index < loop->count;
	     loop->index++) {
		if (!load_item(render, loop, values) ||
		    !render_step(render, 1)) {
			flow = FLOW_ERROR;
			break;
		}
		flow = exec_children(render, body);
		if (flow != FLOW_NEXT && flow != FLOW_CONTINUE) {
			break;
		}
	}
	render->scope = scope.outer;
	loop->is_running = false;
	return flow == FLOW_ERROR || flow == FLOW_RETURN ? flow : FLOW_NEXT;
}

/* <#list> without a loop variable: its children run once. */
static enum flow run_frame(
    struct render *render, const struct element *list, struct loop_state *loop)
{
	struct variable_scope scope = {.outer = render->scope, .loop = loop};
	enum flow flow;

	render->scope = &scope;
	flow = exec_children(render, list);
	render->scope = scope.outer;
	return flow;
}

enum flow exec_list(struct render *render, const struct element *element)
{
	const struct element *list =
	    element->kind == ELEMENT_LIST ? element : element->first_child;
	struct loop_state loop;

	if (!begin_list(render, list, list->loop.has_value_name, &loop)) {
		return FLOW_ERROR;
	}
	if (loop.count == 0) {
		return list != element
		    ? exec_children(render, element->last_child)
		    : FLOW_NEXT;
	}
	return list->loop.has_name ? run_loop(render, list, &loop)
				   : run_frame(render, list, &loop);
}

static struct loop_state *innermost_loop(const struct render *render)
{
	for (const struct variable_scope *scope = render->scope; scope != NULL;
	     scope = scope->outer) {
		if (scope->loop != NULL) {
			return scope->loop;
		}
	}
	return NULL;
}

enum flow exec_items(struct render *render, const struct element *element)
{
	struct loop_state *loop = innermost_loop(render);

	if (loop == NULL || loop->is_running || loop->was_repeated) {
		render->raised = RAISED_ERROR;
		err_set_at(render->err, element->begin_line,
		    element->begin_column,
		    "<#items> may run once in its <#list>");
		return FLOW_ERROR;
	}
	loop->was_repeated = true;
	return run_loop(render, element, loop);
}

enum flow exec_sep(struct render *render, const struct element *element)
{
	const struct loop_state *loop = innermost_loop(render);

	if (loop == NULL || !loop->is_running) {
		render->raised = RAISED_ERROR;
		err_set_at(render->err, element->begin_line,
		    element->begin_column,
		    "<#sep> must be inside of what <#list> repeats");
		return FLOW_ERROR;
	}
	if (!loop->is_endless && loop->index + 1 >= loop->count) {
		return FLOW_NEXT;
	}
	return exec_children(render, element);
}
