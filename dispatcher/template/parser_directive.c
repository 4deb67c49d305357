/* Which directive is it; and those that are one tag, or hold anything. */
#include "common/base/nearest.h"
#include "dispatcher/template/parser.h"

static struct element *parse_simple(
    struct parser *parser, enum element_kind kind)
{
	struct element *element =
	    parser_new_element(parser, kind, &parser->token);

	parser_advance(parser);
	return element;
}

static struct element *parse_trim(struct parser *parser, bool left, bool right)
{
	struct element *element = parse_simple(parser, ELEMENT_TRIM);

	if (element != NULL) {
		element->trim.left = left;
		element->trim.right = right;
	}
	return element;
}

static struct element *parse_break(
    struct parser *parser, enum element_kind kind)
{
	int nesting =
	    kind == ELEMENT_BREAK ? parser->breakable : parser->continuable;

	if (nesting == 0) {
		parser_fail(parser, "`%.*s` must be inside of %s",
		    SLICE_ARGS(parser->token.source),
		    kind == ELEMENT_BREAK ? "a <#list> or <#switch>"
					  : "a <#list>");
		return NULL;
	}
	return parse_simple(parser, kind);
}

static struct element *parse_stop(struct parser *parser)
{
	bool is_whole = parser->token.is_whole;
	struct element *element = parse_simple(parser, ELEMENT_STOP);

	if (element == NULL || is_whole) {
		return element;
	}
	element->expr = parser_parse_expression(parser);
	return element->expr != NULL && parser_expect_loose_end(parser)
	    ? element
	    : NULL;
}

struct element *parser_parse_return(struct parser *parser)
{
	struct token start = parser->token;
	struct element *element = parse_simple(parser, ELEMENT_RETURN);

	if (element == NULL) {
		return NULL;
	}
	if (!start.is_whole) {
		element->expr = parser_parse_expression(parser);
		element->end_line = parser->token.end_line;
		if (element->expr == NULL || !parser_expect_loose_end(parser)) {
			return NULL;
		}
	}
	if (parser->is_in_macro && element->expr != NULL) {
		parser_fail_at(parser, start.line, start.column,
		    "a macro returns no value");
		return NULL;
	}
	if (parser->is_in_function && element->expr == NULL) {
		parser_fail_at(parser, start.line, start.column,
		    "a function must return a value");
		return NULL;
	}
	if (!parser->is_in_macro && !parser->is_in_function &&
	    element->expr == NULL) {
		parser_fail_at(parser, start.line, start.column,
		    "<#return> must be inside of a macro or function");
		return NULL;
	}
	return element;
}

/* Those that FreeMarker lets a template change. */
static const char *const settings[] = {
    "boolean_format",
    "booleanFormat",
    "classic_compatible",
    "classicCompatible",
    "date_format",
    "dateFormat",
    "datetime_format",
    "datetimeFormat",
    "locale",
    "number_format",
    "numberFormat",
    "output_encoding",
    "outputEncoding",
    "sql_date_and_time_time_zone",
    "sqlDateAndTimeTimeZone",
    "time_format",
    "timeFormat",
    "time_zone",
    "timeZone",
    "url_escaping_charset",
    "urlEscapingCharset",
};

static void fail_setting(struct parser *parser, const struct token *name)
{
	char hint[NEAREST_HINT_MAX];
	struct nearest nearest;

	nearest_init(&nearest, name->text);
	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		nearest_offer(&nearest, slice_of(settings[i]));
	}
	nearest_hint(&nearest, hint);
	parser_fail_at(parser, name->line, name->column,
	    "there is no setting %.*s%s", SLICE_ARGS(name->text), hint);
}

static struct element *parse_setting(struct parser *parser)
{
	struct element *element = parse_simple(parser, ELEMENT_SETTING);
	struct token name = parser->token;
	bool is_known = false;

