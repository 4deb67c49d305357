/*
 * Admission: the hold and the bucket of a destination are asked in one turn,
 * each by a script of its own, for on a Cluster they are on different nodes.
 * What comes of both is decided here, and what is then too much is given back:
 *
 *	hold says | bucket gave | permit
 *	open      | k           | k tokens
 *	hold      | k           | none; k are given back
 *	probe     | k > 0       | one, a probe; k - 1 are given back
 *	probe     | none        | none; the probe is given back
 *
 * A permit whose answer is lost costs its tokens, for as long as the bucket
 * takes to fill; a probe, for probe_every.
 */
#include "common/queue/queue_flow.h"

#include <stdlib.h>

#include "common/base/mem.h"
#include "common/queue/queue_codec.h"
#include "common/queue/queue_hold.h"
#include "common/queue/queue_look.h"

enum {
	TAG_HOLD,
	TAG_FLOW,
	STATE_PLACE = 3, /* in the reply of admit */
};

enum answer {
	ANSWER_OPEN,
	ANSWER_PROBE,
	ANSWER_HOLD,
};

struct admit_look {
	struct queue_look look;
	int destination;
	int64_t asked;
	int64_t asked_at_ms; /* monotonic */
	enum answer answer;
	int64_t taken;	      /* from the bucket; asked, if there is none */
	int64_t flow_wait_ms; /* until it has another */
	struct queue_permit permit;
	struct strbuf note; /* of its hold */
	queue_admit_cb cb;
	void *arg;
};

struct return_look {
	struct queue_look look;
	int destination;
	int64_t tokens;
	int64_t epoch;
	int64_t away_ms;
};

static const struct queue_destination *destination_of(
    const struct queue *queue, int destination)
{
	return &queue->destinations[destination];
}

/* ---- the calls ---- */

static void call_flow(struct queue_look *look, int place, int64_t asked,
    int64_t returned, int64_t away_ms)
{
	const struct queue_destination *destination =
	    destination_of(look->queue, place);
	struct queue_command command;

	queue_script_begin(look->queue->scripts, &command, QUEUE_VERB_FLOW, 1);
	queue_keys_add_flow(
	    &command, look->queue->options.prefix, destination->rate_bucket);
	queue_command_add_number(&command, destination->rate_limit);
	queue_command_add_number(&command, asked);
	queue_command_add_number(&command, returned);
	queue_command_add_number(&command, away_ms);
	queue_look_call_apart(look, QUEUE_VERB_FLOW, &command, TAG_FLOW);
}

static void call_hold(
    struct queue_look *look, enum queue_verb verb, int place, int64_t argument)
{
	struct queue_command command;

	queue_script_begin(look->queue->scripts, &command, verb, 1);
	queue_keys_add_hold(&command, look->queue->options.prefix,
	    destination_of(look->queue, place)->name);
	queue_command_add_number(&command, argument);
	queue_look_call_apart(look, verb, &command, TAG_HOLD);
}

/* ---- admit ---- */

static void send_admit(struct queue_look *look)
{
	struct admit_look *admit = LIST_MEMBER(look, struct admit_look, look);
	const struct queue_destination *destination =
	    destination_of(look->queue, admit->destination);

	admit->asked_at_ms = loop_now_ms(look->queue->options.loop);
	call_hold(look, QUEUE_VERB_ADMIT, admit->destination,
	    destination->probe_every_ms);
	if (destination->rate_limit > 0) {
		call_flow(look, admit->destination, admit->asked, 0, 0);
	} else {
		admit->taken = admit->asked;
	}
}

static bool take_flow(struct admit_look *admit, const struct redisReply *reply)
{
	return queue_number_at(reply, 0, &admit->taken) &&
	    queue_number_at(reply, 1, &admit->flow_wait_ms);
}

static bool take_answer(
    struct admit_look *admit, const struct redisReply *reply)
{
	struct queue_permit *permit = &admit->permit;
	struct slice word;

