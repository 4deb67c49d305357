/*
 * Reading dead letters. Each shard gives its own in order, and a page is merged
 * from them. A shard that gave only a part ends the page where its part ends:
 * what comes after it is not known yet. Answers are bounded by bytes; letters
 * by id are asked for until each id was looked at.
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
	ANSWER_BYTES = 8 * 1024 * 1024, /* of all shards together, about */
	PLACE_MAX = 24 + JOB_ID_MAX,
};

/* What one shard gave; the letters' texts are copies. */
struct part {
	struct queue_dead_letter *letters;
	size_t count;
	size_t at; /* the next to be merged */
	bool has_more;
	size_t looked_at; /* of the ids that may be here */
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

static size_t count_ids(const struct dead_look *dead, int shard)
{
	size_t count = 0;

	for (size_t i = 0; i < dead->id_count; i++) {
		count += queue_keys_may_hold(shard, dead->ids[i]) ? 1 : 0;
	}
	return count;
}

static void add_ids(
    struct queue_command *command, const struct dead_look *dead, int shard)
{
	size_t skipped = dead->parts[shard].looked_at;

	for (size_t i = 0; i < dead->id_count; i++) {
		if (!queue_keys_may_hold(shard, dead->ids[i])) {
			continue;
		}
		if (skipped > 0) {
			skipped--;
		} else {
			queue_command_add_text(command, dead->ids[i]);
		}
	}
}

static void ask_shard(struct dead_look *dead, int shard)
{
	struct queue *queue = dead->look.queue;
	struct queue_command command;

	queue_look_command(
	    queue, &command, QUEUE_VERB_DEAD, shard, dead->destination);
	queue_command_add_number(
	    &command, ANSWER_BYTES / queue->options.shards);
	queue_command_add_text(&command, dead->is_page ? "page" : "find");
	if (dead->is_page) {
		queue_command_add_number(&command, dead->after_ms);
		queue_command_add_text(&command, dead->after_id);
		queue_command_add_number(&command, (int64_t)dead->limit);
	} else {
		add_ids(&command, dead, shard);
	}
	queue_look_call(
	    &dead->look, QUEUE_VERB_DEAD, shard, &command, (size_t)shard);
}

static void send_dead(struct queue_look *look)
{
	struct dead_look *dead = LIST_MEMBER(look, struct dead_look, look);
	int shards = look->queue->options.shards;

	dead->parts = xcalloc((size_t)shards, sizeof(*dead->parts));
	for (int shard = 0; shard < shards; shard++) {
		ask_shard(dead, shard);
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

static bool add_letters(struct part *part, const struct redisReply *reply)
{
	size_t count = queue_reply_count(reply);
	size_t at = 1;

	while (at < count) {
		struct queue_dead_letter letter;

		if (!queue_decode_letter(reply, &at, &letter)) {
			return false;
		}
		copy_text(&letter.group);
		copy_text(&letter.element);
		copy_text(&letter.note);
		copy_text(&letter.body);
		copy_text(&letter.template);
		part->letters = xrealloc(
		    part->letters, (part->count + 1) * sizeof(*part->letters));
		part->letters[part->count++] = letter;
	}
	return true;
}

static bool take_dead(
    struct queue_look *look, size_t tag, const struct redisReply *reply)
{
	struct dead_look *dead = LIST_MEMBER(look, struct dead_look, look);
	struct part *part = &dead->parts[tag];
	int64_t number = 0; /* page: has more; find: ids looked at */

	if (!queue_number_at(reply, 0, &number) || number < 0 ||
	    !add_letters(part, reply)) {
		return false;
	}
	if (dead->is_page) {
		part->has_more = number != 0;
		return true;
	}
	part->looked_at += (size_t)number;
	if (part->looked_at < count_ids(dead, (int)tag)) {
		if (number == 0) {
			return false; /* it would never end */
		}
		ask_shard(dead, (int)tag);
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
		free((char *)part->letters[i].body.data);
		free((char *)part->letters[i].template.data);
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
