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
#include "dispatcher/template/builtins.h"
#include "dispatcher/template/parser.h"

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

struct expr *parser_new_expr(
    struct parser *parser, enum expr_kind kind, const struct token *start)
{
	struct expr *expr = parser_alloc(parser, 1, sizeof(*expr));

	if (expr != NULL) {
		expr->kind = kind;
		expr->line = start->line;
		expr->column = start->column;
		expr->source = start->source;
	}
	return expr;
}

/* An expression that begins where `left` does. */
static struct expr *new_from(
    struct parser *parser, enum expr_kind kind, struct expr *left)
{
	struct expr *expr = parser_alloc(parser, 1, sizeof(*expr));

	if (expr != NULL) {
		expr->kind = kind;
		expr->line = left->line;
		expr->column = left->column;
		expr->source = left->source;
		expr->left = left;
	}
	return expr;
}

/* Its source reaches up to `end`. */
static void extend(struct expr *expr, const char *end)
{
	expr->source.len = (size_t)(end - expr->source.data);
}

static void extend_to_token(struct expr *expr, const struct token *token)
{
	extend(expr, token->source.data + token->source.len);
}

static void extend_to_expr(struct expr *expr, const struct expr *last)
{
	extend(expr, last->source.data + last->source.len);
}

static bool is_string_literal(const struct expr *expr)
{
	return expr->kind == EXPR_JOINED ||
	    (expr->kind == EXPR_LITERAL && expr->literal.kind == VALUE_STRING);
}

static bool is_number_literal(const struct expr *expr)
{
	return expr->kind == EXPR_LITERAL && value_is_number(expr->literal);
}

static bool is_boolean_literal(const struct expr *expr)
{
	return expr->kind == EXPR_LITERAL &&
	    expr->literal.kind == VALUE_BOOLEAN;
}

static bool refuse_literal(
    struct parser *parser, const struct expr *expr, const char *expected)
{
	parser_fail_at(parser, expr->line, expr->column,
	    "`%.*s` stands where %s is needed", SLICE_ARGS(expr->source),
	    expected);
	return false;
}

static bool check_operand(
    struct parser *parser, const struct expr *expr, enum operand operand)
{
	bool is_container =
	    expr->kind == EXPR_SEQUENCE || expr->kind == EXPR_HASH;

	switch (operand) {
	case OPERAND_ANY:
		return true;
	case OPERAND_NUMBER:
		return !(is_container || is_string_literal(expr) ||
			   is_boolean_literal(expr)) ||
		    refuse_literal(parser, expr, "a number");
	case OPERAND_BOOLEAN:
		return !(is_container || is_string_literal(expr) ||
			   is_number_literal(expr)) ||
		    refuse_literal(parser, expr, "a boolean (true or false)");
	case OPERAND_SCALAR:
		return !is_container ||
		    refuse_literal(parser, expr, "a string, number or boolean");
	}
	return true;
}

/* --- atoms */

static struct expr *parse_literal(struct parser *parser, struct value value)
{
	struct expr *expr =
	    parser_new_expr(parser, EXPR_LITERAL, &parser->token);

	if (expr != NULL) {
		expr->literal = value;
		parser_advance(parser);
	}
	return expr;
}

static struct expr *parse_number(struct parser *parser)
{
	struct value value;

	if (!number_parse(parser->arena, parser->token.text, &value)) {
		parser_fail(parser, "the number is too long");
		return NULL;
	}
	return parse_literal(parser, value);
}

static bool note_suffix(struct parser *parser, struct expr *expr,
    struct slice text, struct slice ending, enum loop_suffix suffix)
{
	if (text.len <= ending.len ||
	    !slice_equal(slice_from(text, text.len - ending.len), ending)) {
		return true;
	}
	expr->suffix = suffix;
	return parser_intern(parser,
	    slice_make(text.data, text.len - ending.len), &expr->loop_variable);
}

static struct expr *parse_name(struct parser *parser)
{
	struct expr *expr = parser_new_expr(parser, EXPR_NAME, &parser->token);
	struct slice text;

	if (expr == NULL || !parser_take_name(parser, &expr->name, &text) ||
	    !note_suffix(
		parser, expr, text, SLICE_LITERAL("_index"), SUFFIX_INDEX) ||
	    !note_suffix(parser, expr, text, SLICE_LITERAL("_has_next"),
		SUFFIX_HAS_NEXT)) {
		return NULL;
	}
	return expr;
}

static struct expr *parse_paren(struct parser *parser)
{
	struct expr *expr = parser_new_expr(parser, EXPR_PAREN, &parser->token);
	struct token end;

