/* <#assign>, <#global>, <#local>: values and captures. */
#include "dispatcher/template/explain.h"
#include "dispatcher/template/markup.h"
#include "dispatcher/template/render.h"

bool set_local(struct render *render, symbol name, struct value value)
{
	struct macro_call *call = render->macro;

	for (size_t i = 0; i < call->local_count; i++) {
		if (call->local_names[i] == name) {
			call->locals[i] = value;
			return true;
		}
	}
	if (call->local_count == call->local_capacity) {
		size_t capacity = call->local_capacity * 2 + 4;
		struct value *locals =
		    render_alloc(render, capacity * sizeof(*locals));
		symbol *names = render_alloc(render, capacity * sizeof(*names));

		if (locals == NULL || names == NULL) {
			return false;
		}
		if (call->local_count > 0) {
			memcpy(locals, call->locals,
			    call->local_count * sizeof(*locals));
			memcpy(names, call->local_names,
			    call->local_count * sizeof(*names));
		}
		call->locals = locals;
		call->local_names = names;
		call->local_capacity = capacity;
	}
	call->local_names[call->local_count] = name;
	call->locals[call->local_count++] = value;
	return true;
}

static bool set_variable(
    struct render *render, const struct element *element, struct value value)
{
	symbol name = element->assign.name;

	if (render->explain != NULL) {
		explain_assign(render, element);
	}
	switch (element->assign.scope) {
	case ASSIGN_NAMESPACE:
		render->variables[name] = value;
		return true;
	case ASSIGN_GLOBAL:
		render->globals[name] = value;
		return true;
	case ASSIGN_LOCAL:
		return set_local(render, name, value);
	}
	return true;
}

/* The variable of the scope assigned to: += looks nowhere else. */
static struct value old_value(
    const struct render *render, const struct element *element)
{
	symbol name = element->assign.name;

	switch (element->assign.scope) {
	case ASSIGN_NAMESPACE:
		return render->variables[name];
	case ASSIGN_GLOBAL:
		return render->globals[name];
	case ASSIGN_LOCAL:
		break;
	}
	for (size_t i = 0;
	     render->macro != NULL && i < render->macro->local_count; i++) {
		if (render->macro->local_names[i] == name) {
			return render->macro->locals[i];
		}
	}
	return value_missing();
}

static bool raise_assign(
    struct render *render, const struct element *element, const char *text)
{
	render->raised = RAISED_ERROR;
	err_set_at(render->err, element->begin_line, element->begin_column,
	    "`%.*s` %s",
	    SLICE_ARGS(
		template_symbol_text(render->template, element->assign.name)),
	    text);
	return false;
}

/* An expression to blame: x++ has none of its own. */
static struct expr place_of(
    const struct render *render, const struct element *element)
{
	return (struct expr){
	    .line = element->begin_line,
	    .column = element->begin_column,
	    .source =
		template_symbol_text(render->template, element->assign.name),
	};
}

static bool compute(struct render *render, const struct element *element,
    struct value old, struct value operand, struct value *value)
{
	struct expr place = place_of(render, element);
	enum number_operator operator= NUMBER_ADD;

	switch (element->assign.operator) {
	case ASSIGN_SET:
		*value = operand;
		return true;
	case ASSIGN_ADD:
		return add_values(render, &place, old, operand, value);
	case ASSIGN_INCREMENT:
		break;
	case ASSIGN_SUBTRACT:
	case ASSIGN_DECREMENT:
		operator= NUMBER_SUBTRACT;
		break;
	case ASSIGN_MULTIPLY:
		operator= NUMBER_MULTIPLY;
		break;
	case ASSIGN_DIVIDE:
		operator= NUMBER_DIVIDE;
		break;
	case ASSIGN_MODULO:
		operator= NUMBER_MODULO;
		break;
	}
	if (!value_is_number(old) || !value_is_number(operand)) {
		return raise_assign(render, element,
		    "is computed with what is no number, or is none itself");
	}
	if (!raise_number(render, &place,
		number_compute(render->arena, operator, old, operand, value))) {
		return false;
	}
	return true;
}

enum flow exec_assign(struct render *render, const struct element *element)
{
	struct value operand = value_integer(1);
	struct value value;
	struct value old = value_missing();

	if (element->assign.operator!= ASSIGN_SET) {
		old = old_value(render, element);
		if (old.kind == VALUE_MISSING) {
			(void)raise_assign(render, element,
			    "has no value yet here: assign one with = first");
			return FLOW_ERROR;
		}
	}
	if (element->expr != NULL &&
	    !eval_needed(render, element->expr, &operand)) {
		return FLOW_ERROR;
	}
	if (!compute(render, element, old, operand, &value) ||
	    !set_variable(render, element, value)) {
		return FLOW_ERROR;
	}
	return FLOW_NEXT;
}

enum flow exec_capture(struct render *render, const struct element *element)
{
	struct print_mark begin = capture_begin(render);
	enum flow flow = exec_children(render, element);
	struct value captured;

	if (flow == FLOW_ERROR) {
		return flow;
	}
	if (!capture_end(render, &begin, &captured) ||
	    (element->assign.capture_format != NULL &&
		!markup_create(render, element->assign.capture_format,
		    value_text(captured), false, &captured)) ||
	    !set_variable(render, element, captured)) {
		return FLOW_ERROR;
	}
	return flow;
}
