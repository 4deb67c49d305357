#include "dispatcher/template/java_order.h"

#include <stdint.h>
#include <stdlib.h>

#include "dispatcher/template/text.h"

enum {
	FIRST_CAPACITY = 16,
	PAIR_START = 0x10000,
};

struct place {
	uint32_t bucket;
	uint32_t index; /* keys of one bucket are in the order they came */
};

/* String.hashCode, and what HashMap makes of it. */
static uint32_t hash_of(struct slice key)
{
	uint32_t hash = 0;
	size_t len;

	for (size_t at = 0; at < key.len; at += len) {
		uint32_t c = text_decode(key, at, &len);

		if (c >= PAIR_START) {
			hash = hash * 31 + (0xd800 + ((c - PAIR_START) >> 10));
			c = 0xdc00 + ((c - PAIR_START) & 0x3ff);
		}
		hash = hash * 31 + c;
	}
	return hash ^ (hash >> 16);
}

static int compare_places(const void *left, const void *right)
{
	const struct place *a = left;
	const struct place *b = right;

	if (a->bucket != b->bucket) {
		return a->bucket < b->bucket ? -1 : 1;
	}
	return (a->index > b->index) - (a->index < b->index);
}

size_t *java_order(struct arena *arena, const struct slice *keys, size_t count)
{
	struct place *places =
	    arena_alloc(arena, (count + 1) * sizeof(*places));
	size_t *order = arena_alloc(arena, (count + 1) * sizeof(*order));
	size_t capacity = FIRST_CAPACITY;

	if (places == NULL || order == NULL) {
		return NULL;
	}
	while (count > capacity / 4 * 3) {
		capacity *= 2;
	}
	for (size_t i = 0; i < count; i++) {
		places[i] = (struct place){
		    (uint32_t)(hash_of(keys[i]) & (capacity - 1)), (uint32_t)i};
	}
	qsort(places, count, sizeof(*places), compare_places);
	for (size_t i = 0; i < count; i++) {
		order[i] = places[i].index;
	}
	return order;
}
