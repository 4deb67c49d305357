#ifndef COMMON_QUEUE_QUEUE_MEMORY_H
#define COMMON_QUEUE_QUEUE_MEMORY_H

/*
 * How full the queue's Redis is, in its own words: INFO memory. For whoever
 * takes jobs in, and stops before Redis would have to refuse them: what takes
 * jobs out needs a little memory, too. What holds for the calls of queue.h
 * holds here.
 */

#include <stdint.h>

#include "common/queue/queue.h"

struct queue_memory {
	int64_t used_bytes; /* what Redis holds against its limit */
	int64_t max_bytes;  /* maxmemory; 0: none */
};

/* `memory` is NULL unless QUEUE_OK. */
typedef void (*queue_memory_cb)(void *arg, enum queue_status status,
    const struct queue_memory *memory, const struct err *err);

void queue_read_memory(struct queue *queue, queue_memory_cb cb, void *arg);

/* Reads the text that INFO memory answers. False when it is not one. Pure. */
MUST_USE bool queue_memory_read(struct slice info, struct queue_memory *memory);

#endif
