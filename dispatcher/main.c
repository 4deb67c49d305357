/*
 * relay-dispatcher: jobs out of Redis, requests to the destinations.
 *
 *	relay-dispatcher --config FILE [--set KEY=VALUE]...
 *	    [--check|--print-config]
 *
 * SIGHUP: reads the configuration, its templates and secrets again. Attempts in
 * flight end under the old ones, the next begin under the new; when something
 *is wrong with these, the log says what, and the old ones stay.
 *
 * Ends with 0 after SIGTERM or SIGINT: /readyz fails, nothing more is claimed,
 * attempts may end for dispatcher.shutdown_grace, and the rest is given back. A
 * second signal ends it at once, with 1: its leases lapse. Also 1 when it
 * cannot listen, or Redis holds another relay's data; 2 when the configuration
 * or a template is wrong, before it listens or connects.
 */
#include "common/base/rng.h"
#include "common/base/strbuf.h"
#include "common/config/config.h"
#include "common/config/config_cli.h"
#include "common/log/log.h"
#include "common/loop/loop.h"
#include "common/metrics/metrics.h"
#include "common/queue/queue.h"
#include "common/service/reload.h"
#include "common/service/service.h"
#include "dispatcher/admission.h"
#include "dispatcher/attempt.h"
#include "dispatcher/audit.h"
#include "dispatcher/destination.h"
#include "dispatcher/generation.h"
#include "dispatcher/pump.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

static const char module_name[] = "dispatcher";

struct dispatcher {
	const struct config_cli *cli;
	struct rng rng;
	struct loop *loop;
	struct metrics *metrics;
	struct destinations *destinations;
	struct queue *queue;
	struct admissions *admissions;
	struct attempts *attempts;
	struct pump *pump;
	struct audit *audit;
	struct service_admin *admin;
	int exit_status;
};

static const struct config *config_of(const struct dispatcher *dispatcher)
{
	return dispatcher->destinations->current->config;
}

/* ---- what the rooms tell us ---- */

