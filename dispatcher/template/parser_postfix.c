/* What follows an atom: members, items, calls, built-ins, defaults. */
#include "dispatcher/template/builtins.h"
#include "dispatcher/template/markup.h"
#include "dispatcher/template/parser_expr.h"

static struct expr *parse_dot(struct parser *parser, struct expr *left)
{
	struct expr *expr = expr_new_from(parser, EXPR_DOT, left);
	struct token name;
	struct slice text;

	parser_advance(parser);
	name = parser->token;
	if (expr == NULL) {
		return NULL;
	}
	switch ((int)name.kind) {
	case TOKEN_NAME:
	case TOKEN_TRUE:
	case TOKEN_FALSE:
	case TOKEN_IN:
	case TOKEN_AS:
	case TOKEN_USING:
	case TOKEN_TIMES:
	case TOKEN_TIMES_TWICE:
		break;
	case TOKEN_LESS:
	case TOKEN_LESS_EQUAL:
	case TOKEN_GREATER:
	case TOKEN_GREATER_EQUAL:
		if (name.source.data[0] == 'l' || name.source.data[0] == 'g') {
			break;
		}
		parser_fail_expected(parser, "a name");
		return NULL;
	default:
		parser_fail_expected(parser, "a name");
		return NULL;
	}
	if (left->kind == EXPR_SEQUENCE || expr_is_string(left) ||
	    expr_is_boolean(left)) {
		(void)expr_refuse(parser, left, "a hash");
		return NULL;
	}
	if (!parser_unescape_name(parser, name.source, &text)) {
		return NULL;
	}
	parser_advance(parser);
	expr->key.text = text;
	expr->key.hash = hash_key(text);
	expr_extend_to_token(expr, &name);
	return expr;
}

static struct expr *parse_index(struct parser *parser, struct expr *left)
{
	struct expr *expr = expr_new_from(parser, EXPR_INDEX, left);
	struct token end;

	parser_advance(parser);
	if (expr == NULL) {
		return NULL;
	}
	expr->right = parser_parse_expression(parser);
	end = parser->token;
	if (expr->right == NULL ||
	    !parser_expect(parser, TOKEN_CLOSE_BRACKET)) {
		return NULL;
	}
	if (expr_is_boolean(left) || expr_is_number(left)) {
		(void)expr_refuse(parser, left, "a sequence or hash");
		return NULL;
	}
	expr_extend_to_token(expr, &end);
	return expr;
}

/* name -> body, or (a, b) -> body: is one of them here? */
static bool at_lambda(struct parser *parser)
{
	if (parser->token.kind == TOKEN_NAME) {
		return parser_peek(parser) == TOKEN_ARROW;
	}
	if (parser->token.kind == TOKEN_OPEN_PAREN) {
		/* Look without taking: the lexer is a small struct. */
		struct lexer lexer = parser->lexer;
		struct token token = parser->token;
		bool is_ahead = parser->has_ahead;
		int parens = 1;

		while (parens > 0) {
			if (is_ahead) {
				token = parser->ahead;
				is_ahead = false;
			} else {
				lexer_next(&lexer, &token);
			}
			if (token.kind == TOKEN_CLOSE_PAREN) {
				parens--;
			} else if (token.kind != TOKEN_NAME &&
			    token.kind != TOKEN_COMMA) {
				return false;
			}
		}
		lexer_next(&lexer, &token);
		return token.kind == TOKEN_ARROW;
	}
	return false;
}

static bool parse_lambda_parameter(struct parser *parser, struct expr *lambda)
{
	struct slice text;
	symbol *parameters =
	    parser_alloc(parser, lambda->lambda.count + 1, sizeof(*parameters));

	if (parameters == NULL) {
		return false;
	}
	if (lambda->lambda.count > 0) {
		memcpy(parameters, lambda->lambda.parameters,
		    lambda->lambda.count * sizeof(*parameters));
	}
	lambda->lambda.parameters = parameters;
	return parser_take_name(
	    parser, &parameters[lambda->lambda.count++], &text);
}

static struct expr *parse_lambda(struct parser *parser)
{
	struct expr *expr =
	    parser_new_expr(parser, EXPR_LAMBDA, &parser->token);

	if (expr == NULL) {
		return NULL;
	}
	if (!parser_accept(parser, TOKEN_OPEN_PAREN)) {
		if (!parse_lambda_parameter(parser, expr)) {
			return NULL;
		}
	} else if (!parser_accept(parser, TOKEN_CLOSE_PAREN)) {
		do {
			if (!parse_lambda_parameter(parser, expr)) {
				return NULL;
			}
		} while (parser_accept(parser, TOKEN_COMMA));
		if (!parser_expect(parser, TOKEN_CLOSE_PAREN)) {
			return NULL;
		}
	}
	if (!parser_expect(parser, TOKEN_ARROW)) {
		return NULL;
	}
	expr->left = parser_parse_expression(parser);
	if (expr->left == NULL) {
		return NULL;
	}
	expr_extend_to_expr(expr, expr->left);
	return expr;
}

