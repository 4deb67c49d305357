#ifndef DISPATCHER_TEMPLATE_LEXER_H
#define DISPATCHER_TEMPLATE_LEXER_H

/*
 * The token stream of a template. Like FreeMarker's own lexer it knows by
 * itself whether it is in text or in an expression: a tag's start or ${ begins
 * an expression, its end goes back to text. So
 *
 *	a<#if x??>b${y}
 *
 * is TEXT(a) DIRECTIVE(if) NAME(x) EXISTS TAG_END TEXT(b) INTERPOLATION NAME(y)
 * CLOSE_CURLY END. `>` compares inside parentheses only: elsewhere it ends the
 * tag.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/base/slice.h"

enum token_kind {
	TOKEN_END,
	TOKEN_ERROR, /* lexer.err says what */
	TOKEN_TEXT,
	TOKEN_DIRECTIVE,     /* <#name, up to its parameters or its end */
	TOKEN_DIRECTIVE_END, /* </#name> */
	TOKEN_COMMENT,	     /* all of it */
	TOKEN_NOPARSE,	     /* all of it; text: what is in it */
	TOKEN_CALL,	     /* <@ */
	TOKEN_CALL_END,	     /* </@name>; text: the name */
	TOKEN_INTERPOLATION, /* ${ */
	TOKEN_NUMERIC,	     /* #{ */

	TOKEN_TAG_END,	     /* > */
	TOKEN_TAG_END_EMPTY, /* /> */
	TOKEN_BLANK,	     /* white space that ends the name behind <@ */
	TOKEN_STRING,
	TOKEN_RAW_STRING,
	TOKEN_INTEGER,
	TOKEN_DECIMAL,
	TOKEN_NAME,
	TOKEN_TRUE,
	TOKEN_FALSE,
	TOKEN_IN,
	TOKEN_AS,
	TOKEN_USING,
	TOKEN_DOT,
	TOKEN_RANGE,	       /* .. */
	TOKEN_RANGE_EXCLUSIVE, /* ..< ..! */
	TOKEN_RANGE_SIZE,      /* ..* */
	TOKEN_ELLIPSIS,
	TOKEN_QUESTION,
	TOKEN_EXISTS,
	TOKEN_BANG,
	TOKEN_BANG_BLANK, /* ! and white space among <@m a=x! b=y> */
	TOKEN_EQUALS,
	TOKEN_EQUALS_TWICE,
	TOKEN_NOT_EQUALS,
	TOKEN_PLUS_EQUALS,
	TOKEN_MINUS_EQUALS,
	TOKEN_TIMES_EQUALS,
	TOKEN_DIVIDE_EQUALS,
	TOKEN_MODULO_EQUALS,
	TOKEN_INCREMENT,
	TOKEN_DECREMENT,
	TOKEN_LESS,
	TOKEN_LESS_EQUAL,
	TOKEN_GREATER,
	TOKEN_GREATER_EQUAL,
	TOKEN_ARROW,
	TOKEN_PLUS,
	TOKEN_MINUS,
	TOKEN_TIMES,
	TOKEN_TIMES_TWICE,
	TOKEN_DIVIDE,
	TOKEN_PERCENT,
	TOKEN_AND,
	TOKEN_OR,
	TOKEN_COMMA,
	TOKEN_SEMICOLON,
	TOKEN_COLON,
	TOKEN_OPEN_BRACKET,
	TOKEN_CLOSE_BRACKET,
	TOKEN_OPEN_PAREN,
	TOKEN_CLOSE_PAREN,
	TOKEN_OPEN_CURLY,
	TOKEN_CLOSE_CURLY,
};

