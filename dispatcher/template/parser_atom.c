/* Literals, names, parentheses, and what makes expressions. */
#include "dispatcher/template/markup.h"
#include "dispatcher/template/parser_expr.h"

struct expr *parser_new_expr(
    struct parser *parser, enum expr_kind kind, const struct token *start)
{
	struct expr *expr = parser_alloc(parser, 1, sizeof(*expr));

	if (expr != NULL) {
		expr->kind = kind;
		expr->line = start->line;
		expr->column = start->column;
		expr->source = start->source;
	}
	return expr;
}

/* An expression that begins where `left` does. */
struct expr *expr_new_from(
    struct parser *parser, enum expr_kind kind, struct expr *left)
{
	struct expr *expr = parser_alloc(parser, 1, sizeof(*expr));

	if (expr != NULL) {
		expr->kind = kind;
		expr->line = left->line;
		expr->column = left->column;
		expr->source = left->source;
		expr->left = left;
	}
	return expr;
}

/* Its source reaches up to `end`. */
static void extend(struct expr *expr, const char *end)
{
	expr->source.len = (size_t)(end - expr->source.data);
}

void expr_extend_to_token(struct expr *expr, const struct token *token)
{
	extend(expr, token->source.data + token->source.len);
}

void expr_extend_to_expr(struct expr *expr, const struct expr *last)
{
	extend(expr, last->source.data + last->source.len);
}

bool expr_is_string(const struct expr *expr)
{
	return expr->kind == EXPR_JOINED ||
	    (expr->kind == EXPR_LITERAL && expr->literal.kind == VALUE_STRING);
}

bool expr_is_number(const struct expr *expr)
{
	return expr->kind == EXPR_LITERAL && value_is_number(expr->literal);
}

bool expr_is_boolean(const struct expr *expr)
{
	return expr->kind == EXPR_LITERAL &&
	    expr->literal.kind == VALUE_BOOLEAN;
}

bool expr_refuse(
    struct parser *parser, const struct expr *expr, const char *expected)
{
	parser_fail_at(parser, expr->line, expr->column,
	    "`%.*s` stands where %s is needed", SLICE_ARGS(expr->source),
	    expected);
	return false;
}

static struct expr *parse_literal(struct parser *parser, struct value value)
{
	struct expr *expr =
	    parser_new_expr(parser, EXPR_LITERAL, &parser->token);

	if (expr != NULL) {
		expr->literal = value;
		parser_advance(parser);
	}
	return expr;
}

static struct expr *parse_number(struct parser *parser)
{
	struct value value;

	if (!number_parse(parser->arena, parser->token.text, &value)) {
		parser_fail(parser, "the number is too long");
		return NULL;
	}
	return parse_literal(parser, value);
}

static bool note_suffix(struct parser *parser, struct expr *expr,
    struct slice text, struct slice ending, enum loop_suffix suffix)
{
	if (text.len <= ending.len ||
	    !slice_equal(slice_from(text, text.len - ending.len), ending)) {
		return true;
	}
	expr->suffix = suffix;
	return parser_intern(parser,
	    slice_make(text.data, text.len - ending.len), &expr->loop_variable);
}

static struct expr *parse_name(struct parser *parser)
{
	struct expr *expr = parser_new_expr(parser, EXPR_NAME, &parser->token);
	struct slice text;

	if (expr == NULL || !parser_take_name(parser, &expr->name, &text) ||
	    !note_suffix(
		parser, expr, text, SLICE_LITERAL("_index"), SUFFIX_INDEX) ||
	    !note_suffix(parser, expr, text, SLICE_LITERAL("_has_next"),
		SUFFIX_HAS_NEXT)) {
		return NULL;
	}
	return expr;
}

static struct expr *parse_paren(struct parser *parser)
{
	struct expr *expr = parser_new_expr(parser, EXPR_PAREN, &parser->token);
	struct token end;

	parser_advance(parser);
	if (expr == NULL) {
		return NULL;
	}
	expr->left = parser_parse_expression(parser);
	end = parser->token;
	if (expr->left == NULL || !parser_expect(parser, TOKEN_CLOSE_PAREN)) {
		return NULL;
	}
	expr_extend_to_token(expr, &end);
	return expr;
}

