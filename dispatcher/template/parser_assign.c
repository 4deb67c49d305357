/* <#assign>, <#global> and <#local>. */
#include "dispatcher/template/markup.h"
#include "dispatcher/template/parser.h"

static const struct {
	enum token_kind token;
	enum assign_operator operator;
} assign_operators[] = {
    {TOKEN_EQUALS, ASSIGN_SET},
    {TOKEN_PLUS_EQUALS, ASSIGN_ADD},
    {TOKEN_MINUS_EQUALS, ASSIGN_SUBTRACT},
    {TOKEN_TIMES_EQUALS, ASSIGN_MULTIPLY},
    {TOKEN_DIVIDE_EQUALS, ASSIGN_DIVIDE},
    {TOKEN_MODULO_EQUALS, ASSIGN_MODULO},
    {TOKEN_INCREMENT, ASSIGN_INCREMENT},
    {TOKEN_DECREMENT, ASSIGN_DECREMENT},
};

static bool find_operator(enum token_kind kind, enum assign_operator *operator)
{
	for (size_t i = 0; i < ARRAY_LEN(assign_operators); i++) {
		if (assign_operators[i].token == kind) {
			*operator= assign_operators[i].operator;
			return true;
		}
	}
	return false;
}

static enum assign_scope scope_of(enum directive directive)
{
	if (directive == DIRECTIVE_GLOBAL) {
		return ASSIGN_GLOBAL;
	}
	return directive == DIRECTIVE_LOCAL ? ASSIGN_LOCAL : ASSIGN_NAMESPACE;
}

/* `operator value`, behind the name. */
static bool parse_assignment(struct parser *parser, struct element *element)
{
	if (!find_operator(parser->token.kind, &element->assign.operator)) {
		parser_fail_expected(parser,
		    parser->token.kind == TOKEN_EQUALS_TWICE ? "one \"=\""
							     : "\"=\"");
		return false;
	}
	parser_advance(parser);
	if (element->assign.operator== ASSIGN_INCREMENT || element->assign.
	    operator== ASSIGN_DECREMENT) {
		return true;
	}
	element->expr = parser_parse_expression(parser);
	return element->expr != NULL;
}

static bool at_assignment(struct parser *parser)
{
	enum assign_operator operator;

	return (parser->token.kind == TOKEN_NAME ||
		   parser->token.kind == TOKEN_STRING) &&
	    find_operator(parser_peek(parser), &operator);
}

/* <#assign a=1 b=2>: the first is parsed, `element` is the tag's. */
static struct element *parse_more(
    struct parser *parser, struct element *first, const struct token *start)
{
	struct element *several =
	    parser_new_element(parser, ELEMENT_ASSIGN_SEVERAL, start);
	struct slice text;

	if (several == NULL) {
		return NULL;
	}
	parser_append(several, first);
	while (parser_accept(parser, TOKEN_COMMA) || at_assignment(parser)) {
		struct element *next =
		    parser_new_element(parser, ELEMENT_ASSIGN, &parser->token);

		if (next == NULL ||
		    !parser_take_variable_name(
			parser, &next->assign.name, &text)) {
			return NULL;
		}
		next->assign.scope = first->assign.scope;
		if (!parse_assignment(parser, next)) {
			return NULL;
		}
		parser_append(several, next);
	}
	return several;
}

static struct element *parse_capture(
    struct parser *parser, struct element *element, const struct token *start)
{
	if (!parser_expect(parser, TOKEN_TAG_END)) {
		return NULL;
	}
	element->kind = ELEMENT_CAPTURE;
	element->assign.capture_format = output_is_markup(parser->output_format)
	    ? parser->output_format
	    : NULL;
	if (!parser_parse_elements(parser, element)) {
		return NULL;
	}
	if (parser->token.kind == TOKEN_END) {
		parser_fail_at(parser, start->line, start->column,
		    "without =, this takes all up to its end tag, which is "
		    "not there");
		return NULL;
	}
	if (!parser_expect_end_tag(parser, start->directive, element)) {
		return NULL;
	}
	element->end_line = parser->token.end_line;
	parser_advance(parser);
	return element;
}

/* `in namespace`: we have one namespace only. */
static bool refuse_namespace(struct parser *parser)
{
	if (parser->token.kind != TOKEN_IN) {
		return true;
	}
	parser_fail(parser, "assigning `in` a namespace is not supported");
	return false;
}

struct element *parser_parse_assign(struct parser *parser)
{
	struct token start = parser->token;
	struct element *element =
	    parser_new_element(parser, ELEMENT_ASSIGN, &start);
	struct slice text;
	int end_line;

	if (start.directive == DIRECTIVE_LOCAL && !parser->is_in_macro &&
	    !parser->is_in_function) {
		parser_fail(
		    parser, "<#local> must be inside of a macro or function");
		return NULL;
	}
	parser_advance(parser);
	if (element == NULL ||
	    !parser_take_variable_name(parser, &element->assign.name, &text)) {
		return NULL;
	}
	element->assign.scope = scope_of(start.directive);
	if (!refuse_namespace(parser)) {
		return NULL;
	}
	if (parser->token.kind == TOKEN_TAG_END) {
		return parse_capture(parser, element, &start);
	}
	if (!parse_assignment(parser, element)) {
		return NULL;
	}
	if (parser->token.kind == TOKEN_COMMA || at_assignment(parser)) {
		element = parse_more(parser, element, &start);
	}
	end_line = parser->token.end_line;
	if (element == NULL || !refuse_namespace(parser) ||
	    !parser_expect_loose_end(parser)) {
		return NULL;
	}
	element->end_line = end_line;
	return element;
}
