/*
 * The dispatcher's second verb. A finish is kept until Redis has answered:
 *
 *	lane's list -(flush)-> batch -(answer)-> callback
 *	     ^                   |
 *	     +--(lost, refused)--+
 *
 * One that was sent before and is answered "not current" now has most likely
 * done its work the first time, so it counts as done: if it was really fenced
 * off, the job is another's by now, and nothing follows from it here.
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/queue/queue_codec.h"
#include "common/queue/queue_state.h"

enum {
	ITEM_OVERHEAD = 256, /* numbers, words and lengths on the wire */
	TEXTS = 6,	     /* of a finish, each with a NUL */
	REFUSALS_MAX = 16,
	NOTE_MAX = 64 * 1024,
	BODY_MAX = 256 * 1024,
};

struct finish {
	struct list_link link;
	struct queue_finish asked; /* its texts are in this allocation */
	bool was_sent;		   /* and may have happened */
	queue_finish_cb cb;
	void *arg;
	char texts[];
};

struct batch {
	struct queue *queue;
	struct queue_lane *lane;
	struct list items;
};

static const char *settle_word(enum queue_settle settle)
{
	switch (settle) {
	case QUEUE_POP:
		return "pop";
	case QUEUE_BURY:
		return "bury";
	case QUEUE_RETRY:
		return "retry";
	case QUEUE_REQUEUE:
		return "requeue";
	case QUEUE_RELEASE:
		return "release";
	}
	return "";
}

static struct slice copy_text(char **end, struct slice text)
{
	struct slice copy = slice_make(*end, text.len);

	if (text.len > 0) {
		memcpy(*end, text.data, text.len);
	}
	(*end)[text.len] = '\0';
	*end += text.len + 1;
	return copy;
}

/* Without what is not kept. */
static struct queue_finish trimmed(const struct queue_finish *finish)
{
	struct queue_finish kept = *finish;

	if (kept.note.len > NOTE_MAX) {
		kept.note.len = NOTE_MAX;
	}
	if (kept.settle != QUEUE_BURY || kept.body.len > BODY_MAX) {
		kept.body = slice_make(NULL, 0);
	}
	if (kept.settle != QUEUE_BURY || kept.template == NULL) {
		kept.template = "";
	}
	return kept;
}

static struct finish *copy_finish(const struct queue_finish *finish)
{
	const struct queue_finish from = trimmed(finish);
	const struct slice token = slice_of(from.token);
	const struct slice id = slice_of(from.id);
	const struct slice template = slice_of(from.template);
	struct finish *copy =
	    xmalloc(sizeof(*copy) + from.group.len + token.len + id.len +
		from.note.len + from.body.len + template.len + TEXTS);
	char *end = copy->texts;

	*copy = (struct finish){.asked = from};
	copy->asked.group = copy_text(&end, from.group);
	copy->asked.token = copy_text(&end, token).data;
	copy->asked.id = copy_text(&end, id).data;
	copy->asked.note = copy_text(&end, from.note);
	copy->asked.body = copy_text(&end, from.body);
	copy->asked.template = copy_text(&end, template).data;
	return copy;
}

void queue_finish(struct queue *queue, const struct queue_finish *finish,
    queue_finish_cb cb, void *arg)
{
	struct finish *copy = copy_finish(finish);

	copy->cb = cb;
	copy->arg = arg;
	queue->unfinished++;
	list_push_back(
	    &queue_lane(queue, finish->destination, finish->shard)->finishes,
	    &copy->link);
	queue_need_flush(queue);
}

size_t queue_unfinished(const struct queue *queue)
{
	return queue->unfinished;
}

static void end_finish(struct queue *queue, struct finish *finish,
    enum queue_status status, enum queue_finish_verdict verdict)
{
	queue->unfinished--;
	finish->cb(finish->arg, status, verdict);
	free(finish);
}

/* ---- the reply ---- */

static void deal_out(struct batch *batch, const struct redisReply *reply)
{
	struct list_link *link;
	size_t at = 0;

	while ((link = list_pop_front(&batch->items)) != NULL) {
		struct finish *finish = LIST_MEMBER(link, struct finish, link);
		enum queue_finish_verdict verdict;

		/* What cannot be read was done all the same. */
		if (!queue_decode_verdict(
			queue_reply_at(reply, at++), &verdict) ||
		    (verdict == QUEUE_NOT_CURRENT && finish->was_sent)) {
			verdict = QUEUE_FINISHED;
		}
		end_finish(batch->queue, finish, QUEUE_OK, verdict);
	}
}

/* To the front of the lane, in their old order. */
static void keep_for_later(struct batch *batch, bool may_have_happened)
{
	struct list_link *last;

	while ((last = batch->items.head.prev) != &batch->items.head) {
		struct finish *finish = LIST_MEMBER(last, struct finish, link);

		finish->was_sent = finish->was_sent || may_have_happened;
		list_remove(last);
		list_push_front(&batch->lane->finishes, last);
	}
}

