/*
 * Recursive descent: alternatives, sequences, items with a quantifier. What
 * matches no character, such as a caret, is wrapped in a group when it is
 * written, because PCRE2 would not repeat it and Java does.
 */
#include "dispatcher/template/regex_java.h"

#include <stdio.h>
#include <string.h>

#include "dispatcher/template/regex.h"
#include "dispatcher/template/text.h"

enum {
	UTF8_MAX = 4,
};

bool java_refuse(struct java_regex *regex)
{
	if (regex->status == JAVA_OK) {
		regex->status = JAVA_BAD;
		regex->unread = regex->rest.len;
	}
	return false;
}

void java_put_slice(
    struct java_regex *regex, struct java_text *text, struct slice more)
{
	if (text->room - text->len < more.len) {
		size_t room = (text->room + more.len) * 2 + 16;
		char *data = arena_alloc(regex->arena, room);

		if (data == NULL) {
			regex->status = JAVA_MEMORY;
			return;
		}
		if (text->len > 0) {
			memcpy(data, text->data, text->len);
		}
		text->data = data;
		text->room = room;
	}
	if (more.len > 0) {
		memcpy(text->data + text->len, more.data, more.len);
		text->len += more.len;
	}
}

void java_put(
    struct java_regex *regex, struct java_text *text, const char *more)
{
	java_put_slice(regex, text, slice_of(more));
}

void java_put_character(
    struct java_regex *regex, struct java_text *text, uint32_t character)
{
	char utf8[UTF8_MAX + 1] = {'\\'};
	bool is_plain = character >= 0x80 ||
	    (character >= '0' && character <= '9') ||
	    (character >= 'A' && character <= 'Z') ||
	    (character >= 'a' && character <= 'z');

	if (character < ' ' || character == 0x7f) {
		char code[UTF8_MAX * 2];

		(void)snprintf(code, sizeof(code), "\\x%02x", character);
		java_put(regex, text, code);
		return;
	}
	java_put_slice(regex, text,
	    slice_make(
		utf8 + is_plain, text_encode(utf8 + 1, character) + !is_plain));
}

/* --- reading */

static bool is_ascii_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_comments(struct java_regex *regex)
{
	while (regex->rest.len > 0) {
		char c = regex->rest.data[0];

		if (c == '#') {
			while (regex->rest.len > 0 &&
			    regex->rest.data[0] != '\n' &&
			    regex->rest.data[0] != '\r') {
				regex->rest = slice_from(regex->rest, 1);
			}
		} else if (is_ascii_space(c)) {
			regex->rest = slice_from(regex->rest, 1);
		} else {
			return;
		}
	}
}

uint32_t java_peek(struct java_regex *regex, size_t *len)
{
	*len = 0;
	if ((regex->flags & REGEX_COMMENTS) != 0) {
		skip_comments(regex);
	}
	return regex->rest.len > 0 ? text_decode(regex->rest, 0, len) : 0;
}

bool java_accept(struct java_regex *regex, char c)
{
	size_t len;

	if (java_peek(regex, &len) != (uint32_t)c || len == 0) {
		return false;
	}
	regex->rest = slice_from(regex->rest, len);
	return true;
}

uint32_t java_take(struct java_regex *regex)
{
	size_t len = 0;
	uint32_t character =
	    regex->rest.len > 0 ? text_decode(regex->rest, 0, &len) : 0;

	regex->rest = slice_from(regex->rest, len);
	return character;
}

static bool has_flag(const struct java_regex *regex, unsigned flag)
{
	return (regex->flags & flag) != 0;
}

/* --- quantifiers */

/* {2}, {2,} or {2,3}, behind its curly. */
static bool read_counts(struct java_regex *regex)
{
	unsigned counts[2] = {0, UINT32_MAX};
	int count = 0;

	java_put(regex, &regex->out, "{");
	for (; count < 2; count++) {
		size_t digits = 0;

		counts[count] = 0;
		while (digits < regex->rest.len &&
		    regex->rest.data[digits] >= '0' &&
		    regex->rest.data[digits] <= '9' && digits < 6) {
			counts[count] = counts[count] * 10 +
			    (unsigned)(regex->rest.data[digits++] - '0');
		}
		if (digits == 0) {
			counts[count] = UINT32_MAX;
		}
		java_put_slice(
		    regex, &regex->out, slice_make(regex->rest.data, digits));
		regex->rest = slice_from(regex->rest, digits);
		if (count == 1 || regex->rest.len == 0 ||
		    regex->rest.data[0] != ',') {
			break;
		}
		java_put(regex, &regex->out, ",");
		regex->rest = slice_from(regex->rest, 1);
	}
	java_put(regex, &regex->out, "}");
	if (regex->rest.len == 0 || regex->rest.data[0] != '}' ||
	    (count == 1 && counts[1] < counts[0])) {
		return java_refuse(regex);
	}
	regex->rest = slice_from(regex->rest, 1);
	return true;
}

