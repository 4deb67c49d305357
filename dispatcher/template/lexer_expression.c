/*
 * Expression mode. Operators are a table, tried longest first.
 */
#include "dispatcher/template/lexer.h"

#include <string.h>

struct operator_form {
	const char *text;
	enum token_kind kind;
};

/* A longer one comes before those it begins with. */
static const struct operator_form operators[] = {
    {"&amp;&amp;", TOKEN_AND},
    {"-&gt;", TOKEN_ARROW},
    {"&lt;=", TOKEN_LESS_EQUAL},
    {"&gt;=", TOKEN_GREATER_EQUAL},
    {"&lt;", TOKEN_LESS},
    {"&gt;", TOKEN_GREATER},
    {"\\and", TOKEN_AND},
    {"\\lte", TOKEN_LESS_EQUAL},
    {"\\gte", TOKEN_GREATER_EQUAL},
    {"\\lt", TOKEN_LESS},
    {"\\gt", TOKEN_GREATER},
    {"...", TOKEN_ELLIPSIS},
    {"..<", TOKEN_RANGE_EXCLUSIVE},
    {"..!", TOKEN_RANGE_EXCLUSIVE},
    {"..*", TOKEN_RANGE_SIZE},
    {"..", TOKEN_RANGE},
    {"??", TOKEN_EXISTS},
    {"==", TOKEN_EQUALS_TWICE},
    {"!=", TOKEN_NOT_EQUALS},
    {"+=", TOKEN_PLUS_EQUALS},
    {"-=", TOKEN_MINUS_EQUALS},
    {"*=", TOKEN_TIMES_EQUALS},
    {"/=", TOKEN_DIVIDE_EQUALS},
    {"%=", TOKEN_MODULO_EQUALS},
    {"++", TOKEN_INCREMENT},
    {"--", TOKEN_DECREMENT},
    {"<=", TOKEN_LESS_EQUAL},
    {"->", TOKEN_ARROW},
    {"**", TOKEN_TIMES_TWICE},
    {"&&", TOKEN_AND},
    {"||", TOKEN_OR},
    {".", TOKEN_DOT},
    {"?", TOKEN_QUESTION},
    {"=", TOKEN_EQUALS},
    {"<", TOKEN_LESS},
    {"+", TOKEN_PLUS},
    {"-", TOKEN_MINUS},
    {"*", TOKEN_TIMES},
    {"/", TOKEN_DIVIDE},
    {"%", TOKEN_PERCENT},
    {"&", TOKEN_AND},
    {"|", TOKEN_OR},
    {"!", TOKEN_BANG},
    {",", TOKEN_COMMA},
    {";", TOKEN_SEMICOLON},
    {":", TOKEN_COLON},
    {"[", TOKEN_OPEN_BRACKET},
    {"(", TOKEN_OPEN_PAREN},
    {"{", TOKEN_OPEN_CURLY},
};

