#include "common/queue/queue_look.h"

#include <stdlib.h>

#include "common/base/mem.h"

#include <hiredis/hiredis.h>

struct look_call {
	struct queue_look *look;
	enum queue_verb verb;
	size_t tag;
};

void queue_look_begin(struct queue *queue, struct queue_look *look)
{
	look->queue = queue;
	list_push_back(&queue->looks, &look->link);
	queue_need_flush(queue);
}

void queue_look_begin_first(struct queue *queue, struct queue_look *look)
{
	look->queue = queue;
	list_push_back(&queue->first_looks, &look->link);
	queue_need_flush(queue);
}

static void note_failure(
    struct queue_look *look, enum queue_status status, const struct err *err)
{
	if (look->status == QUEUE_OK) {
		look->status = status;
		look->err = *err;
	}
}

static void take_reply(
    struct queue_look *look, size_t tag, const struct redisReply *reply)
{
	struct err err;

	if (!look->take(look, tag, reply)) {
		err_set(&err, "Redis gave no answer that we know");
		note_failure(look, QUEUE_REFUSED, &err);
	}
}

static void note_answered(struct queue_look *look)
{
	look->awaited--;
	if (look->awaited == 0) {
		look->end(look);
	}
}

static void on_script_reply(void *arg, enum queue_status status,
    const struct redisReply *reply, const struct err *err)
{
	struct look_call *call = arg;
	struct queue_look *look = call->look;
	bool is_empty = queue_note_reply(look->queue, call->verb, status, err);

	/* An operator asks again, and sees that Redis came back empty. */
	(void)is_empty;
	if (status == QUEUE_OK) {
		take_reply(look, call->tag, reply);
	} else {
		note_failure(look, status, err);
	}
	free(call);
	note_answered(look);
}

static void on_plain_reply(void *arg, const struct redisReply *reply)
{
	struct look_call *call = arg;
	struct queue_look *look = call->look;
	struct err err;

	if (reply == NULL) {
		err_set(&err, "no answer from Redis");
		note_failure(look, queue_lost_status(look->queue), &err);
	} else if (reply->type == REDIS_REPLY_ERROR) {
		err_set(&err, "%s", reply->str);
		note_failure(look, QUEUE_REFUSED, &err);
	} else {
		take_reply(look, call->tag, reply);
	}
	free(call);
	note_answered(look);
}

static void call_script(struct queue_look *look, struct queue_conn *conn,
    enum queue_verb verb, struct queue_command *command, size_t tag)
{
	struct look_call *call = xcalloc(1, sizeof(*call));

	*call = (struct look_call){.look = look, .verb = verb, .tag = tag};
	look->awaited++;
	queue_script_call(
	    look->queue->scripts, conn, verb, command, on_script_reply, call);
}

void queue_look_call(struct queue_look *look, enum queue_verb verb, int shard,
    struct queue_command *command, size_t tag)
{
	call_script(
	    look, queue_conn_of(look->queue, shard), verb, command, tag);
}

void queue_look_call_apart(struct queue_look *look, enum queue_verb verb,
    struct queue_command *command, size_t tag)
{
	call_script(look, queue_conn_apart(look->queue), verb, command, tag);
}

void queue_look_ask(
    struct queue_look *look, struct queue_command *command, size_t tag)
{
	struct look_call *call = xcalloc(1, sizeof(*call));

	*call = (struct look_call){.look = look, .tag = tag};
	look->awaited++;
	queue_conn_send(queue_conn_of(look->queue, 0),
	    queue_command_bytes(command),
	    look->queue->options.request_timeout_ms, on_plain_reply, call);
	queue_command_finish(command);
}

void queue_look_command(struct queue *queue, struct queue_command *command,
    enum queue_verb verb, int shard, const char *destination)
{
	struct queue_shard_name name = queue_shard_name(queue, shard);

	queue_script_begin(
	    queue->scripts, command, verb, QUEUE_KEYS_SHARD + QUEUE_KEYS_BLOCK);
	queue_keys_add_shard(command, name);
	queue_keys_add_block(command, name, destination, false);
	queue_command_add_text(command, queue->shards[shard].birth);
}

static void flush(struct list *looks)
{
	struct list_link *link;

	while ((link = list_pop_front(looks)) != NULL) {
		struct queue_look *look =
		    LIST_MEMBER(link, struct queue_look, link);

		look->send(look);
		if (look->awaited == 0) {
			look->end(look); /* there was none to ask */
		}
	}
}

void queue_flush_first_looks(struct queue *queue)
{
	flush(&queue->first_looks);
}

void queue_flush_looks(struct queue *queue)
{
	flush(&queue->looks);
}

void queue_fail_looks(struct queue *queue)
{
	struct list_link *link;
	struct list all;

	/* Callbacks may ask again; that is for the next time. */
	list_init(&all);
	while ((link = list_pop_front(&queue->first_looks)) != NULL ||
	    (link = list_pop_front(&queue->looks)) != NULL) {
		list_push_back(&all, link);
	}
	while ((link = list_pop_front(&all)) != NULL) {
		struct queue_look *look =
		    LIST_MEMBER(link, struct queue_look, link);

		note_failure(look, queue_lost_status(queue), &queue->trouble);
		look->end(look);
	}
}