/* At most one, behind what it repeats. */
static bool read_quantifier(struct java_regex *regex)
{
	size_t len;
	uint32_t c = java_peek(regex, &len);
	char text[2] = {(char)c, 0};

	if (c == '{') {
		regex->rest = slice_from(regex->rest, len);
		if (regex->rest.len == 0 || regex->rest.data[0] < '0' ||
		    regex->rest.data[0] > '9') {
			return java_refuse(regex);
		}
		if (!read_counts(regex)) {
			return false;
		}
	} else if (c == '*' || c == '+' || c == '?') {
		regex->rest = slice_from(regex->rest, len);
		java_put(regex, &regex->out, text);
	} else {
		return true;
	}
	if (java_accept(regex, '?')) {
		java_put(regex, &regex->out, "?");
	} else if (java_accept(regex, '+')) {
		java_put(regex, &regex->out, "+");
	}
	return true;
}

/* --- groups */

static bool read_alternatives(struct java_regex *regex);

/* Up to its parenthesis, behind what begins the group. */
static bool read_group_rest(struct java_regex *regex)
{
	bool is_ok;

	if (++regex->depth > JAVA_DEPTH_MAX) {
		return java_refuse(regex);
	}
	is_ok = read_alternatives(regex);
	regex->depth--;
	if (!is_ok || !java_accept(regex, ')')) {
		return java_refuse(regex);
	}
	java_put(regex, &regex->out, ")");
	return true;
}

static bool set_mode(struct java_regex *regex, char letter, bool is_on)
{
	unsigned flag = 0;

	switch (letter) {
	case 'i':
		flag = REGEX_IGNORE_CASE;
		break;
	case 'm':
		flag = REGEX_MULTILINE;
		break;
	case 's':
		flag = REGEX_DOT_ALL;
		break;
	case 'x':
		flag = REGEX_COMMENTS;
		break;
	case 'd':
		regex->is_unix_lines = is_on;
		break;
	case 'u':
		regex->is_unicode_case = is_on;
		break;
	case 'U':
		regex->is_unicode_classes = is_on;
		regex->is_unicode_case = is_on || regex->is_unicode_case;
		break;
	case 'c':
		break;
	default:
		return false;
	}
	regex->flags = is_on ? regex->flags | flag : regex->flags & ~flag;
	return true;
}

/* (?im-s) or (?im-s:...), behind its question mark. */
static bool read_modes(struct java_regex *regex, bool *is_group)
{
	bool is_on = true;
	char c = '\0';

	for (;;) {
		size_t len;

		c = (char)java_peek(regex, &len);
		if (c == '-' && is_on) {
			is_on = false;
		} else if (!set_mode(regex, c, is_on)) {
			break;
		}
		regex->rest = slice_from(regex->rest, len);
	}
	*is_group = c == ':';
	if (c != ':' && c != ')') {
		return java_refuse(regex);
	}
	regex->rest = slice_from(regex->rest, 1);
	return true;
}

static bool read_named_group(struct java_regex *regex)
{
	struct slice name;

	if (!java_read_name(regex, &name) || java_is_named(regex, name) ||
	    regex->name_count == JAVA_NAMES_MAX) {
		return java_refuse(regex);
	}
	regex->names[regex->name_count++] = name;
	regex->groups++;
	java_put(regex, &regex->out, "(?<");
	java_put_slice(regex, &regex->out, name);
	java_put(regex, &regex->out, ">");
	return read_group_rest(regex);
}

/* What (? begins, behind both. */
static bool read_special_group(struct java_regex *regex, bool *is_group)
{
	static const char *const openings[] = {":", "=", "!", ">", "<=", "<!"};

	*is_group = true;
	for (size_t i = 0; i < ARRAY_LEN(openings); i++) {
		if (slice_starts_with(regex->rest, openings[i])) {
			regex->rest =
			    slice_from(regex->rest, strlen(openings[i]));
			/* Twice, so that an assertion can be repeated. */
			java_put(regex, &regex->out, "(?:(?");
			java_put(regex, &regex->out, openings[i]);
			if (!read_group_rest(regex)) {
				return false;
			}
			java_put(regex, &regex->out, ")");
			return true;
		}
	}
	if (slice_starts_with(regex->rest, "<")) {
		regex->rest = slice_from(regex->rest, 1);
		return read_named_group(regex);
	}
	if (!read_modes(regex, is_group)) {
		return false;
	}
	if (!*is_group) {
		return true;
	}
	java_put(regex, &regex->out, "(?:");
	return read_group_rest(regex);
}

