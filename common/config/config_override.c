/*
 * A --set becomes a node of the tree, as if it were in the file, but on line 0.
 * So it is checked and typed by the same code as everything else.
 *
 *	redis.address=...		a section's key
 *	routes[0].path=...		of the first route
 *	destinations.event.timeout=...	of a destination that the file has
 *	destinations.event.headers.x-a=...	one header
 *	vars.contact_fields.1=...	one node of a tree
 *
 * What a key of one value gets is the value as it stands; what a list, a map or
 * a node of vars gets is YAML: [a, b].
 */
#include <stdio.h>

#include "common/base/nearest.h"
#include "common/config/config_file.h"
#include "common/config/config_loader.h"
#include "common/config/config_value.h"

struct cursor {
	struct config_loader *loader;
	const struct config_override *override;
	struct config_yaml_node *node; /* the section we are in */
	struct config_place place;
};

static bool fail(struct cursor *cursor, const char *reason)
{
	return config_fail(
	    cursor->loader, 0, cursor->override->key, "%s", reason);
}

/* The member of the section in hand, made when it is not there. NULL when it
 * cannot be. */
static struct config_yaml_node *member_of(
    struct cursor *cursor, struct slice name)
{
	struct config_yaml_node *node = config_yaml_find(cursor->node, name);
	struct arena *arena = &cursor->loader->arena;

	if (node != NULL) {
		return node;
	}
	if (config_yaml_is_null(cursor->node)) {
		cursor->node->kind = CONFIG_YAML_MAP;
	}
	if (cursor->node->kind != CONFIG_YAML_MAP || name.len == 0 ||
	    name.len > CONFIG_YAML_KEY_MAX) {
		(void)!fail(cursor, "is no key");
		return NULL;
	}
	node = arena_calloc(arena, 1, sizeof(*node));
	if (node != NULL) {
		node->key = arena_copy(arena, name);
	}
	if (node == NULL || node->key == NULL) {
		(void)!fail(cursor, "too large");
		return NULL;
	}
	node->kind = CONFIG_YAML_MAP;
	config_yaml_append(cursor->node, node);
	return node;
}

/* As deep as config_yaml_parse lets a text be. */
static void forget_lines(struct config_yaml_node *node)
{
	node->line = 0;
	node->key_line = 0;
	for (struct config_yaml_node *member = node->first; member != NULL;
	     member = member->next) {
		forget_lines(member);
	}
}

/* Puts the value in the node's place; its name and neighbours stay. */
static void set_node(
    struct config_yaml_node *node, const struct config_yaml_node *value)
{
	node->kind = value->kind;
	node->text = value->text;
	node->is_plain = value->is_plain;
	node->first = value->first;
	node->last = value->last;
	forget_lines(node);
}

static bool set_text(struct cursor *cursor, struct config_yaml_node *node)
{
	struct config_yaml_node value = {.kind = CONFIG_YAML_SCALAR};

	value.text = arena_copy(
	    &cursor->loader->arena, slice_of(cursor->override->value));
	if (value.text == NULL) {
		return fail(cursor, "too large");
	}
	set_node(node, &value);
	return true;
}

static bool set_yaml(struct cursor *cursor, struct config_yaml_node *node)
{
	struct config_yaml_node *value;
	struct err err;

	value = config_yaml_parse(
	    slice_of(cursor->override->value), &cursor->loader->arena, &err);
	if (value == NULL) {
		return fail(cursor, err.text);
	}
	set_node(node, value);
	return true;
}

/* The path goes on below a row that is no single value. */
static bool set_below(
    struct cursor *cursor, const struct config_key *key, const char *rest)
{
	struct config_yaml_node *node;

	if (key->type == CONFIG_HEADERS) {
		node = member_of(cursor, slice_of(rest));
		return node != NULL && set_text(cursor, node);
	}
	if (key->type != CONFIG_TREE) {
		return fail(cursor, "unknown key");
	}
	for (int depth = 0; depth < CONFIG_YAML_DEPTH_MAX; depth++) {
		size_t len = strcspn(rest, ".");

		node = member_of(cursor, slice_make(rest, len));
		if (node == NULL) {
			return false;
		}
		if (rest[len] == '\0') {
			return set_yaml(cursor, node);
		}
		cursor->node = node;
		rest += len + 1;
	}
	return fail(cursor, "nested more than 32 deep");
}