bool parser_parse_arguments(
    struct parser *parser, struct expr_list *list, bool may_be_lambda)
{
	while (parser_at_expression(parser)) {
		struct expr *argument = may_be_lambda && at_lambda(parser)
		    ? parse_lambda(parser)
		    : parser_parse_expression(parser);

		if (argument == NULL ||
		    !expr_list_append(parser, list, argument)) {
			return false;
		}
		if (parser_accept(parser, TOKEN_COMMA) &&
		    !parser_at_expression(parser)) {
			parser_fail_expected(parser, "another item");
			return false;
		}
	}
	return true;
}

static bool parse_call_arguments(
    struct parser *parser, struct expr *expr, bool may_be_lambda)
{
	struct token end;

	parser_advance(parser);
	if (!parser_parse_arguments(parser, &expr->list, may_be_lambda)) {
		return false;
	}
	end = parser->token;
	if (!parser_expect(parser, TOKEN_CLOSE_PAREN)) {
		return false;
	}
	expr_extend_to_token(expr, &end);
	return true;
}

static struct expr *parse_call(struct parser *parser, struct expr *left)
{
	struct expr *expr = expr_new_from(parser, EXPR_CALL, left);

	return expr != NULL && parse_call_arguments(parser, expr, false) ? expr
									 : NULL;
}

static bool check_loop_variable(
    struct parser *parser, struct expr *expr, const struct token *name)
{
	const struct expr *left = expr->left;

	if (left->kind != EXPR_NAME) {
		parser_fail_at(parser, left->line, left->column,
		    "?%.*s stands behind the name of a loop variable only",
		    SLICE_ARGS(name->text));
		return false;
	}
	for (const struct loop_context *loop = parser->loops; loop != NULL;
	     loop = loop->outer) {
		if ((loop->has_name && loop->name == left->name) ||
		    (loop->has_value_name && loop->value_name == left->name)) {
			if (loop->kind == LOOP_HIDDEN) {
				break;
			}
			expr->builtin.variable = left->name;
			return true;
		}
	}
	parser_fail_at(parser, left->line, left->column,
	    "`%.*s` is not the variable of a <#list> around here",
	    SLICE_ARGS(left->source));
	return false;
}

/* ?string.name and ?string["pattern"] are ?string("pattern"). */
static bool parse_format_key(
    struct parser *parser, struct expr *expr, const struct token *name)
{
	struct expr *key;
	bool takes_format = slice_is(name->text, "string") ||
	    slice_is(name->text, "date") || slice_is(name->text, "time") ||
	    slice_is(name->text, "datetime");

	if (!takes_format) {
		return true;
	}
	if (parser->token.kind == TOKEN_DOT) {
		key = parse_dot(parser, expr);
		if (key == NULL) {
			return false;
		}
		key->kind = EXPR_LITERAL;
		key->left = NULL;
		key->literal = value_string(key->key.text);
	} else if (parser->token.kind == TOKEN_OPEN_BRACKET) {
		key = parse_index(parser, expr);
		if (key == NULL) {
			return false;
		}
		key = key->right;
	} else {
		return true;
	}
	expr->builtin.has_arguments = true;
	return expr_list_append(parser, &expr->list, key);
}

static bool check_argument_count(
    struct parser *parser, const struct expr *expr, const struct token *name)
{
	const struct builtin *builtin = expr->builtin.builtin;
	int count = (int)expr->list.count;

	if (count >= builtin->min_arguments &&
	    count <= builtin->max_arguments) {
		return true;
	}
	if (!expr->builtin.has_arguments) {
		return true; /* an error when rendered */
	}
	if (builtin->min_arguments == builtin->max_arguments) {
		parser_fail_at(parser, name->line, name->column,
		    "?%.*s takes %d argument%s, not %d", SLICE_ARGS(name->text),
		    builtin->min_arguments,
		    builtin->min_arguments == 1 ? "" : "s", count);
	} else {
		parser_fail_at(parser, name->line, name->column,
		    "?%.*s takes %d to %d arguments, not %d",
		    SLICE_ARGS(name->text), builtin->min_arguments,
		    builtin->max_arguments, count);
	}
	return false;
}

static const char choice_hint[] = "; a choice is written condition?then(a, b)";

/* Behind `?`, which other languages use otherwise. */
static bool expect_builtin_name(struct parser *parser)
{
	switch ((int)parser->token.kind) {
	case TOKEN_NAME:
		break;
	case TOKEN_COLON:
		parser_fail(parser,
		    "expected the name of a built-in, found \":\"; a default "
		    "is written x!\"...\"");
		return false;
	case TOKEN_STRING:
	case TOKEN_INTEGER:
	case TOKEN_DECIMAL:
	case TOKEN_TRUE:
	case TOKEN_FALSE:
		parser_fail(parser,
		    "expected the name of a built-in, found "
		    "%s%s",
		    token_kind_name(parser->token.kind), choice_hint);
		return false;
	default:
		parser_fail_expected(parser, "the name of a built-in");
		return false;
	}
	parser_advance(parser);
	return true;
}

static const struct builtin *find_builtin(
    struct parser *parser, const struct token *name)
{
	const struct builtin *builtin = builtin_find(name->text);

