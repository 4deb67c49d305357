#include "dispatcher/ctl/ctl_ask.h"

#include <stdio.h>
#include <unistd.h>

#include "common/base/slice.h"

enum {
	ANSWER_MAX = 64,
};

bool ctl_ask_can(void)
{
	return isatty(STDIN_FILENO) != 0;
}

bool ctl_ask(const char *question)
{
	char line[ANSWER_MAX];
	struct slice answer;

	(void)fflush(stdout);
	(void)fprintf(stderr, "%s [y/N] ", question);
	if (fgets(line, sizeof(line), stdin) == NULL) {
		(void)fputc('\n', stderr);
		return false;
	}
	answer = slice_trim(slice_of(line));
	return slice_equal_ignoring_case(answer, SLICE_LITERAL("y")) ||
	    slice_equal_ignoring_case(answer, SLICE_LITERAL("yes"));
}
