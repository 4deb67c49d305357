/* ?is_string and such; ?c, ?string and the ways between types. */
#include "dispatcher/template/builtins.h"
#include "dispatcher/template/number_real.h"
#include "dispatcher/template/render.h"

static bool give(struct value *result, bool boolean)
{
	*result = value_boolean(boolean);
	return true;
}

/* What a value is, for the ?is_ built-ins: `x!` is three things at once. */
#define DEFINE_IS(name, condition) \
	static bool apply_is_##name(struct render *render, \
	    const struct expr *call, struct value left, struct value *result) \
	{ \
		enum value_kind kind = left.kind; \
\
		(void)render; \
		(void)call; \
		(void)kind; \
		return give(result, (condition)); \
	}

DEFINE_IS(string,
    kind == VALUE_STRING || kind == VALUE_NOTHING ||
	(kind == VALUE_MATCH && left.match->is_item))
DEFINE_IS(number, value_is_number(left))
DEFINE_IS(boolean,
    kind == VALUE_BOOLEAN || (kind == VALUE_MATCH && !left.match->is_item))
DEFINE_IS(hash, kind == VALUE_HASH || kind == VALUE_NOTHING)
DEFINE_IS(hash_ex,
    (kind == VALUE_HASH && !left.hash->hides_keys) || kind == VALUE_NOTHING)
DEFINE_IS(sequence,
    kind == VALUE_SEQUENCE || kind == VALUE_NOTHING ||
	(kind == VALUE_MATCH && !left.match->is_item))
DEFINE_IS(date, kind == VALUE_DATE)
DEFINE_IS(date_only, kind == VALUE_DATE && left.len == DATE_ALONE)
DEFINE_IS(datetime, kind == VALUE_DATE && left.len == DATE_AND_TIME)
DEFINE_IS(time, kind == VALUE_DATE && left.len == TIME_ALONE)
/* Java's objects: what came with the input. There is no ?api to use it. */
DEFINE_IS(api, kind == VALUE_HASH || kind == VALUE_SEQUENCE)
DEFINE_IS(macro, kind == VALUE_MACRO)
DEFINE_IS(method, kind == VALUE_HELPER || kind == VALUE_METHOD)
DEFINE_IS(never, kind == VALUE_MISSING)

static bool apply_c(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	struct slice text;
	bool truth;

	if (value_as_boolean(left, &truth)) {
		*result = value_string(slice_of(truth ? "true" : "false"));
		return true;
	}
	if (!value_is_number(left)) {
		return raise_type(
		    render, call->left, left, "a number or boolean");
	}
	if (!number_to_text(
		render, call, left, SLICE_LITERAL("computer"), &text)) {
		return false;
	}
	*result = value_string(text);
	return true;
}

static bool boolean_to_words(struct render *render, const struct expr *call,
    bool boolean, struct value *result)
{
	struct slice words[2];

	if (call->list.count != 2) {
		return raise_error(render, call,
		    "of a boolean takes two words: ?string('yes', 'no')");
	}
	if (!render_text_argument(render, call, 0, &words[0]) ||
	    !render_text_argument(render, call, 1, &words[1])) {
		return false;
	}
	*result = value_string(words[boolean ? 0 : 1]);
	return true;
}

static bool date_to_string(struct render *render, const struct expr *call,
    struct value date, struct value *result)
{
	struct slice format = render->date_formats[date.len];
	struct slice text;

	if (call->builtin.has_arguments && call->list.count != 1) {
		return raise_error(render, call, "of a date takes one format");
	}
	/* The format that is set must be one, whichever is used. */
	if ((call->list.count == 1 &&
		(!date_value_to_text(render, call, date, format, &text) ||
		    !render_text_argument(render, call, 0, &format))) ||
	    !date_value_to_text(render, call, date, format, &text)) {
		return false;
	}
	*result = value_string(text);
	return true;
}

static bool number_to_string(struct render *render, const struct expr *call,
    struct value number, struct slice *text)
{
	struct slice format = render->number_format;

	if (!call->builtin.has_arguments) {
		return number_to_text(render, call, number, format, text);
	}
	if (call->list.count != 1) {
		return raise_error(
		    render, call, "of a number takes one format");
	}
	/* The format that is set must be one, whichever is used. */
	return number_to_text(render, call, value_integer(0), format, text) &&
	    render_text_argument(render, call, 0, &format) &&
	    number_to_text(render, call, number, format, text);
}

