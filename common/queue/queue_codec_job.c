/* What the replies say of jobs: dead letters, those that are done with, and one
 * that is pending. */
#include "common/queue/queue_codec.h"

#include <string.h>

enum {
	LETTER_FIELDS = 13,
	TRY_FIELDS = 4,
	PENDING_FIELDS = 9,
};

static void decode_outcome(struct slice text, enum outcome *outcome)
{
	/* A word of a later version is no reason to hide the letter. */
	if (!outcome_parse(text, outcome)) {
		*outcome = OUTCOME_UNKNOWN;
	}
}

static bool decode_try(
    const struct redisReply *reply, size_t place, struct queue_attempt *attempt)
{
	struct slice outcome;
	int64_t status = 0;

	if (!queue_number_at(reply, place, &attempt->at_ms) ||
	    !queue_text_at(reply, place + 1, &outcome) ||
	    !queue_number_at(reply, place + 2, &status) ||
	    !queue_number_at(reply, place + 3, &attempt->took_ms)) {
		return false;
	}
	decode_outcome(outcome, &attempt->outcome);
	attempt->http_status = (int)status;
	return true;
}

/* Reads as many as `count` says, from *place on. */
static bool decode_tries(const struct redisReply *reply, size_t *place,
    int64_t count, struct queue_attempt *tries)
{
	if (count < 0 || count > QUEUE_ATTEMPTS_KEPT) {
		return false;
	}
	for (int64_t i = 0; i < count; i++) {
		if (!decode_try(reply, *place, &tries[i])) {
			return false;
		}
		*place += TRY_FIELDS;
	}
	return true;
}

bool queue_decode_letter(const struct redisReply *reply, size_t *at,
    struct queue_dead_letter *letter)
{
	size_t place = *at;
	struct slice outcome;
	int64_t status = 0;
	int64_t tries = 0;

	memset(letter, 0, sizeof(*letter));
	if (!queue_id_at(reply, place, letter->id) ||
	    !queue_text_at(reply, place + 1, &letter->group) ||
	    !queue_text_at(reply, place + 2, &letter->element) ||
	    !queue_number_at(reply, place + 3, &letter->died_at_ms) ||
	    !queue_text_at(reply, place + 4, &outcome) ||
	    !queue_number_at(reply, place + 5, &status) ||
	    !queue_text_at(reply, place + 6, &letter->note) ||
	    !queue_number_at(reply, place + 7, &letter->attempts) ||
	    !queue_number_at(reply, place + 8, &letter->first_at_ms) ||
	    !queue_number_at(reply, place + 9, &letter->losses) ||
	    !queue_text_at(reply, place + 10, &letter->body) ||
	    !queue_text_at(reply, place + 11, &letter->template) ||
	    !queue_number_at(reply, place + 12, &tries)) {
		return false;
	}
	decode_outcome(outcome, &letter->outcome);
	letter->http_status = (int)status;
	place += LETTER_FIELDS;
	if (!decode_tries(reply, &place, tries, letter->history)) {
		return false;
	}
	letter->history_count = (size_t)tries;
	*at = place;
	return true;
}

bool queue_decode_done(
    const struct redisReply *reply, size_t place, struct queue_done *job)
{
	struct slice outcome;
	int64_t status = 0;

	if (!queue_id_at(reply, place, job->id) ||
	    !queue_number_at(reply, place + 1, &job->accepted_at_ms) ||
	    !queue_number_at(reply, place + 2, &job->done_at_ms) ||
	    !queue_text_at(reply, place + 3, &outcome) ||
	    !queue_number_at(reply, place + 4, &status) ||
	    !queue_number_at(reply, place + 5, &job->took_ms) ||
	    !queue_number_at(reply, place + 6, &job->attempts)) {
		return false;
	}
	decode_outcome(outcome, &job->outcome);
	job->http_status = (int)status;
	return true;
}

static bool decode_place(struct slice word, enum queue_job_place *place)
{
	static const char *const words[] = {
	    [QUEUE_JOB_READY] = "ready",
	    [QUEUE_JOB_LEASED] = "leased",
	    [QUEUE_JOB_WAITING] = "waiting",
	    [QUEUE_JOB_BEHIND] = "behind",
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (slice_is(word, words[i])) {
			*place = (enum queue_job_place)i;
			return true;
		}
	}
	return false;
}

bool queue_decode_pending(
    const struct redisReply *reply, struct queue_pending *job)
{
	size_t place = PENDING_FIELDS;
	struct slice word;
	int64_t tries = 0;

	memset(job, 0, sizeof(*job));
	if (!queue_text_at(reply, 0, &word) ||
	    !decode_place(word, &job->place) ||
	    !queue_text_at(reply, 1, &job->group) ||
	    !queue_text_at(reply, 2, &job->element) ||
	    !queue_number_at(reply, 3, &job->ahead) ||
	    !queue_number_at(reply, 4, &job->due_at_ms) ||
	    !queue_number_at(reply, 5, &job->attempts) ||
	    !queue_number_at(reply, 6, &job->first_at_ms) ||
	    !queue_number_at(reply, 7, &job->losses) ||
	    !queue_number_at(reply, 8, &tries) ||
	    !decode_tries(reply, &place, tries, job->history)) {
		return false;
	}
	job->history_count = (size_t)tries;
	return true;
}
