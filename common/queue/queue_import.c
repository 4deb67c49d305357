/* Putting a dead letter among the others, in the shard of its group: it may
 * come from a relay with other shards. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/queue/queue_codec.h"
#include "common/queue/queue_look.h"

enum {
	SUFFIX_MAX = 24,
};

struct import_look {
	struct queue_look look;
	struct queue_dead_letter letter; /* its texts are in this allocation */
	const char *destination;
	int shard;
	size_t imported;
	queue_count_cb cb;
	void *arg;
	char texts[];
};

/* Where each job is a group of its own, "u:42~00061a80..." with the number of
 * the id: the shard is that of "u:42". */
static struct slice shared_group(const struct queue_dead_letter *letter)
{
	const char *dash = strchr(letter->id, '-');
	struct slice group = letter->group;
	char suffix[SUFFIX_MAX];
	int len;

	if (dash == NULL) {
		return group;
	}
	len = snprintf(suffix, sizeof(suffix), "~%016" PRIx64,
	    (uint64_t)strtoull(dash + 1, NULL, 10));
	if (group.len > (size_t)len &&
	    memcmp(group.data + group.len - len, suffix, (size_t)len) == 0) {
		group.len -= (size_t)len;
	}
	return group;
}

static void send_import(struct queue_look *look)
{
	struct import_look *import =
	    LIST_MEMBER(look, struct import_look, look);
	const struct queue_dead_letter *letter = &import->letter;
	struct queue_command command;

	queue_look_command(look->queue, &command, QUEUE_VERB_IMPORT,
	    import->shard, import->destination);
	queue_command_add_text(&command, letter->id);
	queue_command_add(&command, letter->group);
	queue_command_add(&command, letter->element);
	queue_command_add_number(&command, letter->died_at_ms);
	queue_command_add_text(&command, outcome_name(letter->outcome));
	queue_command_add_number(&command, letter->http_status);
	queue_command_add(&command, letter->note);
	queue_command_add(&command, letter->body);
	queue_command_add(&command, letter->template);
	queue_command_add_number(&command, letter->attempts);
	queue_command_add_number(&command, letter->first_at_ms);
	queue_command_add_number(&command, letter->losses);
	for (size_t i = 0; i < letter->history_count; i++) {
		const struct queue_attempt *attempt = &letter->history[i];

		queue_command_add_number(&command, attempt->at_ms);
		queue_command_add_text(
		    &command, outcome_name(attempt->outcome));
		queue_command_add_number(&command, attempt->http_status);
		queue_command_add_number(&command, attempt->took_ms);
	}
	queue_look_call(look, QUEUE_VERB_IMPORT, import->shard, &command, 0);
}

static bool take_import(
    struct queue_look *look, size_t tag, const struct redisReply *reply)
{
	struct import_look *import =
	    LIST_MEMBER(look, struct import_look, look);
	int64_t imported = 0;

	(void)tag;
	if (!queue_decode_number(reply, &imported)) {
		return false;
	}
	import->imported = imported != 0 ? 1 : 0;
	return true;
}

static void end_import(struct queue_look *look)
{
	struct import_look *import =
	    LIST_MEMBER(look, struct import_look, look);

	import->cb(import->arg, look->status, import->imported,
	    look->status == QUEUE_OK ? NULL : &look->err);
	free(import);
}

static struct slice copy_text(char **end, struct slice text)
{
	struct slice copy = slice_make(*end, text.len);

	if (text.len > 0) {
		memcpy(*end, text.data, text.len);
	}
	(*end)[text.len] = '\0';
	*end += text.len + 1;
	return copy;
}

void queue_import_dead(struct queue *queue, const char *destination,
    const struct queue_dead_letter *letter, queue_count_cb cb, void *arg)
{
	size_t bytes = letter->group.len + letter->element.len +
	    letter->note.len + letter->body.len + letter->template.len;
	struct import_look *import =
	    xmalloc(sizeof(*import) + bytes + strlen(destination) + 6);
	char *end = import->texts;

	memset(import, 0, sizeof(*import));
	import->look.send = send_import;
	import->look.take = take_import;
	import->look.end = end_import;
	import->letter = *letter;
	import->letter.group = copy_text(&end, letter->group);
	import->letter.element = copy_text(&end, letter->element);
	import->letter.note = copy_text(&end, letter->note);
	import->letter.body = copy_text(&end, letter->body);
	import->letter.template = copy_text(&end, letter->template);
	import->destination = copy_text(&end, slice_of(destination)).data;
	import->shard =
	    identity_shard(shared_group(letter), queue->options.shards);
	import->cb = cb;
	import->arg = arg;
	queue_look_begin(queue, &import->look);
}