	parser_advance(parser);
	if (expr == NULL) {
		return NULL;
	}
	expr->left = parser_parse_expression(parser);
	end = parser->token;
	if (expr->left == NULL || !parser_expect(parser, TOKEN_CLOSE_PAREN)) {
		return NULL;
	}
	extend_to_token(expr, &end);
	return expr;
}

static struct expr *parse_sequence(struct parser *parser)
{
	struct expr *expr =
	    parser_new_expr(parser, EXPR_SEQUENCE, &parser->token);
	struct token end;

	parser_advance(parser);
	if (expr == NULL ||
	    !parser_parse_arguments(parser, &expr->list, false)) {
		return NULL;
	}
	end = parser->token;
	if (!parser_expect(parser, TOKEN_CLOSE_BRACKET)) {
		return NULL;
	}
	extend_to_token(expr, &end);
	return expr;
}

/* Grows by doubling, in the arena. */
static bool append(
    struct parser *parser, struct expr_list *list, struct expr *expr)
{
	size_t count = list->count;

	if ((count & (count - 1)) == 0) {
		struct expr **items = parser_alloc(
		    parser, count == 0 ? 1 : count * 2, sizeof(struct expr *));

		if (items == NULL) {
			return false;
		}
		if (count > 0) {
			memcpy(
			    items, list->items, count * sizeof(struct expr *));
		}
		list->items = items;
	}
	list->items[list->count++] = expr;
	return true;
}

static bool parse_hash_pair(struct parser *parser, struct expr *hash)
{
	struct expr *key = parser_parse_expression(parser);
	struct expr *value;

	if (key == NULL) {
		return false;
	}
	if (!parser_accept(parser, TOKEN_COMMA) &&
	    !parser_accept(parser, TOKEN_COLON)) {
		parser_fail_expected(parser, "\":\"");
		return false;
	}
	value = parser_parse_expression(parser);
	if (value == NULL) {
		return false;
	}
	if (is_number_literal(key) || is_boolean_literal(key) ||
	    key->kind == EXPR_SEQUENCE || key->kind == EXPR_HASH) {
		return refuse_literal(parser, key, "a string");
	}
	return append(parser, &hash->list, key) &&
	    append(parser, &hash->values, value);
}

static struct expr *parse_hash(struct parser *parser)
{
	struct expr *expr = parser_new_expr(parser, EXPR_HASH, &parser->token);
	struct token end;

	parser_advance(parser);
	if (expr == NULL) {
		return NULL;
	}
	if (parser->token.kind != TOKEN_CLOSE_CURLY) {
		do {
			if (!parse_hash_pair(parser, expr)) {
				return NULL;
			}
		} while (parser_accept(parser, TOKEN_COMMA));
	}
	end = parser->token;
	if (!parser_expect(parser, TOKEN_CLOSE_CURLY)) {
		return NULL;
	}
	extend_to_token(expr, &end);
	return expr;
}

struct special_form {
	const char *name;
	const char *camel;
	enum special_variable special;
};

static const struct special_form specials[] = {
    {"args", "args", SPECIAL_ARGS},
    {"auto_esc", "autoEsc", SPECIAL_AUTO_ESC},
    {"caller_template_name", "callerTemplateName",
	SPECIAL_CALLER_TEMPLATE_NAME},
    {"current_node", "currentNode", SPECIAL_FORBIDDEN},
    {"current_template_name", "currentTemplateName", SPECIAL_TEMPLATE_NAME},
    {"data_model", "dataModel", SPECIAL_DATA_MODEL},
    {"error", "error", SPECIAL_ERROR},
    {"get_optional_template", "getOptionalTemplate", SPECIAL_FORBIDDEN},
    {"globals", "globals", SPECIAL_GLOBALS},
    {"incompatible_improvements", "incompatibleImprovements",
	SPECIAL_INCOMPATIBLE_IMPROVEMENTS},
    {"lang", "lang", SPECIAL_LANG},
    {"locale", "locale", SPECIAL_LOCALE},
    {"locale_object", "localeObject", SPECIAL_FORBIDDEN},
    {"locals", "locals", SPECIAL_LOCALS},
    {"main", "main", SPECIAL_MAIN},
    {"main_template_name", "mainTemplateName", SPECIAL_TEMPLATE_NAME},
    {"namespace", "namespace", SPECIAL_NAMESPACE},
    {"node", "node", SPECIAL_FORBIDDEN},
    {"now", "now", SPECIAL_NOW},
    {"output_encoding", "outputEncoding", SPECIAL_OUTPUT_ENCODING},
    {"output_format", "outputFormat", SPECIAL_OUTPUT_FORMAT},
    {"pass", "pass", SPECIAL_FORBIDDEN},
    {"template_name", "templateName", SPECIAL_TEMPLATE_NAME},
    {"time_zone", "timeZone", SPECIAL_TIME_ZONE},
    {"url_escaping_charset", "urlEscapingCharset",
	SPECIAL_URL_ESCAPING_CHARSET},
    {"vars", "vars", SPECIAL_VARS},
    {"version", "version", SPECIAL_VERSION},
};

