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
#include "common/base/strbuf.h"
#include "common/config/config.h"
#include "common/config/config_cli.h"
#include "common/log/log.h"
#include "common/loop/loop.h"
#include "common/metrics/metrics.h"
#include "common/queue/queue.h"
#include "common/service/service.h"
#include "ingest/accept.h"
#include "ingest/overload.h"
#include "ingest/server.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

static const char module_name[] = "ingest";

struct ingest {
	struct config *config;
	struct loop *loop;
	struct metrics *metrics;
	struct queue *queue;
	struct overload *overload;
	struct acceptor *acceptor;
	struct server *server;
	struct service_admin *admin;
	bool is_stopping;
	int exit_status;
};

/* ---- what the rooms tell us ---- */

static void on_queue_state(
    void *arg, bool is_up, bool is_fatal, const struct err *err)
{
	struct ingest *ingest = arg;

	(void)is_up;
	if (is_fatal) {
		service_log(module_name, LOG_ERROR, LOG_FAILED, err);
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
	service_log(module_name, LOG_INFO, LOG_STOPPING, NULL);
	server_stop(ingest->server, ingest->config->ingest.shutdown_grace_ms,
	    on_server_stopped, ingest);
}

static void add_reasons(void *arg, struct strbuf *reasons)
{
	const struct ingest *ingest = arg;

	if (ingest->is_stopping) {
		strbuf_append_text(reasons, "stopping\n");
	}
	overload_add_reasons(ingest->overload, reasons);
}

/* ---- wiring ---- */

static struct server *create_server(struct ingest *ingest, struct err *err)
{
	const struct config_ingest *config = &ingest->config->ingest;
	const struct server_options options = {
	    .loop = ingest->loop,
	    .metrics = ingest->metrics,
	    .acceptor = ingest->acceptor,
	    .listen = config->listen,
	    .limits =
		{
		    .max_body_bytes = (size_t)config->max_body_bytes,
		    .max_buffered_bytes = (size_t)config->max_buffered_bytes,
		    .max_connections = (size_t)config->max_connections,
		    .request_timeout_ms = config->request_timeout_ms,
		    .idle_timeout_ms = config->idle_timeout_ms,
		},
	};

	return server_create(&options, err);
}

static bool create_rooms(struct ingest *ingest, struct err *err)
{
	ingest->loop = loop_create();
	ingest->metrics = metrics_create();
	ingest->queue = service_create_queue(ingest->config,
	    &(struct service_queue_options){
		.loop = ingest->loop,
		.metrics = ingest->metrics,
		.max_batch_bytes =
		    (size_t)ingest->config->ingest.max_batch_bytes,
		.needs_ack = true,
		.on_state = on_queue_state,
		.arg = ingest,
	    });
	ingest->overload = overload_create(&(struct overload_options){
	    .loop = ingest->loop,
	    .metrics = ingest->metrics,
	    .queue = ingest->queue,
	    .config = ingest->config,
	    .max_waiting_bytes = OVERLOAD_WAITING_BYTES,
	});
	ingest->acceptor = acceptor_create(&(struct acceptor_options){
	    .loop = ingest->loop,
	    .metrics = ingest->metrics,
	    .queue = ingest->queue,
	    .config = ingest->config,
	    .overload = ingest->overload,
	});
	ingest->server = create_server(ingest, err);
	if (ingest->server == NULL) {
		return false;
	}
	ingest->admin = service_create_admin(
	    &(struct service_admin_options){
		.loop = ingest->loop,
		.metrics = ingest->metrics,
		.queue = ingest->queue,
		.listen = ingest->config->ingest.admin_listen,
		.add_reasons = add_reasons,
		.arg = ingest,
	    },
	    err);
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
	service_destroy_admin(ingest->admin);
	queue_destroy(ingest->queue);
	server_destroy(ingest->server);
	acceptor_destroy(ingest->acceptor);
	overload_destroy(ingest->overload);
	metrics_destroy(ingest->metrics);
	loop_destroy(ingest->loop);
}

static int run(struct config *config)
{
	struct ingest ingest = {.config = config, .exit_status = EXIT_SUCCESS};
	struct err err;

	service_begin(config, module_name);
	if (create_rooms(&ingest, &err)) {
		loop_run(ingest.loop);
	} else {
		service_log(module_name, LOG_ERROR, LOG_FAILED, &err);
		ingest.exit_status = EXIT_FAILURE;
	}
	destroy_rooms(&ingest);
	service_log(module_name, LOG_INFO, LOG_STOPPED, NULL);
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
