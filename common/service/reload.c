#include "common/service/reload.h"

#include "common/base/clock.h"
#include "common/config/config.h"
#include "common/config/config_cli.h"
#include "common/config/config_reload.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "common/queue/queue.h"
#include "common/service/service.h"

#include <stdlib.h>

struct config *reload_load(
    const struct config_cli *cli, const struct config *current, struct err *err)
{
	struct config *next =
	    config_load(cli->path, cli->overrides, cli->override_count, err);

	if (next != NULL && !config_can_follow(current, next, err)) {
		config_destroy(next);
		return NULL;
	}
	return next;
}

void reload_queue(
    struct queue *queue, const struct config *config, size_t max_batch_bytes)
{
	struct queue_destination *list = service_list_destinations(config);

	/* config_can_follow has seen to it that they are the same. */
	if (!queue_set_destinations(queue, list, config->destination_count)) {
		abort();
	}
	queue_set_limits(
	    queue, config->dispatcher.reap_grace_ms, max_batch_bytes);
	free(list);
}

static struct metric *gauge(struct metrics *metrics, enum metric_family family)
{
	return metrics_get(metrics, family, NULL, NULL);
}

void reload_note_time(struct metrics *metrics)
{
	metric_set(gauge(metrics, METRICS_RELOAD_OK), 1);
	metric_set(gauge(metrics, METRICS_RELOAD_SECONDS),
	    (double)clock_wall_ms() / 1000.0);
}

void reload_note_done(
    struct metrics *metrics, const char *module, const struct config *config)
{
	struct log_line line;

	reload_note_time(metrics);
	service_set_log_level(config);
	log_begin(&line, LOG_INFO, module, LOG_RELOADED);
	log_text(&line, "config", config->path);
	log_end(&line);
}

void reload_note_refused(
    struct metrics *metrics, const char *module, const struct err *err)
{
	metric_set(gauge(metrics, METRICS_RELOAD_OK), 0);
	service_log(module, LOG_ERROR, LOG_RELOAD_REFUSED, err);
}
