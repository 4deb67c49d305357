/*
 * Text mode: everything up to the next tag or interpolation is one TEXT token.
 * A `<` or `[` begins a tag only if one of the forms below follows, and only
 * in the tag syntax of the template, which its first tag decides. What looks
 * like a directive but is none is an error, as in FreeMarker.
 */
#include "dispatcher/template/lexer.h"

#include <stdlib.h>
#include <string.h>

/* What may follow a directive's name. */
enum follow {
	FOLLOW_BLANK = 1,  /* parameters: white space */
	FOLLOW_CLOSE = 2,  /* no parameters: > */
	FOLLOW_CLOSE2 = 4, /* the same, or /> */
	FOLLOW_END = 8,	   /* has an end tag */
};

struct directive_form {
	const char *name;
	enum directive directive;
	int follow;
	enum naming naming;
};

/* Sorted by name. */
static const struct directive_form forms[] = {
    {"assign", DIRECTIVE_ASSIGN, FOLLOW_BLANK | FOLLOW_END, NAMING_UNKNOWN},
    {"attempt", DIRECTIVE_ATTEMPT, FOLLOW_CLOSE | FOLLOW_END, NAMING_UNKNOWN},
    {"autoEsc", DIRECTIVE_AUTOESC, FOLLOW_CLOSE | FOLLOW_END, NAMING_CAMEL},
    {"autoesc", DIRECTIVE_AUTOESC, FOLLOW_CLOSE | FOLLOW_END, NAMING_LEGACY},
    {"break", DIRECTIVE_BREAK, FOLLOW_CLOSE2, NAMING_UNKNOWN},
    {"call", DIRECTIVE_CALL, FOLLOW_BLANK, NAMING_UNKNOWN},
    {"case", DIRECTIVE_CASE, FOLLOW_BLANK, NAMING_UNKNOWN},
    {"comment", DIRECTIVE_COMMENT, FOLLOW_CLOSE, NAMING_UNKNOWN},
    {"compress", DIRECTIVE_COMPRESS, FOLLOW_CLOSE | FOLLOW_END, NAMING_UNKNOWN},
    {"continue", DIRECTIVE_CONTINUE, FOLLOW_CLOSE2, NAMING_UNKNOWN},
    {"default", DIRECTIVE_DEFAULT, FOLLOW_CLOSE, NAMING_UNKNOWN},
    {"else", DIRECTIVE_ELSE, FOLLOW_CLOSE2, NAMING_UNKNOWN},
    {"elseIf", DIRECTIVE_ELSEIF, FOLLOW_BLANK, NAMING_CAMEL},
    {"elseif", DIRECTIVE_ELSEIF, FOLLOW_BLANK, NAMING_LEGACY},
    {"escape", DIRECTIVE_ESCAPE, FOLLOW_BLANK | FOLLOW_END, NAMING_UNKNOWN},
    {"fallback", DIRECTIVE_FALLBACK, FOLLOW_CLOSE2, NAMING_UNKNOWN},
    {"flush", DIRECTIVE_FLUSH, FOLLOW_CLOSE2, NAMING_UNKNOWN},
    {"forEach", DIRECTIVE_FOREACH, FOLLOW_BLANK | FOLLOW_END, NAMING_CAMEL},
    {"foreach", DIRECTIVE_FOREACH, FOLLOW_BLANK | FOLLOW_END, NAMING_LEGACY},
    {"ftl", DIRECTIVE_FTL, FOLLOW_BLANK | FOLLOW_CLOSE2, NAMING_UNKNOWN},
    {"function", DIRECTIVE_FUNCTION, FOLLOW_BLANK | FOLLOW_END, NAMING_UNKNOWN},
    {"global", DIRECTIVE_GLOBAL, FOLLOW_BLANK | FOLLOW_END, NAMING_UNKNOWN},
    {"if", DIRECTIVE_IF, FOLLOW_BLANK | FOLLOW_END, NAMING_UNKNOWN},
    {"import", DIRECTIVE_IMPORT, FOLLOW_BLANK, NAMING_UNKNOWN},
    {"include", DIRECTIVE_INCLUDE, FOLLOW_BLANK, NAMING_UNKNOWN},
    {"items", DIRECTIVE_ITEMS, FOLLOW_BLANK | FOLLOW_END, NAMING_UNKNOWN},
    {"list", DIRECTIVE_LIST, FOLLOW_BLANK | FOLLOW_END, NAMING_UNKNOWN},
    {"local", DIRECTIVE_LOCAL, FOLLOW_BLANK | FOLLOW_END, NAMING_UNKNOWN},
    {"lt", DIRECTIVE_LT, FOLLOW_CLOSE2, NAMING_UNKNOWN},
    {"macro", DIRECTIVE_MACRO, FOLLOW_BLANK | FOLLOW_END, NAMING_UNKNOWN},
    {"nested", DIRECTIVE_NESTED, FOLLOW_BLANK | FOLLOW_CLOSE2, NAMING_UNKNOWN},
    {"noAutoEsc", DIRECTIVE_NOAUTOESC, FOLLOW_CLOSE | FOLLOW_END, NAMING_CAMEL},
    {"noEscape", DIRECTIVE_NOESCAPE, FOLLOW_CLOSE | FOLLOW_END, NAMING_CAMEL},
    {"noParse", DIRECTIVE_NOPARSE, FOLLOW_CLOSE, NAMING_CAMEL},
    {"noautoesc", DIRECTIVE_NOAUTOESC, FOLLOW_CLOSE | FOLLOW_END,
	NAMING_LEGACY},
    {"noescape", DIRECTIVE_NOESCAPE, FOLLOW_CLOSE | FOLLOW_END, NAMING_LEGACY},
    {"noparse", DIRECTIVE_NOPARSE, FOLLOW_CLOSE, NAMING_LEGACY},
    {"nt", DIRECTIVE_NT, FOLLOW_CLOSE2, NAMING_UNKNOWN},
    {"outputFormat", DIRECTIVE_OUTPUTFORMAT, FOLLOW_BLANK | FOLLOW_END,
	NAMING_CAMEL},
    {"outputformat", DIRECTIVE_OUTPUTFORMAT, FOLLOW_BLANK | FOLLOW_END,
	NAMING_LEGACY},
    {"recover", DIRECTIVE_RECOVER, FOLLOW_CLOSE | FOLLOW_END, NAMING_UNKNOWN},
    {"recurse", DIRECTIVE_RECURSE, FOLLOW_BLANK | FOLLOW_CLOSE2,
	NAMING_UNKNOWN},
    {"return", DIRECTIVE_RETURN, FOLLOW_BLANK | FOLLOW_CLOSE2, NAMING_UNKNOWN},
    {"rt", DIRECTIVE_RT, FOLLOW_CLOSE2, NAMING_UNKNOWN},
    {"sep", DIRECTIVE_SEP, FOLLOW_CLOSE | FOLLOW_END, NAMING_UNKNOWN},
    {"setting", DIRECTIVE_SETTING, FOLLOW_BLANK, NAMING_UNKNOWN},
    {"stop", DIRECTIVE_STOP, FOLLOW_BLANK | FOLLOW_CLOSE2, NAMING_UNKNOWN},
    {"switch", DIRECTIVE_SWITCH, FOLLOW_BLANK | FOLLOW_END, NAMING_UNKNOWN},
    {"t", DIRECTIVE_T, FOLLOW_CLOSE2, NAMING_UNKNOWN},
    {"transform", DIRECTIVE_TRANSFORM, FOLLOW_BLANK | FOLLOW_END,
	NAMING_UNKNOWN},
    {"visit", DIRECTIVE_VISIT, FOLLOW_BLANK, NAMING_UNKNOWN},
};

