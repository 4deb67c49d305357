/*
 * relay-ingest: webhooks in, jobs into Redis.
 *
 *	relay-ingest --config FILE [--set KEY=VALUE]... [--check|--print-config]
 *
 * Ends with 0 after SIGTERM or SIGINT: /readyz fails, nothing new is accepted,
 * what is in flight is answered, for ingest.shutdown_grace at most. A second
 * signal ends it at once, with 1. Also 1 when it cannot listen, or Redis holds
 * another relay's data; 2 when the configuration is wrong, before it listens.
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
#include "ingest/accept.h"
#include "ingest/server.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

struct ingest {
	struct config *config;
	struct loop *loop;
	struct metrics *metrics;
	struct queue *queue;
	struct acceptor *acceptor;
	struct server *server;
	struct admin *admin;
	bool is_stopping;
	int exit_status;
};

static void log_event(
    enum log_level level, enum log_event event, const struct err *err)
{
	struct log_line line;

	log_begin(&line, level, "ingest", event);
	if (err != NULL) {
		log_err(&line, err);
	}
	log_end(&line);
}

/* ---- what the rooms tell us ---- */

static void on_queue_state(
    void *arg, bool is_up, bool is_fatal, const struct err *err)
{
	struct ingest *ingest = arg;

	(void)is_up;
	if (is_fatal) {
		log_event(LOG_ERROR, LOG_FAILED, err);
		ingest->exit_status = EXIT_FAILURE;
		loop_stop(ingest->loop);
	}
}

static void on_server_stopped(void *arg)
{
	struct ingest *ingest = arg;

	loop_stop(ingest->loop);
}

static void on_stop_signal(void *arg)
{
	struct ingest *ingest = arg;

	if (ingest->is_stopping) {
		_Exit(EXIT_FAILURE);
	}
	ingest->is_stopping = true;
	log_event(LOG_INFO, LOG_STOPPING, NULL);
	server_stop(ingest->server, ingest->config->ingest.shutdown_grace_ms,
	    on_server_stopped, ingest);
}

static bool is_ready(void *arg, struct strbuf *reasons)
{
	const struct ingest *ingest = arg;

	if (ingest->is_stopping) {
		strbuf_append_text(reasons, "stopping\n");
	}
	if (!queue_is_up(ingest->queue)) {
		strbuf_appendf(
		    reasons, "redis: %s\n", queue_trouble(ingest->queue)->text);
	}
	return reasons->len == 0;
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
	struct ingest *ingest = arg;
	struct collection *collection = xmalloc(sizeof(*collection));

	*collection = (struct collection){ingest->metrics, scrape};
	queue_read_stats(ingest->queue, on_queue_stats, collection);
}

/* ---- wiring ---- */

static struct queue *create_queue(struct ingest *ingest)
{
	const struct config *config = ingest->config;
	const struct config_redis *redis = &config->redis;
	size_t count = config->destination_count;
	struct queue_destination *destinations =
	    xcalloc(count + 1, sizeof(*destinations));
	struct queue_options options = {
	    .loop = ingest->loop,
	    .metrics = ingest->metrics,
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
	    .max_batch_bytes = (size_t)config->ingest.max_batch_bytes,
	    .on_state = on_queue_state,
	    .arg = ingest,
	};
	struct queue *queue;
	struct rng rng;

	rng_seed_from_system(&rng);
	options.seed = rng_next(&rng);
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

static struct admin *create_admin(struct ingest *ingest, struct err *err)
{
	struct admin_options options = {
	    .loop = ingest->loop,
	    .metrics = ingest->metrics,
	    .listen = ingest->config->ingest.admin_listen,
	    .is_ready = is_ready,
	    .collect = on_scrape,
	    .arg = ingest,
	};

	return admin_create(&options, err);
}

static struct server *create_server(struct ingest *ingest, struct err *err)
{
	const struct config_ingest *config = &ingest->config->ingest;
	struct server_options options = {
	    .loop = ingest->loop,
	    .acceptor = ingest->acceptor,
	    .listen = config->listen,
	    .max_body_bytes = config->max_body_bytes,
	    .timeout_ms = config->request_timeout_ms,
	};

	return server_create(&options, err);
}

static bool create_rooms(struct ingest *ingest, struct err *err)
{
	ingest->loop = loop_create();
	ingest->metrics = metrics_create();
	ingest->queue = create_queue(ingest);
	ingest->acceptor = acceptor_create(&(struct acceptor_options){
	    .loop = ingest->loop,
	    .metrics = ingest->metrics,
	    .queue = ingest->queue,
	    .config = ingest->config,
	    .max_waiting_bytes = ACCEPT_WAITING_BYTES,
	});
	ingest->server = create_server(ingest, err);
	if (ingest->server == NULL) {
		return false;
	}
	ingest->admin = create_admin(ingest, err);
	if (ingest->admin == NULL) {
		return false;
	}
	loop_on_signal(ingest->loop, SIGTERM, on_stop_signal, ingest);
	loop_on_signal(ingest->loop, SIGINT, on_stop_signal, ingest);
	return true;
}

/* In reverse, but for the queue: it tells the acceptor of every verdict that
 * will not come, which answers requests the server still holds. */
static void destroy_rooms(struct ingest *ingest)
{
	admin_destroy(ingest->admin);
	queue_destroy(ingest->queue);
	server_destroy(ingest->server);
	acceptor_destroy(ingest->acceptor);
	metrics_destroy(ingest->metrics);
	loop_destroy(ingest->loop);
}

static void log_started(const struct config *config)
{
	struct log_line line;

	log_begin(&line, LOG_INFO, "ingest", LOG_STARTED);
	log_text(&line, "version", RELAY_VERSION);
	log_text(&line, "config", config->path);
	log_end(&line);
}

static int run(struct config *config)
{
	struct ingest ingest = {.config = config, .exit_status = EXIT_SUCCESS};
	enum log_level level;
	struct err err;

	if (log_level_parse(slice_of(config->log.level), &level)) {
		log_set_level(level);
	}
	log_started(config);
	if (create_rooms(&ingest, &err)) {
		loop_run(ingest.loop);
	} else {
		log_event(LOG_ERROR, LOG_FAILED, &err);
		ingest.exit_status = EXIT_FAILURE;
	}
	destroy_rooms(&ingest);
	log_event(LOG_INFO, LOG_STOPPED, NULL);
	return ingest.exit_status;
}

int main(int argc, char **argv)
{
	struct config_cli cli;

	config_cli_init(&cli, "relay-ingest",
	    "Takes Amplitude's webhooks, and answers when Redis has them.");
	if (config_cli_parse(&cli, argc, argv) && config_cli_load(&cli) &&
	    cli.task == CONFIG_CLI_RUN) {
		cli.exit_code = run(cli.config);
	}
	return config_cli_finish(&cli);
}
