/*
 * May this Redis be held to what the acknowledgement says? Two questions, the
 * second after the answer to the first: how it is set up (CONFIG, INFO), and
 * whether it knows the command that waits, which is simply tried.
 *
 * What is refused for good (exit) is only what the first Redis of this process
 * cannot do. Replicas come and go, and after a failover another Redis may be
 * set up otherwise: that is trouble like any other, and is tried again.
 */
#include "common/queue/queue_ack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/queue/queue_codec.h"
#include "common/queue/queue_state.h"

#include <hiredis/hiredis.h>

/* ---- pure ---- */

bool queue_ack_is_always(const struct redisReply *reply)
{
	static const struct {
		const char *name;
		const char *value;
	} wanted[] = {
	    {"appendonly", "yes"},
	    {"appendfsync", "always"},
	    {"no-appendfsync-on-rewrite", "no"},
	};

	size_t found = 0;
	struct slice name;
	struct slice value;

	for (size_t at = 0; at + 1 < queue_reply_count(reply); at += 2) {
		if (!queue_text_at(reply, at, &name) ||
		    !queue_text_at(reply, at + 1, &value)) {
			return false;
		}
		for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
			if (slice_is(name, wanted[i].name) &&
			    slice_is(value, wanted[i].value)) {
				found++;
			}
		}
	}
	return found == ARRAY_LEN(wanted);
}

static bool is_online_replica(struct slice line)
{
	static const char online[] = "state=online";
	size_t len = sizeof(online) - 1;

	if (!slice_starts_with(line, "slave") || line.len < 6 ||
	    line.data[5] < '0' || line.data[5] > '9') {
		return false; /* such as slave_repl_offset */
	}
	for (size_t at = 0; at + len <= line.len; at++) {
		if (memcmp(line.data + at, online, len) == 0) {
			return true;
		}
	}
	return false;
}

int queue_ack_count_replicas(struct slice info)
{
	int count = 0;

	while (info.len > 0) {
		const char *end = memchr(info.data, '\n', info.len);
		size_t len = end != NULL ? (size_t)(end - info.data) : info.len;

		count += is_online_replica(slice_make(info.data, len)) ? 1 : 0;
		info = slice_from(info, len + 1);
	}
	return count;
}

/* ---- the two questions ---- */

/* Another connection may do better, or the same one later. */
static void refuse_for_now(struct queue *queue, const struct err *err)
{
	queue_conn_drop(queue->conn, err);
}

static void refuse(struct queue *queue, const struct err *err)
{
	if (queue->commit.was_honoured) {
		refuse_for_now(queue, err);
	} else {
		queue_enter(queue, QUEUE_PHASE_BROKEN, err);
	}
}

static void accept_level(struct queue *queue, bool needs_waiting)
{
	queue->commit.needs_waiting = needs_waiting;
	queue->commit.was_honoured = true;
	queue_enter(queue, QUEUE_PHASE_READY, NULL);
}

static bool is_still_asked(
    const struct queue *queue, const struct redisReply *reply)
{
	return reply != NULL && queue->phase == QUEUE_PHASE_OPENING &&
	    queue_conn_is_up(queue->conn);
}

/* To the command that waits, which had nothing to wait for. */
static void on_trial_reply(void *arg, const struct redisReply *reply)
{
	struct queue *queue = arg;
	struct err err;

	if (!is_still_asked(queue, reply)) {
		return;
	}
	if (reply->type != REDIS_REPLY_ERROR) {
		accept_level(queue, true);
		return;
	}
	if (queue->options.ack.needs_fsync) {
		err_set(&err,
		    "ack: fsync needs a Redis with appendonly yes, appendfsync "
		    "always and no-appendfsync-on-rewrite no, or one that has "
		    "WAITAOF (7.2); this one has neither: %.*s",
		    (int)reply->len, reply->str);
	} else {
		err_set(&err, "ack: replicas needs WAIT: %.*s", (int)reply->len,
		    reply->str);
	}
	refuse(queue, &err);
}

static void send_words(struct queue *queue, const char *const *words,
    size_t count, queue_conn_cb cb)
{
	struct queue_command command;

	queue_command_init(&command);
	for (size_t i = 0; i < count; i++) {
		queue_command_add_text(&command, words[i]);
	}
	queue_conn_send(queue->conn, queue_command_bytes(&command),
	    queue->options.request_timeout_ms, cb, queue);
	queue_command_finish(&command);
}

static void on_config_reply(void *arg, const struct redisReply *reply)
{
	static const char *const trial[] = {"WAITAOF", "1", "0", "1"};
	struct queue *queue = arg;

	if (!is_still_asked(queue, reply)) {
		return;
	}
	if (queue_ack_is_always(reply)) {
		accept_level(queue, false);
	} else {
		send_words(queue, trial, ARRAY_LEN(trial), on_trial_reply);
	}
}

static void on_info_reply(void *arg, const struct redisReply *reply)
{
	static const char *const trial[] = {"WAIT", "0", "1"};
	struct queue *queue = arg;
	int wanted = queue->options.ack.replicas;
	struct slice info;
	struct err err;

	if (!is_still_asked(queue, reply)) {
		return;
	}
	/* Where INFO is forbidden WAIT finds out. */
	if (queue_decode_text(reply, &info) &&
	    queue_ack_count_replicas(info) < wanted) {
		err_set(&err, "ack: replicas:%d, but Redis has %d online",
		    wanted, queue_ack_count_replicas(info));
		refuse_for_now(queue, &err);
		return;
	}
	send_words(queue, trial, ARRAY_LEN(trial), on_trial_reply);
}

void queue_ack_check(struct queue *queue)
{
	static const char *const config[] = {"CONFIG", "GET", "*append*"};
	static const char *const info[] = {"INFO", "replication"};

	if (!queue_conn_is_up(queue->conn)) {
		return; /* asked again on the next one */
	}
	if (queue->options.ack.needs_fsync) {
		send_words(queue, config, ARRAY_LEN(config), on_config_reply);
	} else if (queue->options.ack.replicas > 0) {
		send_words(queue, info, ARRAY_LEN(info), on_info_reply);
	} else {
		accept_level(queue, false);
	}
}
