/* What stands in #{x; m1M2}. */
#include "dispatcher/template/parser_expr.h"

/* One number of "m2M4"; false when there is none. */
static bool take_digits(struct slice *format, int *value)
{
	size_t len = 0;

	*value = 0;
	while (len < format->len && format->data[len] >= '0' &&
	    format->data[len] <= '9' && *value < 1000) {
		*value = *value * 10 + (format->data[len++] - '0');
	}
	*format = slice_from(*format, len);
	return len > 0;
}

/* The format behind the semicolon of #{x; m2M4}. */
static bool parse_format(struct parser *parser, struct numeric_format *numeric)
{
	struct slice format = parser->token.text;
	int min_digits = -1;
	int max_digits = -1;

	if (!parser_expect(parser, TOKEN_NAME)) {
		return false;
	}
	while (format.len > 0) {
		char which = format.data[0];
		int *digits = which == 'm' ? &min_digits : &max_digits;

		format = slice_from(format, 1);
		if ((which != 'm' && which != 'M') || *digits >= 0 ||
		    !take_digits(&format, digits)) {
			parser_fail(
			    parser, "#{} takes a format like m1, M3 or m1M3");
			return false;
		}
	}
	max_digits = max_digits < 0 ? min_digits : max_digits;
	min_digits = min_digits < 0 ? 0 : min_digits;
	if (min_digits > max_digits || max_digits > 50) {
		parser_fail(parser,
		    "#{}: m must not be more than M, and both at most 50");
		return false;
	}
	numeric->min_digits = min_digits;
	numeric->max_digits = max_digits;
	return true;
}

struct expr *parser_parse_numeric(
    struct parser *parser, struct numeric_format *numeric)
{
	struct expr *expr = parser_parse_expression(parser);

	*numeric = (struct numeric_format){.max_digits = -1};
	if (expr == NULL) {
		return NULL;
	}
	if (expr->kind == EXPR_SEQUENCE || expr->kind == EXPR_HASH ||
	    expr_is_string(expr) || expr_is_boolean(expr)) {
		(void)expr_refuse(parser, expr, "a number");
		return NULL;
	}
	if (parser_accept(parser, TOKEN_SEMICOLON) &&
	    !parse_format(parser, numeric)) {
		return NULL;
	}
	return expr;
}
