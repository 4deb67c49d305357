/*
 * The tree is walked by the table: a member whose pattern is a row is a value,
 * one whose pattern begins rows is a section, any other is a mistake. So the
 * walk is as deep as the table, whatever the file says.
 *
 * Destinations come before routes, which name them.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/mem.h"
#include "common/base/nearest.h"
#include "common/config/config_loader.h"
#include "common/config/config_syntax.h"
#include "common/config/config_text.h"
#include "common/config/config_value.h"

bool config_fail(struct config_loader *loader, int line, const char *shown,
    const char *format, ...)
{
	char reason[sizeof(loader->err->text)];
	char where[sizeof(reason)];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	if (line > 0) {
		(void)snprintf(
		    where, sizeof(where), "%s:%d", loader->config->path, line);
	} else {
		(void)snprintf(where, sizeof(where), "--set");
	}
	err_set_at(loader->err, line, 0, "%s: %s%s%s", where, shown,
	    *shown != '\0' ? ": " : "", reason);
	return false;
}

static void join(char *out, size_t cap, const char *a, const char *b)
{
	const char *dot = *a != '\0' ? "." : "";
	int len = snprintf(out, cap, "%s%s%s", a, dot, b);

	if (len < 0 || (size_t)len >= cap) {
		memcpy(out + cap - sizeof("..."), "...", sizeof("..."));
	}
}

void config_join(char shown[CONFIG_SHOWN_MAX], const char *a, const char *b)
{
	join(shown, CONFIG_SHOWN_MAX, a, b);
}

void config_place_child(struct config_place *child,
    const struct config_place *parent, const char *pattern, const char *name)
{
	/* What is cut is no row's path. */
	join(child->pattern, sizeof(child->pattern), parent->pattern, pattern);
	join(child->shown, sizeof(child->shown), parent->shown, name);
}

bool config_fail_unknown_key(struct config_loader *loader, int line,
    const struct config_place *parent, const char *name)
{
	size_t prefix_len = strlen(parent->pattern);
	char hint[NEAREST_HINT_MAX];
	struct nearest nearest;
	struct config_place place;

	nearest_init(&nearest, slice_of(name));
	for (size_t i = 0; i < config_key_count; i++) {
		const char *path = config_keys[i].path;

		if (strncmp(path, parent->pattern, prefix_len) != 0) {
			continue;
		}
		path += prefix_len;
		if (prefix_len > 0 && *path++ != '.') {
			continue;
		}
		nearest_offer(&nearest, slice_make(path, strcspn(path, ".[")));
	}
	nearest_hint(&nearest, hint);
	config_place_child(&place, parent, "", name);
	return config_fail(loader, line, place.shown, "unknown key%s", hint);
}

const struct config_yaml_node *config_node_at(
    const struct config_yaml_node *section, const char *path)
{
	while (section != NULL && *path != '\0') {
		size_t len = strcspn(path, ".");

		section = config_yaml_find(section, slice_make(path, len));
		path += len;
		path += *path == '.';
	}
	return section;
}

bool config_scalar_read(struct config_loader *loader,
    const struct config_yaml_node *node, const char *shown,
    struct strbuf *value, bool *is_secret)
{
	struct err err;

	strbuf_init(value, CONFIG_YAML_BYTES_MAX);
	if (node->kind != CONFIG_YAML_SCALAR) {
		return config_fail(loader, node->line, shown,
		    "must be one value, not a %s",
		    node->kind == CONFIG_YAML_LIST ? "list" : "map");
	}
	if (config_yaml_is_null(node)) {
		return config_fail(loader, node->line, shown,
		    "has no value; write \"\" for an empty text");
	}
	if (!config_text_expand(slice_of(node->text), value, is_secret, &err)) {
		return config_fail(loader, node->line, shown, "%s", err.text);
	}
	return true;
}

/* Relative paths are meant from where the file is. */
static void resolve_path(struct config_loader *loader, char **path)
{
	char *old = *path;

	if (*old != '\0' && *old != '/') {
		*path = xasprintf("%s/%s",
		    strcmp(loader->folder, "/") == 0 ? "" : loader->folder,
		    old);
		free(old);
	}
}