	if (!lexer_check_naming(&parser->lexer, name, name->text)) {
		parser_fail_at(parser, name->line, name->column, "%s",
		    parser->lexer.err.text);
		return NULL;
	}
	if (builtin == NULL) {
		char hint[BUILTIN_HINT_MAX];

		builtin_hint(name->text, hint);
		parser_fail_at(parser, name->line, name->column,
		    "there is no built-in ?%.*s%s", SLICE_ARGS(name->text),
		    parser->token.kind == TOKEN_COLON ? choice_hint : hint);
		return NULL;
	}
	if ((builtin->flags & BUILTIN_REFUSED) != 0) {
		parser_fail_at(parser, name->line, name->column,
		    "?%.*s is not supported: templates here reach their "
		    "input only",
		    SLICE_ARGS(name->text));
		return NULL;
	}
	if ((builtin->flags & BUILTIN_ESCAPES) != 0 && parser_escapes(parser)) {
		parser_fail_at(parser, name->line, name->column,
		    "?%.*s is of no use where the output format escapes",
		    SLICE_ARGS(name->text));
		return NULL;
	}
	if ((builtin->flags & BUILTIN_MARKUP) != 0 &&
	    !output_is_markup(parser->output_format)) {
		parser_fail_at(parser, name->line, name->column,
		    "?%.*s is for output formats that can escape, not for %s",
		    SLICE_ARGS(name->text), parser->output_format->name);
		return NULL;
	}
	return builtin;
}

static struct expr *parse_builtin(struct parser *parser, struct expr *left)
{
	struct expr *expr = expr_new_from(parser, EXPR_BUILTIN, left);
	struct token name;

	parser_advance(parser);
	name = parser->token;
	if (expr == NULL || !expect_builtin_name(parser)) {
		return NULL;
	}
	expr->builtin.builtin = find_builtin(parser, &name);
	expr->builtin.name = name.text;
	expr->builtin.format = parser->output_format;
	if (expr->builtin.builtin == NULL) {
		return NULL;
	}
	expr_extend_to_token(expr, &name);
	if ((expr->builtin.builtin->flags & BUILTIN_LOOP) != 0 &&
	    !check_loop_variable(parser, expr, &name)) {
		return NULL;
	}
	if (!parse_format_key(parser, expr, &name)) {
		return NULL;
	}
	if (expr->builtin.builtin->max_arguments > 0 &&
	    !expr->builtin.has_arguments &&
	    parser->token.kind == TOKEN_OPEN_PAREN) {
		expr->builtin.has_arguments = true;
		if (!parse_call_arguments(parser, expr,
			(expr->builtin.builtin->flags & BUILTIN_LAMBDA) != 0)) {
			return NULL;
		}
	}
	if ((expr->builtin.builtin->flags & BUILTIN_LAMBDA) != 0 &&
	    !expr->builtin.has_arguments) {
		parser_fail_at(parser, name.line, name.column,
		    "?%.*s takes an argument: ?%.*s(x -> ...)",
		    SLICE_ARGS(name.text), SLICE_ARGS(name.text));
		return NULL;
	}
	return check_argument_count(parser, expr, &name) ? expr : NULL;
}

static struct expr *parse_default(struct parser *parser, struct expr *left)
{
	struct expr *expr = expr_new_from(parser, EXPR_DEFAULT, left);
	bool is_ended = parser->token.kind == TOKEN_BANG_BLANK;

	if (expr == NULL) {
		return NULL;
	}
	expr_extend_to_token(expr, &parser->token);
	parser_advance(parser);
	if (!is_ended && parser_at_right_side(parser)) {
		expr->right = parser_parse_expression(parser);
		if (expr->right == NULL) {
			return NULL;
		}
		expr_extend_to_expr(expr, expr->right);
	}
	return expr;
}

static struct expr *parse_exists(struct parser *parser, struct expr *left)
{
	struct expr *expr = expr_new_from(parser, EXPR_EXISTS, left);

	if (expr != NULL) {
		expr_extend_to_token(expr, &parser->token);
		parser_advance(parser);
	}
	return expr;
}

/* One postfix operator; NULL with *is_done when there is none. */
static struct expr *parse_postfix(
    struct parser *parser, struct expr *left, bool *is_done)
{
	switch ((int)parser->token.kind) {
	case TOKEN_DOT:
		return parse_dot(parser, left);
	case TOKEN_OPEN_BRACKET:
		return parse_index(parser, left);
	case TOKEN_OPEN_PAREN:
		return parse_call(parser, left);
	case TOKEN_QUESTION:
		return parse_builtin(parser, left);
	case TOKEN_BANG:
	case TOKEN_BANG_BLANK:
		return parse_default(parser, left);
	case TOKEN_EXISTS:
		return parse_exists(parser, left);
	default:
		*is_done = true;
		return NULL;
	}
}

struct expr *parser_parse_primary(struct parser *parser)
{
	struct expr *expr = parser_parse_atom(parser);
	bool is_done = false;

	while (expr != NULL) {
		struct expr *next = parse_postfix(parser, expr, &is_done);

		if (is_done) {
			return expr;
		}
		expr = next;
	}
	return NULL;
}
