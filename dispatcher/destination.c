#include "dispatcher/destination.h"

#include "common/base/mem.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "dispatcher/http/http_client.h"

#include <stdlib.h>

static struct http_client *create_client(
    const struct config_destination *config, struct loop *loop, struct err *err)
{
	struct http_header *headers =
	    xcalloc(config->header_count, sizeof(*headers));
	struct http_options options = {
	    .url = config->url,
	    .method = config->method,
	    .headers = headers,
	    .header_count = config->header_count,
	    .ca_file = config->tls_ca_file,
	    .connect_timeout_ms = config->connect_timeout_ms,
	    .timeout_ms = config->timeout_ms,
	    .max_connections = (size_t)config->max_in_flight,
	    .max_response_bytes = (size_t)config->max_response_bytes,
	};
	struct http_client *client;

	for (size_t i = 0; i < config->header_count; i++) {
		headers[i].name = config->headers[i].name;
		headers[i].value = config->headers[i].value;
	}
	client = http_client_create(loop, &options, err);
	free(headers);
	return client;
}

static void find_metrics(
    struct destination *destination, struct metrics *metrics)
{
	const char *name = destination->config->name;

	destination->in_hand_gauge =
	    metrics_get(metrics, METRICS_IN_FLIGHT, name, NULL);
	destination->call_seconds =
	    metrics_get(metrics, METRICS_ATTEMPT_SECONDS, name, NULL);
	destination->fenced = metrics_get(metrics, METRICS_FENCED, name, NULL);
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		destination->outcomes[i] = metrics_get(metrics,
		    METRICS_ATTEMPTS, name, outcome_name((enum outcome)i));
	}
}

struct destinations *destinations_create(const struct config *config,
    struct loop *loop, struct metrics *metrics, struct err *err)
{
	struct destinations *destinations = xcalloc(1, sizeof(*destinations));

	destinations->all =
	    xcalloc(config->destination_count, sizeof(*destinations->all));
	destinations->count = config->destination_count;
	for (size_t i = 0; i < config->destination_count; i++) {
		struct destination *destination = &destinations->all[i];

		destination->place = (int)i;
		destination->config = &config->destinations[i];
		destination->policy = retry_policy_of(destination->config);
		destination->http =
		    create_client(destination->config, loop, err);
		if (destination->http == NULL) {
			err_prefix(err, "%s:%d: destinations.%s", config->path,
			    destination->config->line,
			    destination->config->name);
			destinations_destroy(destinations);
			return NULL;
		}
		find_metrics(destination, metrics);
	}
	return destinations;
}

void destinations_destroy(struct destinations *destinations)
{
	if (destinations == NULL) {
		return;
	}
	for (size_t i = 0; i < destinations->count; i++) {
		http_client_destroy(destinations->all[i].http);
	}
	free(destinations->all);
	free(destinations);
}

void destination_take(struct destination *destination)
{
	destination->in_hand++;
	metric_set(destination->in_hand_gauge, (double)destination->in_hand);
}

void destination_let_go(struct destination *destination)
{
	destination->in_hand--;
	metric_set(destination->in_hand_gauge, (double)destination->in_hand);
}

static void log_pause(const struct destination *destination,
    enum log_event event, enum outcome outcome, int64_t pause_ms)
{
	struct log_line line;

	log_begin(&line, LOG_WARN, "destination", event);
	log_text(&line, "destination", destination->config->name);
	log_text(&line, "reason", outcome_name(outcome));
	if (pause_ms > 0) {
		log_number(&line, "ms", pause_ms);
	}
	log_end(&line);
}

void destination_note(struct destination *destination, enum outcome outcome,
    int64_t sent_at_ms, int64_t pause_ms, int64_t now_ms)
{
	metric_add(destination->outcomes[outcome], 1);
	switch (pause_note(
	    &destination->pause, outcome, sent_at_ms, pause_ms, now_ms)) {
	case PAUSE_SAME:
		break;
	case PAUSE_BEGAN:
		log_pause(
		    destination, LOG_DESTINATION_PAUSED, outcome, pause_ms);
		break;
	case PAUSE_ENDED:
		log_pause(destination, LOG_DESTINATION_RESUMED, outcome, 0);
		break;
	}
}

bool destinations_are_ready(
    const struct destinations *destinations, struct strbuf *reasons)
{
	bool are_ready = true;

	for (size_t i = 0; i < destinations->count; i++) {
		const struct destination *destination = &destinations->all[i];

		if (destination->pause.state != PAUSE_OPEN) {
			strbuf_appendf(reasons,
			    "destination %s is paused: %s\n",
			    destination->config->name,
			    outcome_name(destination->pause.reason));
			are_ready = false;
		}
	}
	return are_ready;
}
