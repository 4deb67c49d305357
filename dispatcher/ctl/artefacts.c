#include "dispatcher/ctl/artefacts.h"

#include <stdbool.h>
#include <string.h>

enum {
	NAME_SHOWN = 40, /* bytes of the template in a finding */
};

struct scan {
	struct slice rest;
	int line;
	int column;	/* characters, as the compiler counts */
	bool in_string; /* of JSON; those of expressions are read whole */
	char last;	/* not blank; '"' for a whole string */
	int quote_line; /* typographic quotes are told once a line */
	artefacts_cb found;
	void *arg;
};

/* ---- reading ---- */

/* 0 at the end. */
static char peek(const struct scan *scan, size_t offset)
{
	if (offset >= scan->rest.len) {
		return '\0';
	}
	return scan->rest.data[offset];
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Of a name or a number. */
static bool is_word(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
	    c == '@' || ((unsigned char)c & 0x80) != 0;
}

static void advance(struct scan *scan, size_t bytes)
{
	for (size_t i = 0; i < bytes && i < scan->rest.len; i++) {
		char c = scan->rest.data[i];

		if (c == '\n') {
			scan->line++;
			scan->column = 1;
		} else if (((unsigned char)c & 0xc0) != 0x80) {
			scan->column++;
		}
		if (!is_blank(c)) {
			scan->last = c;
		}
	}
	scan->rest = slice_from(scan->rest, bytes);
}

static bool is_at(const struct scan *scan, const char *text)
{
	return slice_starts_with(scan->rest, text);
}

/* Where `text` comes next, from `start` on; the end when it does not. */
static size_t find(struct slice rest, size_t start, const char *text)
{
	for (size_t i = start; i < rest.len; i++) {
		if (slice_starts_with(slice_from(rest, i), text)) {
			return i;
		}
	}
	return rest.len;
}

/* Behind <#-- and <!--. */
static bool skip_comment(struct scan *scan)
{
	if (!is_at(scan, "<#--") && !is_at(scan, "<!--")) {
		return false;
	}
	advance(scan, find(scan->rest, 4, "-->") + 3);
	return true;
}

/* <#if, </#if, <@name, </@name: how long up to its name's end; 0: no tag. */
static size_t tag_length(struct slice text)
{
	size_t len = slice_starts_with(text, "</") ? 2 : 1;

	if (text.len < len + 2 || text.data[0] != '<' ||
	    (text.data[len] != '#' && text.data[len] != '@') ||
	    (!is_letter(text.data[len + 1]) &&
		!(text.data[1] == '/' && text.data[len + 1] == '>'))) {
		return 0;
	}
	len++;
	while (len < text.len && len < NAME_SHOWN && is_word(text.data[len])) {
		len++;
	}
	return len;
}

/* U+2018 to U+201F. */
static bool is_typographic_quote(const struct scan *scan)
{
	return is_at(scan, "\xe2\x80") &&
	    (unsigned char)peek(scan, 2) >= 0x98 &&
	    (unsigned char)peek(scan, 2) <= 0x9f;
}

/* ---- findings ---- */

static void tell(const struct scan *scan, const struct err *finding)
{
	scan->found(scan->arg, finding);
}

static void tell_backslash(const struct scan *scan, size_t tag_len)
{
	struct err finding;

	err_set_at(&finding, scan->line, scan->column,
	    "delete the backslash before %.*s",
	    (int)(tag_len > 0 ? tag_len : 1), scan->rest.data + 1);
	tell(scan, &finding);
}

static void tell_quote(struct scan *scan)
{
	struct err finding;

	if (scan->quote_line == scan->line) {
		return;
	}
	scan->quote_line = scan->line;
	err_set_at(&finding, scan->line, scan->column,
	    "typographic quotes: type straight ones (\") instead");
	tell(scan, &finding);
}

static void tell_dots(const struct scan *scan)
{
	struct err finding;

	err_set_at(&finding, scan->line, scan->column,
	    "delete the three dots; name every item");
	tell(scan, &finding);
}

static void tell_unclosed(const struct scan *scan, struct slice content)
{
	struct err finding;
	char quote = peek(scan, 0);

	err_set_at(&finding, scan->line, scan->column,
	    "the string is not closed: write %c%.*s%c", quote,
	    (int)(content.len < NAME_SHOWN ? content.len : NAME_SHOWN),
	    content.data, quote);
	tell(scan, &finding);
}

/* ---- expressions ---- */

/* Up to the closing quote and with it; the end when there is none. `start` is
 * behind the opening one. */
static size_t string_end(
    const struct scan *scan, size_t start, char quote, bool is_raw)
{
	size_t i = start;

	while (i < scan->rest.len && scan->rest.data[i] != quote) {
		i += scan->rest.data[i] == '\\' && !is_raw ? 2 : 1;
	}
	return i < scan->rest.len ? i + 1 : scan->rest.len;
}

/* What an unclosed string was to hold: its line, without what followed the
 * quote that is missing. */
static struct slice meant_content(struct slice line)
{
	struct slice content = slice_trim(line);

	while (content.len > 0 &&
	    strchr(",]> \t", content.data[content.len - 1]) != NULL) {
		content.len--;
	}
	if (content.len > 3 &&
	    memcmp(content.data + content.len - 3, "\xe2\x80\x9d", 3) == 0) {
		content.len -= 3;
	}
	return content;
}

/* A string that goes on over a line's end, and whose end is followed by a word:
 * that end was the beginning of the next string. */
static bool is_unclosed(const struct scan *scan, size_t line_end, size_t end)
{
	return line_end < end &&
	    (end == scan->rest.len || is_word(peek(scan, end)));
}

static void scan_string(struct scan *scan)
{
	char quote = peek(scan, 0);
	size_t line_end = find(scan->rest, 1, "\n");
	size_t end = string_end(scan, 1, quote, scan->last == 'r');

	if (is_unclosed(scan, line_end, end)) {
		struct slice content = meant_content(
		    slice_make(scan->rest.data + 1, line_end - 1));

		tell_unclosed(scan, content);
		end = content.len > 0
		    ? (size_t)(content.data - scan->rest.data) + content.len
		    : 1;
	}
	advance(scan, end);
	scan->last = '"';
}

/* As three characters where no parameter of a macro can be meant; or as one. */
static bool is_at_dots(const struct scan *scan)
{
	return is_at(scan, "\xe2\x80\xa6") ||
	    (is_at(scan, "...") &&
		(scan->last == '"' || scan->last == ',' || scan->last == '['));
}

/* One step on in an expression. */
static void scan_expression(struct scan *scan)
{
	char c = peek(scan, 0);

	if (c == '"' || c == '\'') {
		scan_string(scan);
	} else if (is_at_dots(scan)) {
		tell_dots(scan);
		advance(scan, 3);
	} else if (is_typographic_quote(scan)) {
		tell_quote(scan);
		advance(scan, 3);
	} else if (c == '\\' &&
	    (peek(scan, 1) == '[' || peek(scan, 1) == ']')) {
		tell_backslash(scan, 0);
		advance(scan, 2);
	} else if (is_at(scan, "->")) {
		advance(scan, 2);
	} else if (!skip_comment(scan)) {
		advance(scan, 1);
	}
}

/* Behind the opening `open`, up to the `close` that is not inside another
 * pair: ( and > for a tag, { and } for an interpolation. */
static void scan_until(struct scan *scan, char open, char inner, char close)
{
	size_t depth = 0;

	while (scan->rest.len > 0) {
		char c = peek(scan, 0);

		if (c == close && depth == 0) {
			advance(scan, 1);
			return;
		}
		if (c == open) {
			depth++;
		} else if (c == inner && depth > 0) {
			depth--;
		}
		scan_expression(scan);
	}
}

/* ---- text ---- */

/* Where JSON has a string begin or end. */
static bool is_delimiter(const struct scan *scan)
{
	size_t next = 3;

	while (is_blank(peek(scan, next))) {
		next++;
	}
	return scan->last == '\0' || strchr("{[,:", scan->last) != NULL ||
	    (peek(scan, next) != '\0' &&
		strchr(":,}]", peek(scan, next)) != NULL);
}

/* In JSON a backslash may stand before another one, and before a quote. */
static void scan_backslashes(struct scan *scan)
{
	size_t tag_len;
	char c;

	while (is_at(scan, "\\\\")) {
		advance(scan, 2);
	}
	if (peek(scan, 0) != '\\') {
		return;
	}
	c = peek(scan, 1);
	tag_len = tag_length(slice_from(scan->rest, 1));
	if (tag_len > 0 || c == '[' || c == ']') {
		tell_backslash(scan, tag_len);
		advance(scan, 1);
	} else {
		advance(scan, c == '"' ? 2 : 1);
	}
}

static void scan_text(struct scan *scan)
{
	size_t tag_len = tag_length(scan->rest);

	if (skip_comment(scan)) {
		return;
	}
	if (tag_len > 0) {
		advance(scan, tag_len);
		scan_until(scan, '(', ')', '>');
	} else if (is_at(scan, "${") || is_at(scan, "#{")) {
		advance(scan, 2);
		scan_until(scan, '{', '}', '}');
	} else if (peek(scan, 0) == '\\') {
		scan_backslashes(scan);
	} else if (is_typographic_quote(scan)) {
		if (!scan->in_string && is_delimiter(scan)) {
			tell_quote(scan);
		}
		advance(scan, 3);
	} else {
		/* No string of JSON goes on over a line's end. */
		if (peek(scan, 0) == '"') {
			scan->in_string = !scan->in_string;
		} else if (peek(scan, 0) == '\n') {
			scan->in_string = false;
		}
		advance(scan, 1);
	}
}

void artefacts_find(struct slice source, artefacts_cb found, void *arg)
{
	struct scan scan = {
	    .rest = source,
	    .line = 1,
	    .column = 1,
	    .found = found,
	    .arg = arg,
	};

	while (scan.rest.len > 0) {
		scan_text(&scan);
	}
}
