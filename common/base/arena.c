/*
 * Chunks grow by doubling, so that a large render costs few of them; an
 * allocation larger than a chunk gets one of its own size. Reset moves all
 * chunks to `spare`, from which alloc takes before it asks malloc.
 */
#include "common/base/arena.h"

#include <stdint.h>
#include <stdlib.h>

enum {
	FIRST_CHUNK_BYTES = 4096,
	LARGEST_CHUNK_BYTES = 1024 * 1024,
};

struct arena_chunk {
	struct arena_chunk *next;
	size_t size;
	alignas(max_align_t) char bytes[];
};

void arena_init(struct arena *arena, size_t max_bytes)
{
	*arena =
	    (struct arena){.max_bytes = max_bytes, .budget_bytes = max_bytes};
}

static void free_chunks(struct arena_chunk *chunk)
{
	while (chunk != NULL) {
		struct arena_chunk *next = chunk->next;

		free(chunk);
		chunk = next;
	}
}

void arena_finish(struct arena *arena)
{
	free_chunks(arena->chunks);
	free_chunks(arena->spare);
	arena_init(arena, arena->max_bytes);
}

void arena_reset(struct arena *arena)
{
	while (arena->chunks != NULL) {
		struct arena_chunk *chunk = arena->chunks;

		arena->chunks = chunk->next;
		chunk->next = arena->spare;
		arena->spare = chunk;
	}
	arena->next = NULL;
	arena->left_bytes = 0;
	arena->budget_bytes = arena->max_bytes;
}

/* The first spare chunk that is large enough, unlinked; NULL if none is. */
static struct arena_chunk *take_spare(struct arena *arena, size_t bytes)
{
	for (struct arena_chunk **link = &arena->spare; *link != NULL;
	     link = &(*link)->next) {
		struct arena_chunk *chunk = *link;

		if (chunk->size >= bytes) {
			*link = chunk->next;
			return chunk;
		}
	}
	return NULL;
}

static struct arena_chunk *create_chunk(const struct arena *arena, size_t bytes)
{
	struct arena_chunk *chunk;
	size_t size = FIRST_CHUNK_BYTES;

	if (arena->chunks != NULL) {
		size = arena->chunks->size * 2;
	}
	if (size > LARGEST_CHUNK_BYTES) {
		size = LARGEST_CHUNK_BYTES;
	}
	if (size < bytes) {
		size = bytes;
	}
	chunk = malloc(sizeof(*chunk) + size);
	if (chunk != NULL) {
		chunk->size = size;
	}
	return chunk;
}

/* What is left of the newest chunk is not used any more. */
void *arena_alloc_slowly(struct arena *arena, size_t bytes)
{
	size_t budget = arena->budget_bytes + arena->left_bytes;
	struct arena_chunk *chunk;

	if (bytes > budget) {
		return NULL;
	}
	chunk = take_spare(arena, bytes);
	if (chunk == NULL) {
		chunk = create_chunk(arena, bytes);
	}
	if (chunk == NULL) {
		return NULL;
	}
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	arena->next = chunk->bytes;
	arena->left_bytes = chunk->size < budget ? chunk->size : budget;
	arena->budget_bytes = budget - arena->left_bytes;
	return arena_alloc(arena, bytes);
}

void *arena_calloc(struct arena *arena, size_t count, size_t bytes)
{
	size_t total;
	void *memory;

	if (__builtin_mul_overflow(count, bytes, &total)) {
		return NULL;
	}
	memory = arena_alloc(arena, total);
	if (memory != NULL) {
		memset(memory, 0, total);
	}
	return memory;
}

char *arena_copy(struct arena *arena, struct slice text)
{
	char *copy =
	    text.len < SIZE_MAX ? arena_alloc(arena, text.len + 1) : NULL;

	if (copy != NULL) {
		if (text.len > 0) {
			memcpy(copy, text.data, text.len);
		}
		copy[text.len] = '\0';
	}
	return copy;
}
