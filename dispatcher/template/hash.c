#include "dispatcher/template/hash.h"

enum {
	FIRST_CAPACITY = 8,
	FIRST_SLOT_BITS = 5,
	HASH_BITS = 32,
};

static bool make_index(struct arena *arena, struct hash *hash)
{
	int bits = FIRST_SLOT_BITS;

	while ((uint32_t)1 << bits < hash->capacity * 2) {
		bits++;
	}
	hash->slots =
	    arena_calloc(arena, (size_t)1 << bits, sizeof(*hash->slots));
	hash->slot_mask = ((uint32_t)1 << bits) - 1;
	hash->slot_shift = HASH_BITS - bits;
	return hash->slots != NULL;
}

struct hash *hash_create(struct arena *arena, size_t capacity)
{
	struct hash *hash = arena_alloc(arena, sizeof(*hash));

	if (hash == NULL || capacity > UINT32_MAX / 8) {
		return NULL;
	}
	*hash = (struct hash){.capacity = (uint32_t)capacity};
	hash->entries = arena_alloc(arena, capacity * sizeof(*hash->entries));
	if (hash->entries == NULL) {
		return NULL;
	}
	return capacity <= HASH_SMALL || make_index(arena, hash) ? hash : NULL;
}

static bool index_entries(struct arena *arena, struct hash *hash)
{
	if (hash->capacity <= HASH_SMALL) {
		return true;
	}
	if (!make_index(arena, hash)) {
		return false;
	}
	for (uint32_t i = 0; i < hash->count; i++) {
		const struct hash_entry *entry = &hash->entries[i];
		uint32_t *slot = hash_slot(hash,
		    slice_make(entry->key, entry->key_len), entry->key_hash);

		if (slot == NULL) {
			return false;
		}
		*slot = i + 1;
	}
	return true;
}

/* Room for as many entries again. */
static bool grow(struct arena *arena, struct hash *hash)
{
	uint32_t capacity =
	    hash->capacity > 0 ? hash->capacity * 2 : FIRST_CAPACITY;
	struct hash_entry *entries;

	if (hash->capacity > UINT32_MAX / 16) {
		return false;
	}
	entries = arena_alloc(arena, capacity * sizeof(*entries));
	if (entries == NULL) {
		return false;
	}
	if (hash->count > 0) {
		memcpy(entries, hash->entries, hash->count * sizeof(*entries));
	}
	hash->entries = entries;
	hash->capacity = capacity;
	return index_entries(arena, hash);
}

bool hash_put(struct arena *arena, struct hash *hash, struct slice key,
    struct value value)
{
	struct hash_entry *entry;

	if (hash->count == hash->capacity && !grow(arena, hash)) {
		return false;
	}
	entry = hash_claim(hash, key);
	if (entry == NULL) {
		return false;
	}
	entry->value = value;
	return true;
}
