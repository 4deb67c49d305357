#ifndef DISPATCHER_CTL_CTL_TEST_H
#define DISPATCHER_CTL_CTL_TEST_H

/*
 * relayctl test: golden tests of templates, for whoever owns them. In files:
 *
 *	DIR/
 *	  event.ftl               a template; without it, `event` is a
 *	  event/                  destination of the configuration
 *	    order.json            a webhook body: one object
 *	    order.expected.json   what Reteno is to get for it
 *	    visitor.json
 *	    visitor.expected.txt  or what is to be said: "skipped", or
 *	                          "error: event.ftl:12:5: ..."
 *
 * Bodies are compared as JSON: white space does not count, nor how a number or
 * a character is written; the order of members does. The relay's own times
 * (relay.received_at, relay.accepted_at) are 2026-01-01T00:00:00Z.
 */

#include <stdbool.h>
#include <stddef.h>

#include "dispatcher/ctl/ctl.h"
#include "dispatcher/ctl/ctl_subject.h"

/* Over all tests. */
struct ctl_test_tally {
	size_t passed;
	size_t different;
	size_t unknown; /* nothing is expected yet */
	size_t written;
	size_t broken; /* could not be run */
};

struct ctl_test {
	struct ctl_subject *subject;
	const char *folder;	  /* DIR/event */
	const char *subject_name; /* event */
	const char *name;	  /* order */
	bool is_update;
};

/* Runs one, tells of it unless it passes, and counts it; with is_update, writes
 * what is expected from now on. */
void ctl_test_run(const struct ctl_test *test, struct ctl_test_tally *tally);

#endif