static bool enter_destination(struct cursor *cursor, struct slice name)
{
	struct config_yaml_node *node = config_yaml_find(cursor->node, name);
	char hint[NEAREST_HINT_MAX];
	struct nearest nearest;

	if (node != NULL) {
		cursor->node = node;
		cursor->place = (struct config_place){
		    .pattern = CONFIG_DESTINATIONS_PREFIX};
		config_join(cursor->place.shown, "destinations", node->key);
		return true;
	}
	nearest_init(&nearest, name);
	for (node = cursor->node->first; node != NULL; node = node->next) {
		if (node->key != NULL) {
			nearest_offer(&nearest, slice_of(node->key));
		}
	}
	nearest_hint(&nearest, hint);
	return config_fail(cursor->loader, 0, cursor->override->key,
	    "the file has no destination \"%.*s\"%s",
	    (int)(name.len < 64 ? name.len : 64), name.data, hint);
}

/* `name` is "routes[N]". */
static bool enter_route(struct cursor *cursor, struct slice name)
{
	struct slice number = slice_from(name, strlen("routes["));
	struct config_yaml_node *node =
	    config_yaml_find(cursor->node, SLICE_LITERAL("routes"));
	int64_t place;

	number.len -= number.len > 0 ? 1 : 0;
	if (name.data[name.len - 1] != ']' || !slice_to_int64(number, &place) ||
	    place < 0) {
		return fail(cursor, "unknown key; did you mean routes[0]?");
	}
	node =
	    node != NULL && node->kind == CONFIG_YAML_LIST ? node->first : NULL;
	while (node != NULL && place > 0) {
		node = node->next;
		place--;
	}
	if (node == NULL) {
		return fail(cursor, "the file has no such route");
	}
	cursor->node = node;
	cursor->place = (struct config_place){.pattern = CONFIG_ROUTES};
	(void)snprintf(cursor->place.shown, sizeof(cursor->place.shown), "%.*s",
	    SLICE_ARGS(name));
	return true;
}

/* Goes one name deeper. */
static bool enter(struct cursor *cursor, struct slice name)
{
	struct config_place place;
	char text[CONFIG_PATTERN_MAX];

	if (name.len >= sizeof(text)) {
		return fail(cursor, "unknown key");
	}
	memcpy(text, name.data, name.len);
	text[name.len] = '\0';
	if (*cursor->place.pattern == '\0' &&
	    slice_starts_with(name, "routes[")) {
		return enter_route(cursor, name);
	}
	if (strcmp(cursor->place.pattern, "destinations") == 0) {
		return enter_destination(cursor, name);
	}
	config_place_child(&place, &cursor->place, text, text);
	if (strpbrk(text, "[*") != NULL ||
	    (config_table_find(place.pattern) == NULL &&
		!config_table_is_section(place.pattern))) {
		return config_fail_unknown_key(
		    cursor->loader, 0, &cursor->place, text);
	}
	cursor->place = place;
	cursor->node = member_of(cursor, name);
	return cursor->node != NULL;
}

bool config_override(
    struct config_loader *loader, const struct config_override *override)
{
	struct cursor cursor = {loader, override, loader->root, {"", ""}};
	const char *rest = override->key;

	if (!config_file_is_text(slice_of(override->key)) ||
	    !config_file_is_text(slice_of(override->value))) {
		return config_fail(loader, 0, "", "is not UTF-8 text");
	}
	for (;;) {
		size_t len = strcspn(rest, ".");
		const struct config_key *key;

		if (!enter(&cursor, slice_make(rest, len))) {
			return false;
		}
		key = config_table_find(cursor.place.pattern);
		rest += len;
		if (*rest == '\0') {
			if (key == NULL) {
				return fail(
				    &cursor, "is a section: name a key in it");
			}
			return config_value_is_scalar(key->type)
			    ? set_text(&cursor, cursor.node)
			    : set_yaml(&cursor, cursor.node);
		}
		rest++;
		if (key != NULL) {
			return set_below(&cursor, key, rest);
		}
	}
}
