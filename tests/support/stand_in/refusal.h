#ifndef TESTS_SUPPORT_STAND_IN_REFUSAL_H
#define TESTS_SUPPORT_STAND_IN_REFUSAL_H

/*
 * Why a request is refused: the status of the answer, where in the body the
 * fault is (a path such as params[2].name), and a sentence. A check returns
 * whether it passed; the first refusal is the one that is told.
 */

#include <stdbool.h>

#include "common/base/attr.h"

struct refusal {
	int status;	  /* of the answer */
	char where[128];  /* "" when it is about the whole request */
	char reason[384]; /* holds no value of the request */
};

/* Fills in *refusal and returns false, so that a check can end in it. */
bool refuse(struct refusal *refusal, int status, const char *where,
    const char *format, ...) PRINTF_LIKE(4, 5);

#endif