/* Names the language keeps for itself. */
static const struct operator_form keywords[] = {
    {"true", TOKEN_TRUE},
    {"false", TOKEN_FALSE},
    {"in", TOKEN_IN},
    {"as", TOKEN_AS},
    {"using", TOKEN_USING},
    {"lt", TOKEN_LESS},
    {"lte", TOKEN_LESS_EQUAL},
    {"gt", TOKEN_GREATER},
    {"gte", TOKEN_GREATER_EQUAL},
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Bytes beyond ASCII count as letters: FreeMarker's table of them is long, and
 * which of the rest it refuses matters to nobody. */
static bool is_name_start(char c)
{
	return (c >= '@' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
	    c == '$' || ((unsigned char)c & 0x80) != 0;
}

size_t lexer_name_length(const char *at, const char *end)
{
	const char *start = at;

	while (at < end) {
		if (*at == '\\' && end - at > 1 &&
		    strchr("-.:#", at[1]) != NULL && at[1] != '\0') {
			at += 2;
		} else if (is_name_start(*at) ||
		    (at > start && is_digit(*at))) {
			at++;
		} else {
			break;
		}
	}
	return (size_t)(at - start);
}

static struct slice rest_of(const struct lexer *lexer)
{
	return slice_make(lexer->at, (size_t)(lexer->end - lexer->at));
}

/* <#-- and <!-- in an expression. False when one is not closed. */
static bool skip_comment(struct lexer *lexer)
{
	while (lexer->at < lexer->end) {
		struct slice rest = rest_of(lexer);

		if (slice_starts_with(rest, "-->") ||
		    slice_starts_with(rest, "--]")) {
			lexer_advance(lexer, 3);
			return true;
		}
		lexer_advance(lexer, 1);
	}
	return false;
}

static bool comment_here(const struct lexer *lexer)
{
	struct slice rest = rest_of(lexer);

	return slice_starts_with(rest, "<#--") ||
	    slice_starts_with(rest, "[#--") ||
	    slice_starts_with(rest, "<!--") || slice_starts_with(rest, "[!--");
}

static bool skip_blanks(struct lexer *lexer)
{
	while (lexer->at < lexer->end) {
		if (is_blank(*lexer->at)) {
			lexer_advance(lexer, 1);
		} else if (!comment_here(lexer)) {
			break;
		} else if (!skip_comment(lexer)) {
			return false;
		}
	}
	return true;
}

static bool is_escape(struct lexer *lexer)
{
	char c = (char)(lexer->end - lexer->at > 1 ? lexer->at[1] : '\0');

	return c != '\0' && strchr("ntrfbgla\\'\"{=x", c) != NULL;
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static void take_string(struct lexer *lexer, struct token *token)
{
	char quote = *lexer->at;

	lexer_advance(lexer, 1);
	token->text.data = lexer->at;
	while (lexer->at < lexer->end && *lexer->at != quote) {
		if (*lexer->at == '\\') {
			if (!is_escape(lexer)) {
				lexer_fail(lexer, token,
				    "\"\\\" in a string must be followed by "
				    "one of n t r f b g l a { = x or be "
				    "doubled; r\"...\" takes it as it is");
				return;
			}
			if (lexer->at[1] == 'x' &&
			    (lexer->end - lexer->at < 3 ||
				!is_hex(lexer->at[2]))) {
				lexer_fail(lexer, token,
				    "\\x in a string must be followed by a "
				    "hexadecimal digit");
				return;
			}
			lexer_advance(lexer, 1);
		}
		lexer_advance(lexer, 1);
	}
	if (lexer->at == lexer->end) {
		lexer_fail(
		    lexer, token, "the string is not closed with %c", quote);
		return;
	}
	token->text.len = (size_t)(lexer->at - token->text.data);
	lexer_advance(lexer, 1);
	lexer_finish(lexer, token, TOKEN_STRING);
}

/* False when it is no raw string after all. */
static bool take_raw_string(struct lexer *lexer, struct token *token)
{
	const char *close;
	struct slice rest = rest_of(lexer);

	if (rest.len < 3 || (rest.data[1] != '"' && rest.data[1] != '\'')) {
		return false;
	}
	close = memchr(rest.data + 2, rest.data[1], rest.len - 2);
	if (close == NULL) {
		return false;
	}
	token->text =
	    slice_make(rest.data + 2, (size_t)(close - rest.data - 2));
	lexer_advance(lexer, token->text.len + 3);
	lexer_finish(lexer, token, TOKEN_RAW_STRING);
	return true;
}

static void take_number(struct lexer *lexer, struct token *token)
{
	const char *at = lexer->at;
	enum token_kind kind = TOKEN_INTEGER;

	while (at < lexer->end && is_digit(*at)) {
		at++;
	}
	if (lexer->end - at > 1 && at[0] == '.' && is_digit(at[1])) {
		kind = TOKEN_DECIMAL;
		at++;
		while (at < lexer->end && is_digit(*at)) {
			at++;
		}
	}
	token->text = slice_make(lexer->at, (size_t)(at - lexer->at));
	lexer_advance(lexer, token->text.len);
	lexer_finish(lexer, token, kind);
}

static void take_name(struct lexer *lexer, struct token *token)
{
	enum token_kind kind = TOKEN_NAME;

	token->text =
	    slice_make(lexer->at, lexer_name_length(lexer->at, lexer->end));
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
		if (slice_is(token->text, keywords[i].text)) {
			kind = keywords[i].kind;
		}
	}
	lexer_advance(lexer, token->text.len);
	lexer_finish(lexer, token, kind);
}

/* Back to text, behind a tag's end. */
static void leave_tag(
    struct lexer *lexer, struct token *token, enum token_kind kind)
{
	lexer->mode = LEXER_TEXT;
	lexer->parens = 0;
	lexer->is_named_argument = false;
	lexer->ends_name_at_blank = false;
	if (lexer->is_in_ftl) {
		lexer->is_in_ftl = false;
		lexer_eat_line(lexer);
	}
	lexer_finish(lexer, token, kind);
}

static void take_greater(struct lexer *lexer, struct token *token)
{
	lexer_advance(lexer, 1);
	if (lexer->parens > 0) {
		bool or_equal = lexer->at < lexer->end && *lexer->at == '=';

		if (or_equal) {
			lexer_advance(lexer, 1);
		}
		lexer_finish(lexer, token,
		    or_equal ? TOKEN_GREATER_EQUAL : TOKEN_GREATER);
	} else if (lexer->is_square || lexer->is_in_interpolation) {
		lexer_finish(lexer, token, TOKEN_GREATER);
	} else {
		leave_tag(lexer, token, TOKEN_TAG_END);
	}
}

static void take_close_bracket(struct lexer *lexer, struct token *token)
{
	lexer_advance(lexer, 1);
	if (lexer->brackets > 0) {
		lexer->brackets--;
		lexer_finish(lexer, token, TOKEN_CLOSE_BRACKET);
	} else if (lexer->is_square && !lexer->is_in_interpolation) {
		leave_tag(lexer, token, TOKEN_TAG_END);
	} else {
		lexer_fail(lexer, token,
		    "\"]\" closes nothing: no \"[\" is open here");
	}
}

static void take_close_curly(struct lexer *lexer, struct token *token)
{
	lexer_advance(lexer, 1);
	if (lexer->curlies > 0) {
		lexer->curlies--;
	} else if (lexer->is_in_interpolation) {
		lexer->is_in_interpolation = false;
		lexer->mode = LEXER_TEXT;
	} else {
		lexer_fail(lexer, token,
		    "\"}\" closes nothing: no \"{\" is open here");
		return;
	}
	lexer_finish(lexer, token, TOKEN_CLOSE_CURLY);
}

/* Brackets that close, and `>`: their meaning depends on what is open. False
 * when another token is here. */
static bool take_closing(struct lexer *lexer, struct token *token)
{
	struct slice rest = rest_of(lexer);

	if (lexer->parens == 0 && slice_starts_with(rest, "/>")) {
		lexer_advance(lexer, 2);
		if (lexer->is_square) {
			lexer_fail(lexer, token, "the tag must end with \"]\"");
		} else {
			leave_tag(lexer, token, TOKEN_TAG_END_EMPTY);
		}
		return true;
	}
	if (lexer->parens == 0 && lexer->is_square &&
	    slice_starts_with(rest, "/]")) {
		lexer_advance(lexer, 2);
		leave_tag(lexer, token, TOKEN_TAG_END_EMPTY);
		return true;
	}
	switch (*lexer->at) {
	case '>':
		take_greater(lexer, token);
		return true;
	case ']':
		take_close_bracket(lexer, token);
		return true;
	case '}':
		take_close_curly(lexer, token);
		return true;
	case ')':
		lexer->parens -= lexer->parens > 0 ? 1 : 0;
		lexer_advance(lexer, 1);
		lexer_finish(lexer, token, TOKEN_CLOSE_PAREN);
		return true;
	default:
		return false;
	}
}

static void open_bracket(struct lexer *lexer, enum token_kind kind)
{
	if (kind == TOKEN_OPEN_PAREN) {
		lexer->parens++;
		lexer->ends_name_at_blank = false;
	} else if (kind == TOKEN_OPEN_BRACKET) {
		lexer->brackets++;
	} else if (kind == TOKEN_OPEN_CURLY) {
		lexer->curlies++;
	}
}

static void take_operator(struct lexer *lexer, struct token *token)
{
	struct slice rest = rest_of(lexer);
	enum token_kind kind;

	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		if (!slice_starts_with(rest, operators[i].text)) {
			continue;
		}
		kind = operators[i].kind;
		lexer_advance(lexer, strlen(operators[i].text));
		open_bracket(lexer, kind);
		if (kind == TOKEN_BANG && lexer->is_named_argument &&
		    lexer->parens == 0 && lexer->at < lexer->end &&
		    is_blank(*lexer->at)) {
			lexer->is_named_argument = false;
			kind = TOKEN_BANG_BLANK;
		}
		lexer_finish(lexer, token, kind);
		return;
	}
	lexer_fail(lexer, token, "no expression can have this character here");
}

void lexer_next_in_expression(struct lexer *lexer, struct token *token)
{
	struct slice rest;

	lexer_begin(lexer, token);
	if (lexer->ends_name_at_blank && lexer->at < lexer->end &&
	    is_blank(*lexer->at)) {
		lexer->ends_name_at_blank = false;
		while (lexer->at < lexer->end && is_blank(*lexer->at)) {
			lexer_advance(lexer, 1);
		}
		lexer_finish(lexer, token, TOKEN_BLANK);
		return;
	}
	if (!skip_blanks(lexer)) {
		lexer_fail(lexer, token, "this comment is not closed with -->");
		return;
	}
	lexer_begin(lexer, token);
	if (lexer->at == lexer->end) {
		lexer_finish(lexer, token, TOKEN_END);
		return;
	}
	rest = rest_of(lexer);
	if (slice_starts_with(rest, "${") || slice_starts_with(rest, "#{")) {
		lexer_fail(lexer, token,
		    "${...} stands in text and in strings only; in an "
		    "expression write what is between the braces");
		return;
	}
	if (take_closing(lexer, token) ||
	    (*lexer->at == 'r' && take_raw_string(lexer, token))) {
		return;
	}
	if (*lexer->at == '"' || *lexer->at == '\'') {
		take_string(lexer, token);
	} else if (is_digit(*lexer->at)) {
		take_number(lexer, token);
	} else if (lexer_name_length(lexer->at, lexer->end) > 0) {
		take_name(lexer, token);
	} else {
		take_operator(lexer, token);
	}
}
