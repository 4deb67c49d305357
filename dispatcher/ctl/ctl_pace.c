#include "dispatcher/ctl/ctl_pace.h"

enum {
	SECOND_MS = 1000,
	MINUTE_MS = 60 * SECOND_MS,
	HOUR_MS = 60 * MINUTE_MS,
	BURST_MS = 200,
	COUNT_MAX = 1000 * 1000,
};

bool ctl_rate_parse(struct slice text, struct ctl_rate *rate)
{
	struct slice unit = slice_make(NULL, 0);

	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '/') {
			unit = slice_from(text, i);
			text.len = i;
		}
	}
	if (unit.len == 0 || slice_is(unit, "/s")) {
		rate->per_ms = SECOND_MS;
	} else if (slice_is(unit, "/m")) {
		rate->per_ms = MINUTE_MS;
	} else if (slice_is(unit, "/h")) {
		rate->per_ms = HOUR_MS;
	} else {
		return false;
	}
	return slice_to_int64(text, &rate->count) && rate->count > 0 &&
	    rate->count <= COUNT_MAX;
}

static int64_t credit_limit(const struct ctl_rate *rate)
{
	int64_t burst = rate->count * BURST_MS;

	return burst > rate->per_ms ? burst : rate->per_ms;
}

void ctl_pace_init(
    struct ctl_pace *pace, const struct ctl_rate *rate, int64_t now_ms)
{
	/* The first may go at once. */
	*pace = (struct ctl_pace){*rate, now_ms, rate->per_ms};
}

static void earn(struct ctl_pace *pace, int64_t now_ms)
{
	int64_t limit = credit_limit(&pace->rate);
	int64_t passed_ms = now_ms - pace->at_ms;

	pace->at_ms = now_ms;
	if (passed_ms <= 0) {
		return;
	}
	/* In so long a time the limit is reached in any case. */
	if (passed_ms > limit) {
		passed_ms = limit;
	}
	pace->credit += passed_ms * pace->rate.count;
	if (pace->credit > limit) {
		pace->credit = limit;
	}
}

size_t ctl_pace_take(struct ctl_pace *pace, size_t wanted, int64_t now_ms)
{
	size_t affordable;

	if (pace->rate.count == 0) {
		return wanted;
	}
	earn(pace, now_ms);
	affordable = (size_t)(pace->credit / pace->rate.per_ms);
	if (affordable > wanted) {
		affordable = wanted;
	}
	pace->credit -= (int64_t)affordable * pace->rate.per_ms;
	return affordable;
}

int64_t ctl_pace_wait_ms(const struct ctl_pace *pace)
{
	int64_t missing = credit_limit(&pace->rate) - pace->credit;

	if (pace->rate.count == 0 || missing <= 0) {
		return 0;
	}
	return (missing + pace->rate.count - 1) / pace->rate.count;
}
