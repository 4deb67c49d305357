/*
 * ?eval_json: JSON in a string as a value, by FreeMarker's own parser, which
 * also takes comments. What is deep or large ends with the render's budgets.
 */
#include "dispatcher/template/builtins.h"
#include "dispatcher/template/render.h"
#include "dispatcher/template/text.h"

struct json_text {
	struct render *render;
	const struct expr *call;
	struct slice text;
	size_t at;
};

static bool parse_value(struct json_text *json, struct value *value);

static bool raise_json(struct json_text *json, const char *what)
{
	return raise_error(json->render, json->call->left,
	    "is no JSON: %s at byte %zu", what, json->at);
}

static bool at_end(const struct json_text *json)
{
	return json->at >= json->text.len;
}

/* A byte; NUL behind the end. */
static char peek(const struct json_text *json, size_t ahead)
{
	if (json->at + ahead >= json->text.len) {
		return '\0';
	}
	return json->text.data[json->at + ahead];
}

static bool take(struct json_text *json, char c)
{
	if (at_end(json) || json->text.data[json->at] != c) {
		return false;
	}
	json->at++;
	return true;
}

static bool skip_comment(struct json_text *json)
{
	size_t end;

	if (peek(json, 0) != '/') {
		return false;
	}
	if (peek(json, 1) == '/') {
		while (!at_end(json) && peek(json, 0) != '\n' &&
		    peek(json, 0) != '\r') {
			json->at++;
		}
		return true;
	}
	/* One that does not end is found out by whoever comes next. */
	if (peek(json, 1) != '*' ||
	    !text_find(json->text, SLICE_LITERAL("*/"), json->at + 2, &end)) {
		return false;
	}
	json->at = end + 2;
	return true;
}

static bool skip_space(struct json_text *json)
{
	char c = peek(json, 0);

	if (at_end(json)) {
		return false;
	}
	if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
		json->at++;
		return true;
	}
	/* U+00A0 and U+FEFF */
	if (c == '\xC2' && peek(json, 1) == '\xA0') {
		json->at += 2;
		return true;
	}
	if (c == '\xEF' && peek(json, 1) == '\xBB' && peek(json, 2) == '\xBF') {
		json->at += 3;
		return true;
	}
	return skip_comment(json);
}