static bool apply_string(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	struct slice text = {NULL, 0};
	bool truth;

	if (value_as_boolean(left, &truth)) {
		left = value_boolean(truth);
	}
	if (left.kind == VALUE_DATE) {
		return date_to_string(render, call, left, result);
	}
	if (left.kind == VALUE_BOOLEAN && call->builtin.has_arguments) {
		return boolean_to_words(render, call, left.boolean, result);
	}
	if (left.kind == VALUE_BOOLEAN) {
		/* ?string, unlike ${}, prints it under any format. */
		if (slice_is(render->boolean_format, "true,false")) {
			text = slice_of(left.boolean ? "true" : "false");
		} else if (!boolean_to_text(
			       render, call, left.boolean, &text)) {
			return false;
		}
	} else if (value_is_number(left)) {
		if (!number_to_string(render, call, left, &text)) {
			return false;
		}
	} else if (call->builtin.has_arguments && left.kind == VALUE_STRING) {
		return raise_error(render, call->left,
		    "is a string, which takes no format: make it a number or "
		    "a date first, with ?number or "
		    "?datetime(\"yyyy-MM-dd HH:mm:ss\")");
	} else if (call->builtin.has_arguments) {
		return raise_type(
		    render, call->left, left, "a number, boolean or date");
	} else if (!render_text(render, call, left, &text)) {
		return false;
	}
	*result = value_string(text);
	return true;
}

/* One of boolean_format's own words. */
static bool is_boolean_word(
    const struct render *render, struct slice text, bool boolean)
{
	struct slice word;

	return boolean_word(render, boolean, &word) && slice_equal(text, word);
}

static bool apply_boolean(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	struct slice text;

	if (!render_text(render, call, left, &text)) {
		return false;
	}
	if (slice_is(text, "true") || slice_is(text, "false")) {
		return give(result, slice_is(text, "true"));
	}
	if (is_boolean_word(render, text, true)) {
		return give(result, true);
	}
	if (is_boolean_word(render, text, false)) {
		return give(result, false);
	}
	return raise_error(render, call->left,
	    "is neither \"true\" nor \"false\"; compare it, as in x == "
	    "\"yes\"");
}

static bool apply_number(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	struct slice text;

	/* A number goes by its text, too: by number_format. */
	if (!render_text(render, call, left, &text)) {
		return false;
	}
	return real_from_word(text, result) ||
	    number_parse(render->arena, text, result) ||
	    raise_error(render, call->left,
		"is no number as one is written here, such as 12, -1.5 or 1e3");
}

const struct builtin builtins_type[] = {
    {"boolean", apply_boolean, 0, 0, 0},
    {"c", apply_c, 0, 0, 0},
    {"has_api", apply_is_api, 0, 0, 0},
    {"is_boolean", apply_is_boolean, 0, 0, 0},
    {"is_collection", apply_is_never, 0, 0, 0},
    {"is_collection_ex", apply_is_never, 0, 0, 0},
    {"is_date", apply_is_date, 0, 0, 0},
    {"is_date_like", apply_is_date, 0, 0, 0},
    {"is_date_only", apply_is_date_only, 0, 0, 0},
    {"is_datetime", apply_is_datetime, 0, 0, 0},
    {"is_directive", apply_is_macro, 0, 0, 0},
    {"is_enumerable", apply_is_sequence, 0, 0, 0},
    {"is_hash", apply_is_hash, 0, 0, 0},
    {"is_hash_ex", apply_is_hash_ex, 0, 0, 0},
    {"is_indexable", apply_is_sequence, 0, 0, 0},
    {"is_macro", apply_is_macro, 0, 0, 0},
    {"is_method", apply_is_method, 0, 0, 0},
    {"is_node", apply_is_never, 0, 0, 0},
    {"is_number", apply_is_number, 0, 0, 0},
    {"is_sequence", apply_is_sequence, 0, 0, 0},
    {"is_string", apply_is_string, 0, 0, 0},
    {"is_time", apply_is_time, 0, 0, 0},
    {"is_transform", apply_is_never, 0, 0, 0},
    {"is_unknown_date_like", apply_is_never, 0, 0, 0},
    {"number", apply_number, 0, 0, 0},
    {"string", apply_string, 0, 2, BUILTIN_PRINTS},
    {.name = NULL},
};
