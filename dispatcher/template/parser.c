#include "dispatcher/template/parser.h"

static void next_token(struct parser *parser, struct token *token)
{
	lexer_next(&parser->lexer, token);
	if (token->kind == TOKEN_ERROR) {
		parser_fail_at(parser, parser->lexer.err.line,
		    parser->lexer.err.column, "%s", parser->lexer.err.text);
	}
}

void parser_advance(struct parser *parser)
{
	parser->last = parser->token;
	if (parser->has_ahead) {
		parser->token = parser->ahead;
		parser->has_ahead = false;
	} else if (parser->token.kind != TOKEN_ERROR) {
		next_token(parser, &parser->token);
	}
}

enum token_kind parser_peek(struct parser *parser)
{
	if (!parser->has_ahead) {
		next_token(parser, &parser->ahead);
		parser->has_ahead = true;
	}
	return parser->ahead.kind;
}

bool parser_accept(struct parser *parser, enum token_kind kind)
{
	if (parser->token.kind != kind) {
		return false;
	}
	parser_advance(parser);
	return true;
}

bool parser_expect(struct parser *parser, enum token_kind kind)
{
	if (parser_accept(parser, kind)) {
		return true;
	}
	parser_fail_expected(parser, token_kind_name(kind));
	return false;
}

bool parser_expect_loose_end(struct parser *parser)
{
	return parser_accept(parser, TOKEN_TAG_END_EMPTY) ||
	    parser_expect(parser, TOKEN_TAG_END);
}

bool parser_is_directive(const struct parser *parser, enum directive directive)
{
	return parser->token.kind == TOKEN_DIRECTIVE &&
	    parser->token.directive == directive;
}

void *parser_alloc(struct parser *parser, size_t count, size_t bytes)
{
	void *memory = arena_calloc(parser->arena, count, bytes);

	if (memory == NULL) {
		parser_fail(parser, "the template is too large");
	}
	return memory;
}

bool parser_enter(struct parser *parser)
{
	if (parser->depth >= PARSER_DEPTH_MAX) {
		parser_fail(parser,
		    "more than %d levels inside each other: simplify this",
		    PARSER_DEPTH_MAX);
		return false;
	}
	parser->depth++;
	return true;
}

void parser_leave(struct parser *parser)
{
	parser->depth--;
}

bool parser_intern(struct parser *parser, struct slice name, symbol *result)
{
	struct hash *symbols = parser->template->symbols;
	struct hash_entry *entry = hash_find(symbols, name, hash_key(name));

	if (entry != NULL) {
		*result = (symbol)entry->value.integer;
		return true;
	}
	*result = symbols->count;
	if (!hash_put(
		parser->arena, symbols, name, value_integer(symbols->count))) {
		parser_fail(parser, "the template is too large");
		return false;
	}
	return true;
}

bool parser_unescape_name(
    struct parser *parser, struct slice written, struct slice *name)
{
	char *text;
	size_t len = 0;

	*name = written;
	if (written.len == 0 ||
	    memchr(written.data, '\\', written.len) == NULL) {
		return true;
	}
	text = parser_alloc(parser, written.len, 1);
	if (text == NULL) {
		return false;
	}
	for (size_t i = 0; i < written.len; i++) {
		if (written.data[i] != '\\') {
			text[len++] = written.data[i];
		}
	}
	*name = slice_make(text, len);
	return true;
}

bool parser_take_name(struct parser *parser, symbol *name, struct slice *text)
{
	struct token token = parser->token;

	return parser_expect(parser, TOKEN_NAME) &&
	    parser_unescape_name(parser, token.text, text) &&
	    parser_intern(parser, *text, name);
}

bool parser_take_variable_name(
    struct parser *parser, symbol *name, struct slice *text)
{
	struct token token = parser->token;

	if (token.kind == TOKEN_RAW_STRING) {
		*text = token.text;
	} else if (token.kind != TOKEN_STRING) {
		return parser_take_name(parser, name, text);
	} else if (!parser_decode_string(parser, &token, text)) {
		return false;
	}
	parser_advance(parser);
	return parser_intern(parser, *text, name);
}

static bool is_blank_text(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (strchr(" \t\r\n", text.data[i]) == NULL ||
		    text.data[i] == '\0') {
			return false;
		}
	}
	return true;
}

bool parser_parse_template(struct parser *parser)
{
	struct element *root;

	parser_advance(parser);
	if (parser->token.kind == TOKEN_TEXT &&
	    is_blank_text(parser->token.text) &&
	    parser_peek(parser) == TOKEN_DIRECTIVE &&
	    parser->ahead.directive == DIRECTIVE_FTL) {
		parser_advance(parser);
	}
	if (parser_is_directive(parser, DIRECTIVE_FTL) &&
	    !parser_parse_header(parser)) {
		return false;
	}
	root = parser_new_element(parser, ELEMENT_ROOT, &parser->token);
	if (root == NULL || !parser_parse_elements(parser, root)) {
		return false;
	}
	if (parser->token.kind != TOKEN_END) {
		parser_fail_stray(parser);
	}
	if (parser->has_failed) {
		return false;
	}
	whitespace_clean(root, parser->template->strips_white_space);
	parser->template->root = root;
	parser->template->macros = parser->macros;
	parser->template->macro_count = parser->macro_count;
	return true;
}
