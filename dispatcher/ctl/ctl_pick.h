#ifndef DISPATCHER_CTL_CTL_PICK_H
#define DISPATCHER_CTL_CTL_PICK_H

/*
 * The dead letters that a command is about, one after the other: those that
 * were named by their ids, or all of the destinations, and of either what
 * dead_select.h selects. They are read in pages, so memory does not grow with
 * their number, and those of a destination come oldest first.
 *
 * An id can be in several destinations only when its job cannot be read.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "dispatcher/ctl/ctl.h"
#include "dispatcher/ctl/ctl_places.h"
#include "dispatcher/ctl/dead_select.h"

/* An id that was asked for. */
struct ctl_pick_id {
	const char *id; /* borrowed from argv */
	size_t found;	/* in how many destinations, in the last walk */
};

struct ctl_pick {
	struct dead_select select;
	struct ctl_pick_id *ids; /* sorted, each once */
	size_t id_count;	 /* 0: not by ids */
};

/* From the command's words and options. False with what is wrong with them in
 * *err. Caller finishes in any case. */
MUST_USE bool ctl_pick_init(
    struct ctl_pick *pick, const struct ctl_options *options, struct err *err);
void ctl_pick_finish(struct ctl_pick *pick);

/* Whether something was asked for but a destination: ids, or what the letters
 * must be like. */
bool ctl_pick_is_choice(const struct ctl_pick *pick);

/* --limit, from 1 to `max`. False with what is wrong with it in *err. */
MUST_USE bool ctl_pick_limit(const struct ctl_options *options, size_t preset,
    size_t max, size_t *limit, struct err *err);

struct ctl_pick_walk {
	size_t page; /* letters read at once */
	/* Each letter. No call of the queue may be made. */
	void (*on_letter)(void *arg, const struct ctl_place *place,
	    const struct queue_dead_letter *letter);
	/* Behind each page. False ends the walk of this destination. */
	bool (*on_page)(void *arg, const struct ctl_place *place);
	void *arg;
};

/* Over all places; false when Redis fails. */
MUST_USE bool ctl_pick_walk(struct ctl_pick *pick,
    const struct ctl_places *places, const struct ctl_pick_walk *walk,
    struct err *err);

/* Names the ids that the last walk did not find. CTL_OK when there are none. */
enum ctl_exit ctl_pick_tell_missing(const struct ctl_pick *pick);

/* The same for those that it found in several destinations. */
enum ctl_exit ctl_pick_tell_ambiguous(const struct ctl_pick *pick);

#endif
