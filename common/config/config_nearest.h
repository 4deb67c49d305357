#ifndef COMMON_CONFIG_CONFIG_NEAREST_H
#define COMMON_CONFIG_CONFIG_NEAREST_H

/*
 * "Did you mean ...?": the known word that is fewest changed characters away
 * from a mistyped one.
 *
 *	struct config_nearest nearest;
 *
 *	config_nearest_init(&nearest, typed);
 *	config_nearest_offer(&nearest, known);	(for each)
 *	if (nearest.len > 0) ... nearest.word
 */

#include <stddef.h>

#include "common/base/slice.h"

enum {
	CONFIG_NEAREST_WORD_MAX = 64, /* longer words are never near */
};

struct config_nearest {
	struct slice typed; /* borrowed */
	size_t distance;
	size_t len; /* of word; 0: nothing is near */
	char word[CONFIG_NEAREST_WORD_MAX + 1];
};

void config_nearest_init(struct config_nearest *nearest, struct slice typed);
void config_nearest_offer(struct config_nearest *nearest, struct slice known);

/* Room for CONFIG_NEAREST_HINT_MAX bytes: "; did you mean word?" or "". */
enum {
	CONFIG_NEAREST_HINT_MAX = CONFIG_NEAREST_WORD_MAX + 32,
};

void config_nearest_hint(
    const struct config_nearest *nearest, char hint[CONFIG_NEAREST_HINT_MAX]);

#endif
