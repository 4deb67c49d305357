#include "tests/support/stand_in/rate.h"

enum {
	WINDOW_MS = 1000,
};

void rate_init(struct rate *rate, int per_s)
{
	rate->per_s = per_s;
	rate->taken = 0;
	rate->window_at_ms = 0;
}

bool rate_take(struct rate *rate, int64_t now_ms)
{
	if (rate->per_s == 0) {
		return true;
	}
	if (rate->taken == 0 || now_ms - rate->window_at_ms >= WINDOW_MS) {
		rate->taken = 0;
		rate->window_at_ms = now_ms;
	}
	if (rate->taken >= rate->per_s) {
		return false;
	}
	rate->taken++;
	return true;
}
