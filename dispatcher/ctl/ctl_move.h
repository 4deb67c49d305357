#ifndef DISPATCHER_CTL_CTL_MOVE_H
#define DISPATCHER_CTL_CTL_MOVE_H

/*
 * What replay and purge of dead letters have in common: a census, a question to
 * whoever sits at the terminal, then the letters in batches at the pace that
 * was asked for, with progress. It can be interrupted at any moment: what has
 * gone has gone, the others are where they were, and the same command goes on.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "dispatcher/ctl/ctl.h"
#include "dispatcher/ctl/ctl_pace.h"
#include "dispatcher/ctl/ctl_queue.h"

struct ctl_move {
	const char *command;   /* "dead replay" */
	const char *verb;      /* "replay" */
	const char *done_word; /* "replayed" */
	bool needs_yes;	       /* for what cannot be taken back */
	bool needs_body;       /* those that were never sent stay */
	bool is_replay;	       /* they are jobs then */
	struct ctl_rate rate;  /* count 0: no limit */
	/* *count of these letters moved; called again with them until none
	 * does. */
	bool (*move)(struct ctl_queue *queue, const struct ctl_queue_ids *ids,
	    size_t *count, struct err *err);
};

/* The whole command. */
enum ctl_exit ctl_move_run(struct ctl *ctl, const struct ctl_move *move);

#endif
