#include "common/queue/queue_codec.h"

#include <stdio.h>
#include <string.h>

#include <hiredis/hiredis.h>

enum {
	CLAIM_HEAD = 4,
	CLAIM_LEASE = 9,
};

size_t queue_reply_count(const struct redisReply *reply)
{
	return reply->type == REDIS_REPLY_ARRAY ? reply->elements : 0;
}

const struct redisReply *queue_reply_at(
    const struct redisReply *reply, size_t place)
{
	return place < queue_reply_count(reply) ? reply->element[place] : NULL;
}

bool queue_decode_number(const struct redisReply *reply, int64_t *number)
{
	if (reply == NULL || reply->type != REDIS_REPLY_INTEGER) {
		return false;
	}
	*number = reply->integer;
	return true;
}

bool queue_decode_text(const struct redisReply *reply, struct slice *text)
{
	if (reply == NULL || reply->type != REDIS_REPLY_STRING) {
		return false;
	}
	*text = slice_make(reply->str, reply->len);
	return true;
}

bool queue_number_at(
    const struct redisReply *reply, size_t place, int64_t *number)
{
	return queue_decode_number(queue_reply_at(reply, place), number);
}

bool queue_text_at(
    const struct redisReply *reply, size_t place, struct slice *text)
{
	return queue_decode_text(queue_reply_at(reply, place), text);
}

static bool copy_id(struct slice text, char id[JOB_ID_MAX])
{
	if (text.len == 0 || text.len >= JOB_ID_MAX) {
		return false;
	}
	memcpy(id, text.data, text.len);
	id[text.len] = '\0';
	return true;
}

bool queue_id_at(
    const struct redisReply *reply, size_t place, char id[JOB_ID_MAX])
{
	struct slice text;

	return queue_text_at(reply, place, &text) && copy_id(text, id);
}

bool queue_decode_birth(const struct redisReply *reply, struct slice *birth)
{
	return queue_text_at(reply, 0, birth);
}

bool queue_decode_admission(
    const struct redisReply *reply, struct queue_admission *admission)
{
	struct slice text;

	admission->id[0] = '\0';
	if (!queue_decode_text(reply, &text)) {
		return false;
	}
	if (slice_is(text, "duplicate")) {
		admission->verdict = QUEUE_DUPLICATE;
		return true;
	}
	if (slice_is(text, "full")) {
		admission->verdict = QUEUE_FULL;
		return true;
	}
	admission->verdict = QUEUE_ACCEPTED;
	return copy_id(text, admission->id);
}

size_t queue_count_leases(const struct redisReply *reply)
{
	size_t count = queue_reply_count(reply);

	return count < CLAIM_HEAD ? 0 : (count - CLAIM_HEAD) / CLAIM_LEASE;
}

/* Digest, at_ms (uint64 BE), 1 if it was delivered. */
void queue_decode_sent(struct slice text, struct queue_sent *sent)
{
	uint64_t at_ms = 0;

	*sent = (struct queue_sent){.is_known = text.len == QUEUE_SENT_BYTES};
	if (!sent->is_known) {
		return;
	}
	memcpy(sent->digest, text.data, sizeof(sent->digest));
	for (size_t i = sizeof(sent->digest); i < QUEUE_SENT_BYTES - 1; i++) {
		at_ms = at_ms << 8 | (unsigned char)text.data[i];
	}
	sent->at_ms = (int64_t)(at_ms & INT64_MAX);
	sent->was_delivered = text.data[QUEUE_SENT_BYTES - 1] != 0;
}

struct slice queue_encode_sent(
    const struct queue_sent *sent, char bytes[QUEUE_SENT_BYTES])
{
	uint64_t at_ms = (uint64_t)sent->at_ms;

	if (!sent->is_known) {
		return slice_make(NULL, 0);
	}
	memcpy(bytes, sent->digest, sizeof(sent->digest));
	for (size_t i = QUEUE_SENT_BYTES - 2; i >= sizeof(sent->digest); i--) {
		bytes[i] = (char)(at_ms & 0xff);
		at_ms >>= 8;
	}
	bytes[QUEUE_SENT_BYTES - 1] = sent->was_delivered ? 1 : 0;
	return slice_make(bytes, QUEUE_SENT_BYTES);
}

