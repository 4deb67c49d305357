/* Text, interpolations and comments, and the lists of elements they stand in.
 */
#include "dispatcher/template/parser.h"

#define TAB_WIDTH 8

struct element *parser_new_element(
    struct parser *parser, enum element_kind kind, const struct token *start)
{
	struct element *element = parser_alloc(parser, 1, sizeof(*element));

	if (element != NULL) {
		element->kind = kind;
		element->begin_line = start->line;
		element->begin_column = start->column;
		element->end_line = start->end_line;
	}
	return element;
}

void parser_append(struct element *parent, struct element *child)
{
	child->parent = parent;
	child->prev = parent->last_child;
	child->next = NULL;
	if (parent->last_child != NULL) {
		parent->last_child->next = child;
	} else {
		parent->first_child = child;
	}
	parent->last_child = child;
}

static struct element *parse_text(struct parser *parser, enum element_kind kind)
{
	struct element *element =
	    parser_new_element(parser, kind, &parser->token);

	if (element != NULL) {
		element->text = parser->token.text;
		/* FreeMarker gives a tab the column that it leads to: what
		 * starts with one does not stand at the start of its line. */
		if (slice_starts_with(element->text, "\t")) {
			element->begin_column = TAB_WIDTH;
		}
		parser_advance(parser);
	}
	return element;
}

static bool is_literal_kind(const struct expr *expr, enum expr_kind kind)
{
	return expr->kind == kind;
}

static struct element *parse_interpolation(struct parser *parser)
{
	struct element *element =
	    parser_new_element(parser, ELEMENT_INTERPOLATION, &parser->token);
	struct expr *expr;

	parser->open = parser->token;
	parser_advance(parser);
	expr = parser_parse_expression(parser);
	if (element == NULL || expr == NULL) {
		return NULL;
	}
	element->end_line = parser->token.end_line;
	if (!parser_expect(parser, TOKEN_CLOSE_CURLY)) {
		return NULL;
	}
	if (is_literal_kind(expr, EXPR_SEQUENCE) ||
	    is_literal_kind(expr, EXPR_HASH)) {
		parser_fail_at(parser, expr->line, expr->column,
		    "a sequence or hash cannot be printed; pick an item, or "
		    "use ?join");
		return NULL;
	}
	element->written = expr;
	element->format = parser->output_format;
	element->is_escaped = parser_escapes(parser);
	element->expr = parser_escape(parser, expr);
	return element->expr != NULL ? element : NULL;
}

static struct element *parse_numeric(struct parser *parser)
{
	struct element *element =
	    parser_new_element(parser, ELEMENT_NUMERIC, &parser->token);

	parser->open = parser->token;
	parser_advance(parser);
	if (element == NULL) {
		return NULL;
	}
	element->expr = parser_parse_numeric(parser, &element->numeric);
	element->end_line = parser->token.end_line;
	return element->expr != NULL && parser_expect(parser, TOKEN_CLOSE_CURLY)
	    ? element
	    : NULL;
}

/* Whether the token ends the elements before it: the caller's business. */
static bool ends_elements(const struct token *token)
{
	if (token->kind == TOKEN_DIRECTIVE_END ||
	    token->kind == TOKEN_CALL_END || token->kind == TOKEN_END ||
	    token->kind == TOKEN_ERROR) {
		return true;
	}
	if (token->kind != TOKEN_DIRECTIVE) {
		return false;
	}
	return token->directive == DIRECTIVE_ELSE ||
	    token->directive == DIRECTIVE_ELSEIF ||
	    token->directive == DIRECTIVE_CASE ||
	    token->directive == DIRECTIVE_DEFAULT ||
	    token->directive == DIRECTIVE_RECOVER ||
	    token->directive == DIRECTIVE_FTL;
}

static struct element *parse_element(struct parser *parser)
{
	/* Every kind that is not named here has ended the elements. */
	switch ((int)parser->token.kind) {
	case TOKEN_TEXT:
	case TOKEN_NOPARSE:
		return parse_text(parser, ELEMENT_TEXT);
	case TOKEN_COMMENT:
		return parse_text(parser, ELEMENT_COMMENT);
	case TOKEN_INTERPOLATION:
		return parse_interpolation(parser);
	case TOKEN_NUMERIC:
		return parse_numeric(parser);
	case TOKEN_CALL:
		parser->open = parser->token;
		return parser_parse_call(parser);
	default:
		parser->open = parser->token;
		return parser_parse_directive(parser);
	}
}

bool parser_parse_elements(struct parser *parser, struct element *parent)
{
	if (!parser_enter(parser)) {
		return false;
	}
	parser->block_depth++;
	while (!ends_elements(&parser->token)) {
		bool is_dropped = parser->token.kind == TOKEN_TEXT &&
		    parser->drops_text && parser->block_depth == 1;
		struct element *element = parse_element(parser);

		if (element == NULL) {
			return false;
		}
		if (!is_dropped) {
			parser_append(parent, element);
			parent->end_line = element->end_line;
		}
	}
	parser->block_depth--;
	parser_leave(parser);
	return !parser->has_failed;
}
