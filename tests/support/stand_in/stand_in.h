#ifndef TESTS_SUPPORT_STAND_IN_STAND_IN_H
#define TESTS_SUPPORT_STAND_IN_STAND_IN_H

/*
 * The stand-in for Reteno: what its parts share. One event loop.
 */

#include "common/base/list.h"

#include "tests/support/stand_in/arrived.h"
#include "tests/support/stand_in/faults.h"
#include "tests/support/stand_in/judge.h"
#include "tests/support/stand_in/stats.h"

struct event_base;

struct stand_in {
	struct event_base *base; /* borrowed */
	struct judge *judge;
	struct arrived *arrived;
	struct faults faults;
	struct stats stats;
	struct list exchanges; /* those that are not over */
};

#endif