static struct expr *parse_special(struct parser *parser)
{
	struct expr *expr =
	    parser_new_expr(parser, EXPR_SPECIAL, &parser->token);
	struct token name;

	parser_advance(parser);
	name = parser->token;
	if (expr == NULL || !parser_expect(parser, TOKEN_NAME)) {
		return NULL;
	}
	if (!lexer_check_naming(&parser->lexer, &name, name.text)) {
		parser_fail_at(parser, name.line, name.column, "%s",
		    parser->lexer.err.text);
		return NULL;
	}
	extend_to_token(expr, &name);
	for (size_t i = 0; i < ARRAY_LEN(specials); i++) {
		if (slice_is(name.text, specials[i].name) ||
		    slice_is(name.text, specials[i].camel)) {
			expr->special = specials[i].special;
			if (expr->special == SPECIAL_ARGS &&
			    !parser->is_in_macro && !parser->is_in_function) {
				parser_fail_at(parser, name.line, name.column,
				    ".args exists inside a macro or function "
				    "only");
				return NULL;
			}
			return expr;
		}
	}
	parser_fail_at(parser, name.line, name.column,
	    "there is no special variable .%.*s", SLICE_ARGS(name.text));
	return NULL;
}

static struct expr *parse_atom(struct parser *parser)
{
	/* Every other kind cannot begin an expression. */
	switch ((int)parser->token.kind) {
	case TOKEN_STRING:
	case TOKEN_RAW_STRING:
		return parser_parse_string(parser);
	case TOKEN_INTEGER:
	case TOKEN_DECIMAL:
		return parse_number(parser);
	case TOKEN_TRUE:
	case TOKEN_FALSE:
		return parse_literal(
		    parser, value_boolean(parser->token.kind == TOKEN_TRUE));
	case TOKEN_NAME:
		return parse_name(parser);
	case TOKEN_OPEN_PAREN:
		return parse_paren(parser);
	case TOKEN_OPEN_BRACKET:
		return parse_sequence(parser);
	case TOKEN_OPEN_CURLY:
		return parse_hash(parser);
	case TOKEN_DOT:
		return parse_special(parser);
	default:
		parser_fail_expected(parser, "an expression");
		return NULL;
	}
}

static bool begins_atom(enum token_kind kind)
{
	switch ((int)kind) {
	case TOKEN_STRING:
	case TOKEN_RAW_STRING:
	case TOKEN_INTEGER:
	case TOKEN_DECIMAL:
	case TOKEN_TRUE:
	case TOKEN_FALSE:
	case TOKEN_NAME:
	case TOKEN_OPEN_PAREN:
	case TOKEN_OPEN_BRACKET:
	case TOKEN_OPEN_CURLY:
	case TOKEN_DOT:
		return true;
	default:
		return false;
	}
}

bool parser_at_expression(struct parser *parser)
{
	enum token_kind kind = parser->token.kind;

	return begins_atom(kind) || kind == TOKEN_BANG || kind == TOKEN_PLUS ||
	    kind == TOKEN_MINUS;
}

/* After x! and a..: `!` may also be the next operator, as in a!!. */
static bool at_right_side(struct parser *parser)
{
	enum token_kind kind = parser->token.kind;

	if (kind == TOKEN_BANG || kind == TOKEN_PLUS || kind == TOKEN_MINUS) {
		kind = parser_peek(parser);
		return begins_atom(kind) || kind == TOKEN_BANG;
	}
	return begins_atom(kind);
}

/* --- postfix */

static struct expr *parse_dot(struct parser *parser, struct expr *left)
{
	struct expr *expr = new_from(parser, EXPR_DOT, left);
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
	if (left->kind == EXPR_SEQUENCE || is_string_literal(left) ||
	    is_boolean_literal(left)) {
		(void)refuse_literal(parser, left, "a hash");
		return NULL;
	}
	if (!parser_unescape_name(parser, name.source, &text)) {
		return NULL;
	}
	parser_advance(parser);
	expr->key.text = text;
	expr->key.hash = hash_key(text);
	extend_to_token(expr, &name);
	return expr;
}