/* Behind its parenthesis. Modes of a group end with it; (?i) changes those
 * around it. */
static bool read_group(struct java_regex *regex)
{
	struct java_regex outer = *regex;
	bool is_group = true;

	if (regex->rest.len > 0 && regex->rest.data[0] == '?') {
		regex->rest = slice_from(regex->rest, 1);
		if (!read_special_group(regex, &is_group)) {
			return false;
		}
	} else {
		regex->groups++;
		java_put(regex, &regex->out, "(");
		if (!read_group_rest(regex)) {
			return false;
		}
	}
	if (!is_group) {
		return true;
	}
	regex->flags = outer.flags;
	regex->is_unicode_case = outer.is_unicode_case;
	regex->is_unix_lines = outer.is_unix_lines;
	regex->is_unicode_classes = outer.is_unicode_classes;
	return read_quantifier(regex);
}

/* --- sequences */

static bool read_item(struct java_regex *regex, uint32_t c, size_t len)
{
	/* A count of nothing: Java repeats what is empty. */
	if (c == '{') {
		java_put(regex, &regex->out, "(?:)");
		return read_quantifier(regex);
	}
	regex->rest = slice_from(regex->rest, len);
	switch (c) {
	case '(':
		return read_group(regex);
	case '*':
	case '+':
	case '?':
		return java_refuse(regex);
	case '[':
		if (!java_class(regex, &regex->out)) {
			return false;
		}
		break;
	case '\\':
		if (!java_read_escape(regex)) {
			return false;
		}
		break;
	case '^':
		java_put_caret(regex);
		break;
	case '$':
		java_put_dollar(regex, has_flag(regex, REGEX_MULTILINE));
		break;
	case '.':
		java_put_dot(regex);
		break;
	default:
		java_put_literal(regex, c);
		break;
	}
	return read_quantifier(regex);
}

static bool read_alternatives(struct java_regex *regex)
{
	for (;;) {
		size_t len;
		uint32_t c = java_peek(regex, &len);

		if (len == 0 || c == ')') {
			return true;
		}
		if (c == '|') {
			regex->rest = slice_from(regex->rest, len);
			java_put(regex, &regex->out, "|");
		} else if (!read_item(regex, c, len)) {
			return false;
		}
		if (regex->status != JAVA_OK) {
			return false;
		}
	}
}

/* --- the whole */

static bool is_quotable(char c)
{
	return (unsigned char)c < 0x80 && !(c >= 'a' && c <= 'z') &&
	    !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9');
}

/* \Q...\E: what is quoted gets its backslashes one by one. */
static void unquote(struct java_regex *regex)
{
	struct java_text plain = {.data = NULL};
	struct slice rest = regex->rest;
	bool is_quoted = false;

	while (rest.len > 0) {
		size_t taken = 1;

		if (slice_starts_with(rest, is_quoted ? "\\E" : "\\Q")) {
			is_quoted = !is_quoted;
			rest = slice_from(rest, 2);
			continue;
		}
		if (is_quoted && is_quotable(rest.data[0])) {
			java_put(regex, &plain, "\\");
		} else if (!is_quoted && rest.data[0] == '\\' && rest.len > 1) {
			taken = 2;
		}
		java_put_slice(regex, &plain, slice_make(rest.data, taken));
		rest = slice_from(rest, taken);
	}
	regex->rest = slice_make(plain.data, plain.len);
}

enum java_status java_translate(struct arena *arena, struct slice pattern,
    unsigned flags, struct slice *translated, size_t *unread)
{
	struct java_regex regex = {
	    .arena = arena, .rest = pattern, .flags = flags};

	unquote(&regex);
	if (read_alternatives(&regex) && regex.rest.len > 0) {
		(void)java_refuse(&regex); /* a `)` too many */
	}
	if (regex.status == JAVA_OK) {
		java_settle_references(&regex);
	}
	*translated = slice_make(regex.out.data, regex.out.len);
	*unread = regex.unread;
	return regex.status;
}
