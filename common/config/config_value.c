#include "common/config/config_value.h"

#include <stdlib.h>

#include "common/base/mem.h"
#include "common/config/config.h"
#include "common/config/config_text.h"
#include "common/config/config_url.h"

enum {
	QUOTE_BYTES_MAX = 40, /* of a wrong value, in the reason */
};

static void *field_of(void *base, const struct config_key *key)
{
	return (char *)base + key->offset;
}

static const void *const_field_of(
    const void *base, const struct config_key *key)
{
	return (const char *)base + key->offset;
}

bool config_value_is_scalar(enum config_type type)
{
	switch (type) {
	case CONFIG_TEXT:
	case CONFIG_PATH:
	case CONFIG_URL:
	case CONFIG_CHOICE:
	case CONFIG_ENUM:
	case CONFIG_INTEGER:
	case CONFIG_DURATION:
	case CONFIG_SIZE:
	case CONFIG_BOOLEAN:
		return true;
	case CONFIG_TEXTS:
	case CONFIG_DESTINATIONS:
	case CONFIG_HEADERS:
	case CONFIG_TREE:
		return false;
	}
	return false;
}

static bool fail_value(
    struct slice text, bool may_quote, const char *expected, struct err *err)
{
	if (may_quote && text.len <= QUOTE_BYTES_MAX) {
		err_set(
		    err, "must be %s, is \"%.*s\"", expected, SLICE_ARGS(text));
	} else {
		err_set(err, "must be %s", expected);
	}
	return false;
}

static void append_number(
    struct strbuf *out, enum config_type type, int64_t number)
{
	if (type == CONFIG_DURATION) {
		config_text_append_duration(out, number);
	} else if (type == CONFIG_SIZE) {
		config_text_append_size(out, number);
	} else {
		strbuf_appendf(out, "%lld", (long long)number);
	}
}

static bool set_number(const struct config_key *key, int64_t *field,
    struct slice text, bool may_quote, struct err *err)
{
	const char *expected = "a whole number";
	struct strbuf range;
	int64_t number;
	bool ok;

	if (key->type == CONFIG_DURATION) {
		ok = config_text_duration(text, &number);
		expected = "a duration such as 500ms, 30s, 5m, 6h or 7d";
	} else if (key->type == CONFIG_SIZE) {
		ok = config_text_size(text, &number);
		expected = "a size such as 4096, 64KiB or 1MiB";
	} else {
		ok = slice_to_int64(text, &number);
	}
	if (!ok) {
		return fail_value(text, may_quote, expected, err);
	}
	if (number >= key->min && number <= key->max) {
		*field = number;
		return true;
	}
	strbuf_init(&range, STRBUF_NO_LIMIT);
	strbuf_append_text(&range, "from ");
	append_number(&range, key->type, key->min);
	strbuf_append_text(&range, " to ");
	append_number(&range, key->type, key->max);
	(void)fail_value(text, may_quote, strbuf_text(&range), err);
	strbuf_finish(&range);
	return false;
}

static void replace_text(char **field, struct slice text)
{
	free(*field);
	*field = xstrndup(text.len > 0 ? text.data : "", text.len);
}

static bool set_text(const struct config_key *key, char **field,
    struct slice text, struct err *err)
{
	if (text.len < (size_t)key->min) {
		err_set(err, "is empty");
		return false;
	}
	if (text.len > (size_t)key->max) {
		err_set(err, "is longer than %lld bytes", (long long)key->max);
		return false;
	}
	replace_text(field, text);
	return true;
}

static bool fail_choice(const struct config_key *key, struct slice text,
    bool may_quote, struct err *err)
{
	struct strbuf names;

	strbuf_init(&names, STRBUF_NO_LIMIT);
	for (size_t i = 0; key->choices[i] != NULL; i++) {
		bool is_last = key->choices[i + 1] == NULL;

		strbuf_append_text(&names,
		    i == 0	  ? ""
			: is_last ? " or "
				  : ", ");
		strbuf_append_text(&names, key->choices[i]);
	}
	(void)fail_value(text, may_quote, strbuf_text(&names), err);
	strbuf_finish(&names);
	return false;
}

