#include "common/base/arena.h"

#include "tests/unit/cmocka_test.h"

static void test_arena_hands_out_aligned_separate_memory(void **state)
{
	struct arena arena;
	char *previous = NULL;

	(void)state;
	arena_init(&arena, 1 << 20);
	for (size_t i = 1; i < 500; i++) {
		char *memory = arena_alloc(&arena, i);

		assert_non_null(memory);
		assert_int_equal((uintptr_t)memory % _Alignof(max_align_t), 0);
		memset(memory, (int)(i & 0x7f), i);
		if (previous != NULL) {
			assert_int_equal(previous[i - 2], (i - 1) & 0x7f);
		}
		previous = memory;
	}
	arena_finish(&arena);
}

static void test_arena_past_its_budget_returns_null(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, 1024);
	assert_non_null(arena_alloc(&arena, 1000));
	assert_null(arena_alloc(&arena, 100));
	assert_null(arena_alloc(&arena, SIZE_MAX));
	assert_null(arena_calloc(&arena, SIZE_MAX / 2, 3));
	arena_finish(&arena);
}

static void test_arena_reset_gives_the_same_memory_again(void **state)
{
	struct arena arena;
	void *first;

	(void)state;
	arena_init(&arena, 1024);
	first = arena_alloc(&arena, 100);
	assert_non_null(first);
	arena_reset(&arena);
	assert_ptr_equal(arena_alloc(&arena, 100), first);
	arena_reset(&arena);
	/* And all of its budget. */
	assert_non_null(arena_alloc(&arena, 1024));
	arena_finish(&arena);
}

static void test_arena_copy_ends_with_nul(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, 1024);
	assert_string_equal(arena_copy(&arena, slice_make("abcdef", 3)), "abc");
	assert_string_equal(arena_copy(&arena, slice_make(NULL, 0)), "");
	arena_finish(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_arena_hands_out_aligned_separate_memory),
	    cmocka_unit_test(test_arena_past_its_budget_returns_null),
	    cmocka_unit_test(test_arena_reset_gives_the_same_memory_again),
	    cmocka_unit_test(test_arena_copy_ends_with_nul),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
