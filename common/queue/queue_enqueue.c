/*
 * Ingest's verb. What is given during a turn waits at its shard; at the end of
 * the turn it goes out in as few script calls as its bytes allow (a group
 * commit), and the verdicts of a call are dealt out to its entries: at once, or
 * when queue_commit.c says that they are true.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/queue/queue_codec.h"
#include "common/queue/queue_state.h"

enum {
	PLACE_TEXT = 12, /* a number and a space */
};

struct enqueue {
	struct list_link link;
	queue_enqueue_cb cb;
	void *arg;
	int repeats;
	struct slice group;
	struct slice body;
	struct slice digest;
	bool is_partial;
	size_t destination_count;
	int destinations[]; /* then the bytes of the slices */
};

/* Of one script call. */
struct batch {
	struct list_link link; /* while its verdicts are held */
	struct queue *queue;
	int shard;
	struct list entries;
	size_t verdicts;
	int *places; /* by destination: its place in the call from 1, or 0 */
	int place_count;
	struct queue_admission *admissions; /* NULL until answered */
};

static struct slice copy_behind(char **end, const void *data, size_t len)
{
	struct slice copy = slice_make(*end, len);

	if (len > 0) {
		memcpy(*end, data, len);
	}
	*end += len;
	return copy;
}

/* NULL when there is no memory. */
static struct enqueue *copy_entry(const struct queue_entry *entry)
{
	size_t digest_len = entry->has_delivery_id ? IDENTITY_DIGEST_BYTES : 0;
	size_t places_len =
	    entry->destination_count * sizeof(*entry->destinations);
	struct enqueue *copy = malloc(sizeof(*copy) + places_len +
	    entry->group.len + entry->body.len + digest_len);
	char *end;

	if (copy == NULL) {
		return NULL;
	}
	memset(copy, 0, sizeof(*copy));
	copy->is_partial = entry->is_partial;
	copy->destination_count = entry->destination_count;
	memcpy(copy->destinations, entry->destinations, places_len);
	end = (char *)(copy->destinations + entry->destination_count);
	copy->group = copy_behind(&end, entry->group.data, entry->group.len);
	copy->body = copy_behind(&end, entry->body.data, entry->body.len);
	copy->digest = copy_behind(&end, entry->delivery_digest, digest_len);
	return copy;
}

void queue_enqueue(struct queue *queue, const struct queue_entry *entry,
    queue_enqueue_cb cb, void *arg)
{
	int shard = identity_shard(entry->group, queue->options.shards);
	struct enqueue *enqueue = copy_entry(entry);
	struct list *waiting = &queue->shards[shard].enqueues;

	if (enqueue == NULL) {
		enqueue = xcalloc(1, sizeof(*enqueue));
		waiting = &queue->unsendable;
	}
	enqueue->cb = cb;
	enqueue->arg = arg;
	list_push_back(waiting, &enqueue->link);
	queue_need_flush(queue);
}

static void fail_entries(
    struct list *entries, enum queue_status status, const struct err *err)
{
	struct list_link *link;
	struct list all;

	/* Callbacks may add to the list; those wait for their own turn. */
	list_init(&all);
	while ((link = list_pop_front(entries)) != NULL) {
		list_push_back(&all, link);
	}
	while ((link = list_pop_front(&all)) != NULL) {
		struct enqueue *entry = LIST_MEMBER(link, struct enqueue, link);

		entry->cb(entry->arg, status, NULL, 0, err);
		free(entry);
	}
}

void queue_fail_unsendable(struct queue *queue)
{
	struct err err;

	err_set(&err, "no memory for the job");
	fail_entries(&queue->unsendable, QUEUE_REFUSED, &err);
}

/* ---- the reply ---- */

static bool decode_verdicts(struct batch *batch, const struct redisReply *reply)
{
	size_t at = 0;

	batch->admissions =
	    xcalloc(batch->verdicts + 1, sizeof(*batch->admissions));
	for (struct list_link *link = list_first(&batch->entries); link != NULL;
	     link = list_next(&batch->entries, link)) {
		struct enqueue *entry = LIST_MEMBER(link, struct enqueue, link);

		for (size_t i = 0; i < entry->destination_count; i++, at++) {
			struct queue_admission *to = &batch->admissions[at];

			to->destination = entry->destinations[i];
			if (!queue_decode_admission(
				queue_reply_at(reply, at), to)) {
				return false;
			}
		}
	}
	return true;
}

