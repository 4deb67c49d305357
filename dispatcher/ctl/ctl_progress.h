#ifndef DISPATCHER_CTL_CTL_PROGRESS_H
#define DISPATCHER_CTL_CTL_PROGRESS_H

/*
 * How far a command has come, on standard error: a bar on a terminal, else a
 * line now and then.
 *
 *	[=========>              ]  42%  2100 of 5000 replayed, 310/s, 9s left
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/base/strbuf.h"

struct ctl_progress {
	const char *done_word; /* "replayed". Borrowed */
	int64_t total;	       /* 0: not known */
	int64_t done;
	int64_t started_at_ms; /* monotonic */
	int64_t shown_at_ms;
	bool is_terminal;
};

/* The line, without a line break. Pure. */
void ctl_progress_append(
    struct strbuf *out, const struct ctl_progress *progress, int64_t now_ms);

void ctl_progress_begin(struct ctl_progress *progress, const char *done_word,
    int64_t total, int64_t now_ms);

/* Shows it when it is time to. */
void ctl_progress_step(
    struct ctl_progress *progress, int64_t done, int64_t now_ms);

/* Shows how it ended. Nothing, where nothing was shown before. */
void ctl_progress_end(struct ctl_progress *progress, int64_t now_ms);

#endif
