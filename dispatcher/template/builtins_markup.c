/* ?esc, ?no_esc, ?markup_string; and the escapes of old, ?html and such. */
#include "dispatcher/template/builtins.h"
#include "dispatcher/template/markup.h"
#include "dispatcher/template/render.h"

/* Strings become markup of the format that the built-in stands in; markup
 * stays, or is converted. */
static bool to_markup(struct render *render, const struct expr *call,
    struct value left, bool is_plain, struct value *result)
{
	const struct output_format *format = call->builtin.format;
	struct slice text;

	if (left.kind == VALUE_MARKUP) {
		return markup_convert(render, call->left, left, format, result);
	}
	return render_text(render, call, left, &text) &&
	    markup_create(render, format, text, is_plain, result);
}

static bool apply_esc(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return to_markup(render, call, left, true, result);
}

static bool apply_no_esc(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return to_markup(render, call, left, false, result);
}

static bool apply_markup_string(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	struct slice text;

	if (left.kind != VALUE_MARKUP) {
		return raise_type(
		    render, call->left, left, "a markup output value");
	}
	if (!markup_text(render, left.markup, &text)) {
		return false;
	}
	*result = value_string(text);
	return true;
}

static bool apply_is_markup_output(struct render *render,
    const struct expr *call, struct value left, struct value *result)
{
	(void)render;
	(void)call;
	*result = value_boolean(left.kind == VALUE_MARKUP);
	return true;
}

/* Whether the format's markup is what the built-in would make. */
static bool is_bypassed(
    const struct output_format *format, const struct expr *call)
{
	const char *names = format->bypassed;

	while (*names != '\0') {
		size_t len = strcspn(names, " ");

		if (slice_equal(slice_make(names, len), call->builtin.name)) {
			return true;
		}
		names += len;
		names += strspn(names, " ");
	}
	return false;
}

static bool escape_as(struct render *render, const struct expr *call,
    struct value left, const struct output_format *format, struct value *result)
{
	struct slice text;

	if (left.kind == VALUE_MARKUP &&
	    is_bypassed(left.markup->format, call)) {
		*result = left;
		return true;
	}
	if (!render_text(render, call, left, &text) ||
	    !markup_escape(render, format, text, &text)) {
		return false;
	}
	*result = value_string(text);
	return true;
}

static bool apply_html(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return escape_as(render, call, left, &output_html, result);
}

static bool apply_xml(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return escape_as(render, call, left, &output_xml, result);
}

static bool apply_rtf(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return escape_as(render, call, left, &output_rtf, result);
}

const struct builtin builtins_markup[] = {
    {"esc", apply_esc, 0, 0, BUILTIN_MARKUP},
    {"html", apply_html, 0, 0, BUILTIN_ESCAPES},
    {"is_markup_output", apply_is_markup_output, 0, 0, 0},
    {"markup_string", apply_markup_string, 0, 0, 0},
    {"no_esc", apply_no_esc, 0, 0, BUILTIN_MARKUP},
    {"rtf", apply_rtf, 0, 0, BUILTIN_ESCAPES},
    {"web_safe", apply_html, 0, 0, BUILTIN_ESCAPES},
    {"xhtml", apply_html, 0, 0, BUILTIN_ESCAPES},
    {"xml", apply_xml, 0, 0, BUILTIN_ESCAPES},
    {.name = NULL},
};
