/*
 * relay-dispatcher: jobs out of Redis, requests to the destinations.
 *
 *	relay-dispatcher --config FILE [--set KEY=VALUE]...
 *	    [--check|--print-config]
 *
 * Ends with 0 after SIGTERM or SIGINT: /readyz fails, nothing more is claimed,
 * attempts may end for dispatcher.shutdown_grace, and the rest is given back. A
 * second signal ends it at once, with 1: its leases lapse. Also 1 when it
 * cannot listen, or Redis holds another relay's data; 2 when the configuration
 * or a template is wrong, before it listens or connects.
 */
#include "common/admin/admin.h"
#include "common/base/mem.h"
#include "common/base/rng.h"
#include "common/config/config.h"
#include "common/config/config_cli.h"
#include "common/log/log.h"
#include "common/loop/loop.h"
#include "common/metrics/metrics.h"
#include "common/queue/queue.h"
#include "common/queue/queue_metrics.h"
#include "dispatcher/attempt.h"
#include "dispatcher/destination.h"
#include "dispatcher/pump.h"
#include "dispatcher/render.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

struct dispatcher {
	struct config *config;
	struct rng rng;
	struct loop *loop;
	struct metrics *metrics;
	struct render *render;
	struct destinations *destinations;
	struct queue *queue;
	struct attempts *attempts;
	struct pump *pump;
	struct admin *admin;
	int exit_status;
};

static void log_event(
    enum log_level level, enum log_event event, const struct err *err)
{
	struct log_line line;

	log_begin(&line, level, "dispatcher", event);
	if (err != NULL) {
		log_err(&line, err);
	}
	log_end(&line);
}

/* ---- what the rooms tell us ---- */

static void on_queue_state(
    void *arg, bool is_up, bool is_fatal, const struct err *err)
{
	struct dispatcher *dispatcher = arg;

	if (is_fatal) {
		log_event(LOG_ERROR, LOG_FAILED, err);
		dispatcher->exit_status = EXIT_FAILURE;
		loop_stop(dispatcher->loop);
	} else if (is_up) {
		pump_wake_all(dispatcher->pump);
	}
}

static void on_attempt_settled(
    void *arg, struct destination *destination, int shard)
{
	struct dispatcher *dispatcher = arg;

	pump_note_settled(dispatcher->pump, destination, shard);
}

static void on_pump_stopped(void *arg)
{
	struct dispatcher *dispatcher = arg;

	loop_stop(dispatcher->loop);
}

static void on_stop_signal(void *arg)
{
	struct dispatcher *dispatcher = arg;

	if (pump_is_stopping(dispatcher->pump)) {
		_Exit(EXIT_FAILURE);
	}
	log_event(LOG_INFO, LOG_STOPPING, NULL);
	pump_stop(dispatcher->pump);
}

static bool is_ready(void *arg, struct strbuf *reasons)
{
	const struct dispatcher *dispatcher = arg;
	bool is_ready = true;

	if (pump_is_stopping(dispatcher->pump)) {
		strbuf_append_text(reasons, "stopping\n");
		is_ready = false;
	}
	if (!queue_is_up(dispatcher->queue)) {
		strbuf_appendf(reasons, "redis: %s\n",
		    queue_trouble(dispatcher->queue)->text);
		is_ready = false;
	}
	return destinations_are_ready(dispatcher->destinations, reasons) &&
	    is_ready;
}

struct collection {
	struct metrics *metrics;
	struct admin_scrape *scrape;
};

static void on_queue_stats(void *arg, enum queue_status status,
    const struct queue_stats *stats, size_t count, const struct err *err)
{
	struct collection *collection = arg;

	(void)err;
	if (status == QUEUE_OK) {
		queue_metrics_set(collection->metrics, stats, count);
	}
	admin_scrape_done(collection->scrape);
	free(collection);
}

static void on_scrape(void *arg, struct admin_scrape *scrape)
{
	struct dispatcher *dispatcher = arg;
	struct collection *collection = xmalloc(sizeof(*collection));

	*collection = (struct collection){dispatcher->metrics, scrape};
	queue_read_stats(dispatcher->queue, on_queue_stats, collection);
}

/* ---- wiring ---- */

static struct queue *create_queue(struct dispatcher *dispatcher)
{
	const struct config *config = dispatcher->config;
	const struct config_redis *redis = &config->redis;
	size_t count = config->destination_count;
	struct queue_destination *destinations =
	    xcalloc(count + 1, sizeof(*destinations));
	struct queue_options options = {
	    .loop = dispatcher->loop,
	    .metrics = dispatcher->metrics,
	    .address = redis->address,
	    .username = redis->username,
	    .password = redis->password,
	    .database = (int)redis->database,
	    .prefix = redis->prefix,
	    .shards = (int)redis->shards,
	    .destinations = destinations,
	    .destination_count = count,
	    .connect_timeout_ms = redis->connect_timeout_ms,
	    .request_timeout_ms = redis->request_timeout_ms,
	    .reconnect_base_ms = redis->reconnect_base_ms,
	    .reconnect_cap_ms = redis->reconnect_cap_ms,
	    .reap_grace_ms = config->dispatcher.reap_grace_ms,
	    .max_batch_bytes = (size_t)config->dispatcher.max_claim_bytes,
	    .seed = rng_next(&dispatcher->rng),
	    .on_state = on_queue_state,
	    .arg = dispatcher,
	};
	struct queue *queue;

