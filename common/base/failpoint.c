#include "common/base/failpoint.h"

#include "common/base/slice.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum action {
	ACTION_NONE,
	ACTION_CRASH,
	ACTION_STOP,
	ACTION_ERROR,
};

static const char *const action_names[] = {
    [ACTION_NONE] = "none",
    [ACTION_CRASH] = "crash",
    [ACTION_STOP] = "stop",
    [ACTION_ERROR] = "error",
};

#define FAILPOINT_NAME(id, name) name,

static const char *const point_names[] = {"", FAILPOINTS(FAILPOINT_NAME)};

#undef FAILPOINT_NAME

static struct {
	enum action action;
	int left; /* until it comes true */
} armed[FAILPOINT_COUNT];

static bool fail(struct err *err, const char *what)
{
	err_set(
	    err, "RELAY_FAILPOINT must be name:crash|stop|error[:n], %s", what);
	return false;
}

static int find(const char *const *names, size_t count, struct slice name)
{
	for (size_t i = 0; i < count; i++) {
		if (slice_is(name, names[i])) {
			return (int)i;
		}
	}
	return -1;
}

/* Up to the next `end`, which is taken off, too. */
static struct slice take_word(const char **text, const char *end)
{
	size_t len = strcspn(*text, end);
	struct slice word = slice_make(*text, len);

	*text += len + ((*text)[len] == ':');
	return word;
}

static bool arm_one(const char **text, struct err *err)
{
	int point = find(point_names, FAILPOINT_COUNT, take_word(text, ":,"));
	int action =
	    find(action_names, ARRAY_LEN(action_names), take_word(text, ":,"));
	char *end;
	long count = 1;

	if (point <= FAILPOINT_NONE) {
		return fail(err, "and there is no point of this name");
	}
	if (action <= ACTION_NONE) {
		return fail(err, "and there is no such action");
	}
	if (**text != '\0' && **text != ',') {
		count = strtol(*text, &end, 10);
		*text = end;
	}
	if (count < 1 || count > 1000000 || (**text != '\0' && **text != ',')) {
		return fail(err, "and this is no number");
	}
	armed[point].action = (enum action)action;
	armed[point].left = (int)count;
	return true;
}

bool failpoint_arm(struct err *err)
{
	const char *text = getenv("RELAY_FAILPOINT");

	while (text != NULL && *text != '\0') {
		if (!arm_one(&text, err)) {
			return false;
		}
		text += *text == ',';
	}
	return true;
}

bool failpoint_hit(enum failpoint point)
{
	enum action action;

	if (armed[point].action == ACTION_NONE) {
		return false;
	}
	armed[point].left--;
	if (armed[point].left > 0) {
		return false;
	}
	action = armed[point].action;
	armed[point].action = ACTION_NONE;
	(void)fprintf(stderr, "failpoint: %s: %s\n", point_names[point],
	    action_names[action]);
	switch (action) {
	case ACTION_CRASH:
		(void)raise(SIGKILL);
		break;
	case ACTION_STOP:
		(void)raise(SIGSTOP);
		break;
	case ACTION_ERROR:
	case ACTION_NONE:
		break;
	}
	return action == ACTION_ERROR;
}