static int compare_form(const void *key, const void *element)
{
	const struct slice *name = key;
	const struct directive_form *form = element;
	int order = strncmp(name->data, form->name, name->len);

	return order != 0 ? order : form->name[name->len] != '\0' ? -1 : 0;
}

const char *lexer_known_directive(size_t i)
{
	return i < ARRAY_LEN(forms) ? forms[i].name : NULL;
}

const char *lexer_directive_name(enum directive directive)
{
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		if (forms[i].directive == directive &&
		    forms[i].naming != NAMING_CAMEL) {
			return forms[i].name;
		}
	}
	return "";
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static char peek(const struct lexer *lexer, size_t offset)
{
	return (char)((size_t)(lexer->end - lexer->at) > offset
		? lexer->at[offset]
		: '\0');
}

/* What a tag starts with: <#, </#, <@ or </@, in either bracket. */
enum tag {
	TAG_NONE,
	TAG_DIRECTIVE,
	TAG_DIRECTIVE_END,
	TAG_COMMENT,
	TAG_CALL,
	TAG_CALL_END,
};

static bool starts_word(const struct lexer *lexer, size_t offset)
{
	return is_word(peek(lexer, offset));
}

/* Bytes of the name (with dots) in </@a.b>, and to the end of the tag; 0 when
 * it is not such a tag. */
