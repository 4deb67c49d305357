#ifndef DISPATCHER_TEMPLATE_PARSER_EXPR_H
#define DISPATCHER_TEMPLATE_PARSER_EXPR_H

/*
 * What the files that parse expressions share: parser_atom.c (literals, names,
 * parentheses), parser_postfix.c (what follows them: . [] () ? ! ??) and
 * parser_expression.c (operators). Nobody else includes this.
 */

#include "dispatcher/template/parser.h"

/* --- parser_atom.c */

MUST_USE struct expr *parser_parse_atom(struct parser *parser);
bool token_begins_atom(enum token_kind kind);

/* An expression that begins where `left` does. */
MUST_USE struct expr *expr_new_from(
    struct parser *parser, enum expr_kind kind, struct expr *left);
/* Its source reaches up to there. */
void expr_extend_to_token(struct expr *expr, const struct token *token);
void expr_extend_to_expr(struct expr *expr, const struct expr *last);
bool expr_is_string(const struct expr *expr);
bool expr_is_number(const struct expr *expr);
bool expr_is_boolean(const struct expr *expr);
/* A literal where it makes no sense. Always false. */
bool expr_refuse(
    struct parser *parser, const struct expr *expr, const char *expected);
MUST_USE bool expr_list_append(
    struct parser *parser, struct expr_list *list, struct expr *expr);

/* --- parser_postfix.c */

/* An atom and all that follows it. */
MUST_USE struct expr *parser_parse_primary(struct parser *parser);

/* --- parser_expression.c */

/* After x! and a..: whether the next token begins their right side. */
bool parser_at_right_side(struct parser *parser);

#endif
