/*
 * What the parser says is wrong, and what to do. The slips of people who know
 * another template language, or JavaScript, have a hint each.
 */
#include "dispatcher/template/parser.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "dispatcher/template/text.h"

enum {
	FOUND_SHOWN_MAX = 40,
	HINT_MAX = 160,
	TAG_MAX = 32, /* longer than any directive */
};

void parser_fail_at(
    struct parser *parser, int line, int column, const char *format, ...)
{
	char text[sizeof(parser->err->text)];
	va_list args;

	if (parser->has_failed) {
		return;
	}
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	parser->has_failed = true;
	err_set_at(
	    parser->err, line, column, "%s: %s", parser->template->name, text);
	parser->err->text[text_make_valid(
	    parser->err->text, strlen(parser->err->text))] = '\0';
	parser->token.kind = TOKEN_ERROR;
	parser->has_ahead = false;
}

void parser_fail(struct parser *parser, const char *format, ...)
{
	char text[sizeof(parser->err->text)];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	parser_fail_at(
	    parser, parser->token.line, parser->token.column, "%s", text);
}

/* ---- hints about the token that was found ---- */

/* A word, or sign, of another language. */
struct slip {
	const char *found;
	const char *hint;
};

static const struct slip slips[] = {
    {"and", "; and is written &&"},
    {"or", "; or is written ||"},
    {"not", "; not is written !"},
    {"eq", "; equal is written =="},
    {"ne", "; not equal is written !="},
    {"neq", "; not equal is written !="},
    {"is", "; equal is written ==, and there is ?is_string and such"},
    {"mod", "; the remainder is written %"},
    {"then", "; there is no then in a tag"},
    {"contains", "; this is written ?contains(\"...\")"},
    {";", "; a tag holds one thing, and takes no semicolon"},
};

/* Whether `at` lies in the template itself, not in a copy of a string. */
static bool is_in_source(const struct parser *parser, const char *at)
{
	uintptr_t start = (uintptr_t)parser->source.data;

	return (uintptr_t)at > start &&
	    (uintptr_t)at < start + parser->source.len;
}

/* `.Page Title`: the last token is a member's name, and so is this. */
static bool is_split_name(const struct parser *parser)
{
	const char *at = parser->last.source.data;

	return parser->token.kind == TOKEN_NAME &&
	    parser->last.kind == TOKEN_NAME &&
	    parser->token.line == parser->last.line &&
	    is_in_source(parser, at) && at[-1] == '.';
}

/* 'it's': a string ends where it was not meant to. */
static bool is_cut_string(const struct parser *parser)
{
	const struct slice last = parser->last.source;

	return parser->last.kind == TOKEN_STRING &&
	    parser->token.source.data == last.data + last.len &&
	    (parser->token.kind == TOKEN_NAME ||
		parser->token.kind == TOKEN_STRING);
}

static void hint_about_found(const struct parser *parser, char hint[HINT_MAX])
{
	const struct token *token = &parser->token;
	const struct token *last = &parser->last;

	hint[0] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(slips); i++) {
		if (slice_is(token->source, slips[i].found)) {
			(void)snprintf(hint, HINT_MAX, "%s", slips[i].hint);
			return;
		}
	}
	if (token->kind == TOKEN_GREATER && parser->lexer.parens > 0) {
		(void)snprintf(hint, HINT_MAX,
		    "; inside of ( ) it compares: is a \")\" missing before "
		    "it?");
	} else if (token->kind == TOKEN_EQUALS &&
	    last->kind == TOKEN_EQUALS_TWICE) {
		(void)snprintf(hint, HINT_MAX, "; equal is written ==");
	} else if (last->kind == TOKEN_NAME && slice_is(last->source, "not")) {
		(void)snprintf(hint, HINT_MAX, "; not is written !");
	} else if (is_cut_string(parser)) {
		(void)snprintf(hint, HINT_MAX,
		    "; a quote inside of a string is written \\%c",
		    last->source.data[0]);
	} else if (is_split_name(parser)) {
		(void)snprintf(hint, HINT_MAX,
		    "; a name with blanks in it is written "
		    "[\"%.*s %.*s\"], without the dot",
		    SLICE_ARGS(last->source), SLICE_ARGS(token->source));
	}
}

/* ---- expected and found ---- */

static struct slice shown(struct slice source)
{
	source = slice_trim(source);
	if (source.len > FOUND_SHOWN_MAX) {
		source.len = FOUND_SHOWN_MAX;
	}
	return source;
}

static bool is_tag(const struct token *token)
{
	return token->kind == TOKEN_DIRECTIVE ||
	    token->kind == TOKEN_DIRECTIVE_END ||
	    token->kind == TOKEN_CALL_END || token->kind == TOKEN_CALL;
}

