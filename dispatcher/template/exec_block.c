/* <#switch>, <#attempt>, <#compress>. */
#include "dispatcher/template/render.h"

/* The first <#case> that fits, or <#default>, or NULL. False on an error. */
static bool choose_case(struct render *render, const struct element *element,
    const struct element **chosen)
{
	const struct element *fallback = NULL;

	*chosen = NULL;
	for (const struct element *child = element->first_child; child != NULL;
	     child = child->next) {
		struct value subject;
		struct value candidate;
		bool equal;

		if (child->kind != ELEMENT_CASE) {
			continue;
		}
		if (child->expr == NULL) {
			fallback = child;
			continue;
		}
		if (!eval_needed(render, element->expr, &subject) ||
		    !eval_needed(render, child->expr, &candidate) ||
		    !values_equal(
			render, child->expr, subject, candidate, &equal)) {
			return false;
		}
		if (equal) {
			*chosen = child;
			return true;
		}
	}
	*chosen = fallback;
	return true;
}

/* A case falls through to the next one until <#break>; <#default> does so only
 * when a case fell into it. In FreeMarker 2.3.31
 * <#continue> does no more than <#break> here. */
enum flow exec_switch(struct render *render, const struct element *element)
{
	const struct element *child;
	bool is_default;

	if (!choose_case(render, element, &child)) {
		return FLOW_ERROR;
	}
	is_default = child != NULL && child->expr == NULL;
	for (; child != NULL; child = child->next) {
		enum flow flow = exec_children(render, child);

		if (flow == FLOW_BREAK || flow == FLOW_CONTINUE) {
			return FLOW_NEXT;
		}
		if (flow != FLOW_NEXT) {
			return flow;
		}
		if (is_default) {
			break;
		}
	}
	return FLOW_NEXT;
}

static enum flow recover(
    struct render *render, const struct element *recover_block)
{
	struct slice outer_text = render->recovered;
	bool was_in_recover = render->is_in_recover;
	char *text;
	enum flow flow;

	raise_settle(render);
	text = arena_copy(render->arena, slice_of(render->err->text));
	if (text == NULL) {
		(void)raise_memory(render);
		return FLOW_ERROR;
	}
	raise_forget(render);
	render->recovered = slice_of(text);
	render->is_in_recover = true;
	flow = exec_children(render, recover_block);
	render->recovered = outer_text;
	render->is_in_recover = was_in_recover;
	return flow;
}

/* The last child is <#recover>, the others are tried: what they printed goes
 * when one fails, what they assigned stays. */
enum flow exec_attempt(struct render *render, const struct element *element)
{
	struct variable_scope *scope = render->scope;
	struct macro_call *macro = render->macro;
	struct print_mark start = print_mark(render);
	int depth = render->depth_left;
	enum flow flow = exec_children(render, element->first_child);

	if (flow != FLOW_ERROR || render->raised == RAISED_BUDGET) {
		return flow;
	}
	print_back(render, &start);
	render->scope = scope;
	render->macro = macro;
	render->depth_left = depth;
	return recover(render, element->last_child);
}

enum flow exec_compress(struct render *render, const struct element *element)
{
	size_t start = render->out->len;
	enum flow flow = exec_children(render, element);

	if (flow != FLOW_ERROR) {
		print_compress(render, start);
	}
	return flow;
}
