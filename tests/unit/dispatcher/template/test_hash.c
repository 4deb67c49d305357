#include "dispatcher/template/hash.h"

#include <stdio.h>

#include "tests/unit/cmocka_test.h"

enum {
	ARENA_BYTES = 1 << 20,
	KEYS = 60,
	KEY_ROOM = 32,
	/* Of 120 slots or more, 60 are taken: by chance alone a few keys find
	 * several slots before their own taken. */
	PROBES_AT_MOST = 12,
};

struct keys {
	char texts[KEYS][KEY_ROOM];
};

static struct slice key_at(const struct keys *keys, int i)
{
	return slice_of(keys->texts[i]);
}

static struct hash *put_all(struct arena *arena, const struct keys *keys)
{
	struct hash *hash = hash_create(arena, KEYS);

	assert_non_null(hash);
	for (int i = 0; i < KEYS; i++) {
		assert_true(
		    hash_put(arena, hash, key_at(keys, i), value_integer(i)));
	}
	return hash;
}

/* How many slots are looked at until the key is found. */
static int probes_of(const struct hash *hash, struct slice key)
{
	uint32_t key_hash = hash_key(key);
	const uint32_t *end = hash_slot(hash, key, key_hash);
	int probes = 1;

	for (uint32_t at = key_hash >> hash->slot_shift;
	     &hash->slots[at & hash->slot_mask] != end; at++) {
		probes++;
	}
	return probes;
}

static void check_places(const char *format)
{
	struct arena arena;
	struct keys keys;
	struct hash *hash;

	arena_init(&arena, ARENA_BYTES);
	for (int i = 0; i < KEYS; i++) {
		(void)snprintf(keys.texts[i], KEY_ROOM, format, i);
	}
	hash = put_all(&arena, &keys);
	for (int i = 0; i < KEYS; i++) {
		struct slice key = key_at(&keys, i);
		struct hash_entry *entry = hash_find(hash, key, hash_key(key));

		assert_non_null(entry);
		assert_int_equal(entry->value.integer, i);
		assert_in_range(probes_of(hash, key), 1, PROBES_AT_MOST);
	}
	arena_finish(&arena);
}

/* Compares are counted, not time: a key costs the same at every place. */
static void test_hash_finds_a_key_at_any_place_with_few_compares(void **state)
{
	(void)state;
	check_places("%d");
	check_places("k%02d");
	check_places("key_%d");
	check_places("property_%02d");
	check_places("%02d_first_of_them");
	check_places("metric_%02d_total");
	check_places("a_name_of_more_than_%02d_bytes");
}

static void test_hash_keeps_the_order_and_the_last_of_the_same(void **state)
{
	static const char *const names[] = {"b", "", "a", "b", "ab", "a"};
	struct arena arena;
	struct hash *hash;

	(void)state;
	arena_init(&arena, ARENA_BYTES);
	hash = hash_create(&arena, 0);
	for (int i = 0; i < (int)ARRAY_LEN(names); i++) {
		assert_true(hash_put(
		    &arena, hash, slice_of(names[i]), value_integer(i)));
	}
	assert_int_equal(hash->count, 4);
	for (uint32_t i = 0; i < hash->count; i++) {
		static const int values[] = {3, 1, 5, 4};

		assert_int_equal(hash->entries[i].value.integer, values[i]);
	}
	assert_null(
	    hash_find(hash, slice_of("c"), hash_key(SLICE_LITERAL("c"))));
	arena_finish(&arena);
}

/* Keys that an attacker has worked out end as an error, not as a long time. */
static void test_hash_of_keys_made_to_collide_ends_early(void **state)
{
	static char keys[HASH_PROBES_MAX + 1][KEY_ROOM];
	struct arena arena;
	struct hash *hash;
	int found = 0;

	(void)state;
	arena_init(&arena, ARENA_BYTES);
	hash = hash_create(&arena, ARRAY_LEN(keys));
	for (int i = 0; found < (int)ARRAY_LEN(keys); i++) {
		struct slice key;

		(void)snprintf(keys[found], KEY_ROOM, "%d", i);
		key = slice_of(keys[found]);
		if (hash_key(key) >> hash->slot_shift == 0) {
			assert_int_equal(
			    hash_put(&arena, hash, key, value_integer(i)),
			    found < HASH_PROBES_MAX);
			found++;
		}
	}
	arena_finish(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		test_hash_finds_a_key_at_any_place_with_few_compares),
	    cmocka_unit_test(
		test_hash_keeps_the_order_and_the_last_of_the_same),
	    cmocka_unit_test(test_hash_of_keys_made_to_collide_ends_early),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
