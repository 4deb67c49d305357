#ifndef DISPATCHER_TEMPLATE_PARSER_H
#define DISPATCHER_TEMPLATE_PARSER_H

/*
 * From tokens to the syntax tree: recursive descent for directives
 * (parser_directive.c, parser_block.c, parser_macro.c), a precedence table for
 * expressions (parser_expression.c). Two tokens are looked ahead at most.
 *
 * Every function that can fail returns NULL or false, with the error in the
 * parser; the first one counts. Nesting is bounded by PARSER_DEPTH_MAX, and
 * with it every later walk over the tree.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/base/slice.h"
#include "dispatcher/template/ast.h"
#include "dispatcher/template/lexer.h"
#include "dispatcher/template/template_internal.h"

enum {
	PARSER_DEPTH_MAX = 250,
};

enum loop_kind {
	LOOP_LIST,
	LOOP_ITEMS,
	LOOP_FOREACH,
	LOOP_HIDDEN, /* a macro's nested-content variable hides a loop's */
};

/* Of output formats that can escape. */
enum auto_escaping {
	AUTO_ESCAPING_DEFAULT, /* on */
	AUTO_ESCAPING_ON,
	AUTO_ESCAPING_OFF,
};

/* A <#list> we are in, innermost first. */
struct loop_context {
	struct loop_context *outer;
	enum loop_kind kind;
	bool has_name;
	bool has_value_name;
	symbol name;
	symbol value_name;
};

/* An <#escape> we are in. */
struct escape_context {
	struct escape_context *outer;
	symbol name;
	struct expr *expr;
};

struct parser {
	struct template *template;
	struct arena *arena;
	struct lexer lexer;
	struct token token; /* the next one, not yet taken */
	struct token ahead; /* the one after it, if has_ahead */
	struct token last;  /* the one before it, for errors */
	struct token open;  /* the ${ or tag that was begun last, for errors */
	struct slice source;
	bool has_ahead;
	struct err *err;
	bool has_failed;
	int depth;
	int block_depth; /* 1: top level */
	bool is_in_macro;
	bool is_in_function;
	bool uses_args;	 /* the macro or function we are in has .args */
	bool drops_text; /* <#ftl strip_text=true> */
	const struct output_format *output_format;
	enum auto_escaping auto_escaping;
	int breakable;
	int continuable;
	struct loop_context *loops;
	struct escape_context *escapes;
	struct macro **macros;
	size_t macro_count;
	size_t macro_capacity;
};

/* --- parser.c: tokens and memory */

/* Takes the token. */
void parser_advance(struct parser *parser);
/* The kind of the token after the next. */
enum token_kind parser_peek(struct parser *parser);
/* Takes the token if it is of that kind. */
bool parser_accept(struct parser *parser, enum token_kind kind);
/* Takes it or fails. */
MUST_USE bool parser_expect(struct parser *parser, enum token_kind kind);
/* > or /> */
MUST_USE bool parser_expect_loose_end(struct parser *parser);
bool parser_is_directive(const struct parser *parser, enum directive directive);

/* NULL and failed when out of memory. Cleared. */
void *parser_alloc(struct parser *parser, size_t count, size_t bytes);
/* One level deeper; false past the limit. Pair with parser_leave. */
MUST_USE bool parser_enter(struct parser *parser);
void parser_leave(struct parser *parser);
MUST_USE bool parser_intern(
    struct parser *parser, struct slice name, symbol *result);
/* The name or string token that names a variable, taken. */
MUST_USE bool parser_take_variable_name(
    struct parser *parser, symbol *name, struct slice *text);
/* The name token, taken. */
MUST_USE bool parser_take_name(
    struct parser *parser, symbol *name, struct slice *text);
/* A name without the backslashes of \- and such. */
MUST_USE bool parser_unescape_name(
    struct parser *parser, struct slice written, struct slice *name);

/* Parses the whole template into parser->template->root. */
MUST_USE bool parser_parse_template(struct parser *parser);

/* --- parser_fail.c */

void parser_fail_at(struct parser *parser, int line, int column,
    const char *format, ...) PRINTF_LIKE(4, 5);
