#include "dispatcher/ctl/ctl_dead.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/base/nearest.h"

static void on_stats(void *arg, const struct queue_stats *stats, size_t count)
{
	struct ctl_dead *dead = arg;

	dead->places = xcalloc(count + 1, sizeof(*dead->places));
	dead->place_count = count;
	for (size_t i = 0; i < count; i++) {
		dead->places[i].destination = xstrdup(stats[i].destination);
		dead->places[i].dead_now = stats[i].dead_now;
	}
}

static void swap(struct ctl_dead_place *a, struct ctl_dead_place *b)
{
	struct ctl_dead_place kept = *a;

	*a = *b;
	*b = kept;
}

static void free_from(struct ctl_dead *dead, size_t first)
{
	while (dead->place_count > first) {
		free(dead->places[--dead->place_count].destination);
	}
}

/* Leaves only that one. */
static enum ctl_exit choose(struct ctl_dead *dead, const char *name)
{
	char hint[NEAREST_HINT_MAX];
	struct nearest nearest;

	nearest_init(&nearest, slice_of(name));
	for (size_t i = 0; i < dead->place_count; i++) {
		if (strcmp(dead->places[i].destination, name) == 0) {
			swap(&dead->places[0], &dead->places[i]);
			free_from(dead, 1);
			return CTL_OK;
		}
		nearest_offer(&nearest, slice_of(dead->places[i].destination));
	}
	nearest_hint(&nearest, hint);
	return ctl_fail(
	    CTL_WRONG, "there is no destination %.100s%s", name, hint);
}

enum ctl_exit ctl_dead_open(struct ctl *ctl, struct ctl_dead *dead)
{
	const char *name = ctl->options.destination;
	struct err err;

	*dead = (struct ctl_dead){.ctl = ctl};
	if (!ctl_load(ctl)) {
		return CTL_WRONG;
	}
	dead->queue = ctl_queue_open(ctl->cli.config, &err);
	if (dead->queue == NULL ||
	    !ctl_queue_read_stats(dead->queue, on_stats, dead, &err)) {
		return ctl_fail(CTL_TROUBLE, "%s", err.text);
	}
	return name != NULL ? choose(dead, name) : CTL_OK;
}

void ctl_dead_close(struct ctl_dead *dead)
{
	free_from(dead, 0);
	free(dead->places);
	ctl_queue_close(dead->queue);
	*dead = (struct ctl_dead){.ctl = NULL};
}
