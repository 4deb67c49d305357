#include "common/config/config_reload.h"

#include <string.h>

#include "common/config/config.h"
#include "common/config/config_table.h"

/* Keys, or all beneath a section. */
static const char *const fixed[] = {
    "redis.",
    "ingest.ack",
    "ingest.ack_timeout",
    "ingest.listen",
    "ingest.admin.listen",
    "dispatcher.admin.listen",
};

static bool is_fixed(const struct config_key *key)
{
	for (size_t i = 0; i < ARRAY_LEN(fixed); i++) {
		size_t len = strlen(fixed[i]);

		if (strncmp(key->path, fixed[i], len) == 0 &&
		    (fixed[i][len - 1] == '.' || key->path[len] == '\0')) {
			return true;
		}
	}
	return false;
}

/* Of the types that fixed keys have. */
static bool is_same(const struct config_key *key, const struct config *current,
    const struct config *next)
{
	const char *a = (const char *)current + key->offset;
	const char *b = (const char *)next + key->offset;

	if (key->type == CONFIG_TEXT) {
		return strcmp(*(char *const *)(const void *)a,
			   *(char *const *)(const void *)b) == 0;
	}
	return memcmp(a, b, sizeof(int64_t)) == 0;
}

static bool fail(const struct config *next, const char *what, struct err *err)
{
	err_set(err, "%s: %s: needs a restart to change", next->path, what);
	return false;
}

static bool has_same_destinations(
    const struct config *current, const struct config *next)
{
	if (current->destination_count != next->destination_count) {
		return false;
	}
	for (size_t i = 0; i < next->destination_count; i++) {
		if (strcmp(current->destinations[i].name,
			next->destinations[i].name) != 0) {
			return false;
		}
	}
	return true;
}

bool config_can_follow(
    const struct config *current, const struct config *next, struct err *err)
{
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];

		if (is_fixed(key) && !is_same(key, current, next)) {
			return fail(next, key->path, err);
		}
	}
	return has_same_destinations(current, next) ||
	    fail(next, "destinations: their names, or their order", err);
}
