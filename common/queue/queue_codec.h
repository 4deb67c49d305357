#ifndef COMMON_QUEUE_QUEUE_CODEC_H
#define COMMON_QUEUE_QUEUE_CODEC_H

/*
 * Replies of the scripts, as structs. False for what is not such a reply; what
 * a struct points to is in the reply.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/base/attr.h"
#include "common/base/slice.h"
#include "common/queue/queue.h"
#include "common/queue/queue_operator.h"

struct redisReply;

enum {
	QUEUE_SENT_BYTES = QUEUE_SENT_DIGEST_BYTES + 8 + 1,
};

MUST_USE bool queue_decode_birth(
    const struct redisReply *reply, struct slice *birth);

/* One verdict. */
MUST_USE bool queue_decode_admission(
    const struct redisReply *reply, struct queue_admission *admission);

/* `leases` has room for as many as queue_count_leases says; `out` gets all but
 * the token. */
size_t queue_count_leases(const struct redisReply *reply);
MUST_USE bool queue_decode_claim(const struct redisReply *reply,
    struct queue_lease *leases, struct queue_claim_reply *out);

/* One verdict of finish. */
MUST_USE bool queue_decode_verdict(
    const struct redisReply *reply, enum queue_finish_verdict *verdict);

/* What was sent last, as the scripts keep it; anything else is not known, which
 * is written as nothing. */
void queue_decode_sent(struct slice text, struct queue_sent *sent);
struct slice queue_encode_sent(
    const struct queue_sent *sent, char bytes[QUEUE_SENT_BYTES]);

/* Adds one shard to `sum`. */
MUST_USE bool queue_add_stats(
    const struct redisReply *reply, struct queue_stats *sum);

/* Reads one letter from place *at on, and moves *at behind it. */
MUST_USE bool queue_decode_letter(const struct redisReply *reply, size_t *at,
    struct queue_dead_letter *letter);

/* A job that is done with, from `place` on. */
MUST_USE bool queue_decode_done(
    const struct redisReply *reply, size_t place, struct queue_done *job);

/* The whole reply is one job that was found. */
MUST_USE bool queue_decode_pending(
    const struct redisReply *reply, struct queue_pending *job);

MUST_USE bool queue_decode_number(
    const struct redisReply *reply, int64_t *number);
MUST_USE bool queue_decode_text(
    const struct redisReply *reply, struct slice *text);

/* The same for the element of an array reply. */
MUST_USE bool queue_number_at(
    const struct redisReply *reply, size_t place, int64_t *number);
MUST_USE bool queue_text_at(
    const struct redisReply *reply, size_t place, struct slice *text);
MUST_USE bool queue_id_at(
    const struct redisReply *reply, size_t place, char id[JOB_ID_MAX]);

/* The element of an array reply; NULL when there is none. */
const struct redisReply *queue_reply_at(
    const struct redisReply *reply, size_t place);
size_t queue_reply_count(const struct redisReply *reply);

#endif
