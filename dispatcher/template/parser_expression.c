/*
 * Expressions, by precedence climbing over one table. From loosest to
 * tightest:
 *
 *	||	&&	== !=	< <= > >=	.. ..< ..*	+ -	* / %
 *	unary + - !	then the postfix ones: . [] () ? ! ??
 *
 * Comparisons and ranges do not chain. `x!y` takes the longest expression it
 * can for y, so it is the loosest of all on its right side.
 */
#include "dispatcher/template/parser_expr.h"

enum precedence {
	PRECEDENCE_NONE,
	PRECEDENCE_OR,
	PRECEDENCE_AND,
	PRECEDENCE_EQUALITY,
	PRECEDENCE_RELATION,
	PRECEDENCE_RANGE,
	PRECEDENCE_SUM,
	PRECEDENCE_PRODUCT,
};

/* What literals an operand may be: the others are refused when compiled. */
enum operand {
	OPERAND_ANY,
	OPERAND_NUMBER,
	OPERAND_BOOLEAN,
	OPERAND_SCALAR,
};

struct infix {
	enum precedence precedence;
	enum expr_kind kind;
	int variant;
	enum operand operand;
	bool chains;
};

static const struct infix infixes[] = {
    [TOKEN_OR] = {PRECEDENCE_OR, EXPR_OR, 0, OPERAND_BOOLEAN, true},
    [TOKEN_AND] = {PRECEDENCE_AND, EXPR_AND, 0, OPERAND_BOOLEAN, true},
    [TOKEN_EQUALS] = {PRECEDENCE_EQUALITY, EXPR_COMPARE, COMPARE_EQUAL,
	OPERAND_SCALAR, false},
    [TOKEN_EQUALS_TWICE] = {PRECEDENCE_EQUALITY, EXPR_COMPARE, COMPARE_EQUAL,
	OPERAND_SCALAR, false},
    [TOKEN_NOT_EQUALS] = {PRECEDENCE_EQUALITY, EXPR_COMPARE, COMPARE_NOT_EQUAL,
	OPERAND_SCALAR, false},
    [TOKEN_LESS] = {PRECEDENCE_RELATION, EXPR_COMPARE, COMPARE_LESS,
	OPERAND_NUMBER, false},
    [TOKEN_LESS_EQUAL] = {PRECEDENCE_RELATION, EXPR_COMPARE, COMPARE_LESS_EQUAL,
	OPERAND_NUMBER, false},
    [TOKEN_GREATER] = {PRECEDENCE_RELATION, EXPR_COMPARE, COMPARE_GREATER,
	OPERAND_NUMBER, false},
    [TOKEN_GREATER_EQUAL] = {PRECEDENCE_RELATION, EXPR_COMPARE,
	COMPARE_GREATER_EQUAL, OPERAND_NUMBER, false},
    [TOKEN_RANGE] = {PRECEDENCE_RANGE, EXPR_RANGE, RANGE_INCLUSIVE,
	OPERAND_NUMBER, false},
    [TOKEN_RANGE_EXCLUSIVE] = {PRECEDENCE_RANGE, EXPR_RANGE, RANGE_EXCLUSIVE,
	OPERAND_NUMBER, false},
    [TOKEN_RANGE_SIZE] = {PRECEDENCE_RANGE, EXPR_RANGE, RANGE_SIZE,
	OPERAND_NUMBER, false},
    [TOKEN_PLUS] = {PRECEDENCE_SUM, EXPR_CONCAT, NUMBER_ADD, OPERAND_ANY, true},
    [TOKEN_MINUS] = {PRECEDENCE_SUM, EXPR_ARITHMETIC, NUMBER_SUBTRACT,
	OPERAND_NUMBER, true},
    [TOKEN_TIMES] = {PRECEDENCE_PRODUCT, EXPR_ARITHMETIC, NUMBER_MULTIPLY,
	OPERAND_NUMBER, true},
    [TOKEN_DIVIDE] = {PRECEDENCE_PRODUCT, EXPR_ARITHMETIC, NUMBER_DIVIDE,
	OPERAND_NUMBER, true},
    [TOKEN_PERCENT] = {PRECEDENCE_PRODUCT, EXPR_ARITHMETIC, NUMBER_MODULO,
	OPERAND_NUMBER, true},
    [TOKEN_CLOSE_CURLY] = {PRECEDENCE_NONE, EXPR_LITERAL, 0, OPERAND_ANY,
	false},
};

static bool check_operand(
    struct parser *parser, const struct expr *expr, enum operand operand)
{
	bool is_container =
	    expr->kind == EXPR_SEQUENCE || expr->kind == EXPR_HASH;

	switch (operand) {
	case OPERAND_ANY:
		return true;
	case OPERAND_NUMBER:
		return !(is_container || expr_is_string(expr) ||
			   expr_is_boolean(expr)) ||
		    expr_refuse(parser, expr, "a number");
	case OPERAND_BOOLEAN:
		return !(is_container || expr_is_string(expr) ||
			   expr_is_number(expr)) ||
		    expr_refuse(parser, expr, "a boolean (true or false)");
	case OPERAND_SCALAR:
		return !is_container ||
		    expr_refuse(parser, expr, "a string, number or boolean");
	}
	return true;
}