	for (size_t i = 0; i < count; i++) {
		const struct config_destination *from =
		    &config->destinations[i];

		destinations[i] = (struct queue_destination){
		    .name = from->name,
		    .dedupe_for_ms = from->dedupe_for_ms,
		    .max_depth = from->max_depth,
		};
	}
	queue = queue_create(&options);
	free(destinations);
	return queue;
}

/* What needs neither a network nor Redis: all that a configuration can have
 * wrong. */
static bool prepare(struct dispatcher *dispatcher, struct err *err)
{
	enum log_level level;

	if (log_level_parse(slice_of(dispatcher->config->log.level), &level)) {
		log_set_level(level);
	}
	rng_seed_from_system(&dispatcher->rng);
	dispatcher->loop = loop_create();
	dispatcher->metrics = metrics_create();
	dispatcher->render = render_create(dispatcher->config, err);
	if (dispatcher->render == NULL) {
		return false;
	}
	dispatcher->destinations = destinations_create(
	    dispatcher->config, dispatcher->loop, dispatcher->metrics, err);
	return dispatcher->destinations != NULL;
}

static void create_rooms(struct dispatcher *dispatcher)
{
	dispatcher->queue = create_queue(dispatcher);
	dispatcher->attempts = attempts_create(&(struct attempts_options){
	    .loop = dispatcher->loop,
	    .queue = dispatcher->queue,
	    .render = dispatcher->render,
	    .config = dispatcher->config,
	    .seed = rng_next(&dispatcher->rng),
	    .on_settled = on_attempt_settled,
	    .arg = dispatcher,
	});
	dispatcher->pump = pump_create(&(struct pump_options){
	    .loop = dispatcher->loop,
	    .queue = dispatcher->queue,
	    .attempts = dispatcher->attempts,
	    .destinations = dispatcher->destinations,
	    .config = dispatcher->config,
	    .on_stopped = on_pump_stopped,
	    .arg = dispatcher,
	});
}

static struct admin *create_admin(
    struct dispatcher *dispatcher, struct err *err)
{
	struct admin_options options = {
	    .loop = dispatcher->loop,
	    .metrics = dispatcher->metrics,
	    .listen = dispatcher->config->dispatcher.admin_listen,
	    .is_ready = is_ready,
	    .collect = on_scrape,
	    .arg = dispatcher,
	};

	return admin_create(&options, err);
}

/* The queue and the HTTP clients go before what they call back into. */
static void destroy_rooms(struct dispatcher *dispatcher)
{
	admin_destroy(dispatcher->admin);
	if (dispatcher->attempts != NULL) {
		attempts_close(dispatcher->attempts);
	}
	queue_destroy(dispatcher->queue);
	destinations_destroy(dispatcher->destinations);
	pump_destroy(dispatcher->pump);
	attempts_destroy(dispatcher->attempts);
	render_destroy(dispatcher->render);
	metrics_destroy(dispatcher->metrics);
	loop_destroy(dispatcher->loop);
}

static void log_started(const struct config *config)
{
	struct log_line line;

	log_begin(&line, LOG_INFO, "dispatcher", LOG_STARTED);
	log_text(&line, "version", RELAY_VERSION);
	log_text(&line, "config", config->path);
	log_end(&line);
}

static void run(struct dispatcher *dispatcher)
{
	struct err err;

	log_started(dispatcher->config);
	create_rooms(dispatcher);
	dispatcher->admin = create_admin(dispatcher, &err);
	if (dispatcher->admin == NULL) {
		log_event(LOG_ERROR, LOG_FAILED, &err);
		dispatcher->exit_status = EXIT_FAILURE;
		return;
	}
	loop_on_signal(dispatcher->loop, SIGTERM, on_stop_signal, dispatcher);
	loop_on_signal(dispatcher->loop, SIGINT, on_stop_signal, dispatcher);
	loop_run(dispatcher->loop);
	log_event(LOG_INFO, LOG_STOPPED, NULL);
}

int main(int argc, char **argv)
{
	struct dispatcher dispatcher = {.exit_status = EXIT_SUCCESS};
	struct config_cli cli;
	struct err err;

	config_cli_init(&cli, "relay-dispatcher",
	    "Takes jobs from Redis and sends them to their destinations.");
	if (config_cli_parse(&cli, argc, argv) && config_cli_load(&cli)) {
		dispatcher.config = cli.config;
		if (!prepare(&dispatcher, &err)) {
			config_cli_fail(&cli, &err);
		} else if (cli.task == CONFIG_CLI_RUN) {
			run(&dispatcher);
			cli.exit_code = dispatcher.exit_status;
		}
		destroy_rooms(&dispatcher);
	}
	return config_cli_finish(&cli);
}
