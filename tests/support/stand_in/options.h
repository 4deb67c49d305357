#ifndef TESTS_SUPPORT_STAND_IN_OPTIONS_H
#define TESTS_SUPPORT_STAND_IN_OPTIONS_H

/*
 * The command line. options_usage() says what there is.
 */

#include <stdbool.h>
#include <stdio.h>

#include "common/base/attr.h"
#include "common/base/err.h"

#include "tests/support/stand_in/judge.h"
#include "tests/support/stand_in/server.h"

struct options {
	char *host; /* what options.server.host points to */
	struct server_options server;
	struct judge_options judge;
	size_t keep;
	bool is_help;
};

/* False and an error for people. Strings are borrowed from argv, but for the
 * host; caller calls options_finish either way. */
MUST_USE bool options_read(
    struct options *options, int argc, char **argv, struct err *err);

void options_finish(struct options *options);

void options_usage(FILE *out);

#endif
