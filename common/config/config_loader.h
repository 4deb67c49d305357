#ifndef COMMON_CONFIG_CONFIG_LOADER_H
#define COMMON_CONFIG_CONFIG_LOADER_H

/*
 * What the steps of loading share; private to the room.
 *
 *	config.c           text -> nodes; the steps in their order
 *	config_override.c  --set into the nodes
 *	config_assign.c    nodes -> struct config, by the table
 *	config_list.c      the lists and headers among them
 *	config_vars.c      `vars:` to JSON
 *	config_check.c     what no single key can tell
 *
 * A step that fails has said why through config_fail.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/base/arena.h"
#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/base/strbuf.h"
#include "common/config/config.h"
#include "common/config/config_table.h"
#include "common/config/config_yaml.h"

enum {
	CONFIG_PATTERN_MAX = 96, /* more than any row's path */
	CONFIG_SHOWN_MAX = 320,
};

struct config_loader {
	struct config *config; /* being filled in */
	struct arena arena;    /* of the nodes */
	struct config_yaml_node *root;
	char *folder; /* of the file, absolute */
	struct err *err;
};

/* A place in the tree, by its pattern in the table and by its own name. */
struct config_place {
	char pattern[CONFIG_PATTERN_MAX]; /* destinations.*.url */
	char shown[CONFIG_SHOWN_MAX];	  /* destinations.event.url */
};

/* Says `file:line: shown: reason`; "--set" for file:line when `line` is 0, as
 * nodes from the command line have it. Always false. */
MUST_USE bool config_fail(struct config_loader *loader, int line,
    const char *shown, const char *format, ...) PRINTF_LIKE(4, 5);

/* "a.b" (or "b" when `a` is empty), ending with "..." where it is cut. */
void config_join(char shown[CONFIG_SHOWN_MAX], const char *a, const char *b);

/* The place of the member `name` of a section. */
void config_place_child(struct config_place *child,
    const struct config_place *parent, const char *pattern, const char *name);

/* "unknown key" with the nearest one of the section. */
MUST_USE bool config_fail_unknown_key(struct config_loader *loader, int line,
    const struct config_place *parent, const char *name);

/* config_load of a text that is at hand; `path` names it. */
MUST_USE struct config *config_load_text(const char *path, struct slice text,
    const struct config_override *overrides, size_t override_count,
    struct err *err);

/* Steps. */
MUST_USE bool config_override(
    struct config_loader *loader, const struct config_override *override);
MUST_USE bool config_assign(struct config_loader *loader);
MUST_USE bool config_check(struct config_loader *loader);

/* Fills in a field that is no scalar. */
MUST_USE bool config_list_assign(struct config_loader *loader,
    const struct config_yaml_node *node, const struct config_key *key,
    const char *shown, void *base);
MUST_USE bool config_vars_assign(struct config_loader *loader,
    const struct config_yaml_node *node, const char *shown);

/* The text of a scalar with its ${...} replaced, into a fresh `value`, which
 * the caller finishes also on failure. *is_secret as config_text_expand's. */
MUST_USE bool config_scalar_read(struct config_loader *loader,
    const struct config_yaml_node *node, const char *shown,
    struct strbuf *value, bool *is_secret);

/* The node at "retry.base" beneath a section; NULL when it is not there. */
const struct config_yaml_node *config_node_at(
    const struct config_yaml_node *section, const char *path);

#endif
