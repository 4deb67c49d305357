#ifndef DISPATCHER_TEMPLATE_HASH_H
#define DISPATCHER_TEMPLATE_HASH_H

/*
 * Hashes: values by key, in the order of first insertion; a key is there once.
 * The entries are an array; once there are more than a few there is an index
 * beside it, by open addressing: the entry's number in the slot of its hash, or
 * in one of the next. At most half of the slots are taken.
 *
 * Of objects of the input this is built anew in each render, and then asked for
 * a few keys, so both are inline, and a key's hash reads it in words of eight
 * bytes. What is so quick can be worked out by an attacker, who could send keys
 * that all collide. So a key is looked for in HASH_PROBES_MAX slots and no
 * further: keys that nobody made to collide never need as many, and those that
 * somebody did make take no more time than that.
 */

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/base/arena.h"
#include "common/base/attr.h"
#include "common/base/slice.h"
#include "dispatcher/template/value.h"

enum {
	/* Up to here, comparing one by one beats an index. */
	HASH_SMALL = 8,
	HASH_PROBES_MAX = 256,
};

struct hash_entry {
	const char *key;
	uint32_t key_len;
	uint32_t key_hash;
	struct value value;
};

struct hash {
	bool hides_keys; /* .vars and .globals: not to be listed */
	uint32_t count;
	uint32_t capacity;
	struct hash_entry *entries;
	uint32_t *slots; /* entry + 1; NULL while the hash is small */
	uint32_t slot_mask;
	int slot_shift; /* the high bits of a key's hash are its slot */
};

/* With room for so many keys. NULL when the arena is full. */
MUST_USE struct hash *hash_create(struct arena *arena, size_t capacity);

/* Puts or replaces; the key is borrowed. False when the arena is full, or too
 * many keys collide. */
MUST_USE bool hash_put(struct arena *arena, struct hash *hash, struct slice key,
    struct value value);

/* ---- inline: keys ---- */

static inline uint64_t hash_load(const char *from, size_t len)
{
	uint64_t word = 0;

	memcpy(&word, from, len);
	return word;
}

static inline uint64_t hash_mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9E3779B97F4A7C15U;
	return hash ^ hash >> 32;
}

/* The last word of a key. Of a product the high bits depend on all of its
 * factors' bits. */
static inline uint32_t hash_end(uint64_t hash, uint64_t word)
{
	return (uint32_t)(hash_mix(hash, word) >> 32);
}

/* The hash of a key, as the parser computes it for constant keys. The words
 * overlap where the length is no multiple of theirs. */
static inline uint32_t hash_key(struct slice key)
{
	uint64_t hash = key.len;
	const char *last = key.data + key.len;

	if (LIKELY(key.len >= 8)) {
		for (const char *at = key.data; last - at > 8; at += 8) {
			hash = hash_mix(hash, hash_load(at, 8));
		}
		return hash_end(hash, hash_load(last - 8, 8));
	}
	if (key.len >= 4) {
		return hash_end(hash,
		    hash_load(key.data, 4) << 32 | hash_load(last - 4, 4));
	}
	if (key.len == 0) {
		return 0;
	}
	return hash_end(hash,
	    hash_load(key.data, 1) << 16 |
		hash_load(key.data + key.len / 2, 1) << 8 |
		hash_load(last - 1, 1));
}

/* Of keys, which are short: most in two words that overlap. */
static inline bool hash_same_bytes(const char *a, const char *b, size_t len)
{
	if (len >= 8 && len <= 16) {
		return hash_load(a, 8) == hash_load(b, 8) &&
		    hash_load(a + len - 8, 8) == hash_load(b + len - 8, 8);
	}
	return len == 0 || memcmp(a, b, len) == 0;
}

static inline bool hash_is_key(
    const struct hash_entry *entry, struct slice key, uint32_t key_hash)
{
	return entry->key_hash == key_hash && entry->key_len == key.len &&
	    hash_same_bytes(entry->key, key.data, key.len);
}

/* ---- inline: looking up ---- */

static inline struct hash_entry *hash_find_small(
    const struct hash *hash, struct slice key, uint32_t key_hash)
{
	for (uint32_t i = 0; i < hash->count; i++) {
		if (hash_is_key(&hash->entries[i], key, key_hash)) {
			return &hash->entries[i];
		}
	}
	return NULL;
}

/* The slot of the key, or the free one where it belongs; NULL when there is
 * none near enough. */
static inline uint32_t *hash_slot(
    const struct hash *hash, struct slice key, uint32_t key_hash)
{
	uint32_t start = key_hash >> hash->slot_shift;
	uint32_t *slot = &hash->slots[start];

	for (uint32_t probes = 1; *slot != 0 &&
	     !hash_is_key(&hash->entries[*slot - 1], key, key_hash);
	     probes++) {
		if (probes == HASH_PROBES_MAX) {
			return NULL;
		}
		slot = &hash->slots[(start + probes) & hash->slot_mask];
	}
	return slot;
}

/* NULL when the key is not there. */
static inline struct hash_entry *hash_find(
    const struct hash *hash, struct slice key, uint32_t key_hash)
{
	const uint32_t *slot;

	if (hash->slots == NULL) {
		return hash_find_small(hash, key, key_hash);
	}
	slot = hash_slot(hash, key, key_hash);
	return slot != NULL && *slot != 0 ? &hash->entries[*slot - 1] : NULL;
}

/* ---- inline: filling ---- */

static inline struct hash_entry *hash_append(
    struct hash *hash, struct slice key, uint32_t key_hash)
{
	struct hash_entry *entry;

	assert(hash->count < hash->capacity && hash->entries != NULL);
	entry = &hash->entries[hash->count++];
	entry->key = key.data;
	entry->key_len = (uint32_t)key.len;
	entry->key_hash = key_hash;
	return entry;
}

/* The entry of the key, made if it is not there, for the caller to put a value
 * in. There must be room for it. NULL when too many keys collide. */
static inline struct hash_entry *hash_claim(struct hash *hash, struct slice key)
{
	uint32_t key_hash = hash_key(key);
	uint32_t *slot;

	if (hash->slots == NULL) {
		struct hash_entry *found = hash_find_small(hash, key, key_hash);

		return found != NULL ? found : hash_append(hash, key, key_hash);
	}
	slot = hash_slot(hash, key, key_hash);
	if (slot == NULL) {
		return NULL;
	}
	if (*slot != 0) {
		return &hash->entries[*slot - 1];
	}
	*slot = hash->count + 1;
	return hash_append(hash, key, key_hash);
}

#endif
