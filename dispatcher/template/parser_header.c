/* <#ftl ...>: what holds for the whole template. */
#include "dispatcher/template/parser.h"

static bool fail_value(
    struct parser *parser, const struct expr *expr, const char *wanted)
{
	parser_fail_at(
	    parser, expr->line, expr->column, "<#ftl> needs %s here", wanted);
	return false;
}

static bool is_one_of(struct slice text, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (slice_equal_ignoring_case(text, slice_of(words[i]))) {
			return true;
		}
	}
	return false;
}

/* "yes" and such, in quotes or not, as old templates have it. */
static bool yes_or_no(struct slice text, bool *value)
{
	static const char *const yes[] = {"y", "yes", "t", "true"};
	static const char *const no[] = {"n", "no", "f", "false"};

	if (text.len >= 2 && text.data[0] == '"' &&
	    text.data[text.len - 1] == '"') {
		text = slice_make(text.data + 1, text.len - 2);
	}
	*value = is_one_of(text, yes, ARRAY_LEN(yes));
	return *value || is_one_of(text, no, ARRAY_LEN(no));
}

static bool header_boolean(struct parser *parser, const struct expr *expr,
    bool takes_words, bool *value)
{
	if (expr->kind == EXPR_LITERAL && expr->literal.kind == VALUE_BOOLEAN) {
		*value = expr->literal.boolean;
		return true;
	}
	return (takes_words && expr->kind == EXPR_LITERAL &&
		   expr->literal.kind == VALUE_STRING &&
		   yes_or_no(value_text(expr->literal), value)) ||
	    fail_value(parser, expr, "true or false");
}

static bool is_text(const struct expr *expr)
{
	return expr->kind == EXPR_LITERAL && expr->literal.kind == VALUE_STRING;
}

/* Prefixes of XML name spaces: checked, and of no use here. */
static bool check_prefixes(struct parser *parser, const struct expr *expr)
{
	if (expr->kind != EXPR_HASH) {
		return fail_value(parser, expr, "a hash of prefixes");
	}
	for (size_t i = 0; i < expr->list.count; i++) {
		const struct expr *prefix = expr->list.items[i];
		const struct expr *uri = expr->values.items[i];

		if (!is_text(prefix) || prefix->literal.len == 0 ||
		    slice_is(value_text(prefix->literal), "N") ||
		    !is_text(uri) || uri->literal.len == 0) {
			return fail_value(
			    parser, uri, "prefixes and their name spaces");
		}
	}
	return true;
}

static bool set_strictness(struct parser *parser, const struct expr *expr)
{
	bool is_strict = true;

	if (!header_boolean(parser, expr, true, &is_strict)) {
		return false;
	}
	return is_strict ||
	    fail_value(parser, expr,
		"strict_syntax=true: tags without # are not supported");
}

static bool set_escaping(struct parser *parser, const struct expr *expr)
{
	bool is_on = false;

	if (!header_boolean(parser, expr, false, &is_on)) {
		return false;
	}
	parser->auto_escaping = is_on ? AUTO_ESCAPING_ON : AUTO_ESCAPING_OFF;
	return true;
}

static bool has_name(struct slice name, const char *legacy, const char *camel)
{
	return slice_equal_ignoring_case(name, slice_of(legacy)) ||
	    slice_is(name, camel);
}

static bool apply_header(
    struct parser *parser, struct token *name, const struct expr *expr)
{
	if (has_name(name->text, "strip_whitespace", "stripWhitespace")) {
		return header_boolean(
		    parser, expr, true, &parser->template->strips_white_space);
	}
	if (has_name(name->text, "strip_text", "stripText")) {
		return header_boolean(parser, expr, true, &parser->drops_text);
	}
	if (has_name(name->text, "strict_syntax", "strictSyntax")) {
		return set_strictness(parser, expr);
	}
	if (has_name(name->text, "auto_esc", "autoEsc")) {
		return set_escaping(parser, expr);
	}
	if (has_name(name->text, "output_format", "outputFormat")) {
		return parser_header_output_format(parser, expr);
	}
	if (has_name(name->text, "encoding", "encoding")) {
		return is_text(expr) || fail_value(parser, expr, "a charset");
	}
	if (has_name(name->text, "ns_prefixes", "nsPrefixes")) {
		return check_prefixes(parser, expr);
	}
	if (has_name(name->text, "attributes", "attributes")) {
		return expr->kind == EXPR_HASH ||
		    fail_value(parser, expr, "a hash");
	}
	parser_fail_at(parser, name->line, name->column,
	    "<#ftl> has no parameter %.*s", SLICE_ARGS(name->text));
	return false;
}

bool parser_parse_header(struct parser *parser)
{
	bool is_whole = parser->token.is_whole;

	parser->open = parser->token;
	parser_advance(parser);
	if (is_whole) {
		return true;
	}
	while (parser->token.kind == TOKEN_NAME) {
		struct token name = parser->token;
		struct expr *expr;

		parser_advance(parser);
		if (!parser_expect(parser, TOKEN_EQUALS)) {
			return false;
		}
		expr = parser_parse_expression(parser);
		if (expr == NULL) {
			return false;
		}
		if (!lexer_check_naming(&parser->lexer, &name, name.text)) {
			parser_fail_at(parser, name.line, name.column, "%s",
			    parser->lexer.err.text);
			return false;
		}
		if (!apply_header(parser, &name, expr)) {
			return false;
		}
	}
	return parser_check_header_escaping(parser) &&
	    parser_expect_loose_end(parser);
}