bool parser_at_expression(struct parser *parser)
{
	enum token_kind kind = parser->token.kind;

	return token_begins_atom(kind) || kind == TOKEN_BANG ||
	    kind == TOKEN_PLUS || kind == TOKEN_MINUS;
}

/* After x! and a..: `!` may also be the next operator, as in a!!. */
bool parser_at_right_side(struct parser *parser)
{
	enum token_kind kind = parser->token.kind;

	if (kind == TOKEN_BANG || kind == TOKEN_PLUS || kind == TOKEN_MINUS) {
		kind = parser_peek(parser);
		return token_begins_atom(kind) || kind == TOKEN_BANG;
	}
	return token_begins_atom(kind);
}

static struct expr *parse_not(struct parser *parser)
{
	struct expr *expr = parser_new_expr(parser, EXPR_NOT, &parser->token);

	parser_advance(parser);
	if (expr == NULL || !parser_enter(parser)) {
		return NULL;
	}
	expr->left = parser->token.kind == TOKEN_BANG
	    ? parse_not(parser)
	    : parser_parse_primary(parser);
	parser_leave(parser);
	if (expr->left == NULL) {
		return NULL;
	}
	expr_extend_to_expr(expr, expr->left);
	return expr;
}

static struct expr *parse_unary(struct parser *parser)
{
	struct expr *expr;

	if (parser->token.kind == TOKEN_BANG) {
		return parse_not(parser);
	}
	if (parser->token.kind != TOKEN_PLUS &&
	    parser->token.kind != TOKEN_MINUS) {
		return parser_parse_primary(parser);
	}
	expr = parser_new_expr(parser, EXPR_SIGN, &parser->token);
	if (expr == NULL) {
		return NULL;
	}
	expr->is_minus = parser->token.kind == TOKEN_MINUS;
	parser_advance(parser);
	expr->left = parser_parse_primary(parser);
	if (expr->left == NULL) {
		return NULL;
	}
	expr_extend_to_expr(expr, expr->left);
	return expr;
}

static struct expr *parse_infix(struct parser *parser, enum precedence least);

static void set_variant(struct expr *expr, int variant)
{
	if (expr->kind == EXPR_COMPARE) {
		expr->compare = (enum compare_operator)variant;
	} else if (expr->kind == EXPR_RANGE) {
		expr->range_end = (enum range_end)variant;
	} else {
		expr->arithmetic = (enum number_operator)variant;
	}
}

static struct expr *join(struct parser *parser, struct expr *left,
    const struct infix *infix, struct expr *right)
{
	struct expr *expr = expr_new_from(parser, infix->kind, left);

	if (expr == NULL || !check_operand(parser, left, infix->operand) ||
	    (right != NULL && !check_operand(parser, right, infix->operand))) {
		return NULL;
	}
	expr->right = right;
	set_variant(expr, infix->variant);
	if (right != NULL) {
		expr_extend_to_expr(expr, right);
	}
	return expr;
}

/* 1.. has no right side. */
static struct expr *join_endless(struct parser *parser, struct expr *left,
    const struct infix *infix, const struct token *operator)
{
	struct expr *expr = join(parser, left, infix, NULL);

	if (expr != NULL) {
		expr->range_end = RANGE_ENDLESS;
		expr_extend_to_token(expr, operator);
	}
	return expr;
}

static struct expr *parse_infix(struct parser *parser, enum precedence least)
{
	enum precedence most = PRECEDENCE_PRODUCT;
	struct expr *left = parse_unary(parser);

	while (left != NULL) {
		struct token operator= parser->token;
		struct infix infix = infixes[0];
		struct expr *right;

		if ((size_t) operator.kind<ARRAY_LEN(infixes)) {
			infix = infixes[operator.kind];
		}
		if (infix.precedence == PRECEDENCE_NONE ||
		    infix.precedence < least || infix.precedence > most) {
			return left;
		}
		parser_advance(parser);
		if (operator.kind ==
		    TOKEN_RANGE && !parser_at_right_side(parser)) {
			left = join_endless(parser, left, &infix, &operator);
		} else {
			right = parse_infix(
			    parser, (enum precedence)(infix.precedence + 1));
			if (right == NULL) {
				return NULL;
			}
			left = join(parser, left, &infix, right);
		}
		most = infix.chains ? infix.precedence
				    : (enum precedence)(infix.precedence - 1);
	}
	return NULL;
}

struct expr *parser_parse_expression(struct parser *parser)
{
	struct expr *expr;

	if (!parser_enter(parser)) {
		return NULL;
	}
	expr = parse_infix(parser, PRECEDENCE_OR);
	parser_leave(parser);
	return parser->has_failed ? NULL : expr;
}