static void tell_verdicts(struct batch *batch)
{
	const struct queue_admission *admissions = batch->admissions;
	struct list_link *link;

	while ((link = list_pop_front(&batch->entries)) != NULL) {
		struct enqueue *entry = LIST_MEMBER(link, struct enqueue, link);
		size_t count = entry->destination_count;

		entry->cb(entry->arg, QUEUE_OK, admissions, count, NULL);
		admissions += count;
		free(entry);
	}
}

/* Its entries have gone elsewhere, or go with what the status says. */
static void end_batch(
    struct batch *batch, enum queue_status status, const struct err *err)
{
	if (status == QUEUE_OK) {
		tell_verdicts(batch);
	} else {
		fail_entries(&batch->entries, status, err);
	}
	free(batch->admissions);
	free(batch->places);
	free(batch);
}

void queue_release_enqueues(
    struct list *held, enum queue_status status, const struct err *err)
{
	struct list_link *link;

	while ((link = list_pop_front(held)) != NULL) {
		end_batch(LIST_MEMBER(link, struct batch, link), status, err);
	}
}

/* Takes the batch. */
static void take_verdicts(struct batch *batch, const struct redisReply *reply)
{
	struct queue *queue = batch->queue;
	struct err err;

	if (!decode_verdicts(batch, reply)) {
		err_set(&err, "Redis gave no answer to enqueue that we know");
		end_batch(batch, QUEUE_UNAVAILABLE, &err);
		queue_commit_take(queue, NULL);
	} else if (queue->commit.needs_waiting) {
		queue_commit_take(queue, &batch->link);
	} else {
		end_batch(batch, QUEUE_OK, NULL);
		queue_commit_take(queue, NULL);
	}
}

/* Back to the front, to be sent when the shard is open again. */
static void repeat_later(struct batch *batch)
{
	struct list *waiting = &batch->queue->shards[batch->shard].enqueues;
	struct list_link *last;

	while ((last = batch->entries.head.prev) != &batch->entries.head) {
		list_remove(last);
		LIST_MEMBER(last, struct enqueue, link)->repeats++;
		list_push_front(waiting, last);
	}
	queue_need_flush(batch->queue);
}

static bool may_repeat(struct batch *batch)
{
	struct list_link *link = list_first(&batch->entries);

	return link != NULL &&
	    LIST_MEMBER(link, struct enqueue, link)->repeats <
	    QUEUE_REPEATS_MAX;
}

static void on_enqueue_reply(void *arg, enum queue_status status,
    const struct redisReply *reply, const struct err *err)
{
	struct batch *batch = arg;
	struct queue *queue = batch->queue;
	bool is_to_repeat =
	    queue_note_reply(queue, QUEUE_VERB_ENQUEUE, status, err);

	if (status == QUEUE_OK) {
		take_verdicts(batch, reply);
		return;
	}
	if (is_to_repeat && may_repeat(batch)) {
		repeat_later(batch);
	}
	end_batch(batch, status, err);
	queue_commit_take(queue, NULL);
}

/* ---- the call ---- */

static size_t entry_bytes(const struct enqueue *entry)
{
	return entry->group.len + entry->body.len + entry->digest.len +
	    entry->destination_count * PLACE_TEXT;
}

static void add_to_batch(struct batch *batch, struct enqueue *entry)
{
	list_push_back(&batch->entries, &entry->link);
	batch->verdicts += entry->destination_count;
	for (size_t i = 0; i < entry->destination_count; i++) {
		int *place = &batch->places[entry->destinations[i]];

		if (*place == 0) {
			*place = ++batch->place_count;
		}
	}
}

/* Takes entries off the shard's list until they are enough for one call; at
 * least one. */
static struct batch *take_batch(struct queue *queue, int shard)
{
	struct list *waiting = &queue->shards[shard].enqueues;
	struct batch *batch = xcalloc(1, sizeof(*batch));
	struct list_link *link;
	size_t bytes = 0;

