#include <stdlib.h>

#include "common/base/mem.h"
#include "common/base/nearest.h"
#include "common/config/config_loader.h"
#include "common/config/config_syntax.h"

static void *field_at(void *base, size_t offset)
{
	return (char *)base + offset;
}

/* A list that must be set is not empty. */
static bool check_list(struct config_loader *loader,
    const struct config_yaml_node *node, const struct config_key *key,
    const char *shown)
{
	if (node->kind != CONFIG_YAML_LIST) {
		return config_fail(loader, node->line, shown,
		    "must be a list: [a, b], or lines that begin with -");
	}
	if (node->first == NULL && key->fallback == NULL) {
		return config_fail(loader, node->line, shown, "is empty");
	}
	return true;
}

static bool assign_texts(struct config_loader *loader,
    const struct config_yaml_node *node, const struct config_key *key,
    const char *shown, void *base)
{
	size_t *count = field_at(base, key->count_offset);
	char **texts;

	if (!check_list(loader, node, key, shown)) {
		return false;
	}
	texts = xcalloc(config_yaml_count(node), sizeof(*texts));
	*(char ***)field_at(base, key->offset) = texts;
	for (const struct config_yaml_node *member = node->first;
	     member != NULL; member = member->next) {
		bool is_secret = false;
		struct strbuf value;

		if (!config_scalar_read(
			loader, member, shown, &value, &is_secret)) {
			strbuf_finish(&value);
			return false;
		}
		texts[*count] = strbuf_take(&value);
		(*count)++;
		if (*texts[*count - 1] == '\0') {
			return config_fail(
			    loader, member->line, shown, "has an empty entry");
		}
	}
	return true;
}

/* The place of a destination by its name; -1 when there is none. */
static int find_destination(const struct config *config, struct slice name)
{
	for (size_t i = 0; i < config->destination_count; i++) {
		if (slice_is(name, config->destinations[i].name)) {
			return (int)i;
		}
	}
	return -1;
}

static bool fail_unknown_destination(struct config_loader *loader,
    const struct config_yaml_node *node, const char *shown)
{
	const struct config *config = loader->config;
	char hint[NEAREST_HINT_MAX];
	struct nearest nearest;

	nearest_init(&nearest, slice_of(node->text));
	for (size_t i = 0; i < config->destination_count; i++) {
		nearest_offer(&nearest, slice_of(config->destinations[i].name));
	}
	nearest_hint(&nearest, hint);
	return config_fail(loader, node->line, shown,
	    "there is no destination \"%.64s\"%s", node->text, hint);
}

static bool assign_destinations(struct config_loader *loader,
    const struct config_yaml_node *node, const struct config_key *key,
    const char *shown, void *base)
{
	size_t *count = field_at(base, key->count_offset);
	int *places;

	if (!check_list(loader, node, key, shown)) {
		return false;
	}
	places = xcalloc(config_yaml_count(node) + 1, sizeof(*places));
	*(int **)field_at(base, key->offset) = places;
	for (const struct config_yaml_node *member = node->first;
	     member != NULL; member = member->next) {
		int place;

		if (member->kind != CONFIG_YAML_SCALAR) {
			return config_fail(loader, member->line, shown,
			    "must be a list of names");
		}
		place =
		    find_destination(loader->config, slice_of(member->text));
		if (place < 0) {
			return fail_unknown_destination(loader, member, shown);
		}
		for (size_t i = 0; i < *count; i++) {
			if (places[i] == place) {
				return config_fail(loader, member->line, shown,
				    "has \"%s\" twice", member->text);
			}
		}
		places[*count] = place;
		(*count)++;
	}
	return true;
}

static bool check_header_name(struct config_loader *loader,
    const struct config_yaml_node *node, const char *shown,
    const struct config_header *others, size_t count)
{
	struct slice name = slice_of(node->key);

	if (!config_syntax_is_header_name(name)) {
		return config_fail(
		    loader, node->key_line, shown, "is no name for a header");
	}
	if (config_syntax_is_framing_header(name)) {
		return config_fail(loader, node->key_line, shown,
		    "is set by the relay itself");
	}
	for (size_t i = 0; i < count; i++) {
		if (slice_equal_ignoring_case(name, slice_of(others[i].name))) {
			return config_fail(
			    loader, node->key_line, shown, "is there twice");
		}
	}
	return true;
}

static bool assign_header(struct config_loader *loader,
    const struct config_yaml_node *node, const char *shown,
    struct config_header *headers, size_t *count)
{
	struct config_header *header = &headers[*count];
	struct strbuf value;

	if (!check_header_name(loader, node, shown, headers, *count)) {
		return false;
	}
	header->is_secret = config_syntax_is_secret_name(slice_of(node->key));
	if (!config_scalar_read(
		loader, node, shown, &value, &header->is_secret)) {
		strbuf_finish(&value);
		return false;
	}
	header->name = xstrdup(node->key);
	header->value = strbuf_take(&value);
	(*count)++;
	if (*header->value == '\0') {
		return config_fail(loader, node->line, shown, "is empty");
	}
	if (!config_syntax_is_header_value(slice_of(header->value))) {
		return config_fail(loader, node->line, shown,
		    "has a line break or another control character, or begins "
		    "or ends with a blank");
	}
	return true;
}

static bool assign_headers(struct config_loader *loader,
    const struct config_yaml_node *node, const struct config_key *key,
    const char *shown, void *base)
{
	size_t *count = field_at(base, key->count_offset);
	struct config_header *headers;

	if (config_yaml_is_null(node)) {
		return true;
	}
	if (node->kind != CONFIG_YAML_MAP) {
		return config_fail(
		    loader, node->line, shown, "must be lines of name: value");
	}
	headers = xcalloc(config_yaml_count(node) + 1, sizeof(*headers));
	*(struct config_header **)field_at(base, key->offset) = headers;
	for (const struct config_yaml_node *member = node->first;
	     member != NULL; member = member->next) {
		char header_shown[CONFIG_SHOWN_MAX];

		config_join(header_shown, shown, member->key);
		if (!assign_header(
			loader, member, header_shown, headers, count)) {
			return false;
		}
	}
	return true;
}

bool config_list_assign(struct config_loader *loader,
    const struct config_yaml_node *node, const struct config_key *key,
    const char *shown, void *base)
{
	switch (key->type) {
	case CONFIG_TEXTS:
		return assign_texts(loader, node, key, shown, base);
	case CONFIG_DESTINATIONS:
		return assign_destinations(loader, node, key, shown, base);
	case CONFIG_HEADERS:
		return assign_headers(loader, node, key, shown, base);
	case CONFIG_TREE:
		return config_vars_assign(loader, node, shown);
	case CONFIG_TEXT:
	case CONFIG_PATH:
	case CONFIG_URL:
	case CONFIG_CHOICE:
	case CONFIG_ENUM:
	case CONFIG_INTEGER:
	case CONFIG_DURATION:
	case CONFIG_SIZE:
	case CONFIG_BOOLEAN:
		break;
	}
	return config_fail(loader, node->line, shown, "is no list");
}
