/* What is told to whoever writes a directive that is none, or writes one in
 * another form than its own. */
#include <stdio.h>

#include "common/base/nearest.h"
#include "dispatcher/template/lexer.h"

struct usage {
	enum directive directive;
	const char *text;
};

/* Of those that need something behind their name. */
static const struct usage usages[] = {
    {DIRECTIVE_ASSIGN, "<#assign name = value>"},
    {DIRECTIVE_CASE, "<#case value>"},
    {DIRECTIVE_ELSEIF, "<#elseif condition>"},
    {DIRECTIVE_ESCAPE, "<#escape x as x?json_string>"},
    {DIRECTIVE_FOREACH, "<#foreach item in sequence>"},
    {DIRECTIVE_FUNCTION, "<#function name parameter ...>"},
    {DIRECTIVE_GLOBAL, "<#global name = value>"},
    {DIRECTIVE_IF, "<#if condition>"},
    {DIRECTIVE_ITEMS, "<#items as item>"},
    {DIRECTIVE_LIST, "<#list sequence as item>"},
    {DIRECTIVE_LOCAL, "<#local name = value>"},
    {DIRECTIVE_MACRO, "<#macro name parameter ...>"},
    {DIRECTIVE_OUTPUTFORMAT, "<#outputformat \"HTML\">"},
    {DIRECTIVE_SETTING, "<#setting name = value>"},
    {DIRECTIVE_SWITCH, "<#switch value>"},
};

/* Words of other template languages. */
struct slip {
	const char *word;
	const char *meant;
};

static const struct slip slips[] = {
    {"case_else", "<#default>"},
    {"each", "<#list sequence as item>"},
    {"elif", "<#elseif condition>"},
    {"elsif", "<#elseif condition>"},
    {"end", "an end tag such as </#if>"},
    {"endfor", "</#list>"},
    {"endif", "</#if>"},
    {"endlist", "</#list>"},
    {"fi", "</#if>"},
    {"for", "<#list sequence as item>"},
    {"let", "<#assign name = value>"},
    {"set", "<#assign name = value>"},
    {"unless", "<#if !(condition)>"},
    {"var", "<#assign name = value>"},
    {"when", "<#case value>"},
    {"while", "<#list sequence as item>, with <#break>"},
};

const char *lexer_usage(enum directive directive)
{
	for (size_t i = 0; i < ARRAY_LEN(usages); i++) {
		if (usages[i].directive == directive) {
			return usages[i].text;
		}
	}
	return NULL;
}

/* In lower case, cut to what may be near anything. */
static struct slice lower(struct slice word, char text[NEAREST_WORD_MAX + 1])
{
	size_t len = word.len < NEAREST_WORD_MAX ? word.len : NEAREST_WORD_MAX;

	for (size_t i = 0; i < len; i++) {
		char c = word.data[i];

		text[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
	}
	return slice_make(text, len);
}

void lexer_hint_directive(struct slice name, char hint[LEXER_HINT_MAX])
{
	char text[NEAREST_WORD_MAX + 1];
	struct slice word = lower(name, text);
	struct nearest nearest;
	const char *known;

	for (size_t i = 0; i < ARRAY_LEN(slips); i++) {
		if (slice_is(word, slips[i].word)) {
			(void)snprintf(
			    hint, LEXER_HINT_MAX, "; write %s", slips[i].meant);
			return;
		}
	}
	nearest_init(&nearest, word);
	for (size_t i = 0; (known = lexer_known_directive(i)) != NULL; i++) {
		nearest_offer(&nearest, slice_of(known));
	}
	hint[0] = '\0';
	/* Of short words, much is near. */
	if (nearest.len > 0 && nearest.distance * 2 <= word.len) {
		(void)snprintf(hint, LEXER_HINT_MAX, "; did you mean <#%s>?",
		    nearest.word);
	}
}
