#include "dispatcher/template/value.h"

#include <string.h>

#include "dispatcher/template/value_msgpack.h"

enum {
	/* Up to here, comparing hashes one by one beats an index. */
	SMALL_HASH = 8,
	FIRST_CAPACITY = 8,
};

const char *value_kind_name(struct value value)
{
	switch (value.kind) {
	case VALUE_MISSING:
		return "missing";
	case VALUE_NOTHING:
		return "empty default";
	case VALUE_BOOLEAN:
		return "boolean";
	case VALUE_INTEGER:
	case VALUE_DECIMAL:
	case VALUE_REAL:
	case VALUE_PACKED_NUMBER:
		return "number";
	case VALUE_STRING:
		return "string";
	case VALUE_DATE:
		return value.len == DATE_AND_TIME ? "date-time"
		    : value.len == DATE_ALONE	  ? "date"
						  : "time";
	case VALUE_SEQUENCE:
	case VALUE_PACKED_ARRAY:
		return "sequence";
	case VALUE_HASH:
	case VALUE_PACKED_MAP:
		return "hash";
	case VALUE_MATCH:
		return "regular expression's match";
	case VALUE_MACRO:
		return "macro or function";
	case VALUE_METHOD:
	case VALUE_HELPER:
		return "method";
	case VALUE_MARKUP:
		return "markup output";
	}
	return "value";
}

struct value value_flatten(struct value value)
{
	if (value.kind != VALUE_MATCH) {
		return value;
	}
	return value.match->is_item ? value_string(value.match->text)
				    : value_sequence(value.match->items);
}

bool value_as_boolean(struct value value, bool *boolean)
{
	if (value.kind == VALUE_MATCH && !value.match->is_item) {
		*boolean = value.match->is_whole;
		return true;
	}
	if (value.kind != VALUE_BOOLEAN) {
		return false;
	}
	*boolean = value.boolean;
	return true;
}

static uint64_t load_bytes(const char *from, size_t count)
{
	uint64_t word = 0;

	memcpy(&word, from, count);
	return word;
}

/* Keys are short words: the first and last eight bytes and the length tell
 * most apart. Longer ones are folded in whole, so that nobody can choose keys
 * that differ in the middle only and collide. */
uint32_t hash_key(struct slice key)
{
	const uint64_t prime = 0x9E3779B97F4A7C15U;
	uint64_t hash = key.len * prime;
	size_t at = 0;

	for (; at + 8 <= key.len; at += 8) {
		hash = (hash ^ load_bytes(key.data + at, 8)) * prime;
		hash ^= hash >> 29;
	}
	if (at < key.len) {
		hash = (hash ^ load_bytes(key.data + at, key.len - at)) * prime;
	}
	return (uint32_t)(hash >> 32);
}

struct hash *hash_create(struct arena *arena, size_t capacity)
{
	struct hash *hash = arena_calloc(arena, 1, sizeof(*hash));

	if (hash == NULL || capacity > UINT32_MAX / 4) {
		return NULL;
	}
	hash->entries = arena_alloc(arena, capacity * sizeof(*hash->entries));
	hash->capacity = (uint32_t)capacity;
	return hash->entries != NULL ? hash : NULL;
}

struct hash_entry *hash_find(
    const struct hash *hash, struct slice key, uint32_t key_hash)
{
	if (hash->slots == NULL) {
		for (uint32_t i = 0; i < hash->count; i++) {
			struct hash_entry *entry = &hash->entries[i];

			if (entry->key_hash == key_hash &&
			    slice_equal(
				slice_make(entry->key, entry->key_len), key)) {
				return entry;
			}
		}
		return NULL;
	}
	for (uint32_t slot = key_hash & hash->slot_mask; hash->slots[slot] != 0;
	     slot = (slot + 1) & hash->slot_mask) {
		struct hash_entry *entry =
		    &hash->entries[hash->slots[slot] - 1];

		if (entry->key_hash == key_hash &&
		    slice_equal(slice_make(entry->key, entry->key_len), key)) {
			return entry;
		}
	}
	return NULL;
}

static void add_to_slots(struct hash *hash, uint32_t index)
{
	uint32_t slot = hash->entries[index].key_hash & hash->slot_mask;

	while (hash->slots[slot] != 0) {
		slot = (slot + 1) & hash->slot_mask;
	}
	hash->slots[slot] = index + 1;
}

static bool grow_entries(struct arena *arena, struct hash *hash)
{
	uint32_t capacity =
	    hash->capacity > 0 ? hash->capacity * 2 : FIRST_CAPACITY;
	struct hash_entry *entries;

	if (hash->capacity > UINT32_MAX / 8) {
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
	return true;
}

/* At most half of the slots are taken. */
static bool index_entries(struct arena *arena, struct hash *hash)
{
	uint32_t size = 32;

	if (hash->count <= SMALL_HASH ||
	    (hash->slots != NULL && hash->count * 2 <= hash->slot_mask + 1)) {
		return true;
	}
	while (size < hash->capacity * 2) {
		size *= 2;
	}
	hash->slots = arena_calloc(arena, size, sizeof(*hash->slots));
	if (hash->slots == NULL) {
		return false;
	}
	hash->slot_mask = size - 1;
	for (uint32_t i = 0; i + 1 < hash->count; i++) {
		add_to_slots(hash, i);
	}
	return true;
}

bool hash_put(struct arena *arena, struct hash *hash, struct slice key,
    struct value value)
{
	uint32_t key_hash = hash_key(key);
	struct hash_entry *entry = hash_find(hash, key, key_hash);

	if (entry != NULL) {
		entry->value = value;
		return true;
	}
	if (hash->count == hash->capacity && !grow_entries(arena, hash)) {
		return false;
	}
	hash->entries[hash->count++] =
	    (struct hash_entry){key.data, (uint32_t)key.len, key_hash, value};
	if (!index_entries(arena, hash)) {
		hash->count--;
		return false;
	}
	if (hash->slots != NULL) {
		add_to_slots(hash, hash->count - 1);
	}
	return true;
}

struct sequence *sequence_create(struct arena *arena, size_t count)
{
	struct sequence *sequence = arena_calloc(arena, 1, sizeof(*sequence));

	if (sequence == NULL) {
		return NULL;
	}
	sequence->form = SEQUENCE_ITEMS;
	sequence->count = count;
	sequence->items = arena_calloc(arena, count, sizeof(*sequence->items));
	return sequence->items != NULL ? sequence : NULL;
}

bool sequence_item(struct arena *arena, struct sequence *sequence, size_t i,
    struct value *item)
{
	if (sequence->form == SEQUENCE_RANGE) {
		int64_t offset = (int64_t)i * sequence->range.step;

		*item = value_integer(sequence->range.first + offset);
		return true;
	}
	if (!value_open(arena, &sequence->items[i])) {
		return false;
	}
	*item = sequence->items[i];
	return true;
}

bool value_open(struct arena *arena, struct value *value)
{
	return value->kind < VALUE_PACKED_ARRAY || packed_open(arena, value);
}
