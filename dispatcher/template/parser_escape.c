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
