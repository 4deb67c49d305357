#ifndef DISPATCHER_CTL_CTL_SUMMARY_H
#define DISPATCHER_CTL_CTL_SUMMARY_H

/*
 * What came of the last jobs of a destination, in a few numbers. Pure.
 *
 *	ctl_summary_init(&summary);
 *	ctl_summary_add(&summary, jobs, count);
 *	ctl_summary_took_ms(&summary, 50)
 *	ctl_summary_finish(&summary);
 */

#include <stddef.h>
#include <stdint.h>

#include "common/job/outcome.h"
#include "common/queue/queue_operator.h"

struct ctl_summary {
	int64_t outcomes[OUTCOME_COUNT];
	int64_t done;		      /* all of them */
	int64_t first_done_at_ms;     /* 0: none is done */
	int64_t last_delivered_at_ms; /* 0: none was delivered */
	int64_t *took_ms;	      /* of those delivered, in order */
	size_t took_count;
};

void ctl_summary_init(struct ctl_summary *summary);
void ctl_summary_finish(struct ctl_summary *summary);

/* All at once: once a summary. */
void ctl_summary_add(
    struct ctl_summary *summary, const struct queue_done *jobs, size_t count);

/* So many of a hundred delivered jobs took no longer; -1 when there are none.
 */
int64_t ctl_summary_took_ms(const struct ctl_summary *summary, int percent);

#endif