/* A sequence of literals is made once. False and failed when out of memory. */
static bool fold_sequence(struct parser *parser, struct expr *expr)
{
	struct sequence *constant;

	for (size_t i = 0; i < expr->list.count; i++) {
		if (expr->list.items[i]->kind != EXPR_LITERAL) {
			return true;
		}
	}
	constant = sequence_create(parser->arena, expr->list.count);
	if (constant == NULL) {
		parser_fail(parser, "the template is too large");
		return false;
	}
	for (size_t i = 0; i < expr->list.count; i++) {
		constant->items[i] = expr->list.items[i]->literal;
	}
	expr->constant = constant;
	return true;
}

static struct expr *parse_sequence(struct parser *parser)
{
	struct expr *expr =
	    parser_new_expr(parser, EXPR_SEQUENCE, &parser->token);
	struct token end;

	parser_advance(parser);
	if (expr == NULL ||
	    !parser_parse_arguments(parser, &expr->list, false)) {
		return NULL;
	}
	end = parser->token;
	if (!parser_expect(parser, TOKEN_CLOSE_BRACKET)) {
		return NULL;
	}
	expr_extend_to_token(expr, &end);
	return fold_sequence(parser, expr) ? expr : NULL;
}

/* Grows by doubling, in the arena. */
bool expr_list_append(
    struct parser *parser, struct expr_list *list, struct expr *expr)
{
	size_t count = list->count;

	if ((count & (count - 1)) == 0) {
		struct expr **items = parser_alloc(
		    parser, count == 0 ? 1 : count * 2, sizeof(struct expr *));

		if (items == NULL) {
			return false;
		}
		if (count > 0) {
			memcpy(
			    items, list->items, count * sizeof(struct expr *));
		}
		list->items = items;
	}
	list->items[list->count++] = expr;
	return true;
}

static bool parse_hash_pair(struct parser *parser, struct expr *hash)
{
	struct expr *key = parser_parse_expression(parser);
	struct expr *value;

	if (key == NULL) {
		return false;
	}
	if (!parser_accept(parser, TOKEN_COMMA) &&
	    !parser_accept(parser, TOKEN_COLON)) {
		parser_fail_expected(parser, "\":\"");
		return false;
	}
	value = parser_parse_expression(parser);
	if (value == NULL) {
		return false;
	}
	if (expr_is_number(key) || expr_is_boolean(key) ||
	    key->kind == EXPR_SEQUENCE || key->kind == EXPR_HASH) {
		return expr_refuse(parser, key, "a string");
	}
	return expr_list_append(parser, &hash->list, key) &&
	    expr_list_append(parser, &hash->values, value);
}

/* Behind a comma. */
static bool expect_another(struct parser *parser)
{
	if (parser->token.kind == TOKEN_CLOSE_CURLY) {
		parser_fail_expected(parser, "another member");
	}
	return !parser->has_failed;
}

static struct expr *parse_hash(struct parser *parser)
{
	struct expr *expr = parser_new_expr(parser, EXPR_HASH, &parser->token);
	struct token end;

	parser_advance(parser);
	if (expr == NULL) {
		return NULL;
	}
	if (parser->token.kind != TOKEN_CLOSE_CURLY) {
		do {
			if (!parse_hash_pair(parser, expr)) {
				return NULL;
			}
		} while (parser_accept(parser, TOKEN_COMMA) &&
		    expect_another(parser));
	}
	end = parser->token;
	if (!parser_expect(parser, TOKEN_CLOSE_CURLY)) {
		return NULL;
	}
	expr_extend_to_token(expr, &end);
	return expr;
}

struct special_form {
	const char *name;
	const char *camel;
	enum special_variable special;
};

static const struct special_form specials[] = {
    {"args", "args", SPECIAL_ARGS},
    {"auto_esc", "autoEsc", SPECIAL_AUTO_ESC},
    {"caller_template_name", "callerTemplateName",
	SPECIAL_CALLER_TEMPLATE_NAME},
    {"current_node", "currentNode", SPECIAL_NODE},
    {"current_template_name", "currentTemplateName", SPECIAL_TEMPLATE_NAME},
    {"data_model", "dataModel", SPECIAL_DATA_MODEL},
    {"error", "error", SPECIAL_ERROR},
    {"get_optional_template", "getOptionalTemplate", SPECIAL_FORBIDDEN},
    {"globals", "globals", SPECIAL_GLOBALS},
    {"incompatible_improvements", "incompatibleImprovements",
	SPECIAL_INCOMPATIBLE_IMPROVEMENTS},
    {"lang", "lang", SPECIAL_LANG},
    {"locale", "locale", SPECIAL_LOCALE},
    {"locale_object", "localeObject", SPECIAL_LOCALE},
    {"locals", "locals", SPECIAL_LOCALS},
    {"main", "main", SPECIAL_MAIN},
    {"main_template_name", "mainTemplateName", SPECIAL_TEMPLATE_NAME},
    {"namespace", "namespace", SPECIAL_NAMESPACE},
    {"node", "node", SPECIAL_NODE},
    {"now", "now", SPECIAL_NOW},
    {"output_encoding", "outputEncoding", SPECIAL_OUTPUT_ENCODING},
    {"output_format", "outputFormat", SPECIAL_OUTPUT_FORMAT},
    {"pass", "pass", SPECIAL_FORBIDDEN},
    {"template_name", "templateName", SPECIAL_TEMPLATE_NAME},
    {"time_zone", "timeZone", SPECIAL_TIME_ZONE},
    {"url_escaping_charset", "urlEscapingCharset",
	SPECIAL_URL_ESCAPING_CHARSET},
    {"vars", "vars", SPECIAL_VARS},
    {"version", "version", SPECIAL_VERSION},
};