static size_t measure_call_end(const struct lexer *lexer, struct slice *name)
{
	const char *at = lexer->at + 3;

	name->data = at;
	for (size_t len = lexer_name_length(at, lexer->end); len > 0;
	     len = lexer_name_length(at, lexer->end)) {
		at += len;
		if (at == lexer->end || *at != '.') {
			break;
		}
		at++;
	}
	name->len = (size_t)(at - name->data);
	while (at < lexer->end && is_blank(*at)) {
		at++;
	}
	if (at == lexer->end || (*at != '>' && *at != ']')) {
		return 0;
	}
	return (size_t)(at + 1 - lexer->at);
}

static enum tag classify(const struct lexer *lexer)
{
	char open = peek(lexer, 0);
	struct slice name;

	if (open != '<' && open != '[') {
		return TAG_NONE;
	}
	if (peek(lexer, 1) == '@') {
		return TAG_CALL;
	}
	if (peek(lexer, 1) == '#') {
		if (peek(lexer, 2) == '-' && peek(lexer, 3) == '-') {
			return TAG_COMMENT;
		}
		return starts_word(lexer, 2) ? TAG_DIRECTIVE : TAG_NONE;
	}
	if (peek(lexer, 1) == '/' && peek(lexer, 2) == '#') {
		return starts_word(lexer, 3) ? TAG_DIRECTIVE_END : TAG_NONE;
	}
	if (peek(lexer, 1) == '/' && peek(lexer, 2) == '@') {
		return measure_call_end(lexer, &name) > 0 ? TAG_CALL_END
							  : TAG_NONE;
	}
	return TAG_NONE;
}

/* Behind the name: does the tag end at once? Sets *len to the bytes up to
 * there. */
static bool closes_at_once(
    const struct lexer *lexer, const char *at, bool may_be_empty, size_t *len)
{
	while (at < lexer->end && is_blank(*at)) {
		at++;
	}
	if (may_be_empty && at < lexer->end && *at == '/') {
		at++;
	}
	if (at == lexer->end || (*at != '>' && *at != ']')) {
		return false;
	}
	*len = (size_t)(at + 1 - lexer->at);
	return true;
}

/* FreeMarker takes two tags of the other syntax for tags: <#sep>, which it
 * forgot, and the header, as long as no tag has said which syntax it is. */
static bool is_foreign(const struct lexer *lexer, bool is_square)
{
	struct slice rest = {
	    lexer->at + 2, (size_t)(lexer->end - lexer->at) - 2};
	size_t len;

	if (is_square == lexer->is_square) {
		return false;
	}
	if (slice_starts_with(rest, "sep")) {
		return closes_at_once(lexer, rest.data + 3, false, &len);
	}
	return !lexer->is_syntax_known && slice_starts_with(rest, "ftl") &&
	    rest.len > 3 &&
	    (is_blank(rest.data[3]) ||
		closes_at_once(lexer, rest.data + 3, true, &len));
}

/* The tag here, if it is one in this template's syntax. */
static enum tag tag_here(const struct lexer *lexer)
{
	enum tag tag = TAG_NONE;
	bool is_square = peek(lexer, 0) == '[';

	if (!lexer->is_literal) {
		tag = classify(lexer);
	}
	if (tag == TAG_DIRECTIVE && is_foreign(lexer, is_square)) {
		return tag;
	}
	/* An end tag alone does not say which syntax it is. */
	if (lexer->is_syntax_detected && !lexer->is_syntax_known &&
	    tag != TAG_CALL_END) {
		return tag;
	}
	return is_square == lexer->is_square ? tag : TAG_NONE;
}

static bool interpolation_here(const struct lexer *lexer)
{
	return (peek(lexer, 0) == '$' || peek(lexer, 0) == '#') &&
	    peek(lexer, 1) == '{';
}

static void take_text(struct lexer *lexer, struct token *token)
{
	const char *start = lexer->at;

	while (lexer->at < lexer->end) {
		char c = *lexer->at;

		if ((c == '<' || c == '[') && tag_here(lexer) != TAG_NONE) {
			break;
		}
		if ((c == '$' || c == '#') && interpolation_here(lexer)) {
			break;
		}
		lexer_advance(lexer, 1);
	}
	lexer_finish(lexer, token, TOKEN_TEXT);
	token->text = slice_make(start, (size_t)(lexer->at - start));
}

