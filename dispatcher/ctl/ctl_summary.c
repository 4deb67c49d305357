#include "dispatcher/ctl/ctl_summary.h"

#include <stdlib.h>

#include "common/base/mem.h"

void ctl_summary_init(struct ctl_summary *summary)
{
	*summary = (struct ctl_summary){.took_ms = NULL};
}

void ctl_summary_finish(struct ctl_summary *summary)
{
	free(summary->took_ms);
	ctl_summary_init(summary);
}

static int compare(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a;
	int64_t right = *(const int64_t *)b;

	if (left != right) {
		return left < right ? -1 : 1;
	}
	return 0;
}

static void add_delivered(
    struct ctl_summary *summary, const struct queue_done *job)
{
	summary->took_ms[summary->took_count++] = job->took_ms;
	if (job->done_at_ms > summary->last_delivered_at_ms) {
		summary->last_delivered_at_ms = job->done_at_ms;
	}
}

void ctl_summary_add(
    struct ctl_summary *summary, const struct queue_done *jobs, size_t count)
{
	summary->took_ms = xcalloc(count + 1, sizeof(*summary->took_ms));
	for (size_t i = 0; i < count; i++) {
		summary->outcomes[jobs[i].outcome]++;
		summary->done++;
		if (summary->first_done_at_ms == 0 ||
		    jobs[i].done_at_ms < summary->first_done_at_ms) {
			summary->first_done_at_ms = jobs[i].done_at_ms;
		}
		if (jobs[i].outcome == OUTCOME_DELIVERED) {
			add_delivered(summary, &jobs[i]);
		}
	}
	qsort(summary->took_ms, summary->took_count, sizeof(*summary->took_ms),
	    compare);
}

int64_t ctl_summary_took_ms(const struct ctl_summary *summary, int percent)
{
	size_t rank =
	    (summary->took_count * (size_t)percent + 99) / 100; /* from 1 */

	return rank > 0 ? summary->took_ms[rank - 1] : -1;
}
