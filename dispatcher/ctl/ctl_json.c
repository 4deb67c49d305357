#include "dispatcher/ctl/ctl_json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/job/unpack.h"
#include "common/json/json_reader.h"
#include "common/log/log.h"
#include "dispatcher/ctl/ctl_text.h"

enum {
	INDENT = 2,
};

static void append_quoted(struct strbuf *out, struct slice text)
{
	strbuf_append_char(out, '"');
	while (text.len > 0) {
		unsigned char c = (unsigned char)text.data[0];
		size_t len = log_shown_len(text);

		if (c == '"' || c == '\\') {
			strbuf_appendf(out, "\\%c", c);
		} else if (len > 0) {
			strbuf_append(out, text.data, len);
		} else if (c < 0x80) {
			strbuf_appendf(out, "\\u%04x", c);
		} else if (c == 0xc2 && text.len > 1) {
			/* U+0080 to U+009F, which terminals obey. */
			strbuf_appendf(
			    out, "\\u%04x", (unsigned char)text.data[1]);
			len = 2;
		} else {
			strbuf_append_text(out, "\\ufffd");
		}
		text = slice_from(text, len > 0 ? len : 1);
	}
	strbuf_append_char(out, '"');
}

/* With the fewest digits that read back as the same number. */
static void append_real(struct strbuf *out, double real)
{
	char text[40];

	if (!isfinite(real)) {
		strbuf_append_text(out, "null");
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		(void)snprintf(text, sizeof(text), "%.*g", digits, real);
		if (strtod(text, NULL) == real) {
			break;
		}
	}
	strbuf_append_text(out, text);
}

static void append_scalar(struct strbuf *out, const struct unpack_value *value)
{
	switch (value->type) {
	case UNPACK_NIL:
	case UNPACK_ARRAY:
	case UNPACK_MAP:
		strbuf_append_text(out, "null");
		break;
	case UNPACK_BOOL:
		strbuf_append_text(out, value->boolean ? "true" : "false");
		break;
	case UNPACK_INT:
		strbuf_appendf(out, "%" PRId64, value->integer);
		break;
	case UNPACK_UINT:
		strbuf_appendf(out, "%" PRIu64, value->natural);
		break;
	case UNPACK_FLOAT:
		append_real(out, value->real);
		break;
	case UNPACK_STR:
	case UNPACK_BIN:
		append_quoted(out, value->bytes);
		break;
	case UNPACK_EXT:
		if (value->ext_type == JSON_NUMBER_TEXT &&
		    json_check(value->bytes, 1, NULL)) {
			strbuf_append_slice(out, value->bytes);
		} else {
			strbuf_append_text(out, "null");
		}
		break;
	}
}

static void append_break(struct strbuf *out, int depth)
{
	strbuf_appendf(out, "\n%*s", depth * INDENT, "");
}

static void append_value(struct strbuf *out, struct slice *rest, int depth);

/* A key of a map that JSON could not have is not ours. */
static void append_key(struct strbuf *out, struct slice *rest)
{
	struct slice start = *rest;
	struct unpack_value key;

	if (unpack_value(rest, &key) && key.type == UNPACK_STR) {
		append_quoted(out, key.bytes);
	} else {
		*rest = start;
		if (!unpack_skip(rest, UNPACK_DEPTH_MAX)) {
			*rest = slice_make(NULL, 0);
		}
		strbuf_append_text(out, "\"?\"");
	}
	strbuf_append_text(out, ": ");
}

static void append_container(struct strbuf *out, struct slice *rest,
    const struct unpack_value *head, int depth)
{
	bool is_map = head->type == UNPACK_MAP;

	strbuf_append_char(out, is_map ? '{' : '[');
	for (uint32_t i = 0; i < head->count && rest->len > 0; i++) {
		if (i > 0) {
			strbuf_append_char(out, ',');
		}
		append_break(out, depth + 1);
		if (is_map) {
			append_key(out, rest);
		}
		append_value(out, rest, depth + 1);
	}
	if (head->count > 0) {
		append_break(out, depth);
	}
	strbuf_append_char(out, is_map ? '}' : ']');
}

static void append_value(struct strbuf *out, struct slice *rest, int depth)
{
	struct unpack_value value;

	if (depth > UNPACK_DEPTH_MAX || !unpack_value(rest, &value)) {
		strbuf_append_text(out, "null");
		*rest = slice_make(NULL, 0);
	} else if (value.type == UNPACK_ARRAY || value.type == UNPACK_MAP) {
		append_container(out, rest, &value, depth);
	} else {
		append_scalar(out, &value);
	}
}

void ctl_append_json(struct strbuf *out, struct slice msgpack)
{
	append_value(out, &msgpack, 0);
}

json_t *ctl_json_value(struct slice msgpack)
{
	const size_t flags = JSON_DECODE_ANY | JSON_ALLOW_NUL;
	struct strbuf text;
	json_t *json;

	strbuf_init(&text, STRBUF_NO_LIMIT);
	ctl_append_json(&text, msgpack);
	json = json_loadb(strbuf_text(&text), text.len, flags, NULL);
	if (json == NULL) {
		json = json_loadb(strbuf_text(&text), text.len,
		    flags | JSON_DECODE_INT_AS_REAL, NULL);
	}
	if (json == NULL) {
		json = ctl_json_text(strbuf_slice(&text));
	}
	strbuf_finish(&text);
	return json;
}

json_t *ctl_json_text(struct slice text)
{
	json_t *json =
	    json_stringn(text.data != NULL ? text.data : "", text.len);
	struct strbuf shown;

	if (json != NULL) {
		return json;
	}
	strbuf_init(&shown, STRBUF_NO_LIMIT);
	ctl_append_shown(&shown, text);
	json = json_stringn(strbuf_text(&shown), shown.len);
	strbuf_finish(&shown);
	return json;
}

json_t *ctl_json_time(int64_t at_ms)
{
	struct strbuf text;
	json_t *json;

	if (at_ms <= 0) {
		return json_null();
	}
	strbuf_init(&text, STRBUF_NO_LIMIT);
	ctl_append_time(&text, at_ms);
	json = json_string(strbuf_text(&text));
	strbuf_finish(&text);
	return json;
}

void ctl_json_set(json_t *object, const char *name, json_t *value)
{
	/* It cannot fail: main() has jansson's memory never run out. */
	(void)json_object_set_new(object, name, value);
}

void ctl_json_print(json_t *json)
{
	size_t flags = JSON_INDENT(2);

	/* jansson leaves alone what a terminal would obey. */
	if (isatty(STDOUT_FILENO)) {
		flags |= JSON_ENSURE_ASCII;
	}
	(void)json_dumpf(json, stdout, flags);
	(void)fputc('\n', stdout);
	json_decref(json);
}
