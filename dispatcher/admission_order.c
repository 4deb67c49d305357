/* Beginning and ending holds, as the ends of attempts say; and trying at once
 * what a reload may have mended. */
#include "common/config/config.h"
#include "dispatcher/admission_state.h"
#include "dispatcher/destination.h"

static void on_order_reply(void *arg, enum queue_status status, bool is_new,
    const struct queue_hold_state *state, const struct err *err)
{
	struct admission *admission = arg;
	bool was_held = admission_is_held(admission);

	(void)is_new;
	(void)err;
	admission->admissions->pending--;
	admission->orders--;
	if (status == QUEUE_CLOSED) {
		return;
	}
	if (status == QUEUE_OK) {
		destination_note_hold(admission->destination, state);
		admission_stop_waiting(admission);
	}
	admission_tell_open(
	    admission, was_held || admission_is_held(admission));
}

static void begin_order(struct admission *admission)
{
	admission->orders++;
	admission->admissions->pending++;
	admission_empty_purse(admission);
}

/* Of all that met the same trouble the first counts; the others come with an
 * old epoch, and need not even be told. */
static bool is_old_news(const struct destination *destination,
    const struct pass *pass, const struct hold_decision *decision)
{
	return destination->hold.epoch > pass->epoch && !decision->is_asked;
}

static void order_hold(struct admission *admission, const struct pass *pass,
    const struct hold_decision *decision, const char *note)
{
	struct queue_hold_order order = {
	    .destination = admission->destination->settings->config->name,
	    .reason = decision->reason,
	    .epoch = pass->epoch,
	    .for_ms = decision->for_ms,
	    .is_asked = decision->is_asked,
	    .note = note,
	};

	if (is_old_news(admission->destination, pass, decision)) {
		return;
	}
	begin_order(admission);
	queue_hold(
	    admission->admissions->queue, &order, on_order_reply, admission);
}

static void order_end(struct admission *admission, const struct pass *pass)
{
	begin_order(admission);
	queue_resume(admission->admissions->queue,
	    admission->destination->settings->config->name, pass->epoch,
	    on_order_reply, admission);
}

void admission_follow(struct admissions *admissions,
    struct destination *destination, const struct pass *pass,
    const struct hold_decision *decision, const char *note)
{
	struct admission *admission = admission_of(admissions, destination);

	switch (decision->step) {
	case HOLD_NONE:
		break;
	case HOLD_ORDER:
		order_hold(admission, pass, decision, note);
		break;
	case HOLD_END:
		order_end(admission, pass);
		break;
	case HOLD_RETURN:
		admission_return(admissions, destination, pass, 1);
		break;
	}
}

/* ---- after a reload ---- */

/* By the hold as it is now, which another dispatcher's probe may have prolonged
 * since we heard of it. A probe that is out may be one too many then: it was
 * sent as the old configuration says. */
static void on_hold_read(void *arg, enum queue_status status, bool is_new,
    const struct queue_hold_state *state, const struct err *err)
{
	struct admission *admission = arg;
	struct admissions *admissions = admission->admissions;
	bool may_be_mended = false;

	(void)is_new;
	(void)err;
	admissions->pending--;
	if (status == QUEUE_CLOSED) {
		return;
	}
	if (status == QUEUE_OK) {
		destination_note_hold(admission->destination, state);
		may_be_mended = hold_may_be_mended(state->reason);
	}
	if (may_be_mended && !admissions->is_stopped) {
		queue_give_back(admissions->queue,
		    admission->destination->place, 0, state->epoch);
		admission_stop_waiting(admission);
	}
	admission_tell_open(admission, may_be_mended);
}

void admissions_probe_now(struct admissions *admissions)
{
	for (size_t i = 0; i < admissions->count; i++) {
		struct admission *admission = &admissions->all[i];

		admissions->pending++;
		queue_read_hold(admissions->queue,
		    admission->destination->settings->config->name,
		    on_hold_read, admission);
	}
}
