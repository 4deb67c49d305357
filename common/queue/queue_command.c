/*
 * RESP: "*<words>\r\n", then "$<bytes>\r\n<word>\r\n" for each. The number of
 * words is known last, so room is kept in front of them, and the count is put
 * at its end:
 *
 *	 0          COUNT_ROOM
 *	+----------+------------------
 *	|     *3\r\n$6\r\nSELECT\r\n...
 *	+----------+------------------
 *	      ^ the command begins here
 */
#include "common/queue/queue_command.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	COUNT_ROOM = 24,
};

void queue_command_init(struct queue_command *command)
{
	static const char room[COUNT_ROOM] = {0};

	command->words = 0;
	strbuf_init(&command->bytes, STRBUF_NO_LIMIT);
	strbuf_append(&command->bytes, room, COUNT_ROOM);
}

void queue_command_finish(struct queue_command *command)
{
	strbuf_finish(&command->bytes);
}

void queue_command_add(struct queue_command *command, struct slice word)
{
	strbuf_appendf(&command->bytes, "$%zu\r\n", word.len);
	strbuf_append_slice(&command->bytes, word);
	strbuf_append(&command->bytes, "\r\n", 2);
	command->words++;
}

void queue_command_add_text(struct queue_command *command, const char *word)
{
	queue_command_add(command, slice_of(word));
}

void queue_command_add_number(struct queue_command *command, int64_t number)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%" PRId64, number);

	queue_command_add(command, slice_make(text, (size_t)len));
}

struct slice queue_command_bytes(struct queue_command *command)
{
	char count[COUNT_ROOM];
	size_t len;

	if (strbuf_failed(&command->bytes)) {
		return slice_make(NULL, 0);
	}
	len =
	    (size_t)snprintf(count, sizeof(count), "*%zu\r\n", command->words);
	memcpy(command->bytes.data + COUNT_ROOM - len, count, len);
	return slice_from(strbuf_slice(&command->bytes), COUNT_ROOM - len);
}

struct queue_command queue_command_take(struct queue_command *from)
{
	struct queue_command taken = *from;

	queue_command_init(from);
	return taken;
}