static void fail_found(struct parser *parser, const char *expected)
{
	const struct token *token = &parser->token;
	const char *name = token_kind_name(token->kind);
	char hint[HINT_MAX];

	hint_about_found(parser, hint);
	if (name[0] == '"' && !is_tag(token)) {
		parser_fail(parser, "expected %s, found \"%.*s\"%s", expected,
		    SLICE_ARGS(token->source), hint);
	} else {
		parser_fail(parser, "expected %s, found %s%s`%.*s`%s", expected,
		    is_tag(token) ? "" : name, is_tag(token) ? "" : " ",
		    SLICE_ARGS(shown(token->source)), hint);
	}
}

/* What ends the ${ that is open. */
static bool closes_interpolation(
    const struct parser *parser, const char *expected)
{
	return strcmp(expected, token_kind_name(TOKEN_CLOSE_CURLY)) == 0 &&
	    parser->open.kind == TOKEN_INTERPOLATION &&
	    parser->lexer.is_in_interpolation && parser->lexer.curlies == 0;
}

void parser_fail_expected(struct parser *parser, const char *expected)
{
	const struct token *open = &parser->open;
	char wanted[HINT_MAX];

	if (parser->token.kind != TOKEN_END &&
	    closes_interpolation(parser, expected)) {
		(void)snprintf(wanted, sizeof(wanted),
		    "\"}\" for the ${ of line %d", open->line);
		fail_found(parser, wanted);
	} else if (parser->token.kind != TOKEN_END) {
		fail_found(parser, expected);
	} else if (parser->lexer.is_literal) {
		parser_fail(
		    parser, "the string ends where %s should be", expected);
	} else if (parser->lexer.mode == LEXER_EXPRESSION &&
	    open->source.len > 0) {
		parser_fail_at(parser, open->line, open->column,
		    "`%.*s` is not closed: the template ends where %s should "
		    "be",
		    SLICE_ARGS(open->source), expected);
	} else {
		parser_fail(
		    parser, "the template ends where %s should be", expected);
	}
}

/* ---- tags that do not match ---- */

static int line_of(const struct parser *parser, const char *at)
{
	int line = 1;

	for (const char *c = parser->source.data; c < at; c++) {
		line += *c == '\n';
	}
	return line;
}

/* </if> without its #, which is only text. */
static void hint_about_plain_end(
    const struct parser *parser, const char *name, char hint[HINT_MAX])
{
	char tag[TAG_MAX];
	size_t at;

	hint[0] = '\0';
	(void)snprintf(tag, sizeof(tag), "</%s>", name);
	if (text_find(parser->source, slice_of(tag), 0, &at)) {
		(void)snprintf(hint, HINT_MAX, "; %s on line %d lacks its #",
		    tag, line_of(parser, parser->source.data + at));
	}
}

void parser_fail_unclosed(struct parser *parser, const struct element *opener,
    const char *name, const char *wanted)
{
	char hint[HINT_MAX];

	if (parser->token.kind != TOKEN_END) {
		parser_fail(parser,
		    "expected %s for the <#%s> of line %d, found %s`%.*s`",
		    wanted, name, opener->begin_line,
		    parser->token.kind == TOKEN_TEXT ? "text " : "",
		    SLICE_ARGS(shown(parser->token.source)));
		return;
	}
	hint_about_plain_end(parser, name, hint);
	parser_fail_at(parser, opener->begin_line, opener->begin_column,
	    "this <#%s> is not closed: there is no %s for it%s", name, wanted,
	    hint);
}

bool parser_expect_end_tag(struct parser *parser, enum directive directive,
    const struct element *opener)
{
	const char *name = lexer_directive_name(directive);
	char wanted[HINT_MAX];

	if (parser->token.kind == TOKEN_DIRECTIVE_END &&
	    parser->token.directive == directive) {
		return true;
	}
	(void)snprintf(wanted, sizeof(wanted), "</#%s>", name);
	parser_fail_unclosed(parser, opener, name, wanted);
	return false;
}

static const char *owner_of(enum directive directive)
{
	switch ((int)directive) {
	case DIRECTIVE_ELSE:
		return "an <#if> or a <#list>";
	case DIRECTIVE_ELSEIF:
		return "an <#if>, before its <#else>";
	case DIRECTIVE_CASE:
	case DIRECTIVE_DEFAULT:
		return "a <#switch>";
	default:
		return "an <#attempt>";
	}
}

void parser_fail_stray(struct parser *parser)
{
	const struct token *token = &parser->token;
	const char *name = lexer_directive_name(token->directive);

	if (token->kind == TOKEN_DIRECTIVE_END) {
		parser_fail(parser,
		    "</#%s> closes nothing: no <#%s> is open here", name, name);
	} else if (token->kind == TOKEN_CALL_END) {
		parser_fail(parser, "`%.*s` closes nothing: no <@%.*s> is open",
		    SLICE_ARGS(shown(token->source)), SLICE_ARGS(token->text));
	} else if (token->directive == DIRECTIVE_FTL) {
		parser_fail(
		    parser, "<#ftl> must be the first thing in the template");
	} else {
		parser_fail(parser, "<#%s> must be inside of %s", name,
		    owner_of(token->directive));
	}
}
