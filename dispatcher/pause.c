#include "dispatcher/pause.h"

/* Sent before what we know: no news. */
static bool is_stale(const struct pause *pause, int64_t sent_at_ms)
{
	return pause->state != PAUSE_OPEN && sent_at_ms <= pause->began_at_ms;
}

int pause_streak_with(const struct pause *pause, int64_t sent_at_ms)
{
	return is_stale(pause, sent_at_ms) ? pause->streak : pause->streak + 1;
}

/* Whether the destination took the request for what it is, and answered. */
static bool is_answer(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_DELIVERED:
	case OUTCOME_CONFLICT:
	case OUTCOME_REJECTED:
		return true;
	case OUTCOME_SKIPPED:
	case OUTCOME_UNCHANGED:
	case OUTCOME_SUPERSEDED:
	case OUTCOME_THROTTLED:
	case OUTCOME_SERVER_ERROR:
	case OUTCOME_NETWORK_ERROR:
	case OUTCOME_UNKNOWN:
	case OUTCOME_UNAUTHORIZED:
	case OUTCOME_RENDER_ERROR:
	case OUTCOME_LEASE_LOST:
	case OUTCOME_RELEASED:
	case OUTCOME_COUNT:
		break;
	}
	return false;
}

enum pause_change pause_note(struct pause *pause, enum outcome outcome,
    int64_t sent_at_ms, int64_t pause_ms, int64_t now_ms)
{
	if (is_stale(pause, sent_at_ms)) {
		return PAUSE_SAME;
	}
	if (pause_ms > 0) {
		pause->state = PAUSE_PAUSED;
		pause->reason = outcome;
		pause->streak++;
		pause->began_at_ms = now_ms;
		pause->until_ms = now_ms + pause_ms;
		return PAUSE_BEGAN;
	}
	if (pause->state == PAUSE_PROBING && is_answer(outcome)) {
		*pause = (struct pause){.state = PAUSE_OPEN};
		return PAUSE_ENDED;
	}
	return PAUSE_SAME;
}

void pause_elapse(struct pause *pause, int64_t now_ms)
{
	if (pause->state == PAUSE_PAUSED && now_ms >= pause->until_ms) {
		pause->state = PAUSE_PROBING;
	}
}

int64_t pause_room(const struct pause *pause, int64_t max)
{
	switch (pause->state) {
	case PAUSE_OPEN:
		return max;
	case PAUSE_PAUSED:
		return 0;
	case PAUSE_PROBING:
		return max < 1 ? max : 1;
	}
	return 0;
}
