/*
 * `vars:` has no types in the table, so YAML's core schema gives them: a plain
 * scalar is null, a boolean, an integer or a number if it looks like one, else
 * a text; a quoted one is always a text.
 */
#include <jansson.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "common/base/mem.h"
#include "common/config/config_loader.h"
#include "common/config/config_text.h"

/* Numbers of up to 15 digits come back as they were written. */
#define DUMP_FLAGS (JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15))

/* Two trees are made: the true one, and one for people. */
struct conversion {
	struct config_loader *loader;
	bool is_masked;
};

static bool is_digits(const char *text, const char *digits)
{
	return *text != '\0' && text[strspn(text, digits)] == '\0';
}

/* [-+]?[0-9]+, 0o17, 0x1f. */
static bool looks_integer(const char *text, const char **digits, int *base)
{
	*digits = text;
	*base = 10;
	if (strncmp(text, "0o", 2) == 0) {
		*digits = text + 2;
		*base = 8;
		return is_digits(*digits, "01234567");
	}
	if (strncmp(text, "0x", 2) == 0) {
		*digits = text + 2;
		*base = 16;
		return is_digits(*digits, "0123456789abcdefABCDEF");
	}
	return is_digits(
	    text + (*text == '-' || *text == '+' ? 1 : 0), "0123456789");
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
static bool looks_number(const char *text)
{
	size_t whole;
	size_t fraction = 0;

	text += *text == '-' || *text == '+' ? 1 : 0;
	whole = strspn(text, "0123456789");
	text += whole;
	if (*text == '.') {
		text++;
		fraction = strspn(text, "0123456789");
		text += fraction;
	}
	if (whole + fraction == 0) {
		return false;
	}
	if (*text == 'e' || *text == 'E') {
		text++;
		text += *text == '-' || *text == '+' ? 1 : 0;
		return is_digits(text, "0123456789");
	}
	return *text == '\0';
}

static bool is_infinity_or_nan(const char *text)
{
	static const char *const names[] = {".nan", ".NaN", ".NAN", ".inf",
	    ".Inf", ".INF", "-.inf", "-.Inf", "-.INF", "+.inf", "+.Inf",
	    "+.INF", NULL};

	return config_text_choice(slice_of(text), names) >= 0;
}

static json_t *fail_number(struct conversion *conversion,
    const struct config_yaml_node *node, const char *shown)
{
	(void)!config_fail(conversion->loader, node->line, shown,
	    "is a number that JSON or 64 bits cannot hold; quote it to keep "
	    "it as a text");
	return NULL;
}

static json_t *convert_integer(struct conversion *conversion,
    const struct config_yaml_node *node, const char *shown, const char *digits,
    int base)
{
	long long value;

	errno = 0;
	value = strtoll(digits, NULL, base);
	if (errno == ERANGE) {
		return fail_number(conversion, node, shown);
	}
	return json_integer(value);
}

static json_t *convert_text(struct conversion *conversion,
    const struct config_yaml_node *node, const char *shown)
{
	bool is_secret = false;
	struct strbuf value;
	json_t *json = NULL;

	if (config_scalar_read(
		conversion->loader, node, shown, &value, &is_secret)) {
		json = is_secret && conversion->is_masked
		    ? json_string("***")
		    : json_stringn(strbuf_text(&value), value.len);
	}
	strbuf_finish(&value);
	return json;
}

static json_t *convert_scalar(struct conversion *conversion,
    const struct config_yaml_node *node, const char *shown)
{
	const char *digits;
	bool boolean;
	int base;

	if (!node->is_plain) {
		return convert_text(conversion, node, shown);
	}
	if (config_yaml_is_null(node)) {
		return json_null();
	}
	if (config_text_boolean(slice_of(node->text), &boolean)) {
		return json_boolean(boolean);
	}
	if (looks_integer(node->text, &digits, &base)) {
		return convert_integer(conversion, node, shown, digits, base);
	}
	if (is_infinity_or_nan(node->text)) {
		return fail_number(conversion, node, shown);
	}
	if (looks_number(node->text)) {
		double number = strtod(node->text, NULL);

		return isfinite(number) ? json_real(number)
					: fail_number(conversion, node, shown);
	}
	return convert_text(conversion, node, shown);
}

/* As deep as config_yaml_parse lets a file be. */
static json_t *convert(struct conversion *conversion,
    const struct config_yaml_node *node, const char *shown)
{
	json_t *json;

	if (node->kind == CONFIG_YAML_SCALAR) {
		return convert_scalar(conversion, node, shown);
	}
	json = node->kind == CONFIG_YAML_MAP ? json_object() : json_array();
	for (const struct config_yaml_node *member = node->first;
	     member != NULL && json != NULL; member = member->next) {
		char child[CONFIG_SHOWN_MAX];
		json_t *value;
		int failed;

		config_join(
		    child, shown, member->key != NULL ? member->key : "[]");
		value = convert(conversion, member, child);
		failed = member->key != NULL
		    ? json_object_set_new(json, member->key, value)
		    : json_array_append_new(json, value);
		if (failed != 0) {
			json_decref(json);
			json = NULL;
		}
	}
	return json;
}

/* From malloc; NULL when config_fail has said why. */
static char *dump(struct config_loader *loader,
    const struct config_yaml_node *node, const char *shown, bool is_masked)
{
	struct conversion conversion = {loader, is_masked};
	json_t *json = convert(&conversion, node, shown);
	char *text = NULL;

	if (json != NULL) {
		text = json_dumps(json, DUMP_FLAGS);
		json_decref(json);
	}
	return text;
}

bool config_vars_assign(struct config_loader *loader,
    const struct config_yaml_node *node, const char *shown)
{
	struct config *config = loader->config;

	if (config_yaml_is_null(node)) {
		return true;
	}
	if (node->kind != CONFIG_YAML_MAP) {
		return config_fail(
		    loader, node->line, shown, "must be lines of key: value");
	}
	free(config->vars_json);
	free(config->vars_shown_json);
	config->vars_json = dump(loader, node, shown, false);
	config->vars_shown_json = dump(loader, node, shown, true);
	return config->vars_json != NULL && config->vars_shown_json != NULL;
}
