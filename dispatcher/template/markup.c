#include "dispatcher/template/markup.h"

#include <string.h>

#include "dispatcher/template/render.h"
#include "dispatcher/template/text.h"

static const char *escape_xml(char c)
{
	switch (c) {
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '&':
		return "&amp;";
	case '"':
		return "&quot;";
	case '\'':
		return "&apos;";
	default:
		return NULL;
	}
}

static const char *escape_html(char c)
{
	return c == '\'' ? "&#39;" : escape_xml(c);
}

static const char *escape_rtf(char c)
{
	switch (c) {
	case '\\':
		return "\\\\";
	case '{':
		return "\\{";
	case '}':
		return "\\}";
	default:
		return NULL;
	}
}

const struct output_format output_undefined = {
    .name = "undefined", .may_mix = true};
const struct output_format output_html = {
    .name = "HTML", .escape = escape_html, .bypassed = "html xml xhtml"};
const struct output_format output_xml = {
    .name = "XML", .escape = escape_xml, .bypassed = "xml"};
const struct output_format output_rtf = {
    .name = "RTF", .escape = escape_rtf, .bypassed = "rtf"};

static const struct output_format output_xhtml = {
    .name = "XHTML", .escape = escape_html, .bypassed = "html xml xhtml"};
static const struct output_format output_plain = {.name = "plainText"};
static const struct output_format output_json = {.name = "JSON"};
static const struct output_format output_javascript = {.name = "JavaScript"};
static const struct output_format output_css = {.name = "CSS"};

static const struct output_format *const standard[] = {
    &output_undefined,
    &output_html,
    &output_xhtml,
    &output_xml,
    &output_rtf,
    &output_plain,
    &output_json,
    &output_javascript,
    &output_css,
};

static const struct output_format *find_standard(struct slice name)
{
	for (size_t i = 0; i < ARRAY_LEN(standard); i++) {
		if (slice_is(name, standard[i]->name)) {
			return standard[i];
		}
	}
	return NULL;
}

struct output_format *output_combine(struct arena *arena,
    const struct output_format *outer, const struct output_format *inner)
{
	struct output_format *format = arena_calloc(arena, 1, sizeof(*format));
	size_t outer_len = strlen(outer->name);
	size_t inner_len = strlen(inner->name);
	char *name = arena_alloc(arena, outer_len + inner_len + 3);

	if (format == NULL || name == NULL) {
		return NULL;
	}
	memcpy(name, outer->name, outer_len);
	name[outer_len] = '{';
	memcpy(name + outer_len + 1, inner->name, inner_len);
	memcpy(name + outer_len + 1 + inner_len, "}", 2);
	*format = (struct output_format){
	    .name = name,
	    .bypassed = outer->bypassed,
	    .outer = outer,
	    .inner = inner,
	};
	return format;
}

const struct output_format *output_find(
    struct arena *arena, struct slice name, const char **why)
{
	const char *brace = name.len > 0 && name.data[name.len - 1] == '}'
	    ? memchr(name.data, '{', name.len)
	    : NULL;
	const struct output_format *outer;
	const struct output_format *inner;
	struct output_format *combined;
	size_t outer_len;

	*why = "there is no such output format; write HTML, XHTML, XML, RTF, "
	       "plainText, JSON, JavaScript, CSS or undefined";
	if (brace == NULL) {
		return find_standard(name);
	}
	outer_len = (size_t)(brace - name.data);
	outer = find_standard(slice_make(name.data, outer_len));
	inner = find_standard(slice_make(brace + 1, name.len - outer_len - 2));
	if (outer == NULL || inner == NULL) {
		return NULL;
	}
	*why = "only markup formats can be combined";
	if (!output_is_markup(outer) || !output_is_markup(inner)) {
		return NULL;
	}
	*why = NULL;
	combined = output_combine(arena, outer, inner);
	if (combined != NULL) {
		combined->name = ""; /* FreeMarker's own slip, kept */
	}
	return combined;
}

static size_t escaped_len(const struct output_format *format, struct slice text)
{
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		const char *escape = format->escape(text.data[i]);

		len += escape != NULL ? strlen(escape) : 1;
	}
	return len;
}