static void on_queue_state(
    void *arg, bool is_up, bool is_fatal, const struct err *err)
{
	struct dispatcher *dispatcher = arg;

	if (is_fatal) {
		service_log(module_name, LOG_ERROR, LOG_FAILED, err);
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

static void on_admission_open(
    void *arg, const struct destination *destination, bool was_held)
{
	struct dispatcher *dispatcher = arg;

	pump_note_open(dispatcher->pump, destination, was_held);
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
	service_log(module_name, LOG_INFO, LOG_STOPPING, NULL);
	pump_stop(dispatcher->pump);
}

/* ---- reloading ---- */

/* The next generation, made whole. NULL when something is wrong with it. */
static struct generation *load_next(
    const struct dispatcher *dispatcher, struct err *err)
{
	struct config *config =
	    reload_load(dispatcher->cli, config_of(dispatcher), err);
	struct generation *next;

	if (config == NULL) {
		return NULL;
	}
	next = generation_create(config, dispatcher->loop, err);
	if (next == NULL) {
		config_destroy(config);
	}
	return next;
}

/* Nothing can fail here, and nothing of the dispatcher runs in between. */
static void follow(struct dispatcher *dispatcher, struct generation *next)
{
	const struct config *config = next->config;

	reload_queue(dispatcher->queue, config,
	    (size_t)config->dispatcher.max_claim_bytes);
	audit_follow(dispatcher->audit, config);
	destinations_follow(dispatcher->destinations, next);
	admissions_probe_now(dispatcher->admissions);
	pump_follow(dispatcher->pump);
}

static void on_reload_signal(void *arg)
{
	struct dispatcher *dispatcher = arg;
	struct generation *next;
	struct err err;

	if (pump_is_stopping(dispatcher->pump)) {
		return;
	}
	next = load_next(dispatcher, &err);
	if (next == NULL) {
		reload_note_refused(dispatcher->metrics, module_name, &err);
		return;
	}
	follow(dispatcher, next);
	reload_note_done(dispatcher->metrics, module_name, next->config);
}

/* ---- readiness ---- */

static void add_reasons(void *arg, struct strbuf *reasons)
{
	const struct dispatcher *dispatcher = arg;

	if (pump_is_stopping(dispatcher->pump)) {
		strbuf_append_text(reasons, "stopping\n");
	}
	(void)destinations_are_ready(dispatcher->destinations, reasons);
}

/* ---- wiring ---- */

/* What needs neither a network nor Redis: all that a configuration can have
 * wrong. Takes the configuration when nothing is. */
static bool prepare(
    struct dispatcher *dispatcher, struct config_cli *cli, struct err *err)
{
	struct generation *generation;

	dispatcher->cli = cli;
	rng_seed_from_system(&dispatcher->rng);
	dispatcher->loop = loop_create();
	dispatcher->metrics = metrics_create();
	generation = generation_create(cli->config, dispatcher->loop, err);
	if (generation == NULL) {
		return false;
	}
	cli->config = NULL;
	dispatcher->destinations =
	    destinations_create(generation, dispatcher->metrics);
	return true;
}

static void create_rooms(struct dispatcher *dispatcher)
{
	dispatcher->queue = service_create_queue(config_of(dispatcher),
	    &(struct service_queue_options){
		.loop = dispatcher->loop,
		.metrics = dispatcher->metrics,
		.max_batch_bytes =
		    (size_t)config_of(dispatcher)->dispatcher.max_claim_bytes,
		.on_state = on_queue_state,
		.arg = dispatcher,
	    });
	dispatcher->admissions = admissions_create(&(struct admissions_options){
	    .loop = dispatcher->loop,
	    .queue = dispatcher->queue,
	    .destinations = dispatcher->destinations,
	    .seed = rng_next(&dispatcher->rng),
	    .on_open = on_admission_open,
	    .arg = dispatcher,
	});
	dispatcher->attempts = attempts_create(&(struct attempts_options){
	    .loop = dispatcher->loop,
	    .queue = dispatcher->queue,
	    .admissions = dispatcher->admissions,
	    .seed = rng_next(&dispatcher->rng),
	    .on_settled = on_attempt_settled,
	    .arg = dispatcher,
	});
	dispatcher->pump = pump_create(&(struct pump_options){
	    .loop = dispatcher->loop,
	    .queue = dispatcher->queue,
	    .attempts = dispatcher->attempts,
	    .admissions = dispatcher->admissions,
	    .destinations = dispatcher->destinations,
	    .seed = rng_next(&dispatcher->rng),
	    .on_stopped = on_pump_stopped,
	    .arg = dispatcher,
	});
	dispatcher->audit = audit_create(&(struct audit_options){
	    .loop = dispatcher->loop,
	    .queue = dispatcher->queue,
	    .metrics = dispatcher->metrics,
	    .config = config_of(dispatcher),
	    .seed = rng_next(&dispatcher->rng),
	});
}

/* The queue and the HTTP clients go before what they call back into. */
static void destroy_rooms(struct dispatcher *dispatcher)
{
	service_destroy_admin(dispatcher->admin);
	if (dispatcher->attempts != NULL) {
		attempts_close(dispatcher->attempts);
	}
	queue_destroy(dispatcher->queue);
	destinations_destroy(dispatcher->destinations);
	pump_destroy(dispatcher->pump);
	audit_destroy(dispatcher->audit);
	attempts_destroy(dispatcher->attempts);
	admissions_destroy(dispatcher->admissions);
	metrics_destroy(dispatcher->metrics);
	loop_destroy(dispatcher->loop);
}

static void run(struct dispatcher *dispatcher)
{
	struct err err;

	service_begin(config_of(dispatcher), module_name);
	reload_note_time(dispatcher->metrics);
	create_rooms(dispatcher);
	dispatcher->admin = service_create_admin(
	    &(struct service_admin_options){
		.loop = dispatcher->loop,
		.metrics = dispatcher->metrics,
		.queue = dispatcher->queue,
		.listen = config_of(dispatcher)->dispatcher.admin_listen,
		.add_reasons = add_reasons,
		.arg = dispatcher,
	    },
	    &err);
	if (dispatcher->admin == NULL) {
		service_log(module_name, LOG_ERROR, LOG_FAILED, &err);
		dispatcher->exit_status = EXIT_FAILURE;
		return;
	}
	loop_on_signal(dispatcher->loop, SIGTERM, on_stop_signal, dispatcher);
	loop_on_signal(dispatcher->loop, SIGINT, on_stop_signal, dispatcher);
	loop_on_signal(dispatcher->loop, SIGHUP, on_reload_signal, dispatcher);
	loop_run(dispatcher->loop);
	service_log(module_name, LOG_INFO, LOG_STOPPED, NULL);
}

int main(int argc, char **argv)
{
	struct dispatcher dispatcher = {.exit_status = EXIT_SUCCESS};
	struct config_cli cli;
	struct err err;

	config_cli_init(&cli, "relay-dispatcher",
	    "Takes jobs from Redis and sends them to their destinations.");
	if (config_cli_parse(&cli, argc, argv) && config_cli_load(&cli)) {
		if (!prepare(&dispatcher, &cli, &err)) {
			config_cli_fail(&cli, &err);
		} else if (cli.task == CONFIG_CLI_RUN) {
			run(&dispatcher);
			cli.exit_code = dispatcher.exit_status;
		}
		destroy_rooms(&dispatcher);
	}
	return config_cli_finish(&cli);
}
