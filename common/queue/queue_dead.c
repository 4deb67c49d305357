/*
 * Reading dead letters. Each shard gives its own in order, and a page is merged
 * from them. A shard that gave only a part ends the page where its part ends:
 * what comes after it is not known yet.
 *
 * The place between pages is "<died_ms>/<id>" of the last letter shown.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/queue/queue_codec.h"
#include "common/queue/queue_look.h"

enum {
	PAGE_BYTES = 8 * 1024 * 1024, /* of one shard's answer */
	PLACE_MAX = 24 + JOB_ID_MAX,
};

/* What one shard gave; the letters' texts are copies. */
struct part {
	struct queue_dead_letter *letters;
	size_t count;
	size_t at; /* the next to be merged */
	bool has_more;
};

struct dead_look {
	struct queue_look look;
	char *destination;
	bool is_page;
	int64_t after_ms; /* a page: after this place */
	char after_id[JOB_ID_MAX];
	size_t limit;
	char (*ids)[JOB_ID_MAX]; /* else: these */
	size_t id_count;
	struct part *parts; /* by shard */
	queue_dead_cb cb;
	void *arg;
};

static void send_dead(struct queue_look *look)
{
	struct dead_look *dead = LIST_MEMBER(look, struct dead_look, look);
	int shards = look->queue->options.shards;

	dead->parts = xcalloc((size_t)shards, sizeof(*dead->parts));
	for (int shard = 0; shard < shards; shard++) {
		struct queue_command command;

		queue_look_command(look->queue, &command, QUEUE_VERB_DEAD,
		    shard, dead->destination);
		queue_command_add_number(&command, PAGE_BYTES);
		queue_command_add_text(
		    &command, dead->is_page ? "page" : "find");
		if (dead->is_page) {
			queue_command_add_number(&command, dead->after_ms);
			queue_command_add_text(&command, dead->after_id);
			queue_command_add_number(
			    &command, (int64_t)dead->limit);
		}
		for (size_t i = 0; i < dead->id_count; i++) {
			if (queue_keys_may_hold(shard, dead->ids[i])) {
				queue_command_add_text(&command, dead->ids[i]);
			}
		}
		queue_look_call(
		    look, QUEUE_VERB_DEAD, shard, &command, (size_t)shard);
	}
}

static void copy_text(struct slice *text)
{
	char *copy = xmalloc(text->len + 1);

	if (text->len > 0) {
		memcpy(copy, text->data, text->len);
	}
	copy[text->len] = '\0';
	text->data = copy;
}

static bool take_dead(
    struct queue_look *look, size_t tag, const struct redisReply *reply)
{
	struct dead_look *dead = LIST_MEMBER(look, struct dead_look, look);
	struct part *part = &dead->parts[tag];
	size_t count = queue_reply_count(reply);
	int64_t has_more = 0;
	size_t at = 1;

	if (!queue_decode_number(queue_reply_at(reply, 0), &has_more)) {
		return false;
	}
	part->has_more = has_more != 0;
	part->letters = xcalloc(count, sizeof(*part->letters));
	while (at < count) {
		struct queue_dead_letter *letter = &part->letters[part->count];

		if (!queue_decode_letter(reply, &at, letter)) {
			return false;
		}
		copy_text(&letter->group);
		copy_text(&letter->element);
		copy_text(&letter->note);
		part->count++;
	}
	return true;
}

static bool is_before(
    const struct queue_dead_letter *a, const struct queue_dead_letter *b)
{
	if (a->died_at_ms != b->died_at_ms) {
		return a->died_at_ms < b->died_at_ms;
	}
	return strcmp(a->id, b->id) < 0;
}

/* The part whose next letter is the oldest; NULL when the page ends here. */
static struct part *next_part(struct dead_look *dead)
{
	struct part *oldest = NULL;

	for (int shard = 0; shard < dead->look.queue->options.shards; shard++) {
		struct part *part = &dead->parts[shard];

		if (part->at == part->count) {
			if (part->has_more) {
				return NULL;
			}
		} else if (oldest == NULL ||
		    is_before(&part->letters[part->at],
			&oldest->letters[oldest->at])) {
			oldest = part;
		}
	}
	return oldest;
}

static bool has_rest(const struct dead_look *dead)
{
	for (int shard = 0; shard < dead->look.queue->options.shards; shard++) {
		const struct part *part = &dead->parts[shard];

		if (part->has_more || part->at < part->count) {
			return true;
		}
	}
	return false;
}

static void tell_letters(struct dead_look *dead)
{
	struct queue_dead_letter *letters;
	struct part *part;
	char next[PLACE_MAX] = "";
	size_t total = 0;
	size_t count = 0;

	for (int shard = 0; shard < dead->look.queue->options.shards; shard++) {
		total += dead->parts[shard].count;
	}
	letters = xcalloc(total + 1, sizeof(*letters));
	while ((!dead->is_page || count < dead->limit) &&
	    (part = next_part(dead)) != NULL) {
		letters[count++] = part->letters[part->at++];
	}
	if (dead->is_page && count > 0 && has_rest(dead)) {
		(void)snprintf(next, sizeof(next), "%" PRId64 "/%s",
		    letters[count - 1].died_at_ms, letters[count - 1].id);
	}
	dead->cb(dead->arg, QUEUE_OK, letters, count, next, NULL);
	free(letters);
}

static void free_part(struct part *part)
{
	for (size_t i = 0; i < part->count; i++) {
		free((char *)part->letters[i].group.data);
		free((char *)part->letters[i].element.data);
		free((char *)part->letters[i].note.data);
	}
	free(part->letters);
}

static void end_dead(struct queue_look *look)
{
	struct dead_look *dead = LIST_MEMBER(look, struct dead_look, look);

	if (look->status == QUEUE_OK) {
		tell_letters(dead);
	} else {
		dead->cb(dead->arg, look->status, NULL, 0, "", &look->err);
	}
	for (int shard = 0;
	     dead->parts != NULL && shard < look->queue->options.shards;
	     shard++) {
		free_part(&dead->parts[shard]);
	}
	free(dead->parts);
	free(dead->destination);
	free(dead->ids);
	free(dead);
}

static struct dead_look *create_look(
    const char *destination, queue_dead_cb cb, void *arg)
{
	struct dead_look *dead = xcalloc(1, sizeof(*dead));

	dead->look.send = send_dead;
	dead->look.take = take_dead;
	dead->look.end = end_dead;
	dead->destination = xstrdup(destination);
	dead->cb = cb;
	dead->arg = arg;
	return dead;
}

void queue_read_dead(struct queue *queue, const char *destination,
    const char *after, size_t limit, queue_dead_cb cb, void *arg)
{
	struct dead_look *dead = create_look(destination, cb, arg);
	const char *slash = strchr(after, '/');

	dead->is_page = true;
	dead->limit = limit;
	if (slash != NULL) {
		dead->after_ms = strtoll(after, NULL, 10);
		(void)snprintf(
		    dead->after_id, sizeof(dead->after_id), "%s", slash + 1);
	}
	queue_look_begin(queue, &dead->look);
}

void queue_find_dead(struct queue *queue, const char *destination,
    const char *const *ids, size_t count, queue_dead_cb cb, void *arg)
{
	struct dead_look *dead = create_look(destination, cb, arg);

	dead->ids = xcalloc(count + 1, sizeof(*dead->ids));
	for (size_t i = 0; i < count; i++) {
		(void)snprintf(dead->ids[i], JOB_ID_MAX, "%s", ids[i]);
	}
	dead->id_count = count;
	queue_look_begin(queue, &dead->look);
}
