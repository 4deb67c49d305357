#ifndef COMMON_BASE_ARENA_H
#define COMMON_BASE_ARENA_H

/*
 * An arena: many allocations, freed all at once. One per compiled template,
 * one per render, one per HTTP request. It has a budget, because what it
 * holds is sized by input; passing the budget is an ordinary failure.
 *
 * Single-threaded. Nothing is freed one by one.
 */

#include <stdalign.h>
#include <stddef.h>

#include "common/base/attr.h"
#include "common/base/slice.h"

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks; /* newest first; allocation is from it */
	struct arena_chunk *spare;  /* kept by arena_reset for reuse */
	char *next;		    /* in the newest chunk */
	size_t left_bytes;	    /* there, and of the budget */
	size_t budget_bytes;	    /* left for further chunks */
	size_t max_bytes;	    /* the budget */
};

enum {
	ARENA_ALIGN = alignof(max_align_t),
};

/* Allocates nothing yet. */
void arena_init(struct arena *arena, size_t max_bytes);

/* Frees all. A zeroed arena is fine. */
void arena_finish(struct arena *arena);

/* Forgets all that was handed out, and keeps the memory for reuse: an arena
 * that is reset between uses of like size allocates nothing any more. */
void arena_reset(struct arena *arena);

/* arena_alloc where the newest chunk has no room. `bytes` are rounded up. */
MUST_USE void *arena_alloc_slowly(struct arena *arena, size_t bytes);

/* Memory for any type, not cleared. NULL past the budget or when the system
 * has none. Borrowed: lives until reset or finish. */
MUST_USE static inline void *arena_alloc(struct arena *arena, size_t bytes)
{
	size_t rounded = (bytes + (bytes == 0) + ARENA_ALIGN - 1) /
	    ARENA_ALIGN * ARENA_ALIGN;
	void *memory = arena->next;

	if (UNLIKELY(rounded > arena->left_bytes || rounded < bytes)) {
		return rounded < bytes ? NULL
				       : arena_alloc_slowly(arena, rounded);
	}
	arena->next += rounded;
	arena->left_bytes -= rounded;
	return memory;
}

/* The same, cleared. */
MUST_USE void *arena_calloc(struct arena *arena, size_t count, size_t bytes);

/* A NUL-terminated copy. NULL as above. */
MUST_USE char *arena_copy(struct arena *arena, struct slice text);

#endif
