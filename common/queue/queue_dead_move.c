/*
 * What is done to dead letters by id: replay, remove. Each shard is told the
 * ids that it may have, and counts those it had.
 *
 * A destination that was on hold because of its many letters is not any more
 * when some are gone. Should there still be too many, the next that dies puts
 * it on hold again.
 */
#include <stdio.h>
#include <stdlib.h>

#include "common/base/mem.h"
#include "common/queue/queue_codec.h"
#include "common/queue/queue_hold.h"
#include "common/queue/queue_look.h"

enum {
	TAG_MOVE,
	TAG_HOLD,
};

struct move_look {
	struct queue_look look;
	enum queue_verb verb;
	const char *word; /* the verb's argument before the ids */
	char *destination;
	char (*ids)[JOB_ID_MAX];
	size_t id_count;
	size_t moved;
	queue_count_cb cb;
	void *arg;
};

static void send_move(struct queue_look *look)
{
	struct move_look *move = LIST_MEMBER(look, struct move_look, look);

	for (int shard = 0; shard < look->queue->options.shards; shard++) {
		struct queue_command command;

		queue_look_command(look->queue, &command, move->verb, shard,
		    move->destination);
		queue_command_add_text(&command, move->word);
		for (size_t i = 0; i < move->id_count; i++) {
			if (queue_keys_may_hold(shard, move->ids[i])) {
				queue_command_add_text(&command, move->ids[i]);
			}
		}
		queue_look_call(look, move->verb, shard, &command, TAG_MOVE);
	}
}

static bool take_move(
    struct queue_look *look, size_t tag, const struct redisReply *reply)
{
	struct move_look *move = LIST_MEMBER(look, struct move_look, look);
	int64_t moved = 0;

	if (tag == TAG_HOLD) {
		return true;
	}
	if (!queue_decode_number(reply, &moved) || moved < 0) {
		return false;
	}
	if (move->moved == 0 && moved > 0) {
		queue_hold_end_full(look, move->destination, TAG_HOLD);
	}
	move->moved += (size_t)moved;
	return true;
}

static void end_move(struct queue_look *look)
{
	struct move_look *move = LIST_MEMBER(look, struct move_look, look);

	move->cb(move->arg, look->status, move->moved,
	    look->status == QUEUE_OK ? NULL : &look->err);
	free(move->destination);
	free(move->ids);
	free(move);
}

static void begin(struct queue *queue, struct move_look *move,
    const char *destination, const char *const *ids, size_t count)
{
	move->look.send = send_move;
	move->look.take = take_move;
	move->look.end = end_move;
	move->destination = xstrdup(destination);
	move->ids = xcalloc(count + 1, sizeof(*move->ids));
	for (size_t i = 0; i < count; i++) {
		(void)snprintf(move->ids[i], JOB_ID_MAX, "%s", ids[i]);
	}
	move->id_count = count;
	queue_look_begin(queue, &move->look);
}

/* What is asked for is in the call itself, as for the room's other calls. */
/* NOLINTNEXTLINE(readability-function-size): seven parameters */
void queue_replay(struct queue *queue, const char *destination,
    const char *const *ids, size_t count, bool as_sent, queue_count_cb cb,
    void *arg)
{
	struct move_look *move = xcalloc(1, sizeof(*move));

	move->verb = QUEUE_VERB_REPLAY;
	move->word = as_sent ? "1" : "0";
	move->cb = cb;
	move->arg = arg;
	begin(queue, move, destination, ids, count);
}

/* NOLINTNEXTLINE(readability-function-size): seven parameters */
void queue_remove_dead(struct queue *queue, const char *destination,
    const char *const *ids, size_t count, enum queue_removal removal,
    queue_count_cb cb, void *arg)
{
	struct move_look *move = xcalloc(1, sizeof(*move));

	move->verb = QUEUE_VERB_REMOVE_DEAD;
	move->word =
	    removal == QUEUE_FORGOTTEN ? "dead_forgotten" : "dead_purged";
	move->cb = cb;
	move->arg = arg;
	begin(queue, move, destination, ids, count);
}
