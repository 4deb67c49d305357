/* Values as text. */
#include <string.h>

#include "common/base/clock.h"
#include "dispatcher/template/date.h"
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
	case NUMBER_FORMAT_NOT_EXACT:
		return raise_error(render, expr,
		    "has more digits than its format, whose roundingMode is "
		    "unnecessary");
	case NUMBER_FORMAT_TOO_LARGE:
		break;
	}
	return raise_error(render, expr, "is too long a number");
}

/* boolean_format is "c", or the two words with a comma between them; the
 * default words are FreeMarker's way to say that there is none. */
bool boolean_word(const struct render *render, bool boolean, struct slice *word)
{
	struct slice format = render->boolean_format;
	const char *comma;

	if (slice_is(format, "c")) {
		*word = slice_of(boolean ? "true" : "false");
		return true;
	}
	comma = format.len > 0 ? memchr(format.data, ',', format.len) : NULL;
	if (comma == NULL || slice_is(format, "true,false")) {
		return false;
	}
	*word = boolean ? slice_make(format.data, (size_t)(comma - format.data))
			: slice_from(format, (size_t)(comma - format.data) + 1);
	return true;
}

bool boolean_to_text(struct render *render, const struct expr *expr,
    bool boolean, struct slice *text)
{
	return boolean_word(render, boolean, text) ||
	    raise_error(render, expr,
		"is a boolean, which boolean_format does not print; write "
		"?c or ?string('yes', 'no')");
}

static void fill_context(
    const struct render *render, struct date_context *context)
{
	*context = (struct date_context){
	    .zone = render->time_zone, .now_ms = clock_wall_ms()};
}

static bool raise_date(struct render *render, const struct expr *expr,
    struct slice format, enum date_status status)
{
	switch (status) {
	case DATE_BAD_FORMAT:
		return raise_error(render, expr,
		    "has a date format that does not exist: write a pattern "
		    "like \"yyyy-MM-dd HH:mm:ss\", or \"iso\"");
	case DATE_NO_MATCH:
		return raise_error(render, expr,
		    format.len > 0
			? "does not match the date format it is read by"
			: "does not match the default date format; say how it "
			  "is written: ?datetime(\"yyyy-MM-dd HH:mm:ss\"), or "
			  "?datetime.iso");
	case DATE_NO_MEMORY:
		return raise_memory(render);
	case DATE_OK:
		break;
	}
	return true;
}

bool date_value_to_text(struct render *render, const struct expr *expr,
    struct value date, struct slice format, struct slice *text)
{
	size_t start = render->out->len;
	struct date_context context;
	enum date_status status;
	size_t len;
	char *copy;

	fill_context(render, &context);
	status = date_to_text(&context, format, (enum date_kind)date.len,
	    date.integer, render->out);
	len = render->out->len - start;
	copy = arena_copy(
	    render->arena, slice_make(strbuf_text(render->out) + start, len));
	strbuf_truncate(render->out, start);
	if (!raise_date(render, expr, format, status) ||
	    !render_read(render, len)) {
		return false;
	}
	*text = slice_make(copy, len);
	return copy != NULL || raise_memory(render);
}

bool text_to_date(struct render *render, const struct expr *expr,
    enum date_kind kind, struct slice format, struct value *value)
{
	struct date_context context;
	struct slice text = value_text(*value);
	int64_t ms = 0;

	fill_context(render, &context);
	if (!raise_date(render, expr, format,
		date_parse(&context, format, kind, text, &ms))) {
		return false;
	}
	*value = value_date(kind, ms);
	return true;
}

bool value_to_string(struct render *render, const struct expr *expr,
    struct value value, struct value *string)
{
	struct slice text = {0};

	if (value.kind == VALUE_MARKUP) {
		*string = value;
		return true;
	}
	if (!value_to_text(render, expr, value, &text)) {
		return false;
	}
	*string = value.kind == VALUE_STRING ? value : value_string(text);
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
	case VALUE_REAL:
		return number_to_text(
		    render, expr, value, render->number_format, text);
	case VALUE_BOOLEAN:
		return boolean_to_text(render, expr, value.boolean, text);
	case VALUE_DATE:
		return date_value_to_text(
		    render, expr, value, render->date_formats[value.len], text);
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
	case VALUE_METHOD:
	case VALUE_HELPER:
	case VALUE_MARKUP:
	case VALUE_PACKED_ARRAY:
	case VALUE_PACKED_MAP:
	case VALUE_PACKED_NUMBER:
		break;
	}
	return raise_error(render, expr, "is a %s, which cannot be printed%s",
	    value_kind_name(value),
	    value.kind == VALUE_MACRO
		? ": call it, as in <@name/> or ${name(...)}"
		: ": call it, as in ${name(...)}");
}
