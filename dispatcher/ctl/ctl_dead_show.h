#ifndef DISPATCHER_CTL_CTL_DEAD_SHOW_H
#define DISPATCHER_CTL_CTL_DEAD_SHOW_H

/* What the files of `relayctl dead show` share: a letter, and what can be made
 * of it. */

#include <stdbool.h>

#include "common/base/err.h"
#include "common/job/job.h"
#include "common/queue/queue_operator.h"
#include "dispatcher/ctl/ctl_preview.h"

struct ctl_dead_shown {
	const char *destination;
	const struct queue_dead_letter *letter;
	bool is_job;
	struct job job;
	struct err job_err;
	struct ctl_preview preview;
	bool has_preview;
	enum render_status render_status;
	struct err render_err;
};

/* What was rendered now; empty when nothing was. */
struct slice ctl_dead_shown_body(const struct ctl_dead_shown *shown);

/* To standard output: for people, for programs. */
void ctl_dead_show_text(const struct ctl_dead_shown *shown);
void ctl_dead_show_json(const struct ctl_dead_shown *shown);

#endif
