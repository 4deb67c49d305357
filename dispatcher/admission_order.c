/* Beginning and ending holds, as the ends of attempts say. */
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
