/*
 * What the two halves of the lexer share: lexer_text.c finds tags in text,
 * lexer_expression.c cuts expressions into tokens.
 */
#include "dispatcher/template/lexer.h"

#include <stdarg.h>
#include <stdio.h>

/* Whether the template begins with such a tag; white space does not count. */
static bool begins_with(struct slice source, const char *tag)
{
	source = slice_trim(source);
	return slice_starts_with(source, tag) &&
	    lexer_name_length(
		source.data + strlen(tag), source.data + source.len) == 0;
}

void lexer_init(
    struct lexer *lexer, struct slice source, bool is_detected, bool is_square)
{
	if (begins_with(source, is_square ? "<#ftl" : "[#ftl")) {
		is_square = !is_square;
	}
	*lexer = (struct lexer){
	    .at = source.data,
	    .end = source.len > 0 ? source.data + source.len : source.data,
	    .line = 1,
	    .column = 1,
	    .is_square = is_square,
	    .is_syntax_detected = is_detected,
	};
}

void lexer_next(struct lexer *lexer, struct token *token)
{
	if (lexer->mode == LEXER_TEXT) {
		lexer_next_in_text(lexer, token);
	} else {
		lexer_next_in_expression(lexer, token);
	}
}

/* A line break belongs to its line; columns count characters. */
static void step(struct lexer *lexer, char c)
{
	if (lexer->last == '\n' || (lexer->last == '\r' && c != '\n')) {
		lexer->line++;
		lexer->column = 1;
	}
	if (((unsigned char)c & 0xC0) != 0x80) {
		lexer->column++;
	}
	lexer->last = c;
}

/* Behind a line break the next token begins on a new line. */
static void settle(struct lexer *lexer)
{
	if (lexer->last == '\n' ||
	    (lexer->last == '\r' &&
		(lexer->at == lexer->end || *lexer->at != '\n'))) {
		lexer->line++;
		lexer->column = 1;
		lexer->last = ' ';
	}
}

void lexer_advance(struct lexer *lexer, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		step(lexer, *lexer->at++);
	}
}

void lexer_begin(struct lexer *lexer, struct token *token)
{
	settle(lexer);
	*token = (struct token){
	    .source = {lexer->at, 0},
	    .line = lexer->line,
	    .column = lexer->column,
	    .end_line = lexer->line,
	    .end_column = lexer->column,
	};
}

void lexer_finish(
    struct lexer *lexer, struct token *token, enum token_kind kind)
{
	token->kind = kind;
	token->source.len = (size_t)(lexer->at - token->source.data);
	token->end_line = lexer->line;
	token->end_column = lexer->column - 1;
	settle(lexer);
}

void lexer_fail(
    struct lexer *lexer, struct token *token, const char *format, ...)
{
	char text[sizeof(lexer->err.text)];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	err_set_at(&lexer->err, token->line, token->column, "%s", text);
	token->kind = TOKEN_ERROR;
}

static enum naming naming_of(struct slice name)
{
	for (size_t i = 0; i < name.len; i++) {
		if (name.data[i] == '_') {
			return NAMING_LEGACY;
		}
		if (name.data[i] >= 'A' && name.data[i] <= 'Z') {
			return NAMING_CAMEL;
		}
	}
	return NAMING_UNKNOWN;
}

static bool accept_naming(struct lexer *lexer, enum naming naming, int line,
    int column, struct slice name)
{
	if (naming == NAMING_UNKNOWN || naming == lexer->naming) {
		return true;
	}
	if (lexer->naming == NAMING_UNKNOWN) {
		lexer->naming = naming;
		return true;
	}
	err_set_at(&lexer->err, line, column,
	    "%.*s: this template already uses %s; use one of the two "
	    "throughout",
	    SLICE_ARGS(name),
	    lexer->naming == NAMING_CAMEL ? "camelCase names"
					  : "names_like_this");
	return false;
}

bool lexer_check_naming(
    struct lexer *lexer, const struct token *token, struct slice name)
{
	return accept_naming(
	    lexer, naming_of(name), token->line, token->column, name);
}

bool lexer_note_naming(
    struct lexer *lexer, struct token *token, enum naming naming)
{
	if (accept_naming(lexer, naming, token->line, token->column,
		slice_make(token->source.data,
		    (size_t)(lexer->at - token->source.data)))) {
		return true;
	}
	token->kind = TOKEN_ERROR;
	return false;
}