enum directive {
	DIRECTIVE_ASSIGN,
	DIRECTIVE_ATTEMPT,
	DIRECTIVE_AUTOESC,
	DIRECTIVE_BREAK,
	DIRECTIVE_CALL,
	DIRECTIVE_CASE,
	DIRECTIVE_COMMENT,
	DIRECTIVE_COMPRESS,
	DIRECTIVE_CONTINUE,
	DIRECTIVE_DEFAULT,
	DIRECTIVE_ELSE,
	DIRECTIVE_ELSEIF,
	DIRECTIVE_ESCAPE,
	DIRECTIVE_FALLBACK,
	DIRECTIVE_FLUSH,
	DIRECTIVE_FOREACH,
	DIRECTIVE_FTL,
	DIRECTIVE_FUNCTION,
	DIRECTIVE_GLOBAL,
	DIRECTIVE_IF,
	DIRECTIVE_IMPORT,
	DIRECTIVE_INCLUDE,
	DIRECTIVE_ITEMS,
	DIRECTIVE_LIST,
	DIRECTIVE_LOCAL,
	DIRECTIVE_LT,
	DIRECTIVE_MACRO,
	DIRECTIVE_NESTED,
	DIRECTIVE_NOAUTOESC,
	DIRECTIVE_NOESCAPE,
	DIRECTIVE_NOPARSE,
	DIRECTIVE_NT,
	DIRECTIVE_OUTPUTFORMAT,
	DIRECTIVE_RECOVER,
	DIRECTIVE_RECURSE,
	DIRECTIVE_RETURN,
	DIRECTIVE_RT,
	DIRECTIVE_SEP,
	DIRECTIVE_SETTING,
	DIRECTIVE_STOP,
	DIRECTIVE_SWITCH,
	DIRECTIVE_T,
	DIRECTIVE_TRANSFORM,
	DIRECTIVE_VISIT,
};

struct token {
	enum token_kind kind;
	enum directive directive;
	bool is_whole; /* a directive that ended at once: <#else>, <#t/> */
	struct slice
	    text; /* between quotes, a name, a number, ... as written */
	struct slice source; /* the token itself */
	int line;
	int column;
	int end_line;
	int end_column;
};

enum naming {
	NAMING_UNKNOWN,
	NAMING_LEGACY, /* upper_case, <#elseif> */
	NAMING_CAMEL,  /* upperCase, <#elseIf> */
};

enum lexer_mode {
	LEXER_TEXT,
	LEXER_EXPRESSION,
};

struct lexer {
	const char *at;
	const char *end;
	int line;
	int column;
	char last; /* the character before `at`: \r\n is one line break */

	enum lexer_mode mode;
	bool is_literal; /* the text of a string: no tags in it */
	bool is_square;
	bool is_syntax_known;
	bool is_syntax_detected;
	bool is_in_interpolation;
	bool is_in_ftl;
	bool ends_name_at_blank; /* behind <@ */
	bool is_named_argument;	 /* white space ends x! */
	int parens;
	int brackets;
	int curlies;
	enum naming naming;
	struct err err; /* of TOKEN_ERROR; without the template's name */
};

/* `source` is borrowed. Tags are as the first is, if is_detected; else as
 * is_square says, unless [#ftl] or <#ftl> at the beginning says otherwise. */
void lexer_init(
    struct lexer *lexer, struct slice source, bool is_detected, bool is_square);

void lexer_next(struct lexer *lexer, struct token *token);

/* FreeMarker wants upper_case or upperCase, but one of them throughout.
 * False, with the error, when `name` breaks that. */
MUST_USE bool lexer_check_naming(
    struct lexer *lexer, const struct token *token, struct slice name);

/* "`<#if`", "`>`", "the end of the template": for errors. */
const char *token_kind_name(enum token_kind kind);

/* Their names as written between <# and >; NULL past the last. */
const char *lexer_known_directive(size_t i);
const char *lexer_directive_name(enum directive directive);

/* --- lexer_hint.c */

enum {
	LEXER_HINT_MAX = 128,
};

/* Such as "<#if condition>"; NULL for directives that need nothing more. */
const char *lexer_usage(enum directive directive);
/* What may be meant by a directive that is none: "; did you mean <#if>?", or
 * "". */
void lexer_hint_directive(struct slice name, char hint[LEXER_HINT_MAX]);

/* For the two halves of the lexer only. */

/* Starts a token here. */
void lexer_begin(struct lexer *lexer, struct token *token);
/* Moves on, counting lines. */
void lexer_advance(struct lexer *lexer, size_t bytes);
/* Ends the token here. */
void lexer_finish(
    struct lexer *lexer, struct token *token, enum token_kind kind);
void lexer_fail(struct lexer *lexer, struct token *token, const char *format,
    ...) PRINTF_LIKE(3, 4);
void lexer_next_in_text(struct lexer *lexer, struct token *token);
void lexer_next_in_expression(struct lexer *lexer, struct token *token);
/* Behind <#ftl>: to the end of the line, if nothing else is on it. */
void lexer_eat_line(struct lexer *lexer);
MUST_USE bool lexer_note_naming(
    struct lexer *lexer, struct token *token, enum naming naming);
/* Bytes of the name at `at` (identifier characters, \- \. \: \#). */
size_t lexer_name_length(const char *at, const char *end);

#endif