static bool assign_scalar(struct config_loader *loader,
    const struct config_yaml_node *node, const struct config_key *key,
    const char *shown, void *base)
{
	bool is_secret = key->is_secret;
	struct strbuf value;
	struct err err;
	bool ok;

	ok = config_scalar_read(loader, node, shown, &value, &is_secret);
	if (ok &&
	    !config_value_set(
		key, base, strbuf_slice(&value), !is_secret, &err)) {
		ok = config_fail(loader, node->line, shown, "%s", err.text);
	}
	strbuf_finish(&value);
	if (ok && key->type == CONFIG_PATH) {
		resolve_path(
		    loader, (char **)(void *)((char *)base + key->offset));
	}
	return ok;
}

static void set_defaults(enum config_scope scope, void *base)
{
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];

		if (config_table_scope(key) == scope && key->fallback != NULL &&
		    config_value_is_scalar(key->type) &&
		    !config_value_set(
			key, base, slice_of(key->fallback), false, NULL)) {
			abort(); /* the table contradicts itself */
		}
	}
}

void config_template_defaults(struct config_template *template)
{
	static const char section[] = "template.";
	struct config config = {.path = NULL};

	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];

		if (strncmp(key->path, section, sizeof(section) - 1) == 0 &&
		    !config_value_set(
			key, &config, slice_of(key->fallback), false, NULL)) {
			abort(); /* the table contradicts itself */
		}
	}
	*template = config.template;
}

static bool check_present(struct config_loader *loader, enum config_scope scope,
    const struct config_yaml_node *section, const char *shown)
{
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];
		const char *path = config_table_local_path(key);

		if (config_table_scope(key) == scope && key->fallback == NULL &&
		    config_node_at(section, path) == NULL) {
			return config_fail(loader,
			    section->line > 0 ? section->line : 1, shown,
			    "%s is missing", path);
		}
	}
	return true;
}

static bool walk_section(struct config_loader *loader,
    const struct config_yaml_node *node, const struct config_place *place,
    void *base);

static bool walk_member(struct config_loader *loader,
    const struct config_yaml_node *node, const struct config_place *parent,
    void *base)
{
	const struct config_key *key;
	struct config_place place;

	config_place_child(&place, parent, node->key, node->key);
	/* The dots and signs of patterns are not for the file. */
	if (node->key[strcspn(node->key, ".[*")] != '\0') {
		return config_fail_unknown_key(
		    loader, node->key_line, parent, node->key);
	}
	key = config_table_find(place.pattern);
	if (key != NULL && config_value_is_scalar(key->type)) {
		return assign_scalar(loader, node, key, place.shown, base);
	}
	if (key != NULL) {
		return config_list_assign(loader, node, key, place.shown, base);
	}
	if (config_table_is_section(place.pattern)) {
		return walk_section(loader, node, &place, base);
	}
	return config_fail_unknown_key(
	    loader, node->key_line, parent, node->key);
}

/* The two sections whose members are structs of their own are walked apart. */
static bool is_collection(const struct config_yaml_node *node)
{
	return strcmp(node->key, "routes") == 0 ||
	    strcmp(node->key, "destinations") == 0;
}

static bool walk_section(struct config_loader *loader,
    const struct config_yaml_node *node, const struct config_place *place,
    void *base)
{
	if (config_yaml_is_null(node)) {
		return true;
	}
	if (node->kind != CONFIG_YAML_MAP) {
		return config_fail(loader, node->line, place->shown,
		    "must be lines of key: value");
	}
	for (const struct config_yaml_node *member = node->first;
	     member != NULL; member = member->next) {
		if (node == loader->root && is_collection(member)) {
			continue;
		}
		if (!walk_member(loader, member, place, base)) {
			return false;
		}
	}
	return true;
}

