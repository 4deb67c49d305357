/*
 * Agreeing with Redis on what the shards are: shard 0 first, so that a process
 * with another number of shards is turned away before it makes any; then the
 * others at once. Done on every connection, and again when a verb says that
 * Redis has lost the shard.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "common/queue/queue_codec.h"
#include "common/queue/queue_state.h"

struct open_call {
	struct queue *queue;
	int shard;
};

static void send_open(struct queue *queue, int shard);

static void note_rebirth(struct queue *queue)
{
	struct log_line line;

	metric_add(queue->metric_empty, 1);
	log_begin(&line, LOG_ERROR, "queue", LOG_REDIS_EMPTY);
	log_text(&line, "address", queue->options.address);
	log_text(&line, "reason",
	    "Redis came back without the queue; what it held is lost");
	log_end(&line);
}

static void keep_birth(struct queue *queue, int shard, struct slice birth)
{
	char *known = queue->shards[shard].birth;

	if (known[0] != '\0' && !slice_is(birth, known)) {
		queue->is_reborn = true;
	}
	(void)snprintf(known, QUEUE_BIRTH_MAX, "%.*s", SLICE_ARGS(birth));
}

static void note_opened(struct queue *queue, int shard)
{
	if (shard == 0) {
		for (int other = 1; other < queue->options.shards; other++) {
			send_open(queue, other);
		}
	}
	queue->unopened--;
	if (queue->unopened > 0) {
		return;
	}
	if (queue->is_reborn) {
		queue->is_reborn = false;
		note_rebirth(queue);
	}
	queue_ack_check(queue);
}

static void on_open_reply(void *arg, enum queue_status status,
    const struct redisReply *reply, const struct err *err)
{
	struct open_call *call = arg;
	struct queue *queue = call->queue;
	int shard = call->shard;
	struct slice birth;

	free(call);
	if (queue_note_reply(queue, QUEUE_VERB_OPEN, status, err) ||
	    queue->phase != QUEUE_PHASE_OPENING ||
	    status == QUEUE_UNAVAILABLE || status == QUEUE_CLOSED) {
		return;
	}
	if (status == QUEUE_OK && queue_decode_birth(reply, &birth)) {
		keep_birth(queue, shard, birth);
		note_opened(queue, shard);
		return;
	}
	/* Refused for now: try again on another connection, later. */
	if (status == QUEUE_OK) {
		struct err odd;

		err_set(&odd, "Redis gave no answer to open that we know");
		queue_conn_drop(queue->conn, &odd);
	} else {
		queue_conn_drop(queue->conn, err);
	}
}

static void send_open(struct queue *queue, int shard)
{
	struct queue_shard_name name = queue_shard_name(queue, shard);
	struct open_call *call = xcalloc(1, sizeof(*call));
	struct queue_command command;
	char birth[QUEUE_BIRTH_MAX];

	call->queue = queue;
	call->shard = shard;
	(void)snprintf(birth, sizeof(birth), "%" PRId64 "-%016" PRIx64,
	    loop_wall_ms(queue->options.loop), rng_next(&queue->rng));
	queue_script_begin(
	    queue->scripts, &command, QUEUE_VERB_OPEN, QUEUE_KEYS_SHARD + 1);
	queue_keys_add_shard(&command, name);
	queue_keys_add_destinations(&command, name);
	queue_command_add_text(&command, birth);
	queue_command_add_number(&command, QUEUE_SCHEMA);
	queue_command_add_number(&command, queue->options.shards);
	for (size_t i = 0; i < queue->options.destination_count; i++) {
		queue_command_add_text(&command, queue->destinations[i].name);
	}
	queue_script_call(queue->scripts, queue_conn_of(queue, shard),
	    QUEUE_VERB_OPEN, &command, on_open_reply, call);
}

void queue_open_shards(struct queue *queue)
{
	queue->unopened = (size_t)queue->options.shards;
	send_open(queue, 0);
}