/* Up to where `closes` says so: the rest of a comment or noparse. */
static void take_unparsed(struct lexer *lexer, struct token *token,
    const char *name, enum token_kind kind)
{
	const char *start = lexer->at;

	for (; lexer->at < lexer->end; lexer_advance(lexer, 1)) {
		const char *at = lexer->at;
		size_t len = strlen(name);
		struct slice rest;

		if ((*at != '<' && *at != '[') || peek(lexer, 1) != '/') {
			continue;
		}
		at += peek(lexer, 2) == '#' ? 3 : 2;
		rest = slice_make(at, (size_t)(lexer->end - at));
		if (!slice_starts_with(rest, name)) {
			continue;
		}
		at += len;
		while (at < lexer->end && is_blank(*at)) {
			at++;
		}
		if (at == lexer->end || (*at != '>' && *at != ']')) {
			continue;
		}
		token->text = slice_make(start, (size_t)(lexer->at - start));
		lexer_advance(lexer, (size_t)(at + 1 - lexer->at));
		lexer_finish(lexer, token, kind);
		return;
	}
	lexer_fail(lexer, token,
	    "this <#%s> is not closed: there is no </#%s> "
	    "for it",
	    name, name);
}

static void take_comment(struct lexer *lexer, struct token *token)
{
	char close = lexer->is_square ? ']' : '>';

	lexer_advance(lexer, 4);
	for (; lexer->at < lexer->end; lexer_advance(lexer, 1)) {
		if (peek(lexer, 0) == '-' && peek(lexer, 1) == '-' &&
		    peek(lexer, 2) == close) {
			lexer_advance(lexer, 3);
			lexer_finish(lexer, token, TOKEN_COMMENT);
			return;
		}
	}
	lexer_fail(lexer, token, "this comment is not closed with --%c", close);
}

static const struct directive_form *find_form(struct slice name)
{
	return bsearch(&name, forms, sizeof(forms) / sizeof(forms[0]),
	    sizeof(forms[0]), compare_form);
}

static void finish_whole(
    struct lexer *lexer, struct token *token, enum token_kind kind, size_t len)
{
	char wanted = lexer->is_square ? ']' : '>';
	char found = lexer->at[len - 1];

	lexer_advance(lexer, len);
	token->is_whole = true;
	if (found != wanted) {
		lexer_fail(
		    lexer, token, "the tag must end with \"%c\"", wanted);
		return;
	}
	if (token->directive == DIRECTIVE_FTL) {
		lexer_eat_line(lexer);
	}
	lexer_finish(lexer, token, kind);
}

/* <#items as x>: FreeMarker takes "as" for a part of the tag's name. */
static bool takes_as(const struct lexer *lexer, const char *at, size_t *len)
{
	while (at < lexer->end && is_blank(*at)) {
		at++;
	}
	if (lexer->end - at < 3 || memcmp(at, "as", 2) != 0 ||
	    !is_blank(at[2])) {
		return false;
	}
	*len = (size_t)(at + 2 - lexer->at);
	return true;
}

static void fail_form(
    struct lexer *lexer, struct token *token, const struct directive_form *form)
{
	const char *usage = lexer_usage(form->directive);

	if (usage != NULL) {
		lexer_fail(
		    lexer, token, "<#%s> is written %s", form->name, usage);
	} else if (form->directive == DIRECTIVE_ELSE) {
		lexer_fail(lexer, token,
		    "<#else> has no condition: write <#elseif condition>");
	} else {
		lexer_fail(lexer, token, "<#%s> %s", form->name,
		    (form->follow & FOLLOW_BLANK) != 0
			? "needs something behind its name"
			: "takes nothing: it ends behind its name, with >");
	}
}

static void take_directive(struct lexer *lexer, struct token *token,
    struct slice name, const struct directive_form *form)
{
	const char *behind = name.data + name.len;
	size_t len;

	token->directive = form->directive;
	if ((form->follow & FOLLOW_BLANK) != 0 && behind < lexer->end &&
	    is_blank(*behind)) {
		len = (size_t)(behind - lexer->at);
		if (form->directive == DIRECTIVE_ITEMS &&
		    !takes_as(lexer, behind, &len)) {
			fail_form(lexer, token, form);
			return;
		}
		if ((form->follow & FOLLOW_CLOSE2) == 0 ||
		    !closes_at_once(lexer, behind, true, &len)) {
			lexer_advance(lexer, len);
			lexer->mode = LEXER_EXPRESSION;
			lexer->is_in_ftl = form->directive == DIRECTIVE_FTL;
			lexer_finish(lexer, token, TOKEN_DIRECTIVE);
			return;
		}
	}
	if ((form->follow & (FOLLOW_CLOSE | FOLLOW_CLOSE2)) == 0 ||
	    !closes_at_once(
		lexer, behind, (form->follow & FOLLOW_CLOSE2) != 0, &len)) {
		fail_form(lexer, token, form);
		return;
	}
	finish_whole(lexer, token, TOKEN_DIRECTIVE, len);
	if (token->kind != TOKEN_ERROR &&
	    form->directive == DIRECTIVE_COMMENT) {
		take_unparsed(lexer, token, form->name, TOKEN_COMMENT);
	} else if (token->kind != TOKEN_ERROR &&
	    form->directive == DIRECTIVE_NOPARSE) {
		take_unparsed(lexer, token, form->name, TOKEN_NOPARSE);
	}
}

