/* The order of the keys is known to the scripts: KEY ORDER, lua/prelude.lua. */
#include "common/queue/queue_keys.h"

#include <ctype.h>
#include <stdlib.h>

static const char *const block[] = {
    "ready",	 /* list: groups that can be claimed */
    "leased",	 /* zset: groups being attempted, by lease end */
    "tokens",	 /* hash: the token of each of them */
    "waiting",	 /* zset: groups whose head is to be retried, by due time */
    "heads",	 /* zset: groups that have a job, by its acceptance */
    "attempts",	 /* hash: what was tried with the heads */
    "counts",	 /* hash: the ledger */
    "wake",	 /* list: at most one element */
    "dead",	 /* zset: ids of dead letters, by death */
    "dead:jobs", /* hash: the dead letters */
    "history",	 /* list: jobs done, the newest first */
    "sent:0",	 /* hash: the last body sent for a group, by window */
    "sent:1",
};

_Static_assert(
    ARRAY_LEN(block) == QUEUE_KEYS_BLOCK, "the scripts count on them");

static const struct slice none = {NULL, 0};

/* "{prefix:shard}:destination:name", or without destination. */
static void format_key(struct strbuf *out, struct queue_shard_name name,
    const char *destination, const char *last)
{
	strbuf_appendf(out, "{%s:%d}:", name.prefix, name.shard);
	if (destination != NULL) {
		strbuf_appendf(out, "%s:", destination);
	}
	strbuf_append_text(out, last);
}

static void add_key(struct queue_command *command, struct queue_shard_name name,
    const char *destination, const char *last)
{
	struct strbuf key;

	strbuf_init(&key, STRBUF_NO_LIMIT);
	format_key(&key, name, destination, last);
	queue_command_add(
	    command, strbuf_failed(&key) ? none : strbuf_slice(&key));
	strbuf_finish(&key);
}

void queue_keys_add_shard(
    struct queue_command *command, struct queue_shard_name name)
{
	add_key(command, name, NULL, "meta");
	add_key(command, name, NULL, "never");
}

void queue_keys_add_destinations(
    struct queue_command *command, struct queue_shard_name name)
{
	add_key(command, name, NULL, "destinations");
}

void queue_keys_add_block(struct queue_command *command,
    struct queue_shard_name name, const char *destination, bool with_seen)
{
	for (size_t i = 0; i < ARRAY_LEN(block); i++) {
		add_key(command, name, destination, block[i]);
	}
	for (int slot = 0; with_seen && slot < QUEUE_KEYS_SEEN; slot++) {
		char last[] = {'s', 'e', 'e', 'n', ':', (char)('0' + slot), 0};

		add_key(command, name, destination, last);
	}
}

static void add_key_apart(struct queue_command *command, const char *prefix,
    const char *kind, const char *name)
{
	struct strbuf key;

	strbuf_init(&key, STRBUF_NO_LIMIT);
	strbuf_appendf(&key, "{%s:%s:%s}", prefix, kind, name);
	queue_command_add(
	    command, strbuf_failed(&key) ? none : strbuf_slice(&key));
	strbuf_finish(&key);
}

void queue_keys_add_hold(
    struct queue_command *command, const char *prefix, const char *destination)
{
	add_key_apart(command, prefix, "hold", destination);
}

void queue_keys_add_flow(
    struct queue_command *command, const char *prefix, const char *bucket)
{
	add_key_apart(command, prefix, "flow", bucket);
}

void queue_keys_add_wake(struct queue_command *command,
    struct queue_shard_name name, const char *destination)
{
	add_key(command, name, destination, "wake");
}

bool queue_keys_is_wake(
    struct slice key, struct queue_shard_name name, const char *destination)
{
	struct strbuf wake;
	bool is_equal;

	strbuf_init(&wake, STRBUF_NO_LIMIT);
	format_key(&wake, name, destination, "wake");
	is_equal = slice_equal(key, strbuf_slice(&wake));
	strbuf_finish(&wake);
	return is_equal;
}

bool queue_keys_may_hold(int shard, const char *id)
{
	char *end;
	long number;

	if (!isdigit((unsigned char)id[0])) {
		return true; /* garbage is named by its digest */
	}
	number = strtol(id, &end, 10);
	return *end != '-' || number == shard;
}
