#ifndef COMMON_BASE_NEAREST_H
#define COMMON_BASE_NEAREST_H

/*
 * "Did you mean ...?": the known word that is fewest changed characters away
 * from a mistyped one.
 *
 *	struct nearest nearest;
 *
 *	nearest_init(&nearest, typed);
 *	nearest_offer(&nearest, known);	(for each)
 *	if (nearest.len > 0) ... nearest.word
 */

#include <stddef.h>

#include "common/base/slice.h"

enum {
	NEAREST_WORD_MAX = 64, /* longer words are never near */
};

struct nearest {
	struct slice typed; /* borrowed */
	size_t distance;
	size_t len; /* of word; 0: nothing is near */
	char word[NEAREST_WORD_MAX + 1];
};

void nearest_init(struct nearest *nearest, struct slice typed);
void nearest_offer(struct nearest *nearest, struct slice known);

/* Room for NEAREST_HINT_MAX bytes: "; did you mean word?" or "". */
enum {
	NEAREST_HINT_MAX = NEAREST_WORD_MAX + 32,
};

void nearest_hint(const struct nearest *nearest, char hint[NEAREST_HINT_MAX]);

#endif