static struct value known_value(
    const struct parser *parser, enum special_variable special)
{
	if (special == SPECIAL_AUTO_ESC) {
		return value_boolean(parser_escapes(parser));
	}
	if (special == SPECIAL_OUTPUT_FORMAT) {
		return value_string(slice_of(parser->output_format->name));
	}
	return value_missing();
}

/* .args is made for the macros that use it; in the text of a string it is an
 * error, as in FreeMarker. */
static bool note_args(struct parser *parser, const struct expr *expr)
{
	if (expr->special != SPECIAL_ARGS) {
		return true;
	}
	parser->uses_args = true;
	if ((parser->is_in_macro || parser->is_in_function) &&
	    !parser->lexer.is_literal) {
		return true;
	}
	parser_fail_at(parser, expr->line, expr->column,
	    ".args exists inside a macro or function only");
	return false;
}

static struct expr *parse_special(struct parser *parser)
{
	struct expr *expr =
	    parser_new_expr(parser, EXPR_SPECIAL, &parser->token);
	struct token name;

	parser_advance(parser);
	name = parser->token;
	if (expr == NULL || !parser_expect(parser, TOKEN_NAME)) {
		return NULL;
	}
	if (!lexer_check_naming(&parser->lexer, &name, name.text)) {
		parser_fail_at(parser, name.line, name.column, "%s",
		    parser->lexer.err.text);
		return NULL;
	}
	expr_extend_to_token(expr, &name);
	for (size_t i = 0; i < ARRAY_LEN(specials); i++) {
		if (slice_is(name.text, specials[i].name) ||
		    slice_is(name.text, specials[i].camel)) {
			expr->special = specials[i].special;
			expr->known = known_value(parser, expr->special);
			return note_args(parser, expr) ? expr : NULL;
		}
	}
	parser_fail_at(parser, name.line, name.column,
	    "there is no special variable .%.*s", SLICE_ARGS(name.text));
	return NULL;
}

struct expr *parser_parse_atom(struct parser *parser)
{
	/* Every other kind cannot begin an expression. */
	switch ((int)parser->token.kind) {
	case TOKEN_STRING:
	case TOKEN_RAW_STRING:
		return parser_parse_string(parser);
	case TOKEN_INTEGER:
	case TOKEN_DECIMAL:
		return parse_number(parser);
	case TOKEN_TRUE:
	case TOKEN_FALSE:
		return parse_literal(
		    parser, value_boolean(parser->token.kind == TOKEN_TRUE));
	case TOKEN_NAME:
		return parse_name(parser);
	case TOKEN_OPEN_PAREN:
		return parse_paren(parser);
	case TOKEN_OPEN_BRACKET:
		return parse_sequence(parser);
	case TOKEN_OPEN_CURLY:
		return parse_hash(parser);
	case TOKEN_DOT:
		return parse_special(parser);
	default:
		parser_fail_expected(parser, "an expression");
		return NULL;
	}
}

bool token_begins_atom(enum token_kind kind)
{
	switch ((int)kind) {
	case TOKEN_STRING:
	case TOKEN_RAW_STRING:
	case TOKEN_INTEGER:
	case TOKEN_DECIMAL:
	case TOKEN_TRUE:
	case TOKEN_FALSE:
	case TOKEN_NAME:
	case TOKEN_OPEN_PAREN:
	case TOKEN_OPEN_BRACKET:
	case TOKEN_OPEN_CURLY:
	case TOKEN_DOT:
		return true;
	default:
		return false;
	}
}
