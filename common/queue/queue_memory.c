#include "common/queue/queue_memory.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/queue/queue_codec.h"
#include "common/queue/queue_look.h"

struct memory_look {
	struct queue_look look;
	struct queue_memory memory;
	queue_memory_cb cb;
	void *arg;
};

/* The number of a line `name:number`. */
static bool find_number(struct slice info, const char *name, int64_t *number)
{
	size_t name_len = strlen(name);

	while (info.len > 0) {
		const char *end = memchr(info.data, '\n', info.len);
		size_t len = end != NULL ? (size_t)(end - info.data) : info.len;
		struct slice line = slice_make(info.data, len);

		if (slice_starts_with(line, name) && len > name_len &&
		    line.data[name_len] == ':') {
			return slice_to_int64(
			    slice_trim(slice_from(line, name_len + 1)), number);
		}
		info = slice_from(info, len + 1);
	}
	return false;
}

bool queue_memory_read(struct slice info, struct queue_memory *memory)
{
	int64_t not_counted;

	if (!find_number(info, "used_memory", &memory->used_bytes) ||
	    !find_number(info, "maxmemory", &memory->max_bytes)) {
		return false;
	}
	/* Buffers for replicas and the append-only file, which Redis does not
	 * hold against the limit either. */
	if (find_number(info, "mem_not_counted_for_evict", &not_counted) &&
	    not_counted <= memory->used_bytes) {
		memory->used_bytes -= not_counted;
	}
	return true;
}

static void send_info(struct queue_look *look)
{
	struct queue_command command;

	queue_command_init(&command);
	queue_command_add_text(&command, "INFO");
	queue_command_add_text(&command, "memory");
	queue_look_ask(look, &command, 0);
}

static bool take_info(
    struct queue_look *look, size_t tag, const struct redisReply *reply)
{
	struct memory_look *memory =
	    LIST_MEMBER(look, struct memory_look, look);
	struct slice info;

	(void)tag;
	return queue_decode_text(reply, &info) &&
	    queue_memory_read(info, &memory->memory);
}

static void end_memory(struct queue_look *look)
{
	struct memory_look *memory =
	    LIST_MEMBER(look, struct memory_look, look);
	bool is_ok = look->status == QUEUE_OK;

	memory->cb(memory->arg, look->status, is_ok ? &memory->memory : NULL,
	    is_ok ? NULL : &look->err);
	free(memory);
}

void queue_read_memory(struct queue *queue, queue_memory_cb cb, void *arg)
{
	struct memory_look *memory = xcalloc(1, sizeof(*memory));

	memory->look.send = send_info;
	memory->look.take = take_info;
	memory->look.end = end_memory;
	memory->cb = cb;
	memory->arg = arg;
	queue_look_begin(queue, &memory->look);
}
