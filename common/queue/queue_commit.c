/*
 * Group commit. All calls of enqueue of a turn go out, and one WAIT (or
 *WAITAOF) behind them; what comes up meanwhile waits for the next turn, so
 *there is never more than one WAIT on its way:
 *
 *	turn 1     EVALSHA EVALSHA WAIT ......... replies: verdicts are told
 *	turn 2..n                   (collected)   EVALSHA WAIT ...
 *
 * A WAIT is about all that its connection wrote before it. So it covers a call
 * if the call's reply came before the WAIT's; one that had to be repeated,
 *since Redis did not know the script, may come after, and gets a WAIT of its
 *own.
 *
 * A duplicate's verdict is held as well: the job that it repeats may be on no
 * replica yet. The script counts duplicates, which is a write after that job's,
 * so the WAIT covers it, too.
 */
#include <inttypes.h>

#include "common/queue/queue_ack.h"
#include "common/queue/queue_codec.h"
#include "common/queue/queue_state.h"

#include <hiredis/hiredis.h>

bool queue_commit_is_open(const struct queue *queue)
{
	return !queue->commit.needs_waiting ||
	    (queue->commit.calls == 0 && !queue->commit.is_waiting);
}

void queue_commit_add(struct queue *queue)
{
	queue->commit.calls++;
}

void queue_commit_take(struct queue *queue, struct list_link *link)
{
	struct queue_commit *commit = &queue->commit;

	commit->calls--;
	if (link != NULL) {
		list_push_back(&commit->held, link);
	}
	if (!commit->is_waiting && !list_is_empty(&commit->held)) {
		queue_commit_wait(queue);
	}
	if (commit->needs_waiting && queue_commit_is_open(queue)) {
		queue_need_flush(queue);
	}
}

/* How many have it: replicas, or for WAITAOF the local file, which is one. */
static bool read_count(const struct redisReply *reply, int64_t *count)
{
	return queue_decode_number(reply, count) ||
	    queue_number_at(reply, 0, count);
}

static enum queue_status judge(
    const struct queue *queue, const struct redisReply *reply, struct err *err)
{
	const struct queue_ack *ack = &queue->options.ack;
	int64_t wanted = ack->needs_fsync ? 1 : ack->replicas;
	int64_t count;

	if (reply == NULL) {
		err_set(err, "no answer from Redis");
		return queue_lost_status(queue);
	}
	if (reply->type == REDIS_REPLY_ERROR) {
		err_set(err, "Redis would not wait: %.*s", (int)reply->len,
		    reply->str);
		return QUEUE_UNAVAILABLE;
	}
	if (!read_count(reply, &count)) {
		err_set(err, "Redis gave no answer to WAIT that we know");
		return QUEUE_UNAVAILABLE;
	}
	if (count >= wanted) {
		return QUEUE_OK;
	}
	if (ack->needs_fsync) {
		err_set(err, "not on Redis's disk within %" PRId64 " ms",
		    ack->timeout_ms);
	} else {
		err_set(err,
		    "%" PRId64 " of %d replicas had it within %" PRId64 " ms",
		    count, ack->replicas, ack->timeout_ms);
	}
	return QUEUE_UNAVAILABLE;
}

static void on_wait_reply(void *arg, const struct redisReply *reply)
{
	struct queue *queue = arg;
	struct err err;
	enum queue_status status = judge(queue, reply, &err);

	queue->commit.is_waiting = false;
	queue_release_enqueues(
	    &queue->commit.held, status, status == QUEUE_OK ? NULL : &err);
	/* Is the level still to be had? While it is not, answers need not wait
	 * for a time-out. */
	if (status != QUEUE_OK && queue->phase == QUEUE_PHASE_READY &&
	    queue_conn_is_up(queue->conn)) {
		queue_enter(queue, QUEUE_PHASE_OPENING, &err);
	}
	queue_need_flush(queue);
}

static void add_words(
    const struct queue_ack *ack, struct queue_command *command)
{
	if (ack->needs_fsync) {
		queue_command_add_text(command, "WAITAOF");
		queue_command_add_number(command, 1);
		queue_command_add_number(command, 0);
	} else {
		queue_command_add_text(command, "WAIT");
		queue_command_add_number(command, ack->replicas);
	}
	queue_command_add_number(command, ack->timeout_ms);
}

void queue_commit_wait(struct queue *queue)
{
	struct queue_commit *commit = &queue->commit;
	struct queue_command command;
	struct err err;

	if (!commit->needs_waiting || commit->is_waiting ||
	    (commit->calls == 0 && list_is_empty(&commit->held))) {
		return;
	}
	if (!queue_conn_is_up(queue->conn)) {
		err_set(&err, "the connection to Redis ended");
		queue_release_enqueues(
		    &commit->held, queue_lost_status(queue), &err);
		return;
	}
	commit->is_waiting = true;
	queue_command_init(&command);
	add_words(&queue->options.ack, &command);
	queue_conn_send(queue->conn, queue_command_bytes(&command),
	    queue->options.request_timeout_ms, on_wait_reply, queue);
	queue_command_finish(&command);
}
