/* Elements: text, interpolations, the simple directives. Lists are in
 * exec_list.c, assignments in exec_assign.c, macros in exec_call.c. */
#include "dispatcher/template/explain.h"
#include "dispatcher/template/markup.h"
#include "dispatcher/template/render.h"

static enum flow flow_of(bool is_ok)
{
	return is_ok ? FLOW_NEXT : FLOW_ERROR;
}

/* Where the output format has a say. */
static enum flow exec_formatted(
    struct render *render, const struct element *element, struct value value)
{
	return flow_of(value_to_string(render, element->expr, value, &value) &&
	    markup_print(render, element->expr, value, element->format,
		element->is_escaped));
}

static enum flow exec_interpolation(
    struct render *render, const struct element *element)
{
	char small[NUMBER_SMALL_TEXT];
	struct value value;
	struct slice text;

	if (!eval_needed(render, element->expr, &value)) {
		return FLOW_ERROR;
	}
	if (element->is_escaped || value.kind == VALUE_MARKUP) {
		return exec_formatted(render, element, value);
	}
	if (value.kind == VALUE_STRING) {
		return flow_of(print_string(render, value));
	}
	if (value.kind == VALUE_INTEGER &&
	    slice_is(render->number_format, "computer")) {
		if (number_text(render->arena, value, small, &text) !=
		    NUMBER_OK) {
			return FLOW_ERROR;
		}
		return flow_of(print_plain(render, text));
	}
	if (!value_to_text(render, element->expr, value, &text)) {
		return FLOW_ERROR;
	}
	return flow_of(print_plain(render, text));
}

static enum flow exec_if(struct render *render, const struct element *element)
{
	for (const struct element *branch = element->first_child;
	     branch != NULL; branch = branch->next) {
		bool is_taken = true;

		if (branch->expr != NULL &&
		    !eval_boolean(render, branch->expr, &is_taken)) {
			return FLOW_ERROR;
		}
		if (is_taken) {
			return exec_children(render, branch);
		}
	}
	return FLOW_NEXT;
}

/* The only branch of an <#if>. */
static enum flow exec_branch(
    struct render *render, const struct element *element)
{
	bool is_taken = true;

	if (element->expr != NULL &&
	    !eval_boolean(render, element->expr, &is_taken)) {
		return FLOW_ERROR;
	}
	return is_taken ? exec_children(render, element) : FLOW_NEXT;
}

static enum flow exec_stop(struct render *render, const struct element *element)
{
	struct slice text = {0};

	if (element->expr != NULL && !eval_text(render, element->expr, &text)) {
		return FLOW_ERROR;
	}
	render->raised = RAISED_ERROR;
	/* Said as written; what is made of the input is not for the log. */
	if (element->expr != NULL && element->expr->kind == EXPR_LITERAL) {
		err_set_at(render->err, element->begin_line,
		    element->begin_column, "<#stop>: %.*s", SLICE_ARGS(text));
	} else {
		err_set_at(render->err, element->begin_line,
		    element->begin_column,
		    "the template stopped itself with <#stop>");
	}
	return FLOW_ERROR;
}

static enum flow exec_return(
    struct render *render, const struct element *element)
{
	struct value value = value_missing();

	if (element->expr != NULL && !eval(render, element->expr, &value)) {
		return FLOW_ERROR;
	}
	if (render->macro == NULL) {
		(void)raise_error(render, element->expr,
		    "is returned outside of a macro or function");
		return FLOW_ERROR;
	}
	if (render->explain != NULL) {
		explain_return(render, element);
	}
	render->macro->result = value;
	return FLOW_RETURN;
}

static enum flow exec_numeric(
    struct render *render, const struct element *element);

static enum flow exec_print(
    struct render *render, const struct element *element)
{
	return element->kind == ELEMENT_NUMERIC
	    ? exec_numeric(render, element)
	    : exec_interpolation(render, element);
}

/* Tells who watches the render, if somebody does. */
static enum flow exec_shown(
    struct render *render, const struct element *element)
{
	size_t start = render->out->len;
	enum flow flow = exec_print(render, element);

	if (render->explain != NULL && flow == FLOW_NEXT) {
		explain_print(render, element,
		    slice_from(strbuf_slice(render->out), start));
	}
	return flow;
}

static enum flow exec_element(
    struct render *render, const struct element *element)
{
	switch (element->kind) {
	case ELEMENT_TEXT:
		return flow_of(print_text(render, element));
	case ELEMENT_INTERPOLATION:
	case ELEMENT_NUMERIC:
		return exec_shown(render, element);
	case ELEMENT_IF:
		return exec_if(render, element);
	case ELEMENT_BRANCH:
		return exec_branch(render, element);
	case ELEMENT_LIST:
	case ELEMENT_LIST_WITH_ELSE:
		return exec_list(render, element);
	case ELEMENT_ITEMS:
		return exec_items(render, element);
	case ELEMENT_SEP:
		return exec_sep(render, element);
	case ELEMENT_BREAK:
		return FLOW_BREAK;
	case ELEMENT_CONTINUE:
		return FLOW_CONTINUE;
	case ELEMENT_ASSIGN:
		return exec_assign(render, element);
	case ELEMENT_CAPTURE:
		return exec_capture(render, element);
	case ELEMENT_CALL:
		return exec_call(render, element);
	case ELEMENT_NESTED:
		return exec_nested(render, element);
	case ELEMENT_RETURN:
		return exec_return(render, element);
	case ELEMENT_SWITCH:
		return exec_switch(render, element);
	case ELEMENT_ATTEMPT:
		return exec_attempt(render, element);
	case ELEMENT_STOP:
		return exec_stop(render, element);
	case ELEMENT_SETTING:
		return exec_setting(render, element);
	case ELEMENT_COMPRESS:
		return exec_compress(render, element);
	case ELEMENT_ROOT:
	case ELEMENT_ASSIGN_SEVERAL:
	case ELEMENT_LIST_ELSE:
	case ELEMENT_CASE:
	case ELEMENT_BLOCK:
	case ELEMENT_ESCAPE:
		return exec_children(render, element);
	case ELEMENT_MACRO:
		return flow_of(define_macro(render, element->macro));
	case ELEMENT_COMMENT:
	case ELEMENT_TRIM:
	case ELEMENT_FLUSH:
		break;
	}
	return FLOW_NEXT;
}

static enum flow exec_numeric(
    struct render *render, const struct element *element)
{
	struct slice text;

	if (!eval_numeric(render, element->expr, &element->numeric, &text)) {
		return FLOW_ERROR;
	}
	return flow_of(print_plain(render, text));
}

enum flow exec_children(struct render *render, const struct element *parent)
{
	enum flow flow = FLOW_NEXT;

	if (!render_enter(render)) {
		return FLOW_ERROR;
	}
	for (const struct element *child = parent->first_child;
	     child != NULL && flow == FLOW_NEXT; child = child->next) {
		flow = render_step(render, 1) ? exec_element(render, child)
					      : FLOW_ERROR;
		if (flow == FLOW_ERROR) {
			render_note_place(render, child);
		}
	}
	render_leave(render);
	return flow;
}
