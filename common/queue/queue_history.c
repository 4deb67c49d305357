/* Reading what is remembered of jobs that are done with: each shard is asked,
 * in pieces where that takes more than one look. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/queue/queue_codec.h"
#include "common/queue/queue_look.h"

enum {
	JOB_FIELDS = 7,
};

struct history_look {
	struct queue_look look;
	char *destination;
	char id[JOB_ID_MAX]; /* "" for all */
	size_t limit;
	size_t *left; /* by shard: how many are still wanted */
	struct queue_done *jobs;
	size_t count;
	queue_history_cb cb;
	void *arg;
};

static void ask_shard(struct history_look *history, int shard, int64_t over)
{
	struct queue_command command;

	queue_look_command(history->look.queue, &command, QUEUE_VERB_HISTORY,
	    shard, history->destination);
	queue_command_add_number(&command, over);
	queue_command_add_text(&command, history->id);
	queue_command_add_number(&command, (int64_t)history->left[shard]);
	queue_look_call(
	    &history->look, QUEUE_VERB_HISTORY, shard, &command, (size_t)shard);
}

static void send_history(struct queue_look *look)
{
	struct history_look *history =
	    LIST_MEMBER(look, struct history_look, look);
	int shards = look->queue->options.shards;

	history->left = xcalloc((size_t)shards, sizeof(*history->left));
	for (int shard = 0; shard < shards; shard++) {
		history->left[shard] = history->limit;
		if (queue_keys_may_hold(shard, history->id)) {
			ask_shard(history, shard, 0);
		}
	}
}

static bool take_history(
    struct queue_look *look, size_t tag, const struct redisReply *reply)
{
	struct history_look *history =
	    LIST_MEMBER(look, struct history_look, look);
	size_t count = queue_reply_count(reply);
	size_t rows = count > 0 ? (count - 1) / JOB_FIELDS : 0;
	int64_t over = 0;

	if (!queue_number_at(reply, 0, &over)) {
		return false;
	}
	history->jobs = xrealloc(history->jobs,
	    (history->count + rows + 1) * sizeof(*history->jobs));
	for (size_t i = 0; i < rows; i++) {
		if (!queue_decode_done(reply, 1 + i * JOB_FIELDS,
			&history->jobs[history->count])) {
			return false;
		}
		history->count++;
	}
	history->left[tag] -=
	    rows < history->left[tag] ? rows : history->left[tag];
	if (over > 0 && history->left[tag] > 0) {
		ask_shard(history, (int)tag, over);
	}
	return true;
}

static int compare_jobs(const void *a, const void *b)
{
	const struct queue_done *left = a;
	const struct queue_done *right = b;

	if (left->done_at_ms != right->done_at_ms) {
		return left->done_at_ms > right->done_at_ms ? -1 : 1;
	}
	return strcmp(right->id, left->id);
}

/* What two pieces both showed is shown once. */
static size_t drop_repeated(struct queue_done *jobs, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		if (kept == 0 || compare_jobs(&jobs[kept - 1], &jobs[i]) != 0) {
			jobs[kept++] = jobs[i];
		}
	}
	return kept;
}

static void end_history(struct queue_look *look)
{
	struct history_look *history =
	    LIST_MEMBER(look, struct history_look, look);

	if (look->status == QUEUE_OK) {
		if (history->count > 0) {
			qsort(history->jobs, history->count,
			    sizeof(*history->jobs), compare_jobs);
		}
		history->cb(history->arg, QUEUE_OK, history->jobs,
		    drop_repeated(history->jobs, history->count), NULL);
	} else {
		history->cb(history->arg, look->status, NULL, 0, &look->err);
	}
	free(history->destination);
	free(history->left);
	free(history->jobs);
	free(history);
}

void queue_read_history(struct queue *queue, const char *destination,
    const char *id, size_t limit, queue_history_cb cb, void *arg)
{
	struct history_look *history = xcalloc(1, sizeof(*history));

	history->look.send = send_history;
	history->look.take = take_history;
	history->look.end = end_history;
	history->destination = xstrdup(destination);
	if (id != NULL) {
		(void)snprintf(history->id, sizeof(history->id), "%s", id);
	}
	history->limit = limit;
	history->cb = cb;
	history->arg = arg;
	queue_look_begin(queue, &history->look);
}