static bool escape_simple(struct render *render,
    const struct output_format *format, struct slice text,
    struct slice *escaped)
{
	size_t len = escaped_len(format, text);
	char *out;
	size_t to = 0;

	*escaped = text;
	if (len == text.len) {
		return true;
	}
	out = render_alloc(render, len);
	if (out == NULL || !render_read(render, len)) {
		return false;
	}
	for (size_t i = 0; i < text.len; i++) {
		struct slice escape = slice_of(format->escape(text.data[i]));

		if (escape.len == 0) {
			escape = slice_make(text.data + i, 1);
		}
		memcpy(out + to, escape.data, escape.len);
		to += escape.len;
	}
	*escaped = slice_make(out, len);
	return true;
}

bool markup_escape(struct render *render, const struct output_format *format,
    struct slice text, struct slice *escaped)
{
	/* <#outputformat> inside of each other is as deep as the parser lets
	 * it be. */
	while (format->outer != NULL) {
		if (!markup_escape(render, format->inner, text, &text)) {
			return false;
		}
		format = format->outer;
	}
	return escape_simple(render, format, text, escaped);
}

bool markup_create(struct render *render, const struct output_format *format,
    struct slice text, bool is_plain, struct value *value)
{
	struct markup *markup = render_alloc(render, sizeof(*markup));

	if (markup == NULL) {
		return false;
	}
	*markup = (struct markup){format, text, is_plain};
	*value = (struct value){.kind = VALUE_MARKUP, .markup = markup};
	return true;
}

bool markup_text(
    struct render *render, const struct markup *markup, struct slice *text)
{
	*text = markup->text;
	return !markup->is_plain ||
	    markup_escape(render, markup->format, markup->text, text);
}

/* The same format on both sides: still plain if both are. */
static bool add_alike(struct render *render, const struct markup *a,
    const struct markup *b, struct value *sum)
{
	bool is_plain = a->is_plain && b->is_plain;
	struct slice left = a->text;
	struct slice right = b->text;
	struct slice joined;

	if (!is_plain &&
	    (!markup_text(render, a, &left) ||
		!markup_text(render, b, &right))) {
		return false;
	}
	if (!text_join(render->arena, left, right, &joined)) {
		return raise_memory(render);
	}
	return markup_create(render, a->format, joined, is_plain, sum);
}

/* A string counts as plain text of the other side's format. */
static struct markup as_markup(
    struct value value, const struct output_format *format)
{
	return value.kind == VALUE_MARKUP
	    ? *value.markup
	    : (struct markup){format, value_text(value), true};
}

bool markup_add(struct render *render, const struct expr *expr, struct value a,
    struct value b, struct value *sum)
{
	const struct output_format *format =
	    a.kind == VALUE_MARKUP ? a.markup->format : b.markup->format;
	struct markup left = as_markup(a, format);
	struct markup right = as_markup(b, format);

	if (left.format != right.format) {
		if (!left.is_plain && !right.is_plain) {
			return raise_error(render, expr,
			    "adds %s to %s: make both the same",
			    right.format->name, left.format->name);
		}
		if (right.is_plain) {
			right.format = left.format;
		} else {
			left.format = right.format;
		}
	}
	return add_alike(render, &left, &right, sum);
}

bool markup_convert(struct render *render, const struct expr *expr,
    struct value value, const struct output_format *format,
    struct value *converted)
{
	const struct markup *markup = value.markup;

	*converted = value;
	if (markup->format == format || format->may_mix) {
		return true;
	}
	if (!markup->is_plain) {
		return raise_error(render, expr,
		    "is %s, but the output here is %s, and markup cannot be "
		    "converted",
		    markup->format->name, format->name);
	}
	return markup_create(render, format, markup->text, true, converted);
}

bool markup_print(struct render *render, const struct expr *expr,
    struct value value, const struct output_format *format, bool is_escaped)
{
	struct slice text;

	if (value.kind == VALUE_STRING) {
		text = value_text(value);
		return (!is_escaped ||
			   markup_escape(render, format, text, &text)) &&
		    print_plain(render, text);
	}
	if (!markup_convert(render, expr, value, format, &value)) {
		return false;
	}
	text = value.markup->text;
	return (!output_is_markup(value.markup->format) ||
		   markup_text(render, value.markup, &text)) &&
	    print_plain(render, text);
}