static void take_directive_end(struct lexer *lexer, struct token *token,
    struct slice name, const struct directive_form *form)
{
	size_t len;

	token->directive = form->directive;
	if ((form->follow & FOLLOW_END) == 0) {
		lexer_fail(lexer, token,
		    "there is no </#%.*s>: <#%.*s> has no end tag",
		    SLICE_ARGS(name), SLICE_ARGS(name));
	} else if (!closes_at_once(lexer, name.data + name.len, false, &len)) {
		lexer_fail(lexer, token, "</#%.*s> is not closed with \">\"",
		    SLICE_ARGS(name));
	} else {
		finish_whole(lexer, token, TOKEN_DIRECTIVE_END, len);
	}
}

static void take_tag(struct lexer *lexer, struct token *token, bool is_end)
{
	struct slice name = {lexer->at + (is_end ? 3 : 2), 0};
	const struct directive_form *form;

	while (
	    name.data + name.len < lexer->end && is_word(name.data[name.len])) {
		name.len++;
	}
	form = find_form(name);
	if (form == NULL) {
		char hint[LEXER_HINT_MAX];

		lexer_hint_directive(name, hint);
		lexer_fail(lexer, token, "there is no <%s#%.*s>%s",
		    is_end ? "/" : "", SLICE_ARGS(name), hint);
		return;
	}
	if (!lexer_note_naming(lexer, token, form->naming)) {
		return;
	}
	if (is_end) {
		take_directive_end(lexer, token, name, form);
	} else {
		take_directive(lexer, token, name, form);
	}
}

static void take_call_end(struct lexer *lexer, struct token *token)
{
	size_t len = measure_call_end(lexer, &token->text);

	finish_whole(lexer, token, TOKEN_CALL_END, len);
}

static void take_foreign(struct lexer *lexer, struct token *token)
{
	size_t len;

	if (lexer->at[2] != 's' ||
	    !closes_at_once(lexer, lexer->at + 5, false, &len)) {
		lexer_fail(lexer, token,
		    "<#ftl> must be the first thing in a template");
		return;
	}
	token->directive = DIRECTIVE_SEP;
	token->is_whole = true;
	lexer_advance(lexer, len);
	lexer_finish(lexer, token, TOKEN_DIRECTIVE);
}

void lexer_next_in_text(struct lexer *lexer, struct token *token)
{
	enum tag tag;

	lexer_begin(lexer, token);
	if (lexer->at == lexer->end) {
		lexer_finish(lexer, token, TOKEN_END);
		return;
	}
	if (interpolation_here(lexer)) {
		bool is_numeric = *lexer->at == '#';

		lexer_advance(lexer, 2);
		lexer->mode = LEXER_EXPRESSION;
		lexer->is_in_interpolation = true;
		lexer_finish(lexer, token,
		    is_numeric ? TOKEN_NUMERIC : TOKEN_INTERPOLATION);
		return;
	}
	tag = tag_here(lexer);
	if (tag == TAG_DIRECTIVE && is_foreign(lexer, *lexer->at == '[')) {
		take_foreign(lexer, token);
		return;
	}
	if (tag != TAG_NONE && tag != TAG_CALL_END && !lexer->is_syntax_known) {
		lexer->is_square = *lexer->at == '[';
		lexer->is_syntax_known = true;
	}
	switch (tag) {
	case TAG_NONE:
		take_text(lexer, token);
		return;
	case TAG_DIRECTIVE:
	case TAG_DIRECTIVE_END:
		take_tag(lexer, token, tag == TAG_DIRECTIVE_END);
		return;
	case TAG_COMMENT:
		take_comment(lexer, token);
		return;
	case TAG_CALL:
		lexer_advance(lexer, 2);
		lexer->mode = LEXER_EXPRESSION;
		lexer->ends_name_at_blank = true;
		lexer_finish(lexer, token, TOKEN_CALL);
		return;
	case TAG_CALL_END:
		take_call_end(lexer, token);
		return;
	}
}
