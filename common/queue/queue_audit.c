/*
 * Auditing a lane, piece by piece. What a pass has counted means something only
 * if no job came or went between its pieces: the script gives a text that says
 * so.
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/queue/queue_codec.h"
#include "common/queue/queue_look.h"

/* Where a lane's pass is; both texts of the place are empty at its beginning.
 */
struct queue_audit_pass {
	struct strbuf score;
	struct strbuf group;
	struct strbuf fingerprint; /* of the first piece */
	int64_t jobs;
	bool is_steady; /* it is still the same */
};

struct audit_look {
	struct queue_look look;
	int destination;
	int shard;
	struct queue_audit audit;
	queue_audit_cb cb;
	void *arg;
};

struct piece {
	int64_t groups;
	int64_t requeued;
	int64_t jobs;
	int64_t pending;
	struct slice fingerprint;
	struct slice score;
	struct slice group;
};

static struct queue_audit_pass *pass_of(const struct audit_look *audit)
{
	struct queue_lane *lane =
	    queue_lane(audit->look.queue, audit->destination, audit->shard);

	if (lane->audit == NULL) {
		lane->audit = xcalloc(1, sizeof(*lane->audit));
		strbuf_init(&lane->audit->score, STRBUF_NO_LIMIT);
		strbuf_init(&lane->audit->group, STRBUF_NO_LIMIT);
		strbuf_init(&lane->audit->fingerprint, STRBUF_NO_LIMIT);
	}
	return lane->audit;
}

void queue_audit_pass_destroy(struct queue_audit_pass *pass)
{
	if (pass == NULL) {
		return;
	}
	strbuf_finish(&pass->score);
	strbuf_finish(&pass->group);
	strbuf_finish(&pass->fingerprint);
	free(pass);
}

static void send_audit(struct queue_look *look)
{
	struct audit_look *audit = LIST_MEMBER(look, struct audit_look, look);
	const struct queue_audit_pass *pass = pass_of(audit);
	struct queue_command command;

	queue_look_command(look->queue, &command, QUEUE_VERB_AUDIT,
	    audit->shard, look->queue->destinations[audit->destination].name);
	queue_command_add(&command, strbuf_slice(&pass->score));
	queue_command_add(&command, strbuf_slice(&pass->group));
	queue_look_call(look, QUEUE_VERB_AUDIT, audit->shard, &command, 0);
}

static bool decode_piece(const struct redisReply *reply, struct piece *piece)
{
	return queue_number_at(reply, 0, &piece->groups) &&
	    queue_number_at(reply, 1, &piece->requeued) &&
	    queue_number_at(reply, 2, &piece->jobs) &&
	    queue_number_at(reply, 3, &piece->pending) &&
	    queue_text_at(reply, 4, &piece->fingerprint) &&
	    queue_text_at(reply, 5, &piece->score) &&
	    queue_text_at(reply, 6, &piece->group);
}

static void set_text(struct strbuf *buf, struct slice text)
{
	strbuf_clear(buf);
	strbuf_append_slice(buf, text);
}

static bool take_audit(
    struct queue_look *look, size_t tag, const struct redisReply *reply)
{
	struct audit_look *audit = LIST_MEMBER(look, struct audit_look, look);
	struct queue_audit_pass *pass = pass_of(audit);
	struct piece piece;

	(void)tag;
	if (!decode_piece(reply, &piece)) {
		return false;
	}
	if (pass->group.len == 0) {
		set_text(&pass->fingerprint, piece.fingerprint);
		pass->jobs = 0;
		pass->is_steady = true;
	}
	pass->jobs += piece.jobs;
	pass->is_steady = pass->is_steady &&
	    slice_equal(strbuf_slice(&pass->fingerprint), piece.fingerprint);
	audit->audit.groups = piece.groups;
	audit->audit.requeued = piece.requeued;
	if (piece.group.len == 0) {
		audit->audit.was_counted = pass->is_steady;
		audit->audit.difference =
		    pass->is_steady ? piece.pending - pass->jobs : 0;
	}
	set_text(&pass->score, piece.score);
	set_text(&pass->group, piece.group);
	return true;
}

static void end_audit(struct queue_look *look)
{
	struct audit_look *audit = LIST_MEMBER(look, struct audit_look, look);

	if (look->status == QUEUE_OK) {
		audit->cb(audit->arg, QUEUE_OK, &audit->audit, NULL);
	} else {
		audit->cb(audit->arg, look->status, NULL, &look->err);
	}
	free(audit);
}

void queue_audit(struct queue *queue, int destination, int shard,
    queue_audit_cb cb, void *arg)
{
	struct audit_look *audit = xcalloc(1, sizeof(*audit));

	audit->look.send = send_audit;
	audit->look.take = take_audit;
	audit->look.end = end_audit;
	audit->destination = destination;
	audit->shard = shard;
	audit->cb = cb;
	audit->arg = arg;
	queue_look_begin(queue, &audit->look);
}
