#include "ingest/tally.h"

#include "common/base/mem.h"
#include "common/config/config.h"
#include "common/metrics/metrics.h"
#include "ingest/routes.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	OFFER_ACCEPTED,
	OFFER_DUPLICATE,
	OFFER_FULL,
	OFFER_UNAVAILABLE,
	OFFER_COUNT,
};

struct taken {
	struct metric *requests; /* with status 200 */
};

struct offers {
	struct metric *series[OFFER_COUNT];
};

struct tally {
	struct metrics *metrics;
	const struct config *config;
	struct metric *seconds;
	struct taken *taken;   /* by route */
	struct offers *offers; /* by destination */
};

struct tally *tally_create(struct metrics *metrics, const struct config *config)
{
	static const char *const names[OFFER_COUNT] = {
	    "accepted", "duplicate", "full", "unavailable"};
	struct tally *tally = xcalloc(1, sizeof(*tally));

	tally->metrics = metrics;
	tally->config = config;
	tally->seconds =
	    metrics_get(metrics, METRICS_REQUEST_SECONDS, NULL, NULL);
	tally->taken = xcalloc(config->route_count + 1, sizeof(*tally->taken));
	for (size_t i = 0; i < config->route_count; i++) {
		tally->taken[i].requests = metrics_get(
		    metrics, METRICS_REQUESTS, config->routes[i].path, "200");
	}
	tally->offers =
	    xcalloc(config->destination_count + 1, sizeof(*tally->offers));
	for (size_t i = 0; i < config->destination_count; i++) {
		for (size_t k = 0; k < OFFER_COUNT; k++) {
			tally->offers[i].series[k] =
			    metrics_get(metrics, METRICS_OBJECTS,
				config->destinations[i].name, names[k]);
		}
	}
	return tally;
}

void tally_destroy(struct tally *tally)
{
	if (tally == NULL) {
		return;
	}
	free(tally->taken);
	free(tally->offers);
	free(tally);
}

const char *tally_route_name(const struct tally *tally, int route)
{
	return route == ROUTE_NONE ? "other"
				   : tally->config->routes[route].path;
}

void tally_request(struct tally *tally, int route, int status)
{
	char number[16];

	if (route != ROUTE_NONE && status == 200) {
		metric_add(tally->taken[route].requests, 1);
		return;
	}
	(void)snprintf(number, sizeof(number), "%d", status);
	metric_add(metrics_get(tally->metrics, METRICS_REQUESTS,
		       tally_route_name(tally, route), number),
	    1);
}

void tally_request_ms(struct tally *tally, int64_t took_ms)
{
	metric_observe(tally->seconds, (double)took_ms / 1000.0);
}

void tally_verdict(
    struct tally *tally, int destination, enum queue_verdict verdict)
{
	struct metric **series = tally->offers[destination].series;

	switch (verdict) {
	case QUEUE_ACCEPTED:
		metric_add(series[OFFER_ACCEPTED], 1);
		break;
	case QUEUE_DUPLICATE:
		metric_add(series[OFFER_DUPLICATE], 1);
		break;
	case QUEUE_FULL:
		metric_add(series[OFFER_FULL], 1);
		break;
	}
}

void tally_unavailable(struct tally *tally, int destination)
{
	metric_add(tally->offers[destination].series[OFFER_UNAVAILABLE], 1);
}
