#ifndef DISPATCHER_CTL_CTL_TRACE_H
#define DISPATCHER_CTL_CTL_TRACE_H

/* What the files of `relayctl trace` share: where a job was found. One of the
 * three is not NULL. */

#include "common/queue/queue_operator.h"
#include "dispatcher/ctl/ctl_places.h"

struct ctl_traced {
	const char *id;
	const struct ctl_place *place;
	const struct queue_pending *pending;
	const struct queue_dead_letter *dead;
	const struct queue_done *done;
};

/* To standard output: for people, for programs. */
void ctl_trace_text(const struct ctl_traced *traced);
void ctl_trace_json(const struct ctl_traced *traced);

#endif