	if (!queue_number_at(reply, 0, &permit->now_ms) ||
	    !queue_text_at(reply, 1, &word) ||
	    !queue_number_at(reply, 2, &permit->wait_ms) ||
	    !queue_decode_hold(reply, STATE_PLACE, &permit->hold)) {
		return false;
	}
	admit->answer = slice_is(word, "open") ? ANSWER_OPEN
	    : slice_is(word, "probe")	       ? ANSWER_PROBE
					       : ANSWER_HOLD;
	strbuf_append_slice(&admit->note, permit->hold.note);
	permit->hold.note = strbuf_slice(&admit->note);
	return true;
}

static bool take_admit(
    struct queue_look *look, size_t tag, const struct redisReply *reply)
{
	struct admit_look *admit = LIST_MEMBER(look, struct admit_look, look);

	return tag == TAG_FLOW ? take_flow(admit, reply)
			       : take_answer(admit, reply);
}

static void decide(struct admit_look *admit)
{
	struct queue *queue = admit->look.queue;
	struct queue_permit *permit = &admit->permit;
	int64_t epoch = 0; /* of a probe to give back */

	switch (admit->answer) {
	case ANSWER_OPEN:
		permit->tokens = admit->taken;
		break;
	case ANSWER_PROBE:
		permit->is_probe = admit->taken > 0;
		permit->tokens = permit->is_probe ? 1 : 0;
		epoch = permit->is_probe ? 0 : permit->hold.epoch;
		break;
	case ANSWER_HOLD:
		break;
	}
	if (admit->taken > 0) {
		queue->granted_at_ms[admit->destination] = admit->asked_at_ms;
	}
	if (permit->tokens == 0 && admit->answer != ANSWER_HOLD) {
		permit->wait_ms = admit->flow_wait_ms;
	}
	queue_give_back(
	    queue, admit->destination, admit->taken - permit->tokens, epoch);
}

static void end_admit(struct queue_look *look)
{
	struct admit_look *admit = LIST_MEMBER(look, struct admit_look, look);

	if (look->status == QUEUE_OK) {
		decide(admit);
		admit->cb(admit->arg, QUEUE_OK, &admit->permit, NULL);
	} else {
		admit->cb(admit->arg, look->status, NULL, &look->err);
	}
	strbuf_finish(&admit->note);
	free(admit);
}

void queue_admit(struct queue *queue, int destination, int64_t tokens,
    queue_admit_cb cb, void *arg)
{
	struct admit_look *admit = xcalloc(1, sizeof(*admit));

	admit->look.send = send_admit;
	admit->look.take = take_admit;
	admit->look.end = end_admit;
	admit->destination = destination;
	admit->asked = tokens;
	strbuf_init(&admit->note, STRBUF_NO_LIMIT);
	admit->cb = cb;
	admit->arg = arg;
	queue_look_begin_first(queue, &admit->look);
}

/* ---- giving back ---- */

static void send_return(struct queue_look *look)
{
	struct return_look *back = LIST_MEMBER(look, struct return_look, look);

	/* A reload may have taken the bucket away meanwhile. */
	if (back->tokens > 0 &&
	    destination_of(look->queue, back->destination)->rate_limit > 0) {
		call_flow(
		    look, back->destination, 0, back->tokens, back->away_ms);
	}
	if (back->epoch > 0) {
		call_hold(
		    look, QUEUE_VERB_UNPROBE, back->destination, back->epoch);
	}
}

static bool take_return(
    struct queue_look *look, size_t tag, const struct redisReply *reply)
{
	(void)look;
	(void)tag;
	(void)reply;
	return true;
}

static void end_return(struct queue_look *look)
{
	free(LIST_MEMBER(look, struct return_look, look));
}

void queue_give_back(
    struct queue *queue, int destination, int64_t tokens, int64_t epoch)
{
	bool has_bucket = destination_of(queue, destination)->rate_limit > 0;
	struct return_look *back;

	if ((tokens <= 0 || !has_bucket) && epoch <= 0) {
		return;
	}
	back = xcalloc(1, sizeof(*back));
	back->look.send = send_return;
	back->look.take = take_return;
	back->look.end = end_return;
	back->destination = destination;
	back->tokens = has_bucket ? tokens : 0;
	back->epoch = epoch;
	back->away_ms = 1 + loop_now_ms(queue->options.loop) -
	    queue->granted_at_ms[destination];
	queue_look_begin_first(queue, &back->look);
}
