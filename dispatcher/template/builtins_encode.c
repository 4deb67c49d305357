/* Strings for other languages: URLs, JavaScript, Java. */
#include "dispatcher/template/builtins.h"
#include "dispatcher/template/render.h"
#include "dispatcher/template/text.h"

enum {
	ENCODED_MAX = 8, /* bytes for one byte of the text */
};

/* Writes what stands for the byte at `at`, 0 bytes for itself. */
typedef size_t (*encode_fn)(struct slice text, size_t at, char *out);

static bool encode(struct render *render, const struct expr *call,
    struct value left, encode_fn encode_byte, struct value *result)
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
	for (size_t at = 0; at < text.len; at++) {
		size_t encoded = encode_byte(text, at, out + len);

		if (encoded == 0) {
			out[len++] = text.data[at];
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

static size_t put_percent(char c, char *out)
{
	static const char hex[] = "0123456789ABCDEF";
	unsigned char byte = (unsigned char)c;

	out[0] = '%';
	out[1] = hex[byte >> 4];
	out[2] = hex[byte & 15];
	return 3;
}

static bool is_url_safe(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') ||
	    (c != '\0' && strchr("_-.!~'()*", c) != NULL);
}

static size_t encode_url(struct slice text, size_t at, char *out)
{
	return is_url_safe(text.data[at]) ? 0 : put_percent(text.data[at], out);
}

static size_t encode_url_path(struct slice text, size_t at, char *out)
{
	return text.data[at] == '/' ? 0 : encode_url(text, at, out);
}

static char control_escape(char c)
{
	static const char from[] = "\n\r\t\b\f";
	static const char to[] = "nrtbf";
	const char *found = c != '\0' ? strchr(from, c) : NULL;

	return (char)(found != NULL ? to[found - from] : '\0');
}

static size_t put_hex(
    char *out, const char *prefix, unsigned char c, int digits)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t len = put(out, prefix);

	for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
		out[len++] = hex[((unsigned)c >> shift) & 15U];
	}
	return len;
}

/* ?js_string: also what could end a script or begin a comment. */
static size_t encode_js(struct slice text, size_t at, char *out)
{
	char c = text.data[at];
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
	if ((unsigned char)c < 0x20 || c == 0x7F) {
		return put_hex(out, "\\x", (unsigned char)c, 2);
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
		return put(out, "\\u003C");
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
	    ? put_hex(out, "\\u00", (unsigned char)c, 2)
	    : 0;
}

/* The text in Latin-1 or ASCII: `?` for what these do not have. */
static bool to_bytes(struct render *render, struct slice text,
    uint32_t first_unknown, struct slice *bytes)
{
	char *out = render_alloc(render, text.len + 1);
	size_t to = 0;
	size_t len;

	if (out == NULL) {
		return false;
	}
	for (size_t at = 0; at < text.len; at += len) {
		uint32_t character = text_decode(text, at, &len);

		if (character >= first_unknown) {
			character = '?';
		}
		out[to++] = (char)character;
	}
	*bytes = slice_make(out, to);
	return true;
}

/* In the charset of the argument, or of the setting. */
static bool url_encode(struct render *render, const struct expr *call,
    struct value left, encode_fn encode_byte, struct value *result)
{
	struct slice charset = render->url_charset;
	struct slice text;
	bool is_ok = true;

	if (!render_text(render, call, left, &text) ||
	    (call->list.count > 0 &&
		!render_text_argument(render, call, 0, &charset))) {
		return false;
	}
	if (slice_equal_ignoring_case(charset, SLICE_LITERAL("ISO-8859-1")) ||
	    slice_equal_ignoring_case(charset, SLICE_LITERAL("latin1"))) {
		is_ok = to_bytes(render, text, 0x100, &text);
	} else if (slice_equal_ignoring_case(
		       charset, SLICE_LITERAL("US-ASCII"))) {
		is_ok = to_bytes(render, text, 0x80, &text);
	} else if (!slice_equal_ignoring_case(
		       charset, SLICE_LITERAL("UTF-8")) &&
	    !slice_equal_ignoring_case(charset, SLICE_LITERAL("UTF8"))) {
		return raise_error(render, call,
		    "is for the charsets UTF-8, ISO-8859-1 and US-ASCII");
	}
	return is_ok &&
	    encode(render, call, value_string(text), encode_byte, result);
}

static bool apply_url(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return url_encode(render, call, left, encode_url, result);
}

static bool apply_url_path(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return url_encode(render, call, left, encode_url_path, result);
}

/* Those for inside of a string literal of a language like JSON. */
static bool encode_literal(struct render *render, const struct expr *call,
    struct value left, encode_fn encode_byte, struct value *result)
{
	if (!encode(render, call, left, encode_byte, result)) {
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
    {"url", apply_url, 0, 1, 0},
    {"url_path", apply_url_path, 0, 1, 0},
    {.name = NULL},
};
