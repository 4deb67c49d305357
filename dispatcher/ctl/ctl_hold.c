/*
 * relayctl hold, and resume: an operator's own hold of a destination, and the
 * end of any. Dispatchers see either within two seconds.
 */
#include <inttypes.h>
#include <stdio.h>

#include "common/config/config_text.h"
#include "dispatcher/ctl/ctl_hint.h"
#include "dispatcher/ctl/ctl_places.h"
#include "dispatcher/ctl/ctl_text.h"

enum {
	NOTE_MAX = 1024,
};

/* What of the answer is told. */
struct answer {
	bool is_new;
	enum queue_hold_reason reason;
	int64_t since_ms;
	int64_t until_ms;
};

static void on_hold(
    void *arg, bool is_new, const struct queue_hold_state *state)
{
	*(struct answer *)arg = (struct answer){
	    .is_new = is_new,
	    .reason = state->reason,
	    .since_ms = state->since_ms,
	    .until_ms = state->until_ms,
	};
}

static void print_time(const char *before, int64_t at_ms)
{
	struct strbuf line;

	strbuf_init(&line, STRBUF_NO_LIMIT);
	strbuf_append_text(&line, before);
	ctl_append_time(&line, at_ms);
	ctl_print(&line);
	strbuf_finish(&line);
}

/* ---- hold ---- */

static bool read_order(const struct ctl_options *options,
    struct queue_hold_order *order, struct err *err)
{
	*order = (struct queue_hold_order){
	    .destination = options->words[0],
	    .reason = QUEUE_HOLD_PAUSED,
	    .epoch = -1,
	    .note = options->note,
	};
	if (options->hold_for != NULL &&
	    (!config_text_duration(
		 slice_of(options->hold_for), &order->for_ms) ||
		order->for_ms == 0)) {
		err_set(
		    err, "--for %.64s: write 30m, 2h or 1d", options->hold_for);
		return false;
	}
	if (options->note != NULL && slice_of(options->note).len > NOTE_MAX) {
		err_set(err, "--note: at most %d bytes", NOTE_MAX);
		return false;
	}
	return true;
}

static void tell_hold(const struct ctl_place *place,
    const struct answer *before, const struct answer *after)
{
	(void)printf("%s is on hold (%s)", place->destination,
	    queue_hold_reason_name(after->reason));
	if (after->until_ms > 0) {
		print_time(" until ", after->until_ms);
	}
	if (before->reason != QUEUE_HOLD_NONE) {
		(void)printf("; it was before (%s)",
		    queue_hold_reason_name(before->reason));
	}
	(void)printf("; relayctl resume %s ends it\n"
		     "attempts under way go on; no other job is sent to it "
		     "from within 2 s on, and none is lost\n",
	    place->destination);
	if (place->config != NULL && place->config->max_depth > 0) {
		(void)printf("%" PRId64 " job%s pending; from %" PRId64
			     " on (max_depth) ingest answers 503\n",
		    place->pending, ctl_plural(place->pending),
		    place->config->max_depth);
	}
}

static enum ctl_exit hold(
    struct ctl_places *places, const struct queue_hold_order *order)
{
	struct answer before;
	struct answer after;
	struct err err;

	if (!ctl_queue_read_hold(
		places->queue, order->destination, on_hold, &before, &err) ||
	    !ctl_queue_hold(places->queue, order, on_hold, &after, &err)) {
		return ctl_fail(CTL_TROUBLE, "%s", err.text);
	}
	tell_hold(&places->list[0], &before, &after);
	return CTL_OK;
}

enum ctl_exit ctl_hold(struct ctl *ctl)
{
	struct queue_hold_order order;
	struct ctl_places places;
	enum ctl_exit exit_code;
	struct err err;

	if (!read_order(&ctl->options, &order, &err)) {
		return ctl_fail(CTL_WRONG, "%s", err.text);
	}
	exit_code = ctl_places_open(&places, ctl, order.destination);
	if (exit_code == CTL_OK) {
		exit_code = hold(&places, &order);
	}
	ctl_places_close(&places);
	return exit_code;
}

/* ---- resume ---- */

static void tell_next(
    const struct ctl_place *place, enum queue_hold_reason reason)
{
	const char *hint = ctl_hint_resumed(reason);

	if (hint[0] != '\0') {
		(void)printf("%s\n", hint);
	}
	if (place->config == NULL) {
		(void)puts("it is not in this configuration: nobody sends to "
			   "it");
	}
}

static enum ctl_exit resume(struct ctl_places *places)
{
	const struct ctl_place *place = &places->list[0];
	struct answer before;
	struct answer after;
	struct err err;

	if (!ctl_queue_read_hold(
		places->queue, place->destination, on_hold, &before, &err) ||
	    !ctl_queue_resume(
		places->queue, place->destination, on_hold, &after, &err)) {
		return ctl_fail(CTL_TROUBLE, "%s", err.text);
	}
	if (!after.is_new) {
		(void)printf("%s was not on hold\n", place->destination);
		return CTL_OK;
	}
	(void)printf("%s is sent to again; it was on hold (%s)",
	    place->destination, queue_hold_reason_name(before.reason));
	print_time(" since ", before.since_ms);
	(void)putchar('\n');
	tell_next(place, before.reason);
	return CTL_OK;
}

enum ctl_exit ctl_resume(struct ctl *ctl)
{
	struct ctl_places places;
	enum ctl_exit exit_code =
	    ctl_places_open(&places, ctl, ctl->options.words[0]);

	if (exit_code == CTL_OK) {
		exit_code = resume(&places);
	}
	ctl_places_close(&places);
	return exit_code;
}
