#include "common/base/nearest.h"

#include <stdio.h>

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Levenshtein's distance, one row of its table at a time. */
static size_t edit_distance(struct slice a, struct slice b)
{
	size_t row[NEAREST_WORD_MAX + 1];

	for (size_t j = 0; j <= b.len; j++) {
		row[j] = j;
	}
	for (size_t i = 1; i <= a.len; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			size_t change = a.data[i - 1] == b.data[j - 1] ? 0 : 1;
			size_t above = row[j];

			row[j] =
			    least(above + 1, row[j - 1] + 1, diagonal + change);
			diagonal = above;
		}
	}
	return row[b.len];
}

void nearest_init(struct nearest *nearest, struct slice typed)
{
	/* One slip in three characters is still the same word. */
	*nearest =
	    (struct nearest){.typed = typed, .distance = typed.len / 3 + 2};
}

void nearest_offer(struct nearest *nearest, struct slice known)
{
	size_t distance;

	if (known.len > NEAREST_WORD_MAX || known.len == 0 ||
	    nearest->typed.len > NEAREST_WORD_MAX) {
		return;
	}
	distance = edit_distance(nearest->typed, known);
	if (distance >= nearest->distance || distance >= known.len) {
		return;
	}
	nearest->distance = distance;
	nearest->len = known.len;
	memcpy(nearest->word, known.data, known.len);
	nearest->word[known.len] = '\0';
}

void nearest_hint(const struct nearest *nearest, char hint[NEAREST_HINT_MAX])
{
	hint[0] = '\0';
	if (nearest->len > 0) {
		(void)snprintf(hint, NEAREST_HINT_MAX, "; did you mean %s?",
		    nearest->word);
	}
}