static struct expr *parse_index(struct parser *parser, struct expr *left)
{
	struct expr *expr = new_from(parser, EXPR_INDEX, left);
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
	if (is_boolean_literal(left) || is_number_literal(left)) {
		(void)refuse_literal(parser, left, "a sequence or hash");
		return NULL;
	}
	extend_to_token(expr, &end);
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
	extend_to_expr(expr, expr->left);
	return expr;
}

bool parser_parse_arguments(
    struct parser *parser, struct expr_list *list, bool may_be_lambda)
{
	while (parser_at_expression(parser)) {
		struct expr *argument = may_be_lambda && at_lambda(parser)
		    ? parse_lambda(parser)
		    : parser_parse_expression(parser);

		if (argument == NULL || !append(parser, list, argument)) {
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
	extend_to_token(expr, &end);
	return true;
}

static struct expr *parse_call(struct parser *parser, struct expr *left)
{
	struct expr *expr = new_from(parser, EXPR_CALL, left);

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
	return append(parser, &expr->list, key);
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
		parser_fail_at(parser, name->line, name->column,
		    "there is no built-in ?%.*s", SLICE_ARGS(name->text));
		return NULL;
	}
	if ((builtin->flags & BUILTIN_REFUSED) != 0) {
		parser_fail_at(parser, name->line, name->column,
		    "?%.*s is not supported: templates here reach their "
		    "input only",
		    SLICE_ARGS(name->text));
		return NULL;
	}
	return builtin;
}

static struct expr *parse_builtin(struct parser *parser, struct expr *left)
{
	struct expr *expr = new_from(parser, EXPR_BUILTIN, left);
	struct token name;

	parser_advance(parser);
	name = parser->token;
	if (expr == NULL || !parser_expect(parser, TOKEN_NAME)) {
		return NULL;
	}
	expr->builtin.builtin = find_builtin(parser, &name);
	expr->builtin.name = name.text;
	if (expr->builtin.builtin == NULL) {
		return NULL;
	}
	extend_to_token(expr, &name);
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
	return check_argument_count(parser, expr, &name) ? expr : NULL;
}

static struct expr *parse_default(struct parser *parser, struct expr *left)
{
	struct expr *expr = new_from(parser, EXPR_DEFAULT, left);
	bool is_ended = parser->token.kind == TOKEN_BANG_BLANK;

	if (expr == NULL) {
		return NULL;
	}
	extend_to_token(expr, &parser->token);
	parser_advance(parser);
	if (!is_ended && at_right_side(parser)) {
		expr->right = parser_parse_expression(parser);
		if (expr->right == NULL) {
			return NULL;
		}
		extend_to_expr(expr, expr->right);
	}
	return expr;
}

static struct expr *parse_exists(struct parser *parser, struct expr *left)
{
	struct expr *expr = new_from(parser, EXPR_EXISTS, left);

	if (expr != NULL) {
		extend_to_token(expr, &parser->token);
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

static struct expr *parse_primary(struct parser *parser)
{
	struct expr *expr = parse_atom(parser);
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

static struct expr *parse_not(struct parser *parser)
{
	struct expr *expr = parser_new_expr(parser, EXPR_NOT, &parser->token);

	parser_advance(parser);
	if (expr == NULL || !parser_enter(parser)) {
		return NULL;
	}
	expr->left = parser->token.kind == TOKEN_BANG ? parse_not(parser)
						      : parse_primary(parser);
	parser_leave(parser);
	if (expr->left == NULL) {
		return NULL;
	}
	extend_to_expr(expr, expr->left);
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
		return parse_primary(parser);
	}
	expr = parser_new_expr(parser, EXPR_SIGN, &parser->token);
	if (expr == NULL) {
		return NULL;
	}
	expr->is_minus = parser->token.kind == TOKEN_MINUS;
	parser_advance(parser);
	expr->left = parse_primary(parser);
	if (expr->left == NULL) {
		return NULL;
	}
	extend_to_expr(expr, expr->left);
	return expr;
}

/* --- infix */

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
	struct expr *expr = new_from(parser, infix->kind, left);

	if (expr == NULL || !check_operand(parser, left, infix->operand) ||
	    (right != NULL && !check_operand(parser, right, infix->operand))) {
		return NULL;
	}
	expr->right = right;
	set_variant(expr, infix->variant);
	if (right != NULL) {
		extend_to_expr(expr, right);
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
		extend_to_token(expr, operator);
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
		if (operator.kind == TOKEN_RANGE && !at_right_side(parser)) {
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
