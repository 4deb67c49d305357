/* <#switch>, <#attempt>, <#setting>, <#compress>. */
#include "dispatcher/template/render.h"

static enum flow raise_at(
    struct render *render, const struct element *element, const char *text)
{
	render->raised = RAISED_ERROR;
	err_set_at(&render->err, element->begin_line, element->begin_column,
	    "%s", text);
	return FLOW_ERROR;
}

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
	text = arena_copy(render->arena, slice_of(render->err.text));
	if (text == NULL) {
		(void)raise_memory(render);
		return FLOW_ERROR;
	}
	render->raised = RAISED_NOTHING;
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

static void set_other(
    struct render *render, struct slice setting, struct slice text)
{
	if (slice_is(setting, "datetime_format") ||
	    slice_is(setting, "datetimeFormat")) {
		render->date_formats[DATE_AND_TIME] = text;
	} else if (slice_is(setting, "date_format") ||
	    slice_is(setting, "dateFormat")) {
		render->date_formats[DATE_ALONE] = text;
	} else if (slice_is(setting, "time_format") ||
	    slice_is(setting, "timeFormat")) {
		render->date_formats[TIME_ALONE] = text;
	} else if (slice_is(setting, "url_escaping_charset") ||
	    slice_is(setting, "urlEscapingCharset")) {
		render->url_charset = text;
	} else if (slice_is(setting, "locale")) {
		render->locale = text;
	} else if (slice_is(setting, "time_zone") ||
	    slice_is(setting, "timeZone")) {
		(void)time_zone_find(text, &render->time_zone);
	}
}

enum flow exec_setting(struct render *render, const struct element *element)
{
	struct slice text;

	if (!eval_text(render, element->expr, &text)) {
		return FLOW_ERROR;
	}
	if (slice_is(element->setting, "number_format") ||
	    slice_is(element->setting, "numberFormat")) {
		render->number_format = text;
		return FLOW_NEXT;
	}
	if (slice_is(element->setting, "boolean_format") ||
	    slice_is(element->setting, "booleanFormat")) {
		if (!slice_is(text, "c") &&
		    (text.len == 0 ||
			memchr(text.data, ',', text.len) == NULL)) {
			return raise_at(render, element,
			    "boolean_format must be \"c\" or two words with a "
			    "comma between them");
		}
		render->boolean_format = text;
		return FLOW_NEXT;
	}
	set_other(render, element->setting, text);
	return FLOW_NEXT;
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
