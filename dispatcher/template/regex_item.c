/* What one item of Java's regular expressions is in PCRE2's: characters, line
 * ends and boundaries, references to groups. */
#include <stdio.h>
#include <string.h>

#include "dispatcher/template/regex.h"
#include "dispatcher/template/regex_java.h"
#include "dispatcher/template/text.h"

/* A reference to a group that there is not in the end is written over with
 * what never matches, of the same length. */
#define REFERENCE "\\g{%04u}"
#define NEVER "(?!(?:))"

#define LINE_ENDS "\\r\\x{85}\\x{2028}\\x{2029}" /* less \n */
#define WORD "[\\p{L}\\p{Nd}\\p{Mn}_]"

enum {
	REFERENCE_LENGTH = 8,
	REFERENCE_MAX = 9999,
	NUL_AND_MORE = 8,
};

static bool has_flag(const struct java_regex *regex, unsigned flag)
{
	return (regex->flags & flag) != 0;
}

static bool is_ascii_letter(uint32_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A group's name, up to its `>`. */
bool java_read_name(struct java_regex *regex, struct slice *name)
{
	size_t len = 0;

	while (len < regex->rest.len &&
	    (is_ascii_letter((unsigned char)regex->rest.data[len]) ||
		(len > 0 && regex->rest.data[len] >= '0' &&
		    regex->rest.data[len] <= '9'))) {
		len++;
	}
	*name = slice_make(regex->rest.data, len);
	regex->rest = slice_from(regex->rest, len);
	if (len == 0 || regex->rest.len == 0 || regex->rest.data[0] != '>') {
		return java_refuse(regex);
	}
	regex->rest = slice_from(regex->rest, 1);
	return true;
}

bool java_is_named(const struct java_regex *regex, struct slice name)
{
	for (size_t i = 0; i < regex->name_count; i++) {
		if (slice_equal(regex->names[i], name)) {
			return true;
		}
	}
	return false;
}

/* A character that stands for itself, or for both of its cases. */
void java_put_literal(struct java_regex *regex, uint32_t character)
{
	struct java_text *out = &regex->out;
	bool ignores_case = has_flag(regex, REGEX_IGNORE_CASE);

	if (ignores_case && regex->is_unicode_case) {
		java_put(regex, out, "(?i:");
		java_put_character(regex, out, character);
		java_put(regex, out, ")");
	} else if (ignores_case && is_ascii_letter(character)) {
		java_put(regex, out, "[");
		java_put_character(regex, out, character);
		java_put_character(regex, out, character ^ 0x20);
		java_put(regex, out, "]");
	} else {
		java_put_character(regex, out, character);
	}
}

void java_put_dot(struct java_regex *regex)
{
	java_put(regex, &regex->out,
	    has_flag(regex, REGEX_DOT_ALL) ? "(?s:.)"
		: regex->is_unix_lines	   ? "[^\\n]"
					   : "[^\\n" LINE_ENDS "]");
}

void java_put_caret(struct java_regex *regex)
{
	java_put(regex, &regex->out,
	    !has_flag(regex, REGEX_MULTILINE) ? "(?:\\A)"
		: regex->is_unix_lines
		? "(?:(?!\\z)(?:\\A|(?<=\\n)))"
		: "(?:(?!\\z)(?:\\A|(?<=[\\n\\x{85}\\x{2028}\\x{2029}])|"
		  "(?<=\\r)(?!\\n)))");
}

/* Before the last line end, and at the end; in multiline mode before any. */
void java_put_dollar(struct java_regex *regex, bool is_multiline)
{
	const char *dollar;

	if (regex->is_unix_lines) {
		dollar = is_multiline ? "(?:(?=\\n)|\\z)" : "(?:(?=\\n?\\z))";
	} else if (is_multiline) {
		dollar = "(?:(?=[" LINE_ENDS "])|(?<!\\r)(?=\\n)|\\z)";
	} else {
		dollar = "(?:(?=\\r\\n\\z)|(?=[" LINE_ENDS "]\\z)|"
			 "(?<!\\r)(?=\\n\\z)|\\z)";
	}
	java_put(regex, &regex->out, dollar);
}

static void put_reference(struct java_regex *regex, unsigned group)
{
	char text[REFERENCE_LENGTH + NUL_AND_MORE];
	bool ignores_case = has_flag(regex, REGEX_IGNORE_CASE);

	(void)snprintf(text, sizeof(text), REFERENCE, group % REFERENCE_MAX);
	java_put(regex, &regex->out, ignores_case ? "(?i:" : "(?:");
	java_put(regex, &regex->out, text);
	java_put(regex, &regex->out, ")");
	if (group > regex->highest_reference) {
		regex->highest_reference = group;
	}
}

/* \1: one more digit belongs to it only if there is such a group by now. */
static void read_reference(struct java_regex *regex)
{
	unsigned group = java_take(regex) - '0';

	while (regex->rest.len > 0 && regex->rest.data[0] >= '0' &&
	    regex->rest.data[0] <= '9') {
		unsigned longer =
		    group * 10 + (unsigned)(regex->rest.data[0] - '0');

		if (longer > regex->groups) {
			break;
		}
		group = longer;
		regex->rest = slice_from(regex->rest, 1);
	}
	put_reference(regex, group);
}

static bool read_named_reference(struct java_regex *regex)
{
	struct slice name;

	if (!java_accept(regex, '<') || !java_read_name(regex, &name) ||
	    !java_is_named(regex, name)) {
		return java_refuse(regex);
	}
	java_put(regex, &regex->out,
	    has_flag(regex, REGEX_IGNORE_CASE) ? "(?i:\\k<" : "(?:\\k<");
	java_put_slice(regex, &regex->out, name);
	java_put(regex, &regex->out, ">)");
	return true;
}

/* \b \A \R and such. False when the letter is none of them. */
static bool put_boundary(struct java_regex *regex, uint32_t letter)
{
	const char *text;

	switch (letter) {
	case 'A':
		text = "(?:\\A)";
		break;
	case 'B':
		text =
		    "(?:(?<=" WORD ")(?=" WORD ")|(?<!" WORD ")(?!" WORD "))";
		break;
	case 'G':
		text = "(?:\\G)";
		break;
	case 'R':
		text = "(?:\\r\\n|[\\n\\x0B\\f" LINE_ENDS "])";
		break;
	case 'X':
		text = "(?:\\X)";
		break;
	case 'b':
		text =
		    "(?:(?<=" WORD ")(?!" WORD ")|(?<!" WORD ")(?=" WORD "))";
		break;
	case 'z':
		text = "(?:\\z)";
		break;
	default:
		return false;
	}
	java_put(regex, &regex->out, text);
	return true;
}

/* What a backslash begins, outside of brackets. */
bool java_read_escape(struct java_regex *regex)
{
	struct java_set set = {.items = {.data = NULL}};
	uint32_t character;
	char letter = '\0';

	if (regex->rest.len > 0) {
		letter = regex->rest.data[0];
	}
	if (letter >= '1' && letter <= '9') {
		read_reference(regex);
		return true;
	}
	if (letter == 'Z') {
		regex->rest = slice_from(regex->rest, 1);
		java_put_dollar(regex, false);
		return true;
	}
	if (letter == 'k') {
		regex->rest = slice_from(regex->rest, 1);
		return read_named_reference(regex);
	}
	if (put_boundary(regex, (unsigned char)letter)) {
		regex->rest = slice_from(regex->rest, 1);
		return true;
	}
	if (java_escaped_class(regex, &set)) {
		java_put_set(regex, &regex->out, &set, false);
		return true;
	}
	if (regex->status != JAVA_OK ||
	    !java_escaped_character(regex, &character)) {
		return java_refuse(regex);
	}
	java_put_literal(regex, character);
	return true;
}

/* References to groups that there are not match nothing. */
void java_settle_references(struct java_regex *regex)
{
	char *at = regex->out.data;
	char *end;

	if (regex->highest_reference <= regex->groups) {
		return; /* or there is nothing at all */
	}
	end = at + regex->out.len;
	for (; end - at >= REFERENCE_LENGTH; at++) {
		unsigned group = 0;

		if (memcmp(at, "\\\\", 2) == 0) {
			at++; /* an escaped backslash */
			continue;
		}
		if (memcmp(at, "\\g{", 3) != 0) {
			continue;
		}
		for (int i = 3; i < REFERENCE_LENGTH - 1; i++) {
			group = group * 10 + (unsigned)(at[i] - '0');
		}
		if (group > regex->groups) {
			memcpy(at, NEVER, REFERENCE_LENGTH);
		}
	}
}
