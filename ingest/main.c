/*
 * relay-ingest: webhooks in, jobs into Redis.
 *
 *	relay-ingest --config FILE [--set KEY=VALUE]... [--check|--print-config]
 *
 * SIGHUP: reads the configuration and its secrets again. Requests whose head is
 * here are answered as the old ones say, the next as the new; when something is
 * wrong with these, the log says what, and the old ones stay.
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
#include "common/service/reload.h"
#include "common/service/service.h"
#include "ingest/accept.h"
#include "ingest/overload.h"
#include "ingest/rules.h"
#include "ingest/server.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

static const char module_name[] = "ingest";

struct ingest {
	const struct config_cli *cli;
	const struct config *config; /* of the acceptor's rules */
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

/* ---- reloading ---- */

static struct gate_limits limits_of(const struct config *config)
{
	const struct config_ingest *ingest = &config->ingest;

	return (struct gate_limits){
	    .max_body_bytes = (size_t)ingest->max_body_bytes,
	    .max_buffered_bytes = (size_t)ingest->max_buffered_bytes,
	    .max_connections = (size_t)ingest->max_connections,
	    .request_timeout_ms = ingest->request_timeout_ms,
	    .idle_timeout_ms = ingest->idle_timeout_ms,
	};
}

static void follow(struct ingest *ingest, struct config *next)
{
	struct gate_limits limits = limits_of(next);

	reload_queue(ingest->queue, next, (size_t)next->ingest.max_batch_bytes);
	overload_follow(ingest->overload, next);
	server_set_limits(ingest->server, &limits);
	acceptor_follow(ingest->acceptor,
	    rules_create(next, config_destroy, ingest->metrics));
	ingest->config = next;
}

static void on_reload_signal(void *arg)
{
	struct ingest *ingest = arg;
	struct config *next;
	struct err err;

	if (ingest->is_stopping) {
		return;
	}
	next = reload_load(ingest->cli, ingest->config, &err);
	if (next == NULL) {
		reload_note_refused(ingest->metrics, module_name, &err);
		return;
	}
	follow(ingest, next);
	reload_note_done(ingest->metrics, module_name, next);
}

/* ---- wiring ---- */

static struct server *create_server(struct ingest *ingest, struct err *err)
{
	const struct server_options options = {
	    .loop = ingest->loop,
	    .metrics = ingest->metrics,
	    .acceptor = ingest->acceptor,
	    .listen = ingest->config->ingest.listen,
	    .limits = limits_of(ingest->config),
	};

	return server_create(&options, err);
}

static bool create_rooms(
    struct ingest *ingest, struct config *config, struct err *err)
{
	ingest->loop = loop_create();
	ingest->metrics = metrics_create();
	reload_note_time(ingest->metrics);
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
	    .queue = ingest->queue,
	    .rules = rules_create(config, config_destroy, ingest->metrics),
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
	loop_on_signal(ingest->loop, SIGHUP, on_reload_signal, ingest);
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

/* Takes the configuration. */
static int run(const struct config_cli *cli, struct config *config)
{
	struct ingest ingest = {
	    .cli = cli, .config = config, .exit_status = EXIT_SUCCESS};
	struct err err;

	service_begin(config, module_name);
	if (create_rooms(&ingest, config, &err)) {
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
	struct config *config;

	config_cli_init(&cli, "relay-ingest",
	    "Takes Amplitude's webhooks, and answers when Redis has them.");
	if (config_cli_parse(&cli, argc, argv) && config_cli_load(&cli) &&
	    cli.task == CONFIG_CLI_RUN) {
		config = cli.config;
		cli.config = NULL;
		cli.exit_code = run(&cli, config);
	}
	return config_cli_finish(&cli);
}
