/*
 * <#escape x as f(x)>: each ${} inside is printed as the expression behind
 * `as`, with what stands between the braces put in x's place. So the tree of
 * that expression is copied for each.
 */
#include "dispatcher/template/parser.h"

static struct expr *substitute(struct parser *parser,
    const struct expr *pattern, symbol name, struct expr *expr);

static bool substitute_list(struct parser *parser, struct expr_list *list,
    symbol name, struct expr *expr)
{
	struct expr **items =
	    parser_alloc(parser, list->count, sizeof(struct expr *));

	if (items == NULL) {
		return false;
	}
	for (size_t i = 0; i < list->count; i++) {
		items[i] = substitute(parser, list->items[i], name, expr);
		if (items[i] == NULL) {
			return false;
		}
	}
	list->items = items;
	return true;
}

static bool substitute_parts(
    struct parser *parser, struct expr *copy, symbol name, struct expr *expr)
{
	if (copy->left != NULL) {
		copy->left = substitute(parser, copy->left, name, expr);
		if (copy->left == NULL) {
			return false;
		}
	}
	if (copy->right != NULL) {
		copy->right = substitute(parser, copy->right, name, expr);
		if (copy->right == NULL) {
			return false;
		}
	}
	if (copy->list.count > 0 &&
	    !substitute_list(parser, &copy->list, name, expr)) {
		return false;
	}
	return copy->kind != EXPR_HASH ||
	    substitute_list(parser, &copy->values, name, expr);
}

static struct expr *substitute(struct parser *parser,
    const struct expr *pattern, symbol name, struct expr *expr)
{
	struct expr *copy;
	bool is_ok;

	if (pattern->kind == EXPR_NAME && pattern->name == name) {
		return expr;
	}
	if (!parser_enter(parser)) {
		return NULL;
	}
	copy = parser_alloc(parser, 1, sizeof(*copy));
	if (copy == NULL) {
		return NULL;
	}
	*copy = *pattern;
	is_ok = substitute_parts(parser, copy, name, expr);
	parser_leave(parser);
	return is_ok ? copy : NULL;
}

struct expr *parser_escape(struct parser *parser, struct expr *expr)
{
	const struct escape_context *escape = parser->escapes;

	if (escape == NULL) {
		return expr;
	}
	return substitute(parser, escape->expr, escape->name, expr);
}

struct element *parser_parse_escape(struct parser *parser)
{
	struct element *element =
	    parser_new_element(parser, ELEMENT_ESCAPE, &parser->token);
	struct escape_context context = {.outer = parser->escapes};
	struct expr *expr;
	struct slice text;
	bool is_ok;

	if (parser_escapes(parser)) {
		parser_fail(parser,
		    "<#escape> is of no use where the output format escapes");
		return NULL;
	}
	parser_advance(parser);
	if (element == NULL ||
	    !parser_take_name(parser, &context.name, &text) ||
	    !parser_expect(parser, TOKEN_AS)) {
		return NULL;
	}
	expr = parser_parse_expression(parser);
	if (expr == NULL || !parser_expect(parser, TOKEN_TAG_END)) {
		return NULL;
	}
	context.expr = parser_escape(parser, expr);
	if (context.expr == NULL) {
		return NULL;
	}
	parser->escapes = &context;
	is_ok = parser_parse_elements(parser, element);
	parser->escapes = context.outer;
	if (!is_ok ||
	    !parser_expect_end_tag(parser, DIRECTIVE_ESCAPE, element)) {
		return NULL;
	}
	element->end_line = parser->token.end_line;
	parser_advance(parser);
	return element;
}

struct element *parser_parse_noescape(struct parser *parser)
{
	struct element *element =
	    parser_new_element(parser, ELEMENT_ESCAPE, &parser->token);
	struct escape_context *escapes = parser->escapes;
	bool is_ok;

	parser_advance(parser);
	if (escapes == NULL) {
		parser_fail(parser, "<#noescape> must be inside of <#escape>");
		return NULL;
	}
	if (element == NULL) {
		return NULL;
	}
	parser->escapes = escapes->outer;
	is_ok = parser_parse_elements(parser, element);
	parser->escapes = escapes;
	if (!is_ok ||
	    !parser_expect_end_tag(parser, DIRECTIVE_NOESCAPE, element)) {
		return NULL;
	}
	element->end_line = parser->token.end_line;
	parser_advance(parser);
	return element;
}