static void skip_spaces(struct json_text *json)
{
	while (skip_space(json)) {
	}
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool parse_number(struct json_text *json, struct value *value)
{
	size_t start = json->at;
	struct slice text;

	(void)take(json, '-');
	if (!is_digit(peek(json, 0)) ||
	    (peek(json, 0) == '0' && is_digit(peek(json, 1)))) {
		return raise_json(json, "a malformed number");
	}
	while (!at_end(json)) {
		char c = peek(json, 0);
		size_t last = json->at > start ? json->at - 1 : start;
		char before = json->text.data[last];
		bool is_sign =
		    (c == '+' || c == '-') && (before == 'e' || before == 'E');

		if (!is_digit(c) && c != '.' && c != 'e' && c != 'E' &&
		    !is_sign) {
			break;
		}
		json->at++;
	}
	text = slice_make(json->text.data + start, json->at - start);
	return number_parse(json->render->arena, text, value) ||
	    raise_json(json, "a malformed number");
}

static int hex_digit(char c)
{
	if (is_digit(c)) {
		return c - '0';
	}
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What is behind \u: 4 digits of a UTF-16 unit. */
static bool parse_unit(struct json_text *json, uint32_t *unit)
{
	*unit = 0;
	for (int i = 0; i < 4; i++) {
		int digit = hex_digit(peek(json, 0));

		if (digit < 0) {
			return raise_json(json, "a malformed \\u");
		}
		*unit = *unit * 16 + (uint32_t)digit;
		json->at++;
	}
	return true;
}

static bool parse_escape(struct json_text *json, char *out, size_t *len)
{
	static const char letters[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	char c = peek(json, 0);
	const char *found = c != '\0' ? strchr(letters, c) : NULL;
	uint32_t unit;

	json->at++;
	if (found != NULL) {
		out[(*len)++] = meanings[found - letters];
		return true;
	}
	if (c != 'u') {
		return raise_json(json, "an unknown escape");
	}
	if (!parse_unit(json, &unit)) {
		return false;
	}
	*len = text_append_unit(out, *len, unit);
	return true;
}

static bool parse_string(struct json_text *json, struct value *value)
{
	const char *start = json->text.data + ++json->at;
	size_t room = json->text.len - json->at;
	const char *end = room > 0 ? memchr(start, '"', room) : NULL;
	size_t len = 0;
	char *out;

	/* Most strings end at the first quote: ask for no more than that. */
	if (end != NULL && memchr(start, '\\', (size_t)(end - start)) == NULL) {
		room = (size_t)(end - start);
	}
	out = render_alloc(json->render, room + 1);
	if (out == NULL) {
		return false;
	}
	while (!at_end(json)) {
		char c = json->text.data[json->at++];

		if (c == '"') {
			*value = value_string(slice_make(out, len));
			return true;
		}
		if (c == '\\') {
			if (!parse_escape(json, out, &len)) {
				return false;
			}
		} else if ((unsigned char)c < 0x20) {
			return raise_json(json, "a control character");
		} else {
			out[len++] = c;
		}
	}
	return raise_json(json, "a string without its end");
}

static bool parse_array(struct json_text *json, struct value *value)
{
	size_t capacity = 4;
	struct sequence *sequence =
	    sequence_create(json->render->arena, capacity);

	if (sequence == NULL) {
		return raise_memory(json->render);
	}
	sequence->count = 0;
	*value = value_sequence(sequence);
	json->at++;
	skip_spaces(json);
	if (take(json, ']')) {
		return true;
	}
	do {
		if (sequence->count == capacity) {
			struct value *items = render_alloc(
			    json->render, capacity * 2 * sizeof(*items));

			if (items == NULL) {
				return false;
			}
			memcpy(
			    items, sequence->items, capacity * sizeof(*items));
			sequence->items = items;
			capacity *= 2;
		}
		if (!parse_value(json, &sequence->items[sequence->count])) {
			return false;
		}
		sequence->count++;
		skip_spaces(json);
	} while (take(json, ','));
	return take(json, ']') || raise_json(json, "no , or ]");
}

static bool parse_object(struct json_text *json, struct value *value)
{
	struct hash *hash = hash_create(json->render->arena, 4);

	if (hash == NULL) {
		return raise_memory(json->render);
	}
	*value = value_hash(hash);
	json->at++;
	skip_spaces(json);
	if (take(json, '}')) {
		return true;
	}
	do {
		struct value key;
		struct value member;

		if (!parse_value(json, &key)) {
			return false;
		}
		skip_spaces(json);
		if (key.kind != VALUE_STRING || !take(json, ':')) {
			return raise_json(json, "no \"key\": ");
		}
		if (!parse_value(json, &member)) {
			return false;
		}
		if (!hash_put(
			json->render->arena, hash, value_text(key), member)) {
			return raise_memory(json->render);
		}
		skip_spaces(json);
	} while (take(json, ','));
	return take(json, '}') || raise_json(json, "no , or }");
}

static bool parse_word(struct json_text *json, struct value *value)
{
	size_t len = 0;
	struct slice word;

	while ((peek(json, len) >= 'a' && peek(json, len) <= 'z') ||
	    (peek(json, len) >= 'A' && peek(json, len) <= 'Z') ||
	    is_digit(peek(json, len)) || peek(json, len) == '_' ||
	    peek(json, len) == '$') {
		len++;
	}
	word = slice_make(json->text.data + json->at, len);
	*value = value_missing();
	if (slice_is(word, "true") || slice_is(word, "false")) {
		*value = value_boolean(slice_is(word, "true"));
	} else if (!slice_is(word, "null")) {
		return raise_json(json, "no value");
	}
	json->at += len;
	return true;
}

static bool parse_any(struct json_text *json, struct value *value)
{
	char c = peek(json, 0);

	switch (c) {
	case '"':
		return parse_string(json, value);
	case '[':
		return parse_array(json, value);
	case '{':
		return parse_object(json, value);
	default:
		break;
	}
	return c == '-' || is_digit(c) ? parse_number(json, value)
				       : parse_word(json, value);
}

static bool parse_value(struct json_text *json, struct value *value)
{
	bool is_ok;

	if (!render_enter(json->render)) {
		return false;
	}
	skip_spaces(json);
	is_ok = parse_any(json, value);
	render_leave(json->render);
	return is_ok;
}

static bool apply_eval_json(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	struct json_text json = {.render = render, .call = call};

	if (!render_text(render, call, left, &json.text) ||
	    !parse_value(&json, result)) {
		return false;
	}
	skip_spaces(&json);
	return at_end(&json) || raise_json(&json, "more than one value");
}

const struct builtin builtins_eval_json[] = {
    {"eval_json", apply_eval_json, 0, 0, BUILTIN_FRESH},
    {.name = NULL},
};
