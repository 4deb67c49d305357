/*
 * Holds: beginning, ending and looking at them. All three are one question to
 * the destination's hold and one answer, {is it new, state}. When a hold was
 * ended by hand or by a probe, every shard is asked to wake a dispatcher;
 * should that fail, the hold is ended all the same, and dispatchers see it when
 * they ask again.
 */
#include "common/queue/queue_hold.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/queue/queue_codec.h"
#include "common/queue/queue_look.h"

enum {
	NOTE_MAX = 1024,
	TAG_HOLD = 0,
	TAG_WAKE = 1,
};

struct hold_look {
	struct queue_look look;
	enum queue_verb verb;
	char *destination;
	enum queue_hold_reason reason; /* of an order */
	int64_t epoch;
	int64_t for_ms;
	bool is_asked;
	struct strbuf note; /* the order's, then the state's */
	bool is_answered;
	bool is_new;
	struct queue_hold_state state;
	queue_hold_cb cb;
	void *arg;
};

static const char *const reason_names[QUEUE_HOLD_COUNT] = {
    [QUEUE_HOLD_NONE] = "none",
    [QUEUE_HOLD_THROTTLED] = "throttled",
    [QUEUE_HOLD_FAILING] = "failing",
    [QUEUE_HOLD_UNAUTHORIZED] = "unauthorized",
    [QUEUE_HOLD_BURNING] = "burning",
    [QUEUE_HOLD_FULL] = "full",
    [QUEUE_HOLD_PAUSED] = "paused",
};

const char *queue_hold_reason_name(enum queue_hold_reason reason)
{
	return reason_names[reason];
}

/* ---- replies ---- */

static enum queue_hold_reason parse_reason(struct slice name)
{
	for (int i = 0; i < QUEUE_HOLD_COUNT; i++) {
		if (slice_is(name, reason_names[i])) {
			return (enum queue_hold_reason)i;
		}
	}
	return QUEUE_HOLD_NONE; /* the scripts know no other */
}

/* HOLD ORDER: lua/holds.lua. */
bool queue_decode_hold(const struct redisReply *reply, size_t place,
    struct queue_hold_state *state)
{
	int64_t *const numbers[] = {&state->epoch, &state->streak,
	    &state->since_ms, &state->until_ms, &state->probe_ms,
	    &state->accepted_ms};
	struct slice reason;

	if (!queue_text_at(reply, place, &reason)) {
		return false;
	}
	state->reason = parse_reason(reason);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		if (!queue_number_at(reply, ++place, numbers[i])) {
			return false;
		}
	}
	return queue_text_at(reply, place + 1, &state->note);
}

static void wake_shards(struct hold_look *hold)
{
	struct queue *queue = hold->look.queue;

	for (int shard = 0; shard < queue->options.shards; shard++) {
		struct queue_command command;

		queue_look_command(
		    queue, &command, QUEUE_VERB_WAKE, shard, hold->destination);
		queue_look_call(
		    &hold->look, QUEUE_VERB_WAKE, shard, &command, TAG_WAKE);
	}
}

static bool take_hold(
    struct queue_look *look, size_t tag, const struct redisReply *reply)
{
	struct hold_look *hold = LIST_MEMBER(look, struct hold_look, look);
	int64_t is_new = 0;

	if (tag == TAG_WAKE) {
		return true;
	}
	if (!queue_number_at(reply, 0, &is_new) ||
	    !queue_decode_hold(reply, 1, &hold->state)) {
		return false;
	}
	hold->is_answered = true;
	hold->is_new = is_new != 0;
	strbuf_clear(&hold->note);
	strbuf_append_slice(&hold->note, hold->state.note);
	hold->state.note = strbuf_slice(&hold->note);
	if (hold->verb == QUEUE_VERB_RESUME && hold->is_new) {
		wake_shards(hold);
	}
	return true;
}

