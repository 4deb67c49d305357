/*
 * What was granted and is not spent. It is of this turn: what no claim takes by
 * its end goes back to Redis. Tokens that were away for long do not: the time
 * in which they could have been spent is over.
 */
#include "common/config/config.h"
#include "common/loop/loop.h"
#include "dispatcher/admission_state.h"
#include "dispatcher/destination.h"

enum {
	TOKEN_FRESH_MS = 50, /* what rate limits allow for (flow.lua) */
};

size_t admission_tokens(
    const struct admissions *admissions, const struct destination *destination)
{
	return admission_of(admissions, destination)->tokens;
}

struct pass admission_spend(struct admissions *admissions,
    const struct destination *destination, size_t tokens)
{
	struct admission *admission = admission_of(admissions, destination);

	admission->tokens -= tokens;
	return admission->pass;
}

/* Nobody waits for the answer; but when we are stopping, it must have gone out
 * before we are gone: a look that comes after it tells. */
static void on_given_back(void *arg, enum queue_status status, bool is_new,
    const struct queue_hold_state *state, const struct err *err)
{
	struct admission *admission = arg;

	(void)is_new;
	(void)state;
	(void)err;
	admission->admissions->pending--;
	if (status != QUEUE_CLOSED) {
		admission_tell_open(admission, false);
	}
}

static void give_back(
    struct admission *admission, const struct pass *pass, size_t tokens)
{
	struct admissions *admissions = admission->admissions;
	const struct destination *destination = admission->destination;

	if (destination->settings->config->rate_limit == 0 &&
	    !pass_is_probe(pass)) {
		return;
	}
	queue_give_back(admissions->queue, destination->place, (int64_t)tokens,
	    pass_is_probe(pass) ? pass->epoch : 0);
	if (admissions->is_stopped) {
		admissions->pending++;
		queue_read_hold(admissions->queue,
		    destination->settings->config->name, on_given_back,
		    admission);
	}
}

void admission_empty_purse(struct admission *admission)
{
	size_t tokens = admission->tokens;

	admission->tokens = 0;
	if (tokens > 0) {
		give_back(admission, &admission->pass, tokens);
	}
}

/* A probe is ours until another may be given out in its place. */
static bool is_fresh(const struct admission *admission, const struct pass *pass)
{
	int64_t fresh_ms = pass_is_probe(pass)
	    ? admission->destination->settings->config->probe_every_ms
	    : TOKEN_FRESH_MS;

	return pass->is_paid &&
	    loop_now_ms(admission->admissions->loop) - pass->granted_at_ms <
	    fresh_ms;
}

/* Not when something has happened to the hold since it was granted. */
static bool may_be_spent(
    const struct admission *admission, const struct pass *pass)
{
	return !admission->admissions->is_stopped && admission->orders == 0 &&
	    pass->epoch == admission->destination->hold.epoch &&
	    (admission->tokens == 0 ||
		pass_is_probe(pass) == pass_is_probe(&admission->pass));
}

void admission_return(struct admissions *admissions,
    const struct destination *destination, const struct pass *pass,
    size_t tokens)
{
	struct admission *admission = admission_of(admissions, destination);

	if (tokens == 0 || !is_fresh(admission, pass)) {
		return;
	}
	if (!may_be_spent(admission, pass)) {
		give_back(admission, pass, tokens);
		return;
	}
	if (admission->tokens == 0) {
		admission->pass = *pass;
	}
	admission->tokens += tokens;
	admission_tell_open(admission, false);
}

/* A probe for which there was no job: none is looked for again at once. */
void admissions_settle(struct admissions *admissions)
{
	for (size_t i = 0; i < admissions->count; i++) {
		struct admission *admission = &admissions->all[i];

		if (admission->tokens > 0 && pass_is_probe(&admission->pass) &&
		    admission->state == ADMISSION_OPEN) {
			admission_wait(admission, ADMISSION_HELD_LOOK_MS, true);
		}
		admission_empty_purse(admission);
	}
}