	if (element == NULL || !parser_expect(parser, TOKEN_NAME) ||
	    !parser_expect(parser, TOKEN_EQUALS)) {
		return NULL;
	}
	element->expr = parser_parse_expression(parser);
	element->end_line = parser->token.end_line;
	if (element->expr == NULL || !parser_expect_loose_end(parser)) {
		return NULL;
	}
	if (!lexer_check_naming(&parser->lexer, &name, name.text)) {
		parser_fail_at(parser, name.line, name.column, "%s",
		    parser->lexer.err.text);
		return NULL;
	}
	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		is_known |= slice_is(name.text, settings[i]);
	}
	if (!is_known) {
		fail_setting(parser, &name);
		return NULL;
	}
	element->setting = name.text;
	return element;
}

static struct element *parse_compress(struct parser *parser)
{
	struct element *element = parse_simple(parser, ELEMENT_COMPRESS);

	if (element == NULL || !parser_parse_elements(parser, element) ||
	    !parser_expect_end_tag(parser, DIRECTIVE_COMPRESS, element)) {
		return NULL;
	}
	element->end_line = parser->token.end_line;
	parser_advance(parser);
	return element;
}

/* --- all of them */

static struct element *refuse(struct parser *parser)
{
	parser_fail(parser,
	    "`%.*s` is not supported: templates here stand alone and reach "
	    "their input only",
	    SLICE_ARGS(slice_trim(parser->token.source)));
	return NULL;
}

static struct element *parse_other(struct parser *parser)
{
	switch ((int)parser->token.directive) {
	case DIRECTIVE_T:
		return parse_trim(parser, true, true);
	case DIRECTIVE_LT:
		return parse_trim(parser, true, false);
	case DIRECTIVE_RT:
		return parse_trim(parser, false, true);
	case DIRECTIVE_NT:
		return parse_trim(parser, false, false);
	case DIRECTIVE_FLUSH:
		return parse_simple(parser, ELEMENT_FLUSH);
	case DIRECTIVE_BREAK:
		return parse_break(parser, ELEMENT_BREAK);
	case DIRECTIVE_CONTINUE:
		return parse_break(parser, ELEMENT_CONTINUE);
	case DIRECTIVE_AUTOESC:
		return parser_parse_auto_esc(parser);
	case DIRECTIVE_NOAUTOESC:
		return parser_parse_no_auto_esc(parser);
	case DIRECTIVE_OUTPUTFORMAT:
		return parser_parse_output_format(parser);
	default:
		return refuse(parser);
	}
}

struct element *parser_parse_directive(struct parser *parser)
{
	switch ((int)parser->token.directive) {
	case DIRECTIVE_IF:
		return parser_parse_if(parser);
	case DIRECTIVE_LIST:
		return parser_parse_list(parser);
	case DIRECTIVE_FOREACH:
		return parser_parse_foreach(parser);
	case DIRECTIVE_ITEMS:
		return parser_parse_items(parser);
	case DIRECTIVE_SEP:
		return parser_parse_sep(parser);
	case DIRECTIVE_ASSIGN:
	case DIRECTIVE_GLOBAL:
	case DIRECTIVE_LOCAL:
		return parser_parse_assign(parser);
	case DIRECTIVE_MACRO:
	case DIRECTIVE_FUNCTION:
		return parser_parse_macro(parser);
	case DIRECTIVE_NESTED:
		return parser_parse_nested(parser);
	case DIRECTIVE_RETURN:
		return parser_parse_return(parser);
	case DIRECTIVE_SWITCH:
		return parser_parse_switch(parser);
	case DIRECTIVE_ATTEMPT:
		return parser_parse_attempt(parser);
	case DIRECTIVE_SETTING:
		return parse_setting(parser);
	case DIRECTIVE_COMPRESS:
		return parse_compress(parser);
	case DIRECTIVE_ESCAPE:
		return parser_parse_escape(parser);
	case DIRECTIVE_NOESCAPE:
		return parser_parse_noescape(parser);
	case DIRECTIVE_STOP:
		return parse_stop(parser);
	default:
		return parse_other(parser);
	}
}