static bool walk_destination(struct config_loader *loader,
    const struct config_yaml_node *node, struct config_destination *destination)
{
	struct config_place place = {.pattern = CONFIG_DESTINATIONS_PREFIX};
	const struct config_yaml_node *when = config_node_at(node, "when");

	config_join(place.shown, "destinations", node->key);
	destination->line = node->key_line;
	destination->when_line = when != NULL ? when->line : node->key_line;
	set_defaults(CONFIG_SCOPE_DESTINATION, destination);
	if (!config_syntax_is_name(slice_of(node->key))) {
		return config_fail(loader, node->key_line, place.shown,
		    "a name is at most 63 of a-z, 0-9 and -, and begins with a "
		    "letter");
	}
	return walk_section(loader, node, &place, destination) &&
	    check_present(loader, CONFIG_SCOPE_DESTINATION, node, place.shown);
}

/* All of them first, as one may name another. */
static void name_destinations(
    struct config *config, const struct config_yaml_node *node)
{
	config->destinations =
	    xcalloc(config_yaml_count(node), sizeof(*config->destinations));
	for (const struct config_yaml_node *member = node->first;
	     member != NULL; member = member->next) {
		config->destinations[config->destination_count++].name =
		    xstrdup(member->key);
	}
}

static bool walk_destinations(struct config_loader *loader)
{
	const struct config_yaml_node *node =
	    config_node_at(loader->root, "destinations");
	struct config *config = loader->config;
	size_t place = 0;

	if (node == NULL || config_yaml_is_null(node)) {
		return config_fail(loader, node != NULL ? node->key_line : 1,
		    "destinations", "there is none");
	}
	if (node->kind != CONFIG_YAML_MAP || node->first == NULL) {
		return config_fail(loader, node->line, "destinations",
		    "must be destinations by their names");
	}
	name_destinations(config, node);
	for (const struct config_yaml_node *member = node->first;
	     member != NULL; member = member->next) {
		if (!walk_destination(
			loader, member, &config->destinations[place])) {
			return false;
		}
		place++;
	}
	return true;
}

static bool walk_route(struct config_loader *loader,
    const struct config_yaml_node *node, size_t place_in_list,
    struct config_route *route)
{
	struct config_place place = {.pattern = CONFIG_ROUTES};

	(void)snprintf(
	    place.shown, sizeof(place.shown), "routes[%zu]", place_in_list);
	route->line = node->line;
	set_defaults(CONFIG_SCOPE_ROUTE, route);
	return walk_section(loader, node, &place, route) &&
	    check_present(loader, CONFIG_SCOPE_ROUTE, node, place.shown);
}

static bool walk_routes(struct config_loader *loader)
{
	const struct config_yaml_node *node =
	    config_node_at(loader->root, "routes");
	struct config *config = loader->config;

	if (node == NULL || config_yaml_is_null(node)) {
		return config_fail(loader, node != NULL ? node->key_line : 1,
		    "routes", "there is none");
	}
	if (node->kind != CONFIG_YAML_LIST || node->first == NULL) {
		return config_fail(loader, node->line, "routes",
		    "must be a list of routes, each with path: and "
		    "destinations:");
	}
	config->routes =
	    xcalloc(config_yaml_count(node), sizeof(*config->routes));
	for (const struct config_yaml_node *member = node->first;
	     member != NULL; member = member->next) {
		size_t place = config->route_count;

		config->route_count++;
		if (!walk_route(
			loader, member, place, &config->routes[place])) {
			return false;
		}
	}
	return true;
}

bool config_assign(struct config_loader *loader)
{
	static const struct config_place top = {.pattern = ""};

	set_defaults(CONFIG_SCOPE_ROOT, loader->config);
	if (loader->root->kind != CONFIG_YAML_MAP) {
		return config_fail(loader, loader->root->line, "",
		    "must be lines of key: value");
	}
	return walk_section(loader, loader->root, &top, loader->config) &&
	    check_present(loader, CONFIG_SCOPE_ROOT, loader->root, "") &&
	    walk_destinations(loader) && walk_routes(loader);
}
