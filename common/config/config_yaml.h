#ifndef COMMON_CONFIG_CONFIG_YAML_H
#define COMMON_CONFIG_CONFIG_YAML_H

/*
 * YAML text to a small tree of nodes that know their place. Not for anything
 * but the configuration: it refuses what makes YAML surprising or dangerous
 * (anchors, aliases, tags, several documents, a key that is there twice) and
 * leaves the meaning of a scalar to whoever knows its type.
 *
 * Time and memory are bounded by the limits below; nothing recurses.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/base/arena.h"
#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/base/slice.h"

enum {
	CONFIG_YAML_BYTES_MAX = 1024 * 1024,
	CONFIG_YAML_DEPTH_MAX = 32,
	CONFIG_YAML_NODES_MAX = 20000,
	/* libyaml reads no longer key back: 1,024 bytes with its escapes. */
	CONFIG_YAML_KEY_MAX = 200,
	/* What an arena for config_yaml_parse should allow. */
	CONFIG_YAML_ARENA_BYTES = 16 * 1024 * 1024,
};

enum config_yaml_kind {
	CONFIG_YAML_SCALAR,
	CONFIG_YAML_LIST,
	CONFIG_YAML_MAP,
};

struct config_yaml_node {
	enum config_yaml_kind kind;
	const char *key;  /* in a map; NULL in a list and at the root */
	const char *text; /* of a scalar: UTF-8 without NUL; else NULL */
	bool is_plain;	  /* a scalar without quotes, so it may be a number */
	int line;	  /* of a scalar; of the key of a list or map */
	int column;
	int key_line;			/* `line` where there is no key */
	struct config_yaml_node *first; /* members, in the file's order */
	struct config_yaml_node *last;
	struct config_yaml_node *next; /* the next member of its parent */
};

/* The root of the one document, all of it in `arena`: borrowed until that ends.
 * NULL with line and column in *err. */
MUST_USE struct config_yaml_node *config_yaml_parse(
    struct slice text, struct arena *arena, struct err *err);

/* A scalar that stands for nothing: `key:`, `key: ~`, `key: null`. */
bool config_yaml_is_null(const struct config_yaml_node *node);

/* The member of a map with this key; NULL when there is none, or no map. */
struct config_yaml_node *config_yaml_find(
    const struct config_yaml_node *map, struct slice key);

/* How many members a list or map has. */
size_t config_yaml_count(const struct config_yaml_node *parent);

/* Adds a node behind the last member of a list (`key` NULL) or map. */
void config_yaml_append(
    struct config_yaml_node *parent, struct config_yaml_node *node);

#endif
