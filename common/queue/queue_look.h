#ifndef COMMON_QUEUE_QUEUE_LOOK_H
#define COMMON_QUEUE_QUEUE_LOOK_H

/*
 * An operator's call: one question to each of several shards, and one answer
 * made of theirs. Embedded in what it asks; ends when all have answered.
 */

#include "common/queue/queue_operator.h"
#include "common/queue/queue_state.h"

struct queue_look {
	struct list_link link;
	struct queue *queue;
	size_t awaited;		  /* answers */
	enum queue_status status; /* the first that is not QUEUE_OK */
	struct err err;
	/* Makes the first calls. */
	void (*send)(struct queue_look *look);
	/* One answer; false when it is not one. May make more calls. */
	bool (*take)(struct queue_look *look, size_t tag,
	    const struct redisReply *reply);
	/* Tells the caller, and frees the look. */
	void (*end)(struct queue_look *look);
};

/* Puts it in line for the turn's end; the second, before all else of it. */
void queue_look_begin(struct queue *queue, struct queue_look *look);
void queue_look_begin_first(struct queue *queue, struct queue_look *look);

/* Takes the command. `tag` comes back to `take`. */
void queue_look_call(struct queue_look *look, enum queue_verb verb, int shard,
    struct queue_command *command, size_t tag);

/* The same for a script about a hold or a bucket, which are in no shard. */
void queue_look_call_apart(struct queue_look *look, enum queue_verb verb,
    struct queue_command *command, size_t tag);

/* The same for a command that is no script. */
void queue_look_ask(
    struct queue_look *look, struct queue_command *command, size_t tag);

/* Starts a script's command about a destination, up to the birth. */
void queue_look_command(struct queue *queue, struct queue_command *command,
    enum queue_verb verb, int shard, const char *destination);

#endif
