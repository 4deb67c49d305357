#ifndef TESTS_UNIT_LOOP_TEST_H
#define TESTS_UNIT_LOOP_TEST_H

/*
 * For tests that turn a real loop: waiting for a condition, with a deadline in
 * place of a sleep.
 */

#include "common/base/clock.h"
#include "common/loop/loop.h"
#include "common/loop/runq.h"

#include <stdbool.h>

enum {
	LOOP_TEST_LIMIT_MS = 10000,
};

struct loop_test_wait {
	struct runq_item item;
	struct runq *runq;
	struct loop *loop;
	bool (*is_met)(void *arg);
	void *arg;
	int64_t until_ms;
	bool was_met;
};

static inline void on_loop_test_due(struct runq_item *item, void *arg)
{
	struct loop_test_wait *wait = arg;

	wait->was_met = wait->is_met(wait->arg);
	if (wait->was_met || clock_mono_ms() >= wait->until_ms) {
		loop_stop(wait->loop);
		return;
	}
	runq_schedule(wait->runq, item, clock_mono_ms() + 1);
}

/* Turns until is_met(arg); false when that does not come within 10 seconds.
 * Asked every millisecond. */
static inline bool loop_test_until(
    struct loop *loop, bool (*is_met)(void *arg), void *arg)
{
	struct loop_test_wait wait = {.loop = loop,
	    .is_met = is_met,
	    .arg = arg,
	    .until_ms = clock_mono_ms() + LOOP_TEST_LIMIT_MS};

	wait.runq = runq_create(loop, on_loop_test_due, &wait);
	runq_schedule(wait.runq, &wait.item, 0);
	loop_run(loop);
	runq_destroy(wait.runq);
	return wait.was_met;
}

#endif
