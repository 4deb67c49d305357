/*
 * The table in YAML: sections from the dots of its paths, values by their
 * types. It is made to be read back, so every text is quoted and its ${ is
 * written $${.
 */
#include <jansson.h>

#include <stdlib.h>
#include <string.h>

#include "common/config/config.h"
#include "common/config/config_table.h"
#include "common/config/config_text.h"
#include "common/config/config_value.h"

enum {
	STEP = 2,
};

static void print_indent(struct strbuf *out, int indent)
{
	strbuf_appendf(out, "%*s", indent, "");
}

static void print_texts(struct strbuf *out, const struct config_key *key,
    char *const *texts, size_t count, int indent)
{
	if (count == 0) {
		strbuf_append_text(out, " []\n");
		return;
	}
	strbuf_append_char(out, '\n');
	for (size_t i = 0; i < count; i++) {
		print_indent(out, indent + STEP);
		strbuf_append_text(out, "- ");
		config_text_append_quoted(
		    out, slice_of(key->is_secret ? "***" : texts[i]));
		strbuf_append_char(out, '\n');
	}
}

static void print_headers(struct strbuf *out,
    const struct config_header *headers, size_t count, int indent)
{
	if (count == 0) {
		strbuf_append_text(out, " {}\n");
		return;
	}
	strbuf_append_char(out, '\n');
	for (size_t i = 0; i < count; i++) {
		print_indent(out, indent + STEP);
		config_text_append_key(out, slice_of(headers[i].name));
		strbuf_append_text(out, ": ");
		config_text_append_quoted(out,
		    slice_of(headers[i].is_secret ? "***" : headers[i].value));
		strbuf_append_char(out, '\n');
	}
}

static void print_destinations(struct strbuf *out, const struct config *config,
    const int *places, size_t count)
{
	strbuf_append_text(out, " [");
	for (size_t i = 0; i < count; i++) {
		strbuf_append_text(out, i > 0 ? ", " : "");
		strbuf_append_text(out, config->destinations[places[i]].name);
	}
	strbuf_append_text(out, "]\n");
}

/* As deep as the file was. */
static void print_tree(struct strbuf *out, json_t *tree, int indent)
{
	char *scalar;
	const char *name;
	json_t *member;
	size_t i;

	if (json_is_string(tree)) {
		strbuf_append_char(out, ' ');
		config_text_append_quoted(out,
		    slice_make(
			json_string_value(tree), json_string_length(tree)));
		strbuf_append_char(out, '\n');
	} else if (json_object_size(tree) > 0) {
		strbuf_append_char(out, '\n');
		json_object_foreach(tree, name, member)
		{
			print_indent(out, indent);
			config_text_append_key(out, slice_of(name));
			strbuf_append_char(out, ':');
			print_tree(out, member, indent + STEP);
		}
	} else if (json_array_size(tree) > 0) {
		strbuf_append_char(out, '\n');
		json_array_foreach(tree, i, member)
		{
			print_indent(out, indent);
			strbuf_append_char(out, '-');
			print_tree(out, member, indent + STEP);
		}
	} else {
		/* A number, true, false, null, {} or []: JSON is YAML here. */
		scalar =
		    json_dumps(tree, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
		strbuf_appendf(out, " %s\n", scalar != NULL ? scalar : "null");
		free(scalar);
	}
}

static void print_vars(struct strbuf *out, const char *json)
{
	json_t *tree = json_loads(json, 0, NULL);

	print_tree(out, tree, STEP);
	json_decref(tree);
}

static void print_value(struct strbuf *out, const struct config *config,
    const struct config_key *key, const void *base, int indent)
{
	const void *field = (const char *)base + key->offset;
	const void *counter = (const char *)base + key->count_offset;

	switch (key->type) {
	case CONFIG_TEXTS:
		print_texts(out, key, *(char *const *const *)field,
		    *(const size_t *)counter, indent);
		break;
	case CONFIG_DESTINATIONS:
		print_destinations(out, config, *(int *const *)field,
		    *(const size_t *)counter);
		break;
	case CONFIG_HEADERS:
		print_headers(out, *(struct config_header *const *)field,
		    *(const size_t *)counter, indent);
		break;
	case CONFIG_TREE:
		print_vars(out, config->vars_shown_json);
		break;
	case CONFIG_TEXT:
	case CONFIG_PATH:
	case CONFIG_URL:
	case CONFIG_CHOICE:
	case CONFIG_ENUM:
	case CONFIG_INTEGER:
	case CONFIG_DURATION:
	case CONFIG_SIZE:
	case CONFIG_BOOLEAN:
		strbuf_append_char(out, ' ');
		config_value_append(out, key, base);
		strbuf_append_char(out, '\n');
		break;
	}
}

/* How much of a path names the sections that `previous` is in, too. */
static size_t common_sections(const char *path, const char *previous)
{
	size_t len = 0;

	for (size_t i = 0; path[i] != '\0' && path[i] == previous[i]; i++) {
		if (path[i] == '.') {
			len = i + 1;
		}
	}
	return len;
}

/* "tls.ca_file:", with the line "tls:" before it unless that has been. */
static int print_name(
    struct strbuf *out, const char *path, const char *previous, int indent)
{
	size_t done = common_sections(path, previous);
	size_t start = 0;

	for (;;) {
		size_t len = strcspn(path + start, ".");
		bool is_last = path[start + len] == '\0';

		if (start >= done) {
			print_indent(out, indent);
			strbuf_append(out, path + start, len);
			strbuf_append_text(out, is_last ? ":" : ":\n");
		}
		if (is_last) {
			return indent;
		}
		start += len + 1;
		indent += STEP;
	}
}

static void print_scope(struct strbuf *out, const struct config *config,
    enum config_scope scope, const void *base, int indent)
{
	const char *previous = "";

	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];
		const char *path = config_table_local_path(key);

		if (config_table_scope(key) == scope) {
			int depth = print_name(out, path, previous, indent);

			print_value(out, config, key, base, depth);
			previous = path;
		}
	}
}

static void print_route(struct strbuf *out, const struct config *config,
    const struct config_route *route)
{
	size_t start = out->len;

	print_scope(out, config, CONFIG_SCOPE_ROUTE, route, 2 * STEP);
	if (!strbuf_failed(out)) {
		/* The dash stands in its first line's indentation. */
		out->data[start + STEP] = '-';
	}
}

void config_print(const struct config *config, struct strbuf *out)
{
	print_scope(out, config, CONFIG_SCOPE_ROOT, config, 0);
	strbuf_append_text(out, "routes:\n");
	for (size_t i = 0; i < config->route_count; i++) {
		print_route(out, config, &config->routes[i]);
	}
	strbuf_append_text(out, "destinations:\n");
	for (size_t i = 0; i < config->destination_count; i++) {
		print_indent(out, STEP);
		strbuf_appendf(out, "%s:\n", config->destinations[i].name);
		print_scope(out, config, CONFIG_SCOPE_DESTINATION,
		    &config->destinations[i], 2 * STEP);
	}
}
