/*
 * relayctl purge: the pending jobs of a destination are removed for good. Its
 * dead letters stay: those are `dead purge`'s.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "dispatcher/ctl/ctl_ask.h"
#include "dispatcher/ctl/ctl_places.h"
#include "dispatcher/ctl/ctl_progress.h"
#include "dispatcher/ctl/ctl_text.h"

enum {
	AT_ONCE = 1000,
};

static enum ctl_exit confirm(
    const struct ctl_place *place, const struct ctl_options *options)
{
	char *question;
	bool is_agreed;

	if (options->wants_yes || place->pending == 0) {
		return CTL_OK;
	}
	if (!ctl_ask_can()) {
		return ctl_fail(CTL_WRONG,
		    "%" PRId64 " pending job%s of %s would be removed for "
		    "good; say so with --yes",
		    place->pending, ctl_plural(place->pending),
		    place->destination);
	}
	question = xasprintf("remove %" PRId64 " pending job%s of %s for good?",
	    place->pending, ctl_plural(place->pending), place->destination);
	is_agreed = ctl_ask(question);
	free(question);
	return is_agreed ? CTL_OK
			 : ctl_fail(CTL_TROUBLE, "nothing was removed");
}

/* Until none is left, also of those that came meanwhile. */
static bool remove_all(
    const struct ctl_places *places, int64_t *removed, struct err *err)
{
	const struct ctl_place *place = &places->list[0];
	struct ctl_progress progress;
	size_t count = 0;
	bool is_ok;

	ctl_progress_begin(
	    &progress, "removed", place->pending, clock_mono_ms());
	do {
		is_ok = ctl_queue_purge(
		    places->queue, place->destination, AT_ONCE, &count, err);
		*removed += (int64_t)count;
		ctl_progress_step(&progress, *removed, clock_mono_ms());
	} while (
	    is_ok && count > 0 && !ctl_queue_is_interrupted(places->queue));
	ctl_progress_end(&progress, clock_mono_ms());
	return is_ok;
}

static enum ctl_exit purge(const struct ctl_places *places)
{
	const struct ctl_place *place = &places->list[0];
	int64_t removed = 0;
	struct err err;
	bool is_ok;

	ctl_queue_take_interrupts(places->queue);
	is_ok = remove_all(places, &removed, &err);
	(void)printf(
	    "%" PRId64 " job%s removed\n", removed, ctl_plural(removed));
	if (place->leased > 0) {
		(void)printf("%" PRId64 " attempt%s under way when it began: "
			     "what they send still arrives\n",
		    place->leased, ctl_plural(place->leased));
	}
	if (is_ok && !ctl_queue_is_interrupted(places->queue)) {
		return CTL_OK;
	}
	return ctl_fail(CTL_TROUBLE,
	    "%.300s; others may be left: the same command goes on",
	    is_ok ? "interrupted" : err.text);
}

enum ctl_exit ctl_purge(struct ctl *ctl)
{
	struct ctl_places places;
	enum ctl_exit exit_code =
	    ctl_places_open(&places, ctl, ctl->options.words[0]);

	if (exit_code == CTL_OK) {
		exit_code = confirm(&places.list[0], &ctl->options);
	}
	if (exit_code == CTL_OK) {
		exit_code = purge(&places);
	}
	ctl_places_close(&places);
	return exit_code;
}