void lexer_eat_line(struct lexer *lexer)
{
	const char *at = lexer->at;

	while (at < lexer->end && (*at == ' ' || *at == '\t' || *at == '\f')) {
		at++;
	}
	if (at < lexer->end && *at == '\r') {
		at++;
		if (at < lexer->end && *at == '\n') {
			at++;
		}
	} else if (at < lexer->end && *at == '\n') {
		at++;
	} else {
		return;
	}
	lexer_advance(lexer, (size_t)(at - lexer->at));
}

static const char *const names[] = {
    [TOKEN_END] = "the end",
    [TOKEN_ERROR] = "an error",
    [TOKEN_TEXT] = "text",
    [TOKEN_DIRECTIVE] = "a directive",
    [TOKEN_DIRECTIVE_END] = "an end tag",
    [TOKEN_COMMENT] = "a comment",
    [TOKEN_NOPARSE] = "noparse",
    [TOKEN_CALL] = "\"<@\"",
    [TOKEN_CALL_END] = "\"</@...>\"",
    [TOKEN_INTERPOLATION] = "\"${\"",
    [TOKEN_NUMERIC] = "\"#{\"",
    [TOKEN_TAG_END] = "\">\"",
    [TOKEN_TAG_END_EMPTY] = "\"/>\"",
    [TOKEN_BLANK] = "white space",
    [TOKEN_STRING] = "a string",
    [TOKEN_RAW_STRING] = "a string",
    [TOKEN_INTEGER] = "a number",
    [TOKEN_DECIMAL] = "a number",
    [TOKEN_NAME] = "a name",
    [TOKEN_TRUE] = "\"true\"",
    [TOKEN_FALSE] = "\"false\"",
    [TOKEN_IN] = "\"in\"",
    [TOKEN_AS] = "\"as\"",
    [TOKEN_USING] = "\"using\"",
    [TOKEN_DOT] = "\".\"",
    [TOKEN_RANGE] = "\"..\"",
    [TOKEN_RANGE_EXCLUSIVE] = "\"..<\"",
    [TOKEN_RANGE_SIZE] = "\"..*\"",
    [TOKEN_ELLIPSIS] = "\"...\"",
    [TOKEN_QUESTION] = "\"?\"",
    [TOKEN_EXISTS] = "\"??\"",
    [TOKEN_BANG] = "\"!\"",
    [TOKEN_BANG_BLANK] = "\"!\"",
    [TOKEN_EQUALS] = "\"=\"",
    [TOKEN_EQUALS_TWICE] = "\"==\"",
    [TOKEN_NOT_EQUALS] = "\"!=\"",
    [TOKEN_PLUS_EQUALS] = "\"+=\"",
    [TOKEN_MINUS_EQUALS] = "\"-=\"",
    [TOKEN_TIMES_EQUALS] = "\"*=\"",
    [TOKEN_DIVIDE_EQUALS] = "\"/=\"",
    [TOKEN_MODULO_EQUALS] = "\"%=\"",
    [TOKEN_INCREMENT] = "\"++\"",
    [TOKEN_DECREMENT] = "\"--\"",
    [TOKEN_LESS] = "\"<\"",
    [TOKEN_LESS_EQUAL] = "\"<=\"",
    [TOKEN_GREATER] = "\"gt\"",
    [TOKEN_GREATER_EQUAL] = "\"gte\"",
    [TOKEN_ARROW] = "\"->\"",
    [TOKEN_PLUS] = "\"+\"",
    [TOKEN_MINUS] = "\"-\"",
    [TOKEN_TIMES] = "\"*\"",
    [TOKEN_TIMES_TWICE] = "\"**\"",
    [TOKEN_DIVIDE] = "\"/\"",
    [TOKEN_PERCENT] = "\"%\"",
    [TOKEN_AND] = "\"&&\"",
    [TOKEN_OR] = "\"||\"",
    [TOKEN_COMMA] = "\",\"",
    [TOKEN_SEMICOLON] = "\";\"",
    [TOKEN_COLON] = "\":\"",
    [TOKEN_OPEN_BRACKET] = "\"[\"",
    [TOKEN_CLOSE_BRACKET] = "\"]\"",
    [TOKEN_OPEN_PAREN] = "\"(\"",
    [TOKEN_CLOSE_PAREN] = "\")\"",
    [TOKEN_OPEN_CURLY] = "\"{\"",
    [TOKEN_CLOSE_CURLY] = "\"}\"",
};

const char *token_kind_name(enum token_kind kind)
{
	return names[kind];
}
