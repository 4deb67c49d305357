/* Looking for a pending job: the shards that may have it are gone through,
 * group by group, in pieces, one after the other. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/queue/queue_codec.h"
#include "common/queue/queue_look.h"

struct find_look {
	struct queue_look look;
	char *destination;
	char id[JOB_ID_MAX];
	int shard; /* that is looked through now */
	bool is_found;
	struct queue_pending job; /* its texts are copies */
	queue_find_cb cb;
	void *arg;
};

static void ask_piece(struct find_look *find, struct slice score,
    struct slice group, int64_t passed)
{
	struct queue_command command;

	queue_look_command(find->look.queue, &command, QUEUE_VERB_FIND_JOB,
	    find->shard, find->destination);
	queue_command_add_text(&command, find->id);
	queue_command_add(&command, score);
	queue_command_add(&command, group);
	queue_command_add_number(&command, passed);
	queue_look_call(
	    &find->look, QUEUE_VERB_FIND_JOB, find->shard, &command, 0);
}

static void ask_next_shard(struct find_look *find)
{
	static const struct slice start = {NULL, 0};
	int shards = find->look.queue->options.shards;

	for (find->shard++; find->shard < shards; find->shard++) {
		if (queue_keys_may_hold(find->shard, find->id)) {
			ask_piece(find, start, start, 0);
			return;
		}
	}
}

static void send_find(struct queue_look *look)
{
	struct find_look *find = LIST_MEMBER(look, struct find_look, look);

	find->shard = -1;
	ask_next_shard(find);
}

static void copy_text(struct slice *text)
{
	text->data = xstrndup(text->data, text->len);
}

static bool go_on(struct find_look *find, const struct redisReply *reply)
{
	struct slice score;
	struct slice group;
	int64_t passed = 0;

	if (!queue_text_at(reply, 1, &score) ||
	    !queue_text_at(reply, 2, &group) ||
	    !queue_number_at(reply, 3, &passed)) {
		return false;
	}
	ask_piece(find, score, group, passed);
	return true;
}

static bool take_find(
    struct queue_look *look, size_t tag, const struct redisReply *reply)
{
	struct find_look *find = LIST_MEMBER(look, struct find_look, look);
	struct slice word;

	(void)tag;
	if (!queue_text_at(reply, 0, &word)) {
		return false;
	}
	if (slice_is(word, "no")) {
		ask_next_shard(find);
		return true;
	}
	if (slice_is(word, "more")) {
		return go_on(find, reply);
	}
	if (!queue_decode_pending(reply, &find->job)) {
		return false;
	}
	copy_text(&find->job.group);
	copy_text(&find->job.element);
	find->is_found = true;
	return true;
}

static void end_find(struct queue_look *look)
{
	struct find_look *find = LIST_MEMBER(look, struct find_look, look);
	bool is_ok = look->status == QUEUE_OK;

	find->cb(find->arg, look->status,
	    is_ok && find->is_found ? &find->job : NULL,
	    is_ok ? NULL : &look->err);
	if (find->is_found) {
		free((char *)find->job.group.data);
		free((char *)find->job.element.data);
	}
	free(find->destination);
	free(find);
}

void queue_find_job(struct queue *queue, const char *destination,
    const char *id, queue_find_cb cb, void *arg)
{
	struct find_look *find = xcalloc(1, sizeof(*find));

	find->look.send = send_find;
	find->look.take = take_find;
	find->look.end = end_find;
	find->destination = xstrdup(destination);
	(void)snprintf(find->id, sizeof(find->id), "%s", id);
	find->cb = cb;
	find->arg = arg;
	queue_look_begin(queue, &find->look);
}