void parser_fail(struct parser *parser, const char *format, ...)
    PRINTF_LIKE(2, 3);
/* "expected X, found Y", or what is not closed when the template ends. */
void parser_fail_expected(struct parser *parser, const char *expected);
/* The token must be the end tag of `opener`, which has begun with that
 * directive; it is not taken. */
MUST_USE bool parser_expect_end_tag(struct parser *parser,
    enum directive directive, const struct element *opener);
/* The same when something else is wanted: "</#if>", "<#recover>". */
void parser_fail_unclosed(struct parser *parser, const struct element *opener,
    const char *name, const char *wanted);
/* A tag that belongs to another one, which is not there. */
void parser_fail_stray(struct parser *parser);

/* --- parser_element.c */

MUST_USE struct element *parser_new_element(
    struct parser *parser, enum element_kind kind, const struct token *start);
void parser_append(struct element *parent, struct element *child);
/* Elements up to a tag that ends them, into `parent`. Its end is set to that
 * of the last, or of `start` when there is none. */
MUST_USE bool parser_parse_elements(
    struct parser *parser, struct element *parent);

/* --- parser_directive.c and its parts: the token is the directive's */

MUST_USE struct element *parser_parse_directive(struct parser *parser);
MUST_USE struct element *parser_parse_if(struct parser *parser);
MUST_USE struct element *parser_parse_list(struct parser *parser);
MUST_USE struct element *parser_parse_foreach(struct parser *parser);
MUST_USE struct element *parser_parse_items(struct parser *parser);
MUST_USE struct element *parser_parse_sep(struct parser *parser);
MUST_USE struct element *parser_parse_switch(struct parser *parser);
MUST_USE struct element *parser_parse_attempt(struct parser *parser);
MUST_USE struct element *parser_parse_assign(struct parser *parser);
MUST_USE struct element *parser_parse_macro(struct parser *parser);
MUST_USE struct element *parser_parse_call(struct parser *parser);
MUST_USE struct element *parser_parse_nested(struct parser *parser);
MUST_USE struct element *parser_parse_return(struct parser *parser);
MUST_USE struct element *parser_parse_escape(struct parser *parser);
MUST_USE struct element *parser_parse_noescape(struct parser *parser);
MUST_USE bool parser_parse_header(struct parser *parser);

/* --- parser_output.c */

/* Whether interpolations here are escaped for their output format. */
bool parser_escapes(const struct parser *parser);
MUST_USE struct element *parser_parse_output_format(struct parser *parser);
MUST_USE struct element *parser_parse_auto_esc(struct parser *parser);
MUST_USE struct element *parser_parse_no_auto_esc(struct parser *parser);
MUST_USE bool parser_header_output_format(
    struct parser *parser, const struct expr *expr);
/* After all parameters of <#ftl>: can what is wanted be? */
MUST_USE bool parser_check_header_escaping(struct parser *parser);

/* --- parser_expression.c */

MUST_USE struct expr *parser_parse_expression(struct parser *parser);
/* Whether the next token can begin an expression. */
bool parser_at_expression(struct parser *parser);
MUST_USE bool parser_parse_arguments(
    struct parser *parser, struct expr_list *list, bool may_be_lambda);
MUST_USE struct expr *parser_new_expr(
    struct parser *parser, enum expr_kind kind, const struct token *start);
/* `expr` with <#escape>'s expressions around it. */
MUST_USE struct expr *parser_escape(struct parser *parser, struct expr *expr);

/* --- parser_numeric.c */

/* What is in #{}, up to its curly. */
MUST_USE struct expr *parser_parse_numeric(
    struct parser *parser, struct numeric_format *numeric);

/* --- parser_string.c: the token is the string, taken */

MUST_USE struct expr *parser_parse_string(struct parser *parser);
/* The text of a string token. */
MUST_USE bool parser_decode_string(
    struct parser *parser, const struct token *token, struct slice *text);

/* --- whitespace.c */

/* <#t> and its like trim in any case; what the rest does is to strip. */
void whitespace_clean(struct element *root, bool strips);

#endif
