#include "tests/support/stand_in/stats.h"

#include <stdio.h>
#include <string.h>

void stats_begin(struct stats *stats)
{
	stats->in_hand++;
	if (stats->in_hand > stats->max_in_hand) {
		stats->max_in_hand = stats->in_hand;
	}
}

void stats_count(struct stats *stats, enum endpoint endpoint, int status)
{
	stats->counts[endpoint][status]++;
}

void stats_end(struct stats *stats)
{
	stats->in_hand--;
}

void stats_clear(struct stats *stats)
{
	memset(stats->counts, 0, sizeof(stats->counts));
	stats->max_in_hand = stats->in_hand;
}

static json_t *describe_endpoint(const int64_t *counts)
{
	json_t *into = json_object();
	char name[16];
	int status;

	for (status = 0; status < STATS_STATUS_END; status++) {
		if (counts[status] > 0) {
			(void)snprintf(name, sizeof(name), "%d", status);
			(void)json_object_set_new(into,
			    status == 0 ? "none" : name,
			    json_integer(counts[status]));
		}
	}
	return into;
}

json_t *stats_describe(const struct stats *stats)
{
	json_t *counts = json_object();
	enum endpoint e;

	for (e = ENDPOINT_DEVICE; e < ENDPOINT_COUNT; e++) {
		(void)json_object_set_new(counts, endpoint_info(e)->name,
		    describe_endpoint(stats->counts[e]));
	}
	return json_pack("{s:o, s:i, s:i}", "counts", counts, "in_hand",
	    stats->in_hand, "max_in_hand", stats->max_in_hand);
}
