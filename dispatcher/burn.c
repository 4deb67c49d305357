#include "dispatcher/burn.h"

/* The one that the next end puts out of the window. */
static bool is_oldest_bad(const struct burn *burn)
{
	return burn->count == BURN_WINDOW && burn->was_bad[burn->next];
}

void burn_note(struct burn *burn, bool is_bad)
{
	burn->bad += is_bad - is_oldest_bad(burn);
	burn->was_bad[burn->next] = is_bad;
	burn->next = (burn->next + 1) % BURN_WINDOW;
	if (burn->count < BURN_WINDOW) {
		burn->count++;
	}
}

bool burn_is_over(const struct burn *burn, int64_t limit)
{
	return limit > 0 && burn->bad - is_oldest_bad(burn) + 1 > limit;
}
