/* Values as text. */
#include "dispatcher/template/number_format.h"
#include "dispatcher/template/render.h"

bool number_to_text(struct render *render, const struct expr *expr,
    struct value number, struct slice format, struct slice *text)
{
	switch (number_format(render->arena, number, format, text)) {
	case NUMBER_FORMAT_OK:
		return true;
	case NUMBER_FORMAT_BAD:
		return raise_error(render, expr,
		    "is a number, but its number format is none: write "
		    "\"computer\", \"number\" or a pattern like \"0.##\"");
	case NUMBER_FORMAT_TOO_LARGE:
		break;
	}
	return raise_error(render, expr, "is too long a number");
}

/* boolean_format is "c", or the two words with a comma between them; the
 * default words are FreeMarker's way to say that there is none. */
bool boolean_to_text(struct render *render, const struct expr *expr,
    bool boolean, struct slice *text)
{
	struct slice format = render->boolean_format;
	const char *comma;

	if (slice_is(format, "c")) {
		*text = slice_of(boolean ? "true" : "false");
		return true;
	}
	comma = format.len > 0 ? memchr(format.data, ',', format.len) : NULL;
	if (comma == NULL || slice_is(format, "true,false")) {
		return raise_error(render, expr,
		    "is a boolean, which boolean_format does not print; write "
		    "?c or ?string('yes', 'no')");
	}
	*text = boolean ? slice_make(format.data, (size_t)(comma - format.data))
			: slice_from(format, (size_t)(comma - format.data) + 1);
	return true;
}

bool value_to_text(struct render *render, const struct expr *expr,
    struct value value, struct slice *text)
{
	switch (value.kind) {
	case VALUE_STRING:
		*text = value_text(value);
		return render_read(render, text->len);
	case VALUE_NOTHING:
		*text = slice_make("", 0);
		return true;
	case VALUE_INTEGER:
	case VALUE_DECIMAL:
		return number_to_text(
		    render, expr, value, render->number_format, text);
	case VALUE_BOOLEAN:
		return boolean_to_text(render, expr, value.boolean, text);
	case VALUE_MISSING:
		return raise_missing(render, expr);
	case VALUE_SEQUENCE:
	case VALUE_HASH:
		return raise_error(render, expr,
		    "is a %s, which cannot be printed; pick what you need of "
		    "it, or use ?join or FtlUtils.toJson",
		    value_kind_name(value));
	case VALUE_MATCH:
		if (value.match->is_item) {
			*text = value.match->text;
			return render_read(render, text->len);
		}
		return boolean_to_text(
		    render, expr, value.match->is_whole, text);
	case VALUE_MACRO:
	case VALUE_HELPER:
	case VALUE_PACKED_ARRAY:
	case VALUE_PACKED_MAP:
	case VALUE_PACKED_NUMBER:
		break;
	}
	return raise_error(render, expr, "is a %s, which cannot be printed",
	    value_kind_name(value));
}
