#include "common/service/service.h"

#include "common/admin/admin.h"
#include "common/base/mem.h"
#include "common/base/rng.h"
#include "common/base/strbuf.h"
#include "common/config/config.h"
#include "common/config/config_syntax.h"
#include "common/queue/queue.h"
#include "common/queue/queue_metrics.h"
#include "common/queue/queue_operator.h"

#include <assert.h>
#include <stdlib.h>

struct service_admin {
	struct service_admin_options options;
	struct admin *admin;
};

enum {
	/* The last body is remembered at least this long where an answer of 409
	 * may be about a repeat of it: Reteno looks back one minute. */
	SENT_FOR_MS = 2 * 60 * 1000,
};

static int64_t sent_for_ms(const struct config_destination *from)
{
	if (from->order == CONFIG_ORDER_NONE ||
	    (from->unchanged_for_ms == 0 &&
		from->endpoint != CONFIG_ENDPOINT_CONTACT)) {
		return 0;
	}
	return from->unchanged_for_ms > SENT_FOR_MS ? from->unchanged_for_ms
						    : SENT_FOR_MS;
}

struct queue_destination *service_list_destinations(const struct config *config)
{
	struct queue_destination *list =
	    xcalloc(config->destination_count + 1, sizeof(*list));

	for (size_t i = 0; i < config->destination_count; i++) {
		const struct config_destination *from =
		    &config->destinations[i];

		list[i] = (struct queue_destination){
		    .name = from->name,
		    .dedupe_for_ms = from->dedupe_for_ms,
		    .max_depth = from->max_depth,
		    .max_group = from->max_group,
		    .is_unordered = from->order == CONFIG_ORDER_NONE,
		    .is_coalescing = from->coalesce == CONFIG_COALESCE_LATEST,
		    .after = from->after,
		    .after_count = from->after_count,
		    .after_limit_ms = from->after_limit_ms,
		    .sent_for_ms = sent_for_ms(from),
		    .max_lease_losses = from->max_lease_losses,
		    .dead_limit = from->dead_limit,
		    .history = from->history,
		    .rate_limit = from->rate_limit,
		    .rate_bucket = from->rate_bucket,
		    .probe_every_ms = from->probe_every_ms,
		};
	}
	return list;
}

static struct queue_ack ack_of(const struct config_ingest *ingest)
{
	struct config_ack ack;
	bool is_known = config_syntax_ack(slice_of(ingest->ack), &ack);

	assert(is_known); /* config_check.c */
	(void)is_known;
	return (struct queue_ack){
	    .needs_fsync = ack.needs_fsync,
	    .replicas = ack.replicas,
	    .timeout_ms = ack.needs_fsync || ack.replicas > 0
		? ingest->ack_timeout_ms
		: 0,
	};
}

struct queue *service_create_queue(
    const struct config *config, const struct service_queue_options *options)
{
	const struct config_redis *redis = &config->redis;
	struct queue_destination *destinations =
	    service_list_destinations(config);
	struct queue_options queue_options = {
	    .loop = options->loop,
	    .metrics = options->metrics,
	    .address = redis->address,
	    .username = redis->username,
	    .password = redis->password,
	    .database = (int)redis->database,
	    .prefix = redis->prefix,
	    .shards = (int)redis->shards,
	    .destinations = destinations,
	    .destination_count = config->destination_count,
	    .connect_timeout_ms = redis->connect_timeout_ms,
	    .request_timeout_ms = redis->request_timeout_ms,
	    .reconnect_base_ms = redis->reconnect_base_ms,
	    .reconnect_cap_ms = redis->reconnect_cap_ms,
	    .reap_grace_ms = config->dispatcher.reap_grace_ms,
	    .max_batch_bytes = options->max_batch_bytes,
	    .on_state = options->on_state,
	    .arg = options->arg,
	};
	struct queue *queue;
	struct rng rng;

	if (options->needs_ack) {
		queue_options.ack = ack_of(&config->ingest);
	}
	rng_seed_from_system(&rng);
	queue_options.seed = rng_next(&rng);
	queue = queue_create(&queue_options);
	free(destinations);
	return queue;
}

/* ---- the admin listener ---- */

static bool is_ready(void *arg, struct strbuf *reasons)
{
	const struct service_admin *admin = arg;
	const struct queue *queue = admin->options.queue;

	admin->options.add_reasons(admin->options.arg, reasons);
	if (!queue_is_up(queue)) {
		strbuf_appendf(
		    reasons, "redis: %s\n", queue_trouble(queue)->text);
	}
	return reasons->len == 0;
}

/* A scrape may outlive the listener, so it brings along what it needs. */
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
	const struct service_admin *admin = arg;
	struct collection *collection = xmalloc(sizeof(*collection));

	*collection = (struct collection){admin->options.metrics, scrape};
	queue_read_stats(admin->options.queue, on_queue_stats, collection);
}

struct service_admin *service_create_admin(
    const struct service_admin_options *options, struct err *err)
{
	struct service_admin *admin = xcalloc(1, sizeof(*admin));
	struct admin_options admin_options = {
	    .loop = options->loop,
	    .metrics = options->metrics,
	    .listen = options->listen,
	    .is_ready = is_ready,
	    .collect = on_scrape,
	    .arg = admin,
	};

	admin->options = *options;
	admin->admin = admin_create(&admin_options, err);
	if (admin->admin == NULL) {
		free(admin);
		return NULL;
	}
	return admin;
}

void service_destroy_admin(struct service_admin *admin)
{
	if (admin == NULL) {
		return;
	}
	admin_destroy(admin->admin);
	free(admin);
}

/* ---- the log ---- */

void service_log(const char *module, enum log_level level, enum log_event event,
    const struct err *err)
{
	struct log_line line;

	log_begin(&line, level, module, event);
	if (err != NULL) {
		log_err(&line, err);
	}
	log_end(&line);
}

void service_set_log_level(const struct config *config)
{
	enum log_level level;

	if (log_level_parse(slice_of(config->log.level), &level)) {
		log_set_level(level);
	}
}

void service_begin(const struct config *config, const char *module)
{
	struct log_line line;

	service_set_log_level(config);
	log_begin(&line, LOG_INFO, module, LOG_STARTED);
	log_text(&line, "version", RELAY_VERSION);
	log_text(&line, "config", config->path);
	log_end(&line);
}
