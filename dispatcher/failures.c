#include "dispatcher/failures.h"

#include "common/base/mem.h"

#include <stdlib.h>
#include <string.h>

void failures_init(struct failures *failures, int64_t limit)
{
	*failures = (struct failures){.limit = limit};
	if (limit > 0) {
		failures->size = 4;
		while (failures->size <= 2 * (size_t)limit) {
			failures->size *= 2;
		}
		failures->groups =
		    xcalloc(failures->size, sizeof(*failures->groups));
	}
}

void failures_finish(struct failures *failures)
{
	free(failures->groups);
	*failures = (struct failures){0};
}

/* FNV-1a; never 0. Two groups that share one are counted as one: harmless. */
static uint64_t hash(struct slice group)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < group.len; i++) {
		hash = (hash ^ (unsigned char)group.data[i]) *
		    UINT64_C(0x100000001b3);
	}
	return hash != 0 ? hash : 1;
}

/* False when it is there already. */
static bool add(struct failures *failures, uint64_t hash)
{
	size_t place = (size_t)hash & (failures->size - 1);

	while (failures->groups[place] != 0) {
		if (failures->groups[place] == hash) {
			return false;
		}
		place = (place + 1) & (failures->size - 1);
	}
	failures->groups[place] = hash;
	return true;
}

bool failures_note(struct failures *failures, struct slice group)
{
	if (failures->limit == 0) {
		return false;
	}
	failures->count += add(failures, hash(group));
	if (failures->count < failures->limit) {
		return false;
	}
	failures_clear(failures);
	return true;
}

void failures_clear(struct failures *failures)
{
	if (failures->count > 0) {
		memset(failures->groups, 0,
		    failures->size * sizeof(*failures->groups));
		failures->count = 0;
	}
}
