/* Strings for inside of other languages' string literals: JavaScript, Java. */
#include <stdio.h>

#include "dispatcher/template/builtins.h"
#include "dispatcher/template/render.h"
#include "dispatcher/template/text.h"

enum {
	ENCODED_MAX = 8, /* bytes for one byte of the text */
};

/* Writes what stands for the character at `at`, 0 bytes for itself. */
typedef size_t (*encode_fn)(struct slice text, size_t at, char *out);

static bool encode(struct render *render, const struct expr *call,
    struct value left, encode_fn encode_character, struct value *result)
{
	struct slice text;
	size_t len = 0;
	char *out;

	if (!render_text(render, call, left, &text)) {
		return false;
	}
	if (text.len > VALUE_TEXT_MAX / ENCODED_MAX) {
		return raise_memory(render);
	}
	out = render_alloc(render, text.len * ENCODED_MAX + 1);
	if (out == NULL) {
		return false;
	}
	for (size_t at = 0, taken; at < text.len; at += taken) {
		size_t encoded = encode_character(text, at, out + len);

		(void)text_decode(text, at, &taken);
		if (encoded == 0) {
			memcpy(out + len, text.data + at, taken);
			len += taken;
		}
		len += encoded;
	}
	*result = value_string(slice_make(out, len));
	return true;
}

static size_t put(char *out, const char *text)
{
	size_t len = 0;

	for (; text[len] != '\0'; len++) {
		out[len] = text[len];
	}
	return len;
}

static char control_escape(char c)
{
	static const char from[] = "\n\r\t\b\f";
	static const char to[] = "nrtbf";
	const char *found = c != '\0' ? strchr(from, c) : NULL;

	return (char)(found != NULL ? to[found - from] : '\0');
}

static size_t put_hex(char *out, const char *format, uint32_t character)
{
	return (size_t)snprintf(out, ENCODED_MAX, format, character);
}

/* Control characters, and Unicode's line ends. */
static size_t encode_js_control(uint32_t character, char *out)
{
	if (character < 0x20 || (character >= 0x7F && character <= 0x9F)) {
		return put_hex(out, "\\x%02X", character);
	}
	return character == 0x2028 || character == 0x2029
	    ? put_hex(out, "\\u%04X", character)
	    : 0;
}

/* ?js_string: also what could end a script or begin a comment. */
static size_t encode_js(struct slice text, size_t at, char *out)
{
	char c = text.data[at];
	size_t len;
	bool starts = at == 0;
	char before = (char)(starts ? '\0' : text.data[at - 1]);

	if (c == '"' || c == '\'' || c == '\\') {
		out[0] = '\\';
		out[1] = c;
		return 2;
	}
	if (control_escape(c) != '\0') {
		out[0] = '\\';
		out[1] = control_escape(c);
		return 2;
	}
	if ((unsigned char)c < 0x20 || (unsigned char)c > '~') {
		return encode_js_control(text_decode(text, at, &len), out);
	}
	if (c == '/' && (starts || before == '<')) {
		return put(out, "\\/");
	}
	if (c == '>') {
		bool ends = starts ||
		    ((before == ']' || before == '-') &&
			(at == 1 || text.data[at - 2] == before));

		return ends ? put(out, "\\>") : 0;
	}
	if (c == '<' &&
	    (at + 1 == text.len || text.data[at + 1] == '!' ||
		text.data[at + 1] == '?')) {
		return put(out, "\\x3C");
	}
	return 0;
}

static size_t encode_java(struct slice text, size_t at, char *out)
{
	char c = text.data[at];

	if (c == '"' || c == '\\') {
		out[0] = '\\';
		out[1] = c;
		return 2;
	}
	if (control_escape(c) != '\0') {
		out[0] = '\\';
		out[1] = control_escape(c);
		return 2;
	}
	return (unsigned char)c < 0x20
	    ? put_hex(out, "\\u%04x", (unsigned char)c)
	    : 0;
}

/* Those for inside of a string literal of a language like JSON. */
static bool encode_literal(struct render *render, const struct expr *call,
    struct value left, encode_fn encode_character, struct value *result)
{
	if (!encode(render, call, left, encode_character, result)) {
		return false;
	}
	*result = json_value(render, value_text(*result));
	return true;
}

static bool apply_js_string(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return encode_literal(render, call, left, encode_js, result);
}

static bool apply_j_string(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return encode_literal(render, call, left, encode_java, result);
}

const struct builtin builtins_encode[] = {
    {"j_string", apply_j_string, 0, 0, 0},
    {"js_string", apply_js_string, 0, 0, 0},
    {.name = NULL},
};
