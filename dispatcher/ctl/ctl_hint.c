#include "dispatcher/ctl/ctl_hint.h"

const char *ctl_hint_hold(enum queue_hold_reason reason)
{
	static const char *const hints[QUEUE_HOLD_COUNT] = {
	    [QUEUE_HOLD_NONE] = "",
	    [QUEUE_HOLD_THROTTLED] =
		"it answered 429; it is tried again by itself; often: lower "
		"rate_limit",
	    [QUEUE_HOLD_FAILING] =
		"it failed again and again; it is tried again by itself; look "
		"at it, and at the network between",
	    [QUEUE_HOLD_UNAUTHORIZED] =
		"it refuses our key (401, 403); put the right one into the "
		"configuration; it is tried again by itself",
	    [QUEUE_HOLD_BURNING] =
		"too many of the last jobs were rejected or not rendered; "
		"relayctl dead list says why; mend the template or the URL, "
		"then resume it",
	    [QUEUE_HOLD_FULL] =
		"it has as many dead letters as it may (dead_limit); mend what "
		"they died of, then dead replay or dead purge resumes it",
	    [QUEUE_HOLD_PAUSED] =
		"an operator did this; relayctl resume ends it",
	};

	return hints[reason];
}

const char *ctl_hint_resumed(enum queue_hold_reason reason)
{
	static const char *const hints[QUEUE_HOLD_COUNT] = {
	    [QUEUE_HOLD_NONE] = "",
	    [QUEUE_HOLD_THROTTLED] =
		"if it answers 429 again, it is on hold again",
	    [QUEUE_HOLD_FAILING] =
		"if it fails again and again, it is on hold again",
	    [QUEUE_HOLD_UNAUTHORIZED] =
		"if the key is still refused, it is on hold again: put the "
		"right one into the configuration",
	    [QUEUE_HOLD_BURNING] =
		"if the next jobs are rejected, too, it is on hold again: "
		"look at what died with relayctl dead list",
	    [QUEUE_HOLD_FULL] =
		"if its dead letters are still at dead_limit, the next one "
		"puts it on hold again: relayctl dead replay, or dead purge",
	    [QUEUE_HOLD_PAUSED] = "",
	};

	return hints[reason];
}
