/* ?json_string, and the JSON of whole values for Amplitude's helpers. */
#include <stdio.h>

#include "dispatcher/template/builtins.h"
#include "dispatcher/template/render.h"
#include "dispatcher/template/text.h"

enum {
	ESCAPE_MAX = 6, /* \u0000 */
};

/* The two-character escape for `c`, or 0. */
static char short_escape(char c)
{
	static const char from[] = "\"\\\n\r\t\b\f";
	static const char to[] = "\"\\nrtbf";
	const char *found = c != '\0' ? strchr(from, c) : NULL;

	return (char)(found != NULL ? to[found - from] : '\0');
}

static size_t put_unit(char *out, uint32_t unit)
{
	return (size_t)snprintf(out, ESCAPE_MAX + 1, "\\u%04X", unit);
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
static size_t escape_json_character(
    struct slice text, size_t at, char *out, size_t *len)
{
	char c = text.data[at];
	uint32_t character;

	*len = 1;
	if (short_escape(c) != '\0') {
		out[0] = '\\';
		out[1] = short_escape(c);
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

static bool needs_escape(struct slice text)
{
	char out[ESCAPE_MAX + 1];
	size_t len;

	for (size_t at = 0; at < text.len; at += len) {
		if (escape_json_character(text, at, out, &len) > 0) {
			return true;
		}
	}
	return false;
}

static bool apply_json_string(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	struct slice text;
	char *out;
	size_t out_len = 0;
	size_t len;

	if (!render_text(render, call, left, &text)) {
		return false;
	}
	if (!needs_escape(text)) {
		*result = value_string(text);
		return true;
	}
	out = render_alloc(render, text.len * ESCAPE_MAX + 1);
	if (out == NULL) {
		return false;
	}
	for (size_t at = 0; at < text.len; at += len) {
		size_t escaped =
		    escape_json_character(text, at, out + out_len, &len);

		if (escaped == 0) {
			memcpy(out + out_len, text.data + at, len);
			escaped = len;
		}
		out_len += escaped;
	}
	*result = value_string(slice_make(out, out_len));
	return true;
}

/* --- whole values, as Jackson writes them */

static void put_json_text(struct strbuf *json, struct slice text)
{
	strbuf_append_char(json, '"');
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (short_escape(c) != '\0') {
			strbuf_append_char(json, '\\');
			strbuf_append_char(json, short_escape(c));
		} else if ((unsigned char)c < 0x20) {
			strbuf_appendf(json, "\\u%04X", (unsigned char)c);
		} else {
			strbuf_append_char(json, c);
		}
	}
	strbuf_append_char(json, '"');
}

static bool put_json(struct render *render, const struct expr *expr,
    struct value value, struct strbuf *json);

static bool put_json_sequence(struct render *render, const struct expr *expr,
    struct sequence *sequence, struct strbuf *json)
{
	if (sequence->is_endless) {
		return raise_error(render, expr, "has no end");
	}
	strbuf_append_char(json, '[');
	for (size_t i = 0; i < sequence->count; i++) {
		struct value item;

		if (i > 0) {
			strbuf_append_char(json, ',');
		}
		if (!render_item(render, sequence, i, &item) ||
		    !put_json(render, expr, item, json)) {
			return false;
		}
	}
	strbuf_append_char(json, ']');
	return true;
}

static bool put_json_hash(struct render *render, const struct expr *expr,
    struct hash *hash, struct strbuf *json)
{
	strbuf_append_char(json, '{');
	for (uint32_t i = 0; i < hash->count; i++) {
		struct hash_entry *entry = &hash->entries[i];

		if (i > 0) {
			strbuf_append_char(json, ',');
		}
		put_json_text(json, slice_make(entry->key, entry->key_len));
		strbuf_append_char(json, ':');
		if (!value_open(render->arena, &entry->value)) {
			return raise_memory(render);
		}
		if (!put_json(render, expr, entry->value, json)) {
			return false;
		}
	}
	strbuf_append_char(json, '}');
	return true;
}

static bool put_json_scalar(struct render *render, const struct expr *expr,
    struct value value, struct strbuf *json)
{
	struct slice text;

	if (value.kind == VALUE_MISSING) {
		strbuf_append_text(json, "null");
	} else if (value.kind == VALUE_BOOLEAN) {
		strbuf_append_text(json, value.boolean ? "true" : "false");
	} else if (value.kind == VALUE_STRING || value.kind == VALUE_NOTHING) {
		put_json_text(json,
		    value.kind == VALUE_STRING ? value_text(value)
					       : slice_make("", 0));
	} else if (value_is_number(value)) {
		if (!number_to_text(render, expr, value,
			SLICE_LITERAL("computer"), &text)) {
			return false;
		}
		strbuf_append_slice(json, text);
	} else {
		return raise_type(render, expr, value,
		    "a string, number, boolean, sequence or hash");
	}
	return true;
}

static bool put_json(struct render *render, const struct expr *expr,
    struct value value, struct strbuf *json)
{
	bool is_ok;

	if (!render_enter(render)) {
		return false;
	}
	if (value.kind == VALUE_SEQUENCE) {
		is_ok = put_json_sequence(render, expr, value.sequence, json);
	} else if (value.kind == VALUE_HASH) {
		is_ok = put_json_hash(render, expr, value.hash, json);
	} else {
		is_ok = put_json_scalar(render, expr, value, json);
	}
	render_leave(render);
	return is_ok;
}

/* Written behind what is printed so far, as captures are, and cut off there
 * again: no buffer of its own. */
bool render_json(struct render *render, const struct expr *expr,
    struct value value, struct slice *json)
{
	struct strbuf *out = render->out;
	size_t start = out->len;
	char *copy;

	if (!put_json(render, expr, value, out)) {
		strbuf_truncate(out, start);
		return false;
	}
	if (strbuf_failed(out) || out->len > render->max_output_bytes) {
		strbuf_truncate(out, start);
		return raise_budget(
		    render, "the template prints more than a render may print");
	}
	*json = slice_make(strbuf_text(out) + start, out->len - start);
	copy = arena_copy(render->arena, *json);
	json->data = copy;
	strbuf_truncate(out, start);
	return copy != NULL || raise_memory(render);
}

const struct builtin builtins_json[] = {
    {"json_string", apply_json_string, 0, 0, 0},
    {.name = NULL},
};
