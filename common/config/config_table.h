#ifndef COMMON_CONFIG_CONFIG_TABLE_H
#define COMMON_CONFIG_CONFIG_TABLE_H

/*
 * The one list of the configuration's keys. Loading, --set, --print-config,
 * --help and the test of the example file all read it: a new key is a field in
 * config.h and a row here.
 *
 * A path is a pattern: `routes[].path` is of every route,
 * `destinations.*.url` of every destination. Rows of one section stand
 * together.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum config_type {	     /* the field's type */
	CONFIG_TEXT,	     /* char *; min and max count bytes */
	CONFIG_PATH,	     /* char *, resolved against the file's folder */
	CONFIG_URL,	     /* char *; its secrets are masked in print */
	CONFIG_CHOICE,	     /* char *, one of choices */
	CONFIG_ENUM,	     /* enum: the place in choices */
	CONFIG_INTEGER,	     /* int64_t */
	CONFIG_DURATION,     /* int64_t, ms */
	CONFIG_SIZE,	     /* int64_t, bytes */
	CONFIG_BOOLEAN,	     /* bool */
	CONFIG_TEXTS,	     /* char **, and a count */
	CONFIG_DESTINATIONS, /* int *, and a count: names in the file */
	CONFIG_HEADERS,	     /* struct config_header *, and a count */
	CONFIG_TREE,	     /* char *: JSON */
};

/* Which struct a row's offset is into: the path's beginning says it, too. */
enum config_scope {
	CONFIG_SCOPE_ROOT,	  /* struct config */
	CONFIG_SCOPE_ROUTE,	  /* struct config_route: "routes[]." */
	CONFIG_SCOPE_DESTINATION, /* struct config_destination */
};

struct config_key {
	const char *path;
	enum config_type type;
	bool is_secret; /* masked in print, never quoted */
	size_t offset;
	size_t count_offset;  /* of types with a count */
	const char *fallback; /* its default as written; NULL: must be set. ""
			       * is empty for lists, maps and trees */
	int64_t min;
	int64_t max;
	const char *const *choices; /* ends with NULL */
	const char *help;
};

extern const struct config_key config_keys[];
extern const size_t config_key_count;

#define CONFIG_ROUTES "routes[]"
#define CONFIG_DESTINATIONS_PREFIX "destinations.*"

/* The row with exactly this pattern; NULL when there is none. */
const struct config_key *config_table_find(const char *pattern);

/* Whether rows lie beneath: "redis" and "destinations.*" are sections. */
bool config_table_is_section(const char *pattern);

enum config_scope config_table_scope(const struct config_key *key);

/* What stands behind the scope's own part: "retry.base" of
 * "destinations.*.retry.base". Borrowed. */
const char *config_table_local_path(const struct config_key *key);

#endif
