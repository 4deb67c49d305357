/*
 * relayctl trace: where a job is now. Dead letters are quickly asked; then all
 * that is pending is looked through, which takes its time, so that a job which
 * died meanwhile is asked for once more. What is remembered of jobs that left
 * the queue comes last, for it also has those that died and were replayed.
 */
#include "dispatcher/ctl/ctl_trace.h"

#include <stdio.h>

#include "dispatcher/ctl/ctl.h"

enum {
	HISTORY_LIMIT = 1000 * 1000, /* all there is */
};

struct tracing {
	struct ctl_places places;
	const char *id;
	const struct ctl_place *place; /* that is looked at now */
	size_t found;
	struct err err;
};

static void tell(struct tracing *tracing, const struct ctl_traced *where)
{
	struct ctl_traced traced = *where;

	traced.id = tracing->id;
	traced.place = tracing->place;
	if (tracing->places.ctl->options.wants_json) {
		ctl_trace_json(&traced);
	} else {
		if (tracing->found > 0) {
			(void)putchar('\n');
		}
		ctl_trace_text(&traced);
	}
	tracing->found++;
}

static void on_dead(
    void *arg, const struct queue_dead_letter *letters, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		tell(arg, &(struct ctl_traced){.dead = &letters[i]});
	}
}

static void on_done(void *arg, const struct queue_done *jobs, size_t count)
{
	/* The newest: a job that was replayed leaves the queue again. */
	if (count > 0) {
		tell(arg, &(struct ctl_traced){.done = &jobs[0]});
	}
}

static void on_pending(void *arg, const struct queue_pending *job)
{
	tell(arg, &(struct ctl_traced){.pending = job});
}

static bool look_at_dead(struct tracing *tracing, const char *destination)
{
	const struct ctl_queue_ids ids = {destination, &tracing->id, 1};

	return ctl_queue_find_dead(
	    tracing->places.queue, &ids, on_dead, tracing, &tracing->err);
}

static bool look_at_pending(struct tracing *tracing, const char *destination)
{
	return ctl_queue_find_job(tracing->places.queue, destination,
	    tracing->id, on_pending, tracing, &tracing->err);
}

static bool look_at_done(struct tracing *tracing, const char *destination)
{
	const struct ctl_queue_history history = {
	    destination, tracing->id, HISTORY_LIMIT};

	return ctl_queue_read_history(
	    tracing->places.queue, &history, on_done, tracing, &tracing->err);
}

/* In all destinations, unless it has been found before. */
static bool look(struct tracing *tracing,
    bool (*look_at)(struct tracing *tracing, const char *destination))
{
	if (tracing->found > 0) {
		return true;
	}
	for (size_t i = 0; i < tracing->places.count; i++) {
		tracing->place = &tracing->places.list[i];
		if (!look_at(tracing, tracing->place->destination)) {
			return false;
		}
	}
	return true;
}

static enum ctl_exit trace(struct tracing *tracing)
{
	if (!look(tracing, look_at_dead) || !look(tracing, look_at_pending) ||
	    !look(tracing, look_at_dead) || !look(tracing, look_at_done)) {
		return ctl_fail(CTL_TROUBLE, "%s", tracing->err.text);
	}
	if (tracing->found == 0) {
		return ctl_fail(CTL_TROUBLE,
		    "%.100s is neither pending, nor dead, nor among the last "
		    "jobs that were done; it was superseded, purged, forgotten "
		    "or done before those, or there was no such job",
		    tracing->id);
	}
	return CTL_OK;
}

enum ctl_exit ctl_trace(struct ctl *ctl)
{
	struct tracing tracing = {.id = ctl->options.words[0]};
	enum ctl_exit exit_code =
	    ctl_places_open(&tracing.places, ctl, ctl->options.destination);

	if (exit_code == CTL_OK) {
		exit_code = trace(&tracing);
	}
	ctl_places_close(&tracing.places);
	return exit_code;
}