static bool set_choice(const struct config_key *key, void *field,
    struct slice text, bool may_quote, struct err *err)
{
	int place = config_text_choice(text, key->choices);

	if (place < 0) {
		return fail_choice(key, text, may_quote, err);
	}
	if (key->type == CONFIG_ENUM) {
		/* Each enum is a type of its own; all have the size of int. */
		memcpy(field, &place, sizeof(place));
	} else {
		replace_text(field, text);
	}
	return true;
}

bool config_value_set(const struct config_key *key, void *base,
    struct slice text, bool may_quote, struct err *err)
{
	void *field = field_of(base, key);

	switch (key->type) {
	case CONFIG_TEXT:
	case CONFIG_PATH:
	case CONFIG_URL:
		return set_text(key, field, text, err);
	case CONFIG_CHOICE:
	case CONFIG_ENUM:
		return set_choice(key, field, text, may_quote, err);
	case CONFIG_INTEGER:
	case CONFIG_DURATION:
	case CONFIG_SIZE:
		return set_number(key, field, text, may_quote, err);
	case CONFIG_BOOLEAN:
		return config_text_boolean(text, field) ||
		    fail_value(text, may_quote, "true or false", err);
	case CONFIG_TEXTS:
	case CONFIG_DESTINATIONS:
	case CONFIG_HEADERS:
	case CONFIG_TREE:
		break;
	}
	err_set(err, "cannot be one value");
	return false;
}

static void append_text(
    struct strbuf *out, const struct config_key *key, const char *text)
{
	bool is_masked = key->is_secret && *text != '\0';

	config_text_append_quoted(out, slice_of(is_masked ? "***" : text));
}

static void append_url(struct strbuf *out, const char *url)
{
	struct strbuf masked;

	strbuf_init(&masked, STRBUF_NO_LIMIT);
	config_url_append_masked(&masked, slice_of(url));
	config_text_append_quoted(out, strbuf_slice(&masked));
	strbuf_finish(&masked);
}

void config_value_append(
    struct strbuf *out, const struct config_key *key, const void *base)
{
	const void *field = const_field_of(base, key);
	int place = 0;

	switch (key->type) {
	case CONFIG_TEXT:
	case CONFIG_PATH:
		append_text(out, key, *(char *const *)field);
		break;
	case CONFIG_URL:
		append_url(out, *(char *const *)field);
		break;
	case CONFIG_CHOICE:
		strbuf_append_text(out, *(char *const *)field);
		break;
	case CONFIG_ENUM:
		memcpy(&place, field, sizeof(place));
		strbuf_append_text(out, key->choices[place]);
		break;
	case CONFIG_INTEGER:
	case CONFIG_DURATION:
	case CONFIG_SIZE:
		append_number(out, key->type, *(const int64_t *)field);
		break;
	case CONFIG_BOOLEAN:
		strbuf_append_text(
		    out, *(const bool *)field ? "true" : "false");
		break;
	case CONFIG_TEXTS:
	case CONFIG_DESTINATIONS:
	case CONFIG_HEADERS:
	case CONFIG_TREE:
		break;
	}
}

static void free_texts(char **texts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(texts[i]);
	}
	free(texts);
}

static void free_headers(struct config_header *headers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(headers[i].name);
		free(headers[i].value);
	}
	free(headers);
}

void config_value_free(const struct config_key *key, void *base)
{
	void *field = field_of(base, key);
	size_t count =
	    *(const size_t *)(const void *)((char *)base + key->count_offset);

	switch (key->type) {
	case CONFIG_TEXT:
	case CONFIG_PATH:
	case CONFIG_URL:
	case CONFIG_CHOICE:
	case CONFIG_TREE:
		free(*(char **)field);
		break;
	case CONFIG_DESTINATIONS:
		free(*(int **)field);
		break;
	case CONFIG_TEXTS:
		free_texts(*(char ***)field, count);
		break;
	case CONFIG_HEADERS:
		free_headers(*(struct config_header **)field, count);
		break;
	case CONFIG_ENUM:
	case CONFIG_INTEGER:
	case CONFIG_DURATION:
	case CONFIG_SIZE:
	case CONFIG_BOOLEAN:
		break;
	}
}
