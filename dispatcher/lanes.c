#include "dispatcher/lanes.h"

#include "common/base/mem.h"
#include "common/config/config.h"
#include "common/loop/loop.h"
#include "dispatcher/destination.h"
#include "dispatcher/lanes_state.h"

#include <stdlib.h>

struct lane *lane_of(const struct lanes *lanes,
    const struct destination *destination, size_t shard)
{
	return &lanes->all[(size_t)destination->place * lanes->shards + shard];
}

/* ---- hope ---- */

void lane_hope(struct lane *lane)
{
	switch (lane->state) {
	case LANE_QUIET:
		lane->state = LANE_HOPEFUL;
		break;
	case LANE_HOPEFUL:
		break;
	case LANE_ASKING:
		lane->is_hopeful_again = true;
		break;
	}
	lane->lanes->on_change(lane->lanes->arg);
}

void lanes_hope(
    struct lanes *lanes, const struct destination *destination, int shard)
{
	lane_hope(lane_of(lanes, destination, (size_t)shard));
}

void lanes_hope_for(struct lanes *lanes, const struct destination *destination)
{
	for (size_t s = 0; s < lanes->shards; s++) {
		lane_hope(lane_of(lanes, destination, s));
	}
}

void lanes_hope_all(struct lanes *lanes)
{
	for (size_t i = 0; i < lanes->count; i++) {
		lane_hope(&lanes->all[i]);
	}
}

static void on_lane_due(struct runq_item *item, void *arg)
{
	(void)arg;
	lane_hope(LIST_MEMBER(item, struct lane, due));
}

size_t lanes_count(const struct lanes *lanes,
    const struct destination *destination, enum lane_state state)
{
	size_t count = 0;

	for (size_t s = 0; s < lanes->shards; s++) {
		count += lane_of(lanes, destination, s)->state == state;
	}
	return count;
}

bool lanes_are_busy(
    const struct lanes *lanes, const struct destination *destination)
{
	return lanes_count(lanes, destination, LANE_QUIET) < lanes->shards;
}

size_t lanes_asked(const struct lanes *lanes)
{
	size_t asked = 0;

	for (size_t i = 0; i < lanes->count; i++) {
		asked += lanes->all[i].asked;
	}
	return asked;
}

void lanes_stop(struct lanes *lanes)
{
	lanes->is_stopped = true;
}

/* ---- all of them ---- */

struct lanes *lanes_create(const struct lanes_options *options)
{
	struct lanes *lanes = xcalloc(1, sizeof(*lanes));

	lanes->loop = options->loop;
	lanes->queue = options->queue;
	lanes->attempts = options->attempts;
	lanes->admissions = options->admissions;
	lanes->destinations = options->destinations;
	rng_seed(&lanes->rng, options->seed);
	lanes->on_change = options->on_change;
	lanes->arg = options->arg;
	lanes->shards =
	    (size_t)lanes->destinations->current->config->redis.shards;
	lanes->count = lanes->destinations->count * lanes->shards;
	lanes->all = xcalloc(lanes->count, sizeof(*lanes->all));
	lanes->first_shards =
	    xcalloc(lanes->destinations->count, sizeof(*lanes->first_shards));
	for (size_t i = 0; i < lanes->count; i++) {
		lanes->all[i].lanes = lanes;
		lanes->all[i].destination =
		    &lanes->destinations->all[i / lanes->shards];
		lanes->all[i].shard = (int)(i % lanes->shards);
	}
	lanes->due = runq_create(lanes->loop, on_lane_due, lanes);
	return lanes;
}

void lanes_destroy(struct lanes *lanes)
{
	if (lanes == NULL) {
		return;
	}
	runq_destroy(lanes->due);
	free(lanes->all);
	free(lanes->first_shards);
	free(lanes);
}