	batch->queue = queue;
	batch->shard = shard;
	list_init(&batch->entries);
	batch->places = xcalloc(
	    queue->options.destination_count + 1, sizeof(*batch->places));
	while ((link = list_first(waiting)) != NULL) {
		struct enqueue *entry = LIST_MEMBER(link, struct enqueue, link);

		bytes += entry_bytes(entry);
		if (batch->verdicts > 0 &&
		    bytes > queue->options.max_batch_bytes) {
			break;
		}
		list_remove(link);
		add_to_batch(batch, entry);
	}
	return batch;
}

/* The destination that has this place in the call. */
static int destination_at(const struct batch *batch, int place)
{
	int destination = 0;

	while (batch->places[destination] != place) {
		destination++;
	}
	return destination;
}

static void add_places(struct queue_command *command, struct batch *batch,
    const struct enqueue *entry)
{
	struct strbuf places;

	strbuf_init(&places, STRBUF_NO_LIMIT);
	for (size_t i = 0; i < entry->destination_count; i++) {
		strbuf_appendf(
		    &places, "%d ", batch->places[entry->destinations[i]]);
	}
	queue_command_add(command, strbuf_slice(&places));
	strbuf_finish(&places);
}

static const char *order_word(const struct queue_destination *destination)
{
	if (destination->is_unordered) {
		return "none";
	}
	return destination->is_coalescing ? "latest" : "user";
}

static void add_settings(struct queue_command *command,
    const struct queue *queue, const struct queue_destination *destination)
{
	/* A group is in one shard, so its limit is whole. */
	queue_command_add_number(command, destination->dedupe_for_ms);
	queue_command_add_number(
	    command, queue_share(queue, destination->max_depth));
	queue_command_add_number(command, destination->max_group);
	queue_command_add_text(command, order_word(destination));
}

static void build_command(struct batch *batch, struct queue_command *command)
{
	struct queue *queue = batch->queue;
	struct queue_shard_name name = queue_shard_name(queue, batch->shard);
	struct list_link *link;

	queue_script_begin(queue->scripts, command, QUEUE_VERB_ENQUEUE,
	    QUEUE_KEYS_SHARD +
		batch->place_count * (QUEUE_KEYS_BLOCK + QUEUE_KEYS_SEEN));
	queue_keys_add_shard(command, name);
	for (int place = 1; place <= batch->place_count; place++) {
		int destination = destination_at(batch, place);

		queue_keys_add_block(
		    command, name, queue->destinations[destination].name, true);
	}
	queue_command_add_text(command, queue->shards[batch->shard].birth);
	queue_command_add_number(command, batch->place_count);
	for (int place = 1; place <= batch->place_count; place++) {
		add_settings(command, queue,
		    &queue->destinations[destination_at(batch, place)]);
	}
	for (link = list_first(&batch->entries); link != NULL;
	     link = list_next(&batch->entries, link)) {
		struct enqueue *entry = LIST_MEMBER(link, struct enqueue, link);

		queue_command_add(command, entry->group);
		queue_command_add(command, entry->digest);
		add_places(command, batch, entry);
		queue_command_add_number(
		    command, entry->is_partial ? JOB_PARTIAL : 0);
		queue_command_add(command, entry->body);
	}
}

static void send_batch(struct queue *queue, int shard)
{
	struct batch *batch = take_batch(queue, shard);
	struct queue_command command;

	build_command(batch, &command);
	queue_commit_add(queue);
	queue_script_call(queue->scripts, queue_conn_of(queue, shard),
	    QUEUE_VERB_ENQUEUE, &command, on_enqueue_reply, batch);
}

void queue_flush_enqueues(struct queue *queue)
{
	if (!queue_commit_is_open(queue)) {
		return;
	}
	for (int shard = 0; shard < queue->options.shards; shard++) {
		while (!list_is_empty(&queue->shards[shard].enqueues)) {
			send_batch(queue, shard);
		}
	}
	queue_commit_wait(queue);
}

void queue_fail_enqueues(struct queue *queue)
{
	for (int shard = 0; shard < queue->options.shards; shard++) {
		fail_entries(&queue->shards[shard].enqueues,
		    queue_lost_status(queue), &queue->trouble);
	}
}
