/*
 * ?json_string is FreeMarker's StringUtil.jsStringEnc for JSON. Most texts need
 * no escape, and most bytes of the others neither: what cannot be the beginning
 * of one is passed over first.
 */
#include "dispatcher/template/json_text.h"

#include <stdint.h>
#include <string.h>

#include "dispatcher/template/text.h"

enum json_place json_place_after(enum json_place place, struct slice text)
{
	size_t at = 0;

	while (at < text.len) {
		const char *quote;

		switch (place) {
		case JSON_OUTSIDE:
			quote = memchr(text.data + at, '"', text.len - at);
			if (quote == NULL) {
				return JSON_OUTSIDE;
			}
			at = (size_t)(quote - text.data) + 1;
			place = JSON_INSIDE;
			break;
		case JSON_INSIDE:
			if (text.data[at] == '"') {
				place = JSON_OUTSIDE;
			} else if (text.data[at] == '\\') {
				place = JSON_BACKSLASH;
			}
			at++;
			break;
		case JSON_BACKSLASH:
			at++;
			place = JSON_INSIDE;
			break;
		}
	}
	return place;
}

bool json_breaks_literal(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c < 0x20 || c == '"' || c == '\\') {
			return true;
		}
	}
	return false;
}

bool json_is_separator(struct slice text)
{
	bool has_comma = false;

	if (text.len < 3 || text.data[0] != '"' ||
	    text.data[text.len - 1] != '"') {
		return false;
	}
	for (size_t i = 1; i + 1 < text.len; i++) {
		char c = text.data[i];

		if (c == '\0' || strchr(",:[]{} \t\r\n", c) == NULL) {
			return false;
		}
		has_comma |= c == ',' || c == ':';
	}
	return has_comma;
}

char json_short_escape(char c)
{
	switch (c) {
	case '"':
	case '\\':
		return c;
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	default:
		return '\0';
	}
}

static size_t put_unit(char *out, uint32_t unit)
{
	static const char hex[] = "0123456789ABCDEF";

	out[0] = '\\';
	out[1] = 'u';
	for (int i = 0; i < 4; i++) {
		out[2 + i] = hex[unit >> (12 - 4 * i) & 15];
	}
	return JSON_ESCAPE_MAX;
}

/* Whether FreeMarker escapes `>` here: not to end a CDATA section or a
 * comment, also one that begins before this text. */
static bool closes_markup(struct slice text, size_t at)
{
	const char *before = text.data + at;

	if (at == 0) {
		return true;
	}
	if (before[-1] != ']' && before[-1] != '-') {
		return false;
	}
	return at == 1 || before[-2] == before[-1];
}

/* Characters that are harmless in JSON, but not in the HTML around it. */
static size_t escape_markup(struct slice text, size_t at, char *out)
{
	char c = text.data[at];
	bool is_last = at + 1 == text.len;

	if (c == '/' && (at == 0 || text.data[at - 1] == '<')) {
		out[0] = '\\';
		out[1] = '/';
		return 2;
	}
	if (c == '<' &&
	    (is_last || text.data[at + 1] == '!' || text.data[at + 1] == '?')) {
		return put_unit(out, '<');
	}
	return c == '>' && closes_markup(text, at) ? put_unit(out, '>') : 0;
}

/* Escapes the character at `at` into `out`; 0 when it stays as it is.
 * *len: its bytes. */
static size_t escape_character(
    struct slice text, size_t at, char *out, size_t *len)
{
	char c = text.data[at];
	uint32_t character;

	*len = 1;
	if (json_short_escape(c) != '\0') {
		out[0] = '\\';
		out[1] = json_short_escape(c);
		return 2;
	}
	if ((unsigned char)c < 0x20 || c == 0x7F) {
		return put_unit(out, (unsigned char)c);
	}
	if ((unsigned char)c < 0x80) {
		return escape_markup(text, at, out);
	}
	character = text_decode(text, at, len);
	if (character < 0xA0 || character == 0x2028 || character == 0x2029) {
		return put_unit(out, character);
	}
	return 0;
}

/* Whether the byte may begin what is escaped. */
static bool may_be_escaped(char c)
{
	return (unsigned char)c < 0x20 || (unsigned char)c >= 0x7F ||
	    c == '"' || c == '\\' || c == '/' || c == '<' || c == '>';
}

/* The next character from `at` on that is escaped, or the text's end. The
 * escape is in `out`. */
static size_t find_escaped(struct slice text, size_t at,
    char out[static JSON_ESCAPE_MAX], size_t *escape_len, size_t *len)
{
	while (at < text.len) {
		*len = 1;
		*escape_len = 0;
		if (may_be_escaped(text.data[at])) {
			*escape_len = escape_character(text, at, out, len);
		}
		if (*escape_len > 0) {
			return at;
		}
		at += *len;
	}
	return text.len;
}

bool json_escape_changes(struct slice text)
{
	char out[JSON_ESCAPE_MAX];
	size_t escape_len;
	size_t len;

	return find_escaped(text, 0, out, &escape_len, &len) < text.len;
}

size_t json_escape(struct slice text, char *out)
{
	char escape[JSON_ESCAPE_MAX];
	size_t out_len = 0;
	size_t at = 0;

	while (at < text.len) {
		size_t escape_len;
		size_t len;
		size_t next = find_escaped(text, at, escape, &escape_len, &len);

		memcpy(out + out_len, text.data + at, next - at);
		out_len += next - at;
		if (next == text.len) {
			break;
		}
		memcpy(out + out_len, escape, escape_len);
		out_len += escape_len;
		at = next + len;
	}
	return out_len;
}