/* LEASE FIELDS: lua/claim.lua. */
static bool decode_lease(
    const struct redisReply *reply, size_t place, struct queue_lease *lease)
{
	struct slice sent;
	int64_t is_suspect = 0;

	if (!queue_number_at(reply, place + 6, &is_suspect) ||
	    !queue_text_at(reply, place + 8, &sent)) {
		return false;
	}
	lease->is_suspect = is_suspect != 0;
	queue_decode_sent(sent, &lease->sent);
	return queue_text_at(reply, place, &lease->group) &&
	    queue_text_at(reply, place + 1, &lease->element) &&
	    queue_id_at(reply, place + 2, lease->id) &&
	    queue_number_at(reply, place + 3, &lease->attempts) &&
	    queue_number_at(reply, place + 4, &lease->first_at_ms) &&
	    queue_number_at(reply, place + 5, &lease->losses) &&
	    queue_number_at(reply, place + 7, &lease->refused_at_ms);
}

bool queue_decode_claim(const struct redisReply *reply,
    struct queue_lease *leases, struct queue_claim_reply *out)
{
	int64_t has_more = 0;

	*out = (struct queue_claim_reply){
	    .leases = leases,
	    .count = queue_count_leases(reply),
	};
	if (!queue_number_at(reply, 0, &out->now_ms) ||
	    !queue_number_at(reply, 1, &out->lease_ms) ||
	    !queue_number_at(reply, 2, &out->next_ms) ||
	    !queue_number_at(reply, 3, &has_more)) {
		return false;
	}
	out->has_more = has_more != 0;
	for (size_t i = 0; i < out->count; i++) {
		if (!decode_lease(
			reply, CLAIM_HEAD + i * CLAIM_LEASE, &leases[i])) {
			return false;
		}
	}
	return true;
}

bool queue_decode_verdict(
    const struct redisReply *reply, enum queue_finish_verdict *verdict)
{
	static const enum queue_finish_verdict verdicts[] = {
	    QUEUE_NOT_CURRENT, QUEUE_FINISHED, QUEUE_DEAD_FULL};

	int64_t number;

	if (!queue_decode_number(reply, &number) || number < 0 ||
	    number >= (int64_t)ARRAY_LEN(verdicts)) {
		return false;
	}
	*verdict = verdicts[number];
	return true;
}

/* STATS ORDER: lua/stats.lua. Its first is Redis's time, its last the
 * acceptance of the oldest head. */
bool queue_add_stats(const struct redisReply *reply, struct queue_stats *sum)
{
	int64_t *const fields[] = {&sum->accepted, &sum->replayed,
	    &sum->imported, &sum->delivered, &sum->dead, &sum->skipped,
	    &sum->unchanged, &sum->superseded, &sum->forgotten, &sum->purged,
	    &sum->dead_purged, &sum->dead_forgotten, &sum->duplicates,
	    &sum->lease_losses, &sum->pending, &sum->dead_now, &sum->ready,
	    &sum->leased, &sum->waiting, &sum->seen, &sum->sent};
	int64_t now_ms;
	int64_t oldest_ms;

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		int64_t number;

		if (!queue_number_at(reply, 1 + i, &number)) {
			return false;
		}
		*fields[i] += number;
	}
	if (!queue_number_at(reply, 0, &now_ms) ||
	    !queue_number_at(reply, 1 + ARRAY_LEN(fields), &oldest_ms)) {
		return false;
	}
	if (oldest_ms >= 0) {
		int64_t age_ms = now_ms > oldest_ms ? now_ms - oldest_ms : 0;

		if (age_ms > sum->oldest_age_ms) {
			sum->oldest_age_ms = age_ms;
		}
	}
	return true;
}
