/*
 * The dispatcher's first verb. A claim that may have happened without our
 * hearing of it leaves its token at the lane, and the lane's next claim repeats
 * it: the leases it made, if any, are ours.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/queue/queue_codec.h"
#include "common/queue/queue_state.h"

struct claim {
	struct list_link link;
	struct queue *queue;
	struct queue_claim asked;
	char token[QUEUE_TOKEN_MAX];
	bool is_repeat;
	int repeats; /* on a Redis that was empty */
	queue_claim_cb cb;
	void *arg;
};

void queue_claim(struct queue *queue, const struct queue_claim *claim,
    queue_claim_cb cb, void *arg)
{
	struct claim *copy = xcalloc(1, sizeof(*copy));

	copy->queue = queue;
	copy->asked = *claim;
	copy->cb = cb;
	copy->arg = arg;
	list_push_back(&queue->claims, &copy->link);
	queue_need_flush(queue);
}

static void end_claim(struct claim *claim, enum queue_status status,
    const struct queue_claim_reply *reply, const struct err *err)
{
	claim->cb(claim->arg, status, reply, err);
	free(claim);
}

static void end_with_leases(struct claim *claim, const struct redisReply *reply)
{
	struct queue_lease *leases =
	    xcalloc(queue_count_leases(reply) + 1, sizeof(*leases));
	struct queue_claim_reply decoded;
	struct err err;

	if (queue_decode_claim(reply, leases, &decoded)) {
		decoded.token = claim->token;
		end_claim(claim, QUEUE_OK, &decoded, NULL);
	} else {
		err_set(&err, "Redis gave no answer to claim that we know");
		end_claim(claim, QUEUE_REFUSED, NULL, &err);
	}
	free(leases);
}

static void on_claim_reply(void *arg, enum queue_status status,
    const struct redisReply *reply, const struct err *err)
{
	struct claim *claim = arg;
	struct queue *queue = claim->queue;
	struct queue_lane *lane =
	    queue_lane(queue, claim->asked.destination, claim->asked.shard);
	bool is_to_repeat =
	    queue_note_reply(queue, QUEUE_VERB_CLAIM, status, err);

	if (status == QUEUE_UNAVAILABLE) {
		memcpy(lane->lost_token, claim->token, QUEUE_TOKEN_MAX);
	} else if (status == QUEUE_OK) {
		lane->lost_token[0] = '\0';
	}
	if (is_to_repeat && claim->repeats < QUEUE_REPEATS_MAX) {
		claim->repeats++;
		list_push_back(&queue->claims, &claim->link);
		queue_need_flush(queue);
	} else if (status == QUEUE_OK) {
		end_with_leases(claim, reply);
	} else {
		end_claim(claim, status, NULL, err);
	}
}

static void choose_token(struct queue *queue, struct claim *claim)
{
	struct queue_lane *lane =
	    queue_lane(queue, claim->asked.destination, claim->asked.shard);

	claim->is_repeat = lane->lost_token[0] != '\0';
	if (claim->is_repeat) {
		memcpy(claim->token, lane->lost_token, QUEUE_TOKEN_MAX);
		return;
	}
	queue->claim_number++;
	(void)snprintf(claim->token, QUEUE_TOKEN_MAX, "%016" PRIx64 "-%" PRIu64,
	    queue->boot_id, queue->claim_number);
}

/* After a connect, nobody takes lapsed leases for a while: their holders were
 * cut off, too, and may be about to finish. */
static int64_t reap_in_ms(const struct queue *queue)
{
	int64_t left_ms = queue->up_at_ms + queue->options.reap_grace_ms -
	    loop_now_ms(queue->options.loop);

	return left_ms > 0 ? left_ms : 0;
}

/* Of the destination itself; of those that it waits for; and, should a suspect
 * be given up, of those that wait for it. */
static void add_keys(struct queue *queue, struct queue_command *command,
    const struct queue_claim *asked)
{
	const struct queue_destination *destination =
	    &queue->destinations[asked->destination];
	const struct queue_dependents *dependents =
	    &queue->dependents[asked->destination];
	size_t dependent_count = asked->takes_suspect ? dependents->count : 0;
	size_t blocks = 1 + destination->after_count + dependent_count;

	queue_script_begin(queue->scripts, command, QUEUE_VERB_CLAIM,
	    QUEUE_KEYS_SHARD + (int)blocks * QUEUE_KEYS_BLOCK);
	queue_keys_add_shard(command, queue_shard_name(queue, asked->shard));
	queue_add_blocks(command, queue, asked->shard, &asked->destination, 1);
	queue_add_blocks(command, queue, asked->shard, destination->after,
	    destination->after_count);
	queue_add_blocks(
	    command, queue, asked->shard, dependents->places, dependent_count);
}

static void add_settings(struct queue *queue, struct queue_command *command,
    const struct queue_claim *asked)
{
	const struct queue_destination *destination =
	    &queue->destinations[asked->destination];

	queue_command_add_number(command, destination->max_lease_losses);
	queue_command_add_number(
	    command, queue_share(queue, destination->dead_limit));
	queue_command_add_number(command, destination->history);
	queue_command_add_number(command, destination->sent_for_ms);
	queue_command_add_number(command, (int64_t)destination->after_count);
	queue_command_add_number(command,
	    destination->after_count > 0 ? destination->after_limit_ms : 0);
}

static void send_claim(struct queue *queue, struct claim *claim)
{
	const struct queue_claim *asked = &claim->asked;
	struct queue_command command;

	choose_token(queue, claim);
	add_keys(queue, &command, asked);
	queue_command_add_text(&command, queue->shards[asked->shard].birth);
	queue_command_add_text(&command, claim->token);
	queue_command_add_text(&command, claim->is_repeat ? "1" : "0");
	queue_command_add_number(&command, reap_in_ms(queue));
	queue_command_add_number(&command, (int64_t)asked->max_jobs);
	queue_command_add_number(&command, (int64_t)asked->max_bytes);
	queue_command_add_number(&command, asked->lease_ms);
	queue_command_add_number(&command, asked->retry_limit_ms);
	queue_command_add_text(&command, asked->takes_suspect ? "1" : "0");
	add_settings(queue, &command, asked);
	queue_script_call(queue->scripts, queue_conn_of(queue, asked->shard),
	    QUEUE_VERB_CLAIM, &command, on_claim_reply, claim);
}

void queue_flush_claims(struct queue *queue)
{
	struct list_link *link;

	while ((link = list_pop_front(&queue->claims)) != NULL) {
		send_claim(queue, LIST_MEMBER(link, struct claim, link));
	}
}

void queue_fail_claims(struct queue *queue)
{
	struct list_link *link;
	struct list all;

	/* Callbacks may claim again; that is for the next time. */
	list_init(&all);
	while ((link = list_pop_front(&queue->claims)) != NULL) {
		list_push_back(&all, link);
	}
	while ((link = list_pop_front(&all)) != NULL) {
		end_claim(LIST_MEMBER(link, struct claim, link),
		    queue_lost_status(queue), NULL, &queue->trouble);
	}
}
