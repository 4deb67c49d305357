/* <#setting>. What a format says is looked at when something is printed by it;
 * what FreeMarker refuses at once is refused here. */
#include "dispatcher/template/render.h"

static enum flow refuse(
    struct render *render, const struct element *element, const char *text)
{
	(void)raise_error(render, element->expr, "%s", text);
	return FLOW_ERROR;
}

/* The value as FreeMarker takes it: a boolean by its word whatever
 * boolean_format says, a number by all its digits. */
static bool setting_text(
    struct render *render, const struct expr *expr, struct slice *text)
{
	struct value value;
	char *small;
	bool truth;

	if (!eval_needed(render, expr, &value)) {
		return false;
	}
	if (value.kind == VALUE_BOOLEAN && value_as_boolean(value, &truth)) {
		*text = slice_of(truth ? "true" : "false");
		return true;
	}
	if (value.kind != VALUE_INTEGER && value.kind != VALUE_DECIMAL) {
		return value_to_text(render, expr, value, text);
	}
	small = render_alloc(render, NUMBER_SMALL_TEXT);
	return small != NULL &&
	    raise_number(render, expr,
		number_text_exact(render->arena, value, small, text));
}

/* "boolean_format" in either spelling. */
static bool is_setting(
    const struct element *element, const char *legacy, const char *camel)
{
	return slice_is(element->setting, legacy) ||
	    slice_is(element->setting, camel);
}

static enum flow set_boolean_format(
    struct render *render, const struct element *element, struct slice text)
{
	if (!slice_is(text, "c") &&
	    (text.len == 0 || memchr(text.data, ',', text.len) == NULL)) {
		return refuse(render, element,
		    "must be \"c\" or two words with a comma between them");
	}
	render->boolean_format = text;
	return FLOW_NEXT;
}

/* Off, which it is, is all that there is of it. */
static enum flow set_classic(
    struct render *render, const struct element *element, struct slice text)
{
	static const char *const off[] = {"n", "no", "f", "false", "0"};

	for (size_t i = 0; i < ARRAY_LEN(off); i++) {
		if (slice_equal_ignoring_case(text, slice_of(off[i]))) {
			return FLOW_NEXT;
		}
	}
	return refuse(
	    render, element, "is not supported: classic_compatible is false");
}

static bool is_separator(char c)
{
	return c == ',' || c == '_' || c == ' ';
}

/* The next of a locale's parts, as Java writes it. */
static size_t put_part(
    struct slice *rest, char *out, size_t len, char from, char to)
{
	while (rest->len > 0 && is_separator(rest->data[0])) {
		*rest = slice_from(*rest, 1);
	}
	if (rest->len > 0 && len > 0) {
		out[len++] = '_';
	}
	while (rest->len > 0 && !is_separator(rest->data[0])) {
		char c = rest->data[0];

		out[len++] = (char)(c >= from && c <= to ? c ^ 0x20 : c);
		*rest = slice_from(*rest, 1);
	}
	return len;
}

/* "EN_us" is en_US. */
static bool set_locale(struct render *render, struct slice text)
{
	char *out = render_alloc(render, text.len + 4);
	size_t len;

	if (out == NULL) {
		return false;
	}
	len = put_part(&text, out, 0, 'A', 'Z');
	len = put_part(&text, out, len, 'a', 'z');
	len = put_part(&text, out, len, '\1', '\0');
	render->locale = slice_make(out, len);
	return true;
}

static enum flow set_other(
    struct render *render, const struct element *element, struct slice text)
{
	if (is_setting(element, "datetime_format", "datetimeFormat")) {
		render->date_formats[DATE_AND_TIME] = text;
	} else if (is_setting(element, "date_format", "dateFormat")) {
		render->date_formats[DATE_ALONE] = text;
	} else if (is_setting(element, "time_format", "timeFormat")) {
		render->date_formats[TIME_ALONE] = text;
	} else if (is_setting(
		       element, "url_escaping_charset", "urlEscapingCharset")) {
		render->url_charset = text;
	} else if (is_setting(element, "output_encoding", "outputEncoding")) {
		render->output_encoding = text;
	} else if (is_setting(element, "time_zone", "timeZone")) {
		(void)time_zone_find(text, &render->time_zone);
	} else if (is_setting(element, "locale", "locale") &&
	    !set_locale(render, text)) {
		return FLOW_ERROR;
	}
	return FLOW_NEXT;
}

enum flow exec_setting(struct render *render, const struct element *element)
{
	struct slice text;

	if (!setting_text(render, element->expr, &text)) {
		return FLOW_ERROR;
	}
	if (is_setting(element, "number_format", "numberFormat")) {
		render->number_format = text;
		return FLOW_NEXT;
	}
	if (is_setting(element, "boolean_format", "booleanFormat")) {
		return set_boolean_format(render, element, text);
	}
	if (is_setting(element, "classic_compatible", "classicCompatible")) {
		return set_classic(render, element, text);
	}
	return set_other(render, element, text);
}