static void end_hold(struct queue_look *look)
{
	struct hold_look *hold = LIST_MEMBER(look, struct hold_look, look);

	if (hold->is_answered) {
		hold->cb(hold->arg, QUEUE_OK, hold->is_new, &hold->state, NULL);
	} else {
		hold->cb(hold->arg, look->status, false, NULL, &look->err);
	}
	free(hold->destination);
	strbuf_finish(&hold->note);
	free(hold);
}

/* ---- calls ---- */

void queue_hold_end_full(
    struct queue_look *look, const char *destination, size_t tag)
{
	struct queue_command command;

	queue_script_begin(
	    look->queue->scripts, &command, QUEUE_VERB_RESUME, 1);
	queue_keys_add_hold(&command, look->queue->options.prefix, destination);
	queue_command_add_number(&command, -1);
	queue_command_add_text(
	    &command, queue_hold_reason_name(QUEUE_HOLD_FULL));
	queue_look_call_apart(look, QUEUE_VERB_RESUME, &command, tag);
}

static void send_hold(struct queue_look *look)
{
	struct hold_look *hold = LIST_MEMBER(look, struct hold_look, look);
	struct queue_command command;

	queue_script_begin(look->queue->scripts, &command, hold->verb, 1);
	queue_keys_add_hold(
	    &command, look->queue->options.prefix, hold->destination);
	if (hold->verb == QUEUE_VERB_HOLD) {
		queue_command_add_text(
		    &command, queue_hold_reason_name(hold->reason));
		queue_command_add_number(&command, hold->epoch);
		queue_command_add_number(&command, hold->for_ms);
		queue_command_add_text(&command, hold->is_asked ? "1" : "0");
		queue_command_add(&command, strbuf_slice(&hold->note));
	} else if (hold->verb == QUEUE_VERB_RESUME) {
		queue_command_add_number(&command, hold->epoch);
		queue_command_add_text(&command, "");
	}
	queue_look_call_apart(look, hold->verb, &command, TAG_HOLD);
}

static struct hold_look *create_look(
    enum queue_verb verb, const char *destination, queue_hold_cb cb, void *arg)
{
	struct hold_look *hold = xcalloc(1, sizeof(*hold));

	hold->look.send = send_hold;
	hold->look.take = take_hold;
	hold->look.end = end_hold;
	hold->verb = verb;
	hold->destination = xstrdup(destination);
	strbuf_init(&hold->note, STRBUF_NO_LIMIT);
	hold->cb = cb;
	hold->arg = arg;
	return hold;
}

/* At most NOTE_MAX bytes, and no part of a character. */
static struct slice trimmed(struct slice note)
{
	if (note.len <= NOTE_MAX) {
		return note;
	}
	note.len = NOTE_MAX;
	while (note.len > 0 &&
	    ((unsigned char)note.data[note.len] & 0xc0) == 0x80) {
		note.len--;
	}
	return note;
}

void queue_hold(struct queue *queue, const struct queue_hold_order *order,
    queue_hold_cb cb, void *arg)
{
	struct hold_look *hold =
	    create_look(QUEUE_VERB_HOLD, order->destination, cb, arg);
	struct slice note = slice_of(order->note != NULL ? order->note : "");

	hold->reason = order->reason;
	hold->epoch = order->epoch;
	hold->for_ms = order->for_ms;
	hold->is_asked = order->is_asked;
	strbuf_append_slice(&hold->note, trimmed(note));
	queue_look_begin_first(queue, &hold->look);
}

void queue_resume(struct queue *queue, const char *destination, int64_t epoch,
    queue_hold_cb cb, void *arg)
{
	struct hold_look *hold =
	    create_look(QUEUE_VERB_RESUME, destination, cb, arg);

	hold->epoch = epoch;
	queue_look_begin_first(queue, &hold->look);
}

void queue_read_hold(
    struct queue *queue, const char *destination, queue_hold_cb cb, void *arg)
{
	struct hold_look *hold =
	    create_look(QUEUE_VERB_HOLD_STATE, destination, cb, arg);

	queue_look_begin_first(queue, &hold->look);
}
