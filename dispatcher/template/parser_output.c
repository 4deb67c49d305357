/*
 * <#outputformat>, <#autoesc>, <#noautoesc>, and their settings in <#ftl>. As
 * in FreeMarker all of that is decided when compiled: an interpolation or a
 * built-in keeps the format that it stands in.
 */
#include "dispatcher/template/markup.h"
#include "dispatcher/template/parser.h"
#include "dispatcher/template/text.h"

bool parser_escapes(const struct parser *parser)
{
	return output_is_markup(parser->output_format) &&
	    parser->auto_escaping != AUTO_ESCAPING_OFF;
}

/* The text of an expression that is known when compiled. False when it is not,
 * or the arena is full. */
static bool constant_text(
    struct parser *parser, const struct expr *expr, struct slice *text)
{
	struct slice left;
	struct slice right;

	if (expr->kind == EXPR_PAREN) {
		return constant_text(parser, expr->left, text);
	}
	if (expr->kind == EXPR_CONCAT) {
		return constant_text(parser, expr->left, &left) &&
		    constant_text(parser, expr->right, &right) &&
		    text_join(parser->arena, left, right, text);
	}
	if (expr->kind != EXPR_LITERAL || expr->literal.kind != VALUE_STRING) {
		return false;
	}
	*text = value_text(expr->literal);
	return true;
}

/* "{XML}": the format around it, with XML inside. */
static const struct output_format *find_inner_format(
    struct parser *parser, struct slice name, const char **why)
{
	const struct output_format *inner;

	*why = "a format that begins with { must end with }";
	if (name.data[name.len - 1] != '}') {
		return NULL;
	}
	inner = output_find(
	    parser->arena, slice_make(name.data + 1, name.len - 2), why);
	if (inner == NULL) {
		return NULL;
	}
	*why = "{...} must be a markup format inside of another one";
	if (!output_is_markup(inner) ||
	    !output_is_markup(parser->output_format)) {
		return NULL;
	}
	*why = NULL;
	return output_combine(parser->arena, parser->output_format, inner);
}

/* NULL and failed when there is none. */
static const struct output_format *find_format(
    struct parser *parser, const struct expr *expr, bool may_be_inner)
{
	const struct output_format *format = NULL;
	const char *why = "the output format must be a text, such as \"HTML\"";
	struct slice name;

	if (constant_text(parser, expr, &name)) {
		format = may_be_inner && slice_starts_with(name, "{")
		    ? find_inner_format(parser, name, &why)
		    : output_find(parser->arena, name, &why);
	}
	if (format == NULL) {
		parser_fail_at(parser, expr->line, expr->column, "%s",
		    why != NULL ? why : "the template is too large");
	}
	return format;
}

/* What is inside of the tag, with the format and the escaping as they are set
 * now, and its end tag. */
static bool parse_block(
    struct parser *parser, struct element *element, enum directive directive)
{
	if (!parser_parse_elements(parser, element) ||
	    !parser_expect_end_tag(parser, directive, element)) {
		return false;
	}
	element->end_line = parser->token.end_line;
	parser_advance(parser);
	return true;
}

struct element *parser_parse_output_format(struct parser *parser)
{
	const struct output_format *around = parser->output_format;
	struct element *element =
	    parser_new_element(parser, ELEMENT_BLOCK, &parser->token);
	const struct expr *expr;
	bool is_ok;

	parser_advance(parser);
	expr = parser_parse_expression(parser);
	if (element == NULL || expr == NULL ||
	    !parser_expect(parser, TOKEN_TAG_END)) {
		return NULL;
	}
	parser->output_format = find_format(parser, expr, true);
	is_ok = parser->output_format != NULL &&
	    parse_block(parser, element, DIRECTIVE_OUTPUTFORMAT);
	parser->output_format = around;
	return is_ok ? element : NULL;
}

static struct element *parse_escaping(
    struct parser *parser, enum auto_escaping wanted, enum directive directive)
{
	enum auto_escaping around = parser->auto_escaping;
	struct element *element =
	    parser_new_element(parser, ELEMENT_BLOCK, &parser->token);
	bool is_ok;

	parser_advance(parser);
	parser->auto_escaping = wanted;
	is_ok = element != NULL && parse_block(parser, element, directive);
	parser->auto_escaping = around;
	return is_ok ? element : NULL;
}

struct element *parser_parse_auto_esc(struct parser *parser)
{
	if (!output_is_markup(parser->output_format)) {
		parser_fail(parser,
		    "the output format %s cannot escape; <#autoesc> is for "
		    "HTML, XML and such",
		    parser->output_format->name);
		return NULL;
	}
	return parse_escaping(parser, AUTO_ESCAPING_ON, DIRECTIVE_AUTOESC);
}

struct element *parser_parse_no_auto_esc(struct parser *parser)
{
	return parse_escaping(parser, AUTO_ESCAPING_OFF, DIRECTIVE_NOAUTOESC);
}

bool parser_header_output_format(struct parser *parser, const struct expr *expr)
{
	parser->output_format = find_format(parser, expr, false);
	return parser->output_format != NULL;
}

bool parser_check_header_escaping(struct parser *parser)
{
	if (parser->auto_escaping != AUTO_ESCAPING_ON ||
	    output_is_markup(parser->output_format)) {
		return true;
	}
	parser_fail(parser,
	    "auto_esc is for output formats that escape, not for %s",
	    parser->output_format->name);
	return false;
}
