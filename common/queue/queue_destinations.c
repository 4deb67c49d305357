/*
 * The destinations as the scripts must know them: copies of what the queue was
 * told, replaced by a reload; and who waits for whom, looked at from the other
 * side.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/queue/queue_state.h"

/* One of its own goes by the destination's name. */
static const char *copy_bucket(const struct queue_destination *destination)
{
	const char *bucket = destination->rate_bucket;

	return xstrdup(
	    bucket != NULL && bucket[0] != '\0' ? bucket : destination->name);
}

static int *copy_places(const int *places, size_t count)
{
	int *copy = xcalloc(count + 1, sizeof(*copy));

	if (count > 0) {
		memcpy(copy, places, count * sizeof(*copy));
	}
	return copy;
}

static void copy_destination(
    struct queue_destination *to, const struct queue_destination *from)
{
	*to = *from;
	to->name = xstrdup(from->name);
	to->rate_bucket = copy_bucket(from);
	to->after = copy_places(from->after, from->after_count);
}

static bool is_after(const struct queue_destination *destination, int place)
{
	for (size_t i = 0; i < destination->after_count; i++) {
		if (destination->after[i] == place) {
			return true;
		}
	}
	return false;
}

static void find_dependents(struct queue *queue, size_t place)
{
	size_t count = queue->options.destination_count;
	struct queue_dependents *found = &queue->dependents[place];

	found->places = xcalloc(count + 1, sizeof(*found->places));
	for (size_t i = 0; i < count; i++) {
		if (is_after(&queue->destinations[i], (int)place)) {
			found->places[found->count++] = (int)i;
		}
	}
}

void queue_copy_destinations(
    struct queue *queue, const struct queue_destination *list)
{
	size_t count = queue->options.destination_count;

	queue->destinations = xcalloc(count + 1, sizeof(*queue->destinations));
	queue->dependents = xcalloc(count + 1, sizeof(*queue->dependents));
	for (size_t i = 0; i < count; i++) {
		copy_destination(&queue->destinations[i], &list[i]);
	}
	for (size_t i = 0; i < count; i++) {
		find_dependents(queue, i);
	}
	queue->options.destinations = queue->destinations;
}

void queue_free_destinations(struct queue *queue)
{
	for (size_t i = 0; i < queue->options.destination_count; i++) {
		struct queue_destination *destination = &queue->destinations[i];

		free((char *)destination->name);
		free((char *)destination->rate_bucket);
		free((int *)destination->after);
		free(queue->dependents[i].places);
	}
	free(queue->destinations);
	free(queue->dependents);
}

bool queue_set_destinations(
    struct queue *queue, const struct queue_destination *list, size_t count)
{
	if (count != queue->options.destination_count) {
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		if (strcmp(list[i].name, queue->destinations[i].name) != 0) {
			return false;
		}
	}
	queue_free_destinations(queue);
	queue_copy_destinations(queue, list);
	return true;
}

int64_t queue_share(const struct queue *queue, int64_t limit)
{
	int shards = queue->options.shards;

	return limit / shards + (limit % shards != 0);
}

void queue_add_blocks(struct queue_command *command, const struct queue *queue,
    int shard, const int *places, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		queue_keys_add_block(command, queue_shard_name(queue, shard),
		    queue->destinations[places[i]].name, false);
	}
}
