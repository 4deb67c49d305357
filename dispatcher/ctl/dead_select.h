#ifndef DISPATCHER_CTL_DEAD_SELECT_H
#define DISPATCHER_CTL_DEAD_SELECT_H

/*
 * Which dead letters a command is about, by what is in them: a letter is
 * selected when it meets all that was asked for. Pure: it reads no clock and
 * asks nobody. The destination, and letters named by their ids, are the
 * caller's to know.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/base/strbuf.h"
#include "common/job/outcome.h"

struct queue_dead_letter;

enum {
	DEAD_SELECT_STATUSES_MAX = 16,
};

/* What was typed; NULL where nothing was. */
struct dead_select_words {
	const char *outcome;	/* rejected,render_error */
	const char *status;	/* 400,422,5xx; 0 is none */
	const char *event_type; /* exactly */
	const char *user;	/* whose group it is in */
	const char *device;	/* the same; either, when both are given */
	const char *template;	/* its path, or how that ends: event.ftl */
	const char *since;	/* died then or later; see ctl_time.h */
	const char *until;	/* died then or earlier */
};

struct dead_select_range {
	int first;
	int last;
};

struct dead_select {
	bool is_everything; /* nothing was asked for */
	bool has_outcomes;
	bool outcomes[OUTCOME_COUNT];
	struct dead_select_range statuses[DEAD_SELECT_STATUSES_MAX];
	size_t status_count;
	const char *event_type; /* borrowed from the words, as the next */
	const char *template;
	struct strbuf user_group; /* empty: not asked for */
	struct strbuf device_group;
	int64_t since_ms;
	int64_t until_ms;
};

/* False with what is wrong with the words in *err. The words are borrowed.
 * Caller finishes in any case. */
MUST_USE bool dead_select_init(struct dead_select *select,
    const struct dead_select_words *words, int64_t now_ms, struct err *err);
void dead_select_finish(struct dead_select *select);

/* Whether the letter is selected. What asks for something in a job that cannot
 * be read is not met. */
bool dead_select_takes(
    const struct dead_select *select, const struct queue_dead_letter *letter);

#endif