/* Refused for now: the delay grows as a connection's does. */
static void flush_later(struct queue *queue)
{
	int64_t delay_ms = queue->options.reconnect_base_ms;

	for (int i = 0;
	     i < queue->refusals && delay_ms < queue->options.reconnect_cap_ms;
	     i++) {
		delay_ms *= 2;
	}
	if (queue->refusals < REFUSALS_MAX) {
		queue->refusals++;
	}
	delay_ms += (int64_t)rng_below(&queue->rng, (uint64_t)delay_ms + 1);
	runq_schedule(queue->timers, &queue->refinish,
	    loop_now_ms(queue->options.loop) + delay_ms);
}

static void on_finish_reply(void *arg, enum queue_status status,
    const struct redisReply *reply, const struct err *err)
{
	struct batch *batch = arg;
	struct queue *queue = batch->queue;
	bool is_to_repeat =
	    queue_note_reply(queue, QUEUE_VERB_FINISH, status, err);

	switch (status) {
	case QUEUE_OK:
		queue->refusals = 0;
		deal_out(batch, reply);
		break;
	case QUEUE_UNAVAILABLE:
		keep_for_later(batch, true);
		break;
	case QUEUE_REFUSED:
		keep_for_later(batch, false);
		if (!is_to_repeat) {
			flush_later(queue);
		}
		break;
	case QUEUE_CLOSED:
		keep_for_later(batch, true); /* for queue_fail_finishes */
		break;
	}
	free(batch);
}

/* ---- the call ---- */

static size_t finish_bytes(const struct finish *finish)
{
	return finish->asked.group.len + finish->asked.note.len +
	    finish->asked.body.len + ITEM_OVERHEAD;
}

static void add_item(
    struct queue_command *command, const struct queue_finish *item)
{
	char sent[QUEUE_SENT_BYTES];

	queue_command_add(command, item->group);
	queue_command_add_text(command, item->token);
	queue_command_add_text(command, item->id);
	queue_command_add_text(command, settle_word(item->settle));
	queue_command_add_text(command, outcome_name(item->outcome));
	queue_command_add_text(command, item->spends_attempt ? "1" : "0");
	queue_command_add_number(command, item->delay_ms);
	queue_command_add_number(command, item->started_at_ms);
	queue_command_add_number(command, item->took_ms);
	queue_command_add_number(command, item->http_status);
	queue_command_add(command, item->note);
	queue_command_add(command, queue_encode_sent(&item->sent, sent));
	queue_command_add(command, item->body);
	queue_command_add_text(command, item->template);
}

/* Of the destination, and of those that wait for its heads to move. */
static void begin_command(struct queue *queue, struct queue_command *command,
    int destination, int shard)
{
	const struct queue_destination *settings =
	    &queue->destinations[destination];
	const struct queue_dependents *dependents =
	    &queue->dependents[destination];
	int blocks = 1 + (int)dependents->count;

	queue_script_begin(queue->scripts, command, QUEUE_VERB_FINISH,
	    QUEUE_KEYS_SHARD + blocks * QUEUE_KEYS_BLOCK);
	queue_keys_add_shard(command, queue_shard_name(queue, shard));
	queue_add_blocks(command, queue, shard, &destination, 1);
	queue_add_blocks(
	    command, queue, shard, dependents->places, dependents->count);
	queue_command_add_text(command, queue->shards[shard].birth);
	queue_command_add_number(
	    command, queue_share(queue, settings->dead_limit));
	queue_command_add_number(command, settings->history);
	queue_command_add_number(command, settings->sent_for_ms);
}

static void send_batch(struct queue *queue, int destination, int shard)
{
	struct batch *batch = xcalloc(1, sizeof(*batch));
	struct queue_command command;
	struct list_link *link;
	size_t bytes = 0;

	batch->queue = queue;
	batch->lane = queue_lane(queue, destination, shard);
	list_init(&batch->items);
	begin_command(queue, &command, destination, shard);
	while ((link = list_first(&batch->lane->finishes)) != NULL) {
		struct finish *finish = LIST_MEMBER(link, struct finish, link);

		bytes += finish_bytes(finish);
		if (!list_is_empty(&batch->items) &&
		    bytes > queue->options.max_batch_bytes) {
			break;
		}
		list_remove(link);
		list_push_back(&batch->items, link);
		add_item(&command, &finish->asked);
	}
	queue_script_call(queue->scripts, queue_conn_of(queue, shard),
	    QUEUE_VERB_FINISH, &command, on_finish_reply, batch);
}

void queue_flush_finishes(struct queue *queue)
{
	if (runq_is_scheduled(&queue->refinish)) {
		return;
	}
	for (size_t i = 0; i < queue->options.destination_count; i++) {
		for (int shard = 0; shard < queue->options.shards; shard++) {
			struct queue_lane *lane =
			    queue_lane(queue, (int)i, shard);

			while (!list_is_empty(&lane->finishes)) {
				send_batch(queue, (int)i, shard);
			}
		}
	}
}

void queue_fail_finishes(struct queue *queue)
{
	size_t lanes =
	    queue->options.destination_count * (size_t)queue->options.shards;
	struct list_link *link;

	for (size_t i = 0; i < lanes; i++) {
		while ((link = list_pop_front(&queue->lanes[i].finishes)) !=
		    NULL) {
			end_finish(queue,
			    LIST_MEMBER(link, struct finish, link),
			    QUEUE_CLOSED, QUEUE_NOT_CURRENT);
		}
	}
}
