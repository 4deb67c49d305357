#ifndef COMMON_QUEUE_QUEUE_COMMAND_H
#define COMMON_QUEUE_QUEUE_COMMAND_H

/*
 * A Redis command as it goes over the wire, built word by word. Words may hold
 * any bytes. Kept whole, so that it can be sent again.
 *
 *	struct queue_command command;
 *
 *	queue_command_init(&command);
 *	queue_command_add_text(&command, "SELECT");
 *	queue_command_add_number(&command, 2);
 *	... queue_command_bytes(&command) ...
 *	queue_command_finish(&command);
 */

#include <stdint.h>

#include "common/base/slice.h"
#include "common/base/strbuf.h"

struct queue_command {
	struct strbuf bytes; /* room for the count, then the words */
	size_t words;
};

void queue_command_init(struct queue_command *command);
void queue_command_finish(struct queue_command *command);

void queue_command_add(struct queue_command *command, struct slice word);
void queue_command_add_text(struct queue_command *command, const char *word);
void queue_command_add_number(struct queue_command *command, int64_t number);

/* The command. Borrowed, until the next change. Empty when there was no memory
 * for it. */
struct slice queue_command_bytes(struct queue_command *command);

/* Moves it; `from` is empty then. */
struct queue_command queue_command_take(struct queue_command *from);

#endif
