/*
 * String literals. As in FreeMarker, the escapes are undone first, and what
 * comes out is then looked through for ${}: by a parser of its own, over the
 * text of the string.
 */
#include "dispatcher/template/parser.h"
#include "dispatcher/template/text.h"

static int hex_value(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	if (c >= 'a' && c <= 'f') {
		return c - 'a' + 10;
	}
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Behind \x: one to four digits, a UTF-16 unit. */
static size_t decode_hex(struct slice text, char *out, size_t *out_len)
{
	uint32_t unit = 0;
	size_t len = 0;

	while (len < 4 && len < text.len && hex_value(text.data[len]) >= 0) {
		unit = unit * 16 + (uint32_t)hex_value(text.data[len]);
		len++;
	}
	*out_len = text_append_unit(out, *out_len, unit);
	return len;
}

static char plain_escape(char c)
{
	static const char from[] = "ntrfbgla";
	static const char to[] = "\n\t\r\f\b><&";
	const char *found = strchr(from, c);

	return (char)(found != NULL ? to[found - from] : c);
}

bool parser_decode_string(
    struct parser *parser, const struct token *token, struct slice *text)
{
	struct slice written = token->text;
	size_t len = 0;
	char *out;

	*text = written;
	if (token->kind == TOKEN_RAW_STRING || written.len == 0 ||
	    memchr(written.data, '\\', written.len) == NULL) {
		return true;
	}
	/* \xNNNN is at least three bytes and yields at most three. */
	out = parser_alloc(parser, written.len, 1);
	if (out == NULL) {
		return false;
	}
	for (size_t i = 0; i < written.len; i++) {
		if (written.data[i] != '\\') {
			out[len++] = written.data[i];
		} else if (written.data[++i] == 'x') {
			i += decode_hex(slice_from(written, i + 1), out, &len);
		} else {
			out[len++] = plain_escape(written.data[i]);
		}
	}
	*text = slice_make(out, len);
	return true;
}

/* With `escape: json` a literal such as `", "` is JSON, as text of the template
 * is; any other is a text to be escaped. */
static struct value literal_of(const struct parser *parser, struct slice text)
{
	struct value literal = value_string(text);

	if (parser->template->escapes_json && json_is_separator(text)) {
		literal.json = JSON_SHARE_ALL;
	}
	return literal;
}

static bool has_interpolation(struct slice text)
{
	for (size_t i = 0; i + 1 < text.len; i++) {
		if ((text.data[i] == '$' || text.data[i] == '#') &&
		    text.data[i + 1] == '{') {
			return true;
		}
	}
	return false;
}

static bool add_part(
    struct parser *parser, struct expr *joined, struct expr *part)
{
	struct expr **items =
	    parser_alloc(parser, joined->list.count + 1, sizeof(struct expr *));

	if (items == NULL || part == NULL) {
		return false;
	}
	if (joined->list.count > 0) {
		memcpy(items, joined->list.items,
		    joined->list.count * sizeof(struct expr *));
	}
	items[joined->list.count++] = part;
	joined->list.items = items;
	return true;
}

static struct expr *parse_numeric_part(struct parser *parser)
{
	struct expr *expr =
	    parser_new_expr(parser, EXPR_NUMERIC, &parser->token);

	if (expr == NULL) {
		return NULL;
	}
	parser_advance(parser);
	expr->left = parser_parse_numeric(parser, &expr->numeric);
	return expr->left != NULL && parser_expect(parser, TOKEN_CLOSE_CURLY)
	    ? expr
	    : NULL;
}

static struct expr *parse_part(struct parser *parser)
{
	struct token token = parser->token;
	struct expr *expr;

	if (token.kind == TOKEN_TEXT) {
		expr = parser_new_expr(parser, EXPR_LITERAL, &token);
		if (expr != NULL) {
			expr->literal = literal_of(parser, token.text);
			parser_advance(parser);
		}
		return expr;
	}
	if (token.kind == TOKEN_NUMERIC) {
		return parse_numeric_part(parser);
	}
	parser_advance(parser);
	expr = parser_parse_expression(parser);
	if (expr == NULL || !parser_expect(parser, TOKEN_CLOSE_CURLY)) {
		return NULL;
	}
	if (expr->kind == EXPR_SEQUENCE || expr->kind == EXPR_HASH) {
		parser_fail(parser, "a sequence or hash cannot be printed");
		return NULL;
	}
	return parser_escape(parser, expr);
}

static bool parse_parts(
    struct parser *parser, struct expr *joined, struct slice text)
{
	struct lexer outer = parser->lexer;
	struct token outer_token = parser->token;
	struct token outer_ahead = parser->ahead;
	bool had_ahead = parser->has_ahead;
	enum auto_escaping around = parser->auto_escaping;
	bool is_ok = true;

	/* As in FreeMarker: <#autoesc> and its like end at a literal. */
	parser->auto_escaping = AUTO_ESCAPING_DEFAULT;

	lexer_init(&parser->lexer, text, false, false);
	parser->lexer.is_literal = true;
	parser->lexer.naming = outer.naming;
	parser->lexer.line = joined->line;
	parser->lexer.column = joined->column + 1;
	parser->has_ahead = false;
	parser_advance(parser);
	while (is_ok && parser->token.kind != TOKEN_END) {
		is_ok = parser->token.kind != TOKEN_ERROR &&
		    add_part(parser, joined, parse_part(parser));
	}
	outer.naming = parser->lexer.naming;
	parser->lexer = outer;
	parser->auto_escaping = around;
	if (!parser->has_failed) {
		parser->token = outer_token;
		parser->ahead = outer_ahead;
		parser->has_ahead = had_ahead;
	}
	return is_ok && !parser->has_failed;
}

struct expr *parser_parse_string(struct parser *parser)
{
	struct token token = parser->token;
	struct expr *expr = parser_new_expr(parser, EXPR_LITERAL, &token);
	struct slice text;

	if (expr == NULL || !parser_decode_string(parser, &token, &text)) {
		return NULL;
	}
	parser_advance(parser);
	/* FreeMarker takes '${}' and shorter for plain text. */
	if (token.kind == TOKEN_RAW_STRING || text_units(text) <= 3 ||
	    !has_interpolation(text) || !has_interpolation(token.text)) {
		expr->literal = literal_of(parser, text);
		return expr;
	}
	expr->kind = EXPR_JOINED;
	return parse_parts(parser, expr, text) ? expr : NULL;
}
