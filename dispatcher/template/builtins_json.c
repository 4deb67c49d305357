/* ?json_string, and the JSON of whole values for Amplitude's helpers. */
#include "dispatcher/template/builtins.h"
#include "dispatcher/template/json_text.h"
#include "dispatcher/template/render.h"

static bool apply_json_string(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	struct slice text;
	char *out;

	if (!render_text(render, call, left, &text)) {
		return false;
	}
	if (json_escape_changes(text)) {
		out = render_alloc(render, text.len * JSON_ESCAPE_MAX);
		if (out == NULL) {
			return false;
		}
		text = slice_make(out, json_escape(text, out));
	}
	*result = json_value(render, text);
	return true;
}

/* --- whole values, as Jackson writes them */

static void put_json_text(struct strbuf *json, struct slice text)
{
	strbuf_append_char(json, '"');
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (json_short_escape(c) != '\0') {
			strbuf_append_char(json, '\\');
			strbuf_append_char(json, json_short_escape(c));
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
