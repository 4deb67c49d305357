/*
 * Removing pending jobs: all of a destination, shard by shard, or those of one
 * user, which are all in one. Either is a row of calls, each bounded, until
 * enough are gone or none is left.
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/queue/queue_codec.h"
#include "common/queue/queue_look.h"

struct remove_look {
	struct queue_look look;
	enum queue_verb verb;
	char *destination;
	char *group; /* FORGET */
	size_t group_len;
	struct strbuf place; /* FORGET: where the next call goes on */
	size_t limit;
	size_t removed;
	queue_count_cb cb;
	void *arg;
};

/* Those that wait for the heads of this destination to move; it may not be
 * configured. */
static const struct queue_dependents *dependents_of(
    const struct queue *queue, const char *destination)
{
	static const struct queue_dependents none;

	for (size_t i = 0; i < queue->options.destination_count; i++) {
		if (strcmp(queue->destinations[i].name, destination) == 0) {
			return &queue->dependents[i];
		}
	}
	return &none;
}

static void begin_command(
    struct remove_look *remove, struct queue_command *command, int shard)
{
	struct queue *queue = remove->look.queue;
	struct queue_shard_name name = queue_shard_name(queue, shard);
	const struct queue_dependents *dependents =
	    dependents_of(queue, remove->destination);
	int blocks = 1 + (int)dependents->count;

	queue_script_begin(queue->scripts, command, remove->verb,
	    QUEUE_KEYS_SHARD + blocks * QUEUE_KEYS_BLOCK);
	queue_keys_add_shard(command, name);
	queue_keys_add_block(command, name, remove->destination, false);
	queue_add_blocks(
	    command, queue, shard, dependents->places, dependents->count);
	queue_command_add_text(command, queue->shards[shard].birth);
}

/* ---- purge ---- */

static void ask_purge(struct remove_look *remove, int shard)
{
	size_t shards = (size_t)remove->look.queue->options.shards;
	struct queue_command command;

	begin_command(remove, &command, shard);
	queue_command_add_number(
	    &command, (int64_t)((remove->limit + shards - 1) / shards));
	queue_look_call(
	    &remove->look, QUEUE_VERB_PURGE, shard, &command, (size_t)shard);
}

static void send_purge(struct queue_look *look)
{
	for (int shard = 0; shard < look->queue->options.shards; shard++) {
		ask_purge(LIST_MEMBER(look, struct remove_look, look), shard);
	}
}

static bool take_purge(
    struct queue_look *look, size_t tag, const struct redisReply *reply)
{
	struct remove_look *remove =
	    LIST_MEMBER(look, struct remove_look, look);
	int64_t removed = 0;
	int64_t left = 0;

	if (!queue_number_at(reply, 0, &removed) ||
	    !queue_number_at(reply, 1, &left) || removed < 0) {
		return false;
	}
	remove->removed += (size_t)removed;
	if (removed == 0 && left > 0) {
		ask_purge(remove, (int)tag); /* it met groups without a job */
	}
	return true;
}

/* ---- forget ---- */

static void send_forget(struct queue_look *look)
{
	struct remove_look *remove =
	    LIST_MEMBER(look, struct remove_look, look);
	struct slice group = slice_make(remove->group, remove->group_len);
	int shard = identity_shard(group, look->queue->options.shards);
	struct queue_command command;

	begin_command(remove, &command, shard);
	queue_command_add(&command, group);
	queue_command_add(&command, strbuf_slice(&remove->place));
	queue_look_call(look, QUEUE_VERB_FORGET, shard, &command, 0);
}

static bool take_forget(
    struct queue_look *look, size_t tag, const struct redisReply *reply)
{
	struct remove_look *remove =
	    LIST_MEMBER(look, struct remove_look, look);
	int64_t removed = 0;
	struct slice place;

	(void)tag;
	if (!queue_number_at(reply, 0, &removed) ||
	    !queue_text_at(reply, 1, &place) || removed < 0) {
		return false;
	}
	remove->removed += (size_t)removed;
	strbuf_clear(&remove->place);
	strbuf_append_slice(&remove->place, place);
	if (place.len > 0 && remove->removed < remove->limit) {
		send_forget(look);
	}
	return true;
}

/* ---- both ---- */

static void end_remove(struct queue_look *look)
{
	struct remove_look *remove =
	    LIST_MEMBER(look, struct remove_look, look);

	remove->cb(remove->arg, look->status, remove->removed,
	    look->status == QUEUE_OK ? NULL : &look->err);
	free(remove->destination);
	free(remove->group);
	strbuf_finish(&remove->place);
	free(remove);
}

static struct remove_look *create_look(
    const char *destination, size_t limit, queue_count_cb cb, void *arg)
{
	struct remove_look *remove = xcalloc(1, sizeof(*remove));

	remove->look.end = end_remove;
	remove->destination = xstrdup(destination);
	remove->limit = limit > 0 ? limit : 1;
	strbuf_init(&remove->place, STRBUF_NO_LIMIT);
	remove->cb = cb;
	remove->arg = arg;
	return remove;
}

void queue_purge(struct queue *queue, const char *destination, size_t limit,
    queue_count_cb cb, void *arg)
{
	struct remove_look *remove = create_look(destination, limit, cb, arg);

	remove->look.send = send_purge;
	remove->look.take = take_purge;
	remove->verb = QUEUE_VERB_PURGE;
	queue_look_begin(queue, &remove->look);
}

void queue_forget(struct queue *queue, const char *destination,
    struct slice group, size_t limit, queue_count_cb cb, void *arg)
{
	struct remove_look *remove = create_look(destination, limit, cb, arg);

	remove->look.send = send_forget;
	remove->look.take = take_forget;
	remove->verb = QUEUE_VERB_FORGET;
	remove->group = xstrndup(group.data, group.len);
	remove->group_len = group.len;
	queue_look_begin(queue, &remove->look);
}
