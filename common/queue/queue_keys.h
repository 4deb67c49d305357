#ifndef COMMON_QUEUE_QUEUE_KEYS_H
#define COMMON_QUEUE_QUEUE_KEYS_H

/*
 * Every key name of the program. All keys of a shard have its tag, so that a
 * Cluster keeps them together: "{relay:0}:event:ready". The key of a group's
 * jobs, "{relay:0}:event:jobs:u:42", is built by the scripts.
 */

#include <stdbool.h>

#include "common/queue/queue_command.h"

struct queue_shard_name {
	const char *prefix;
	int shard;
};

enum {
	QUEUE_KEYS_SHARD = 2, /* meta, never */
	QUEUE_KEYS_BLOCK = 13,
	QUEUE_KEYS_SEEN = 7,
};

/* Adds meta and never, with which the keys of every script begin. */
void queue_keys_add_shard(
    struct queue_command *command, struct queue_shard_name name);

/* Adds the set of names of destinations in use. */
void queue_keys_add_destinations(
    struct queue_command *command, struct queue_shard_name name);

/* Adds the keys of a destination; the seven of `seen`, too, or not. */
void queue_keys_add_block(struct queue_command *command,
    struct queue_shard_name name, const char *destination, bool with_seen);

/* Adds the hold of a destination, and the bucket of a rate limit: "{relay:hold:
 * event}", "{relay:flow:reteno}". Each has a tag of its own, for all shards. */
void queue_keys_add_hold(
    struct queue_command *command, const char *prefix, const char *destination);
void queue_keys_add_flow(
    struct queue_command *command, const char *prefix, const char *bucket);

/* Adds the list that wakes a dispatcher. */
void queue_keys_add_wake(struct queue_command *command,
    struct queue_shard_name name, const char *destination);

/* Whether `key` is that list. */
bool queue_keys_is_wake(
    struct slice key, struct queue_shard_name name, const char *destination);

/* Whether a job of this id may be in the shard: all may that do not say. */
bool queue_keys_may_hold(int shard, const char *id);

#endif
