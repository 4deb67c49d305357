#ifndef COMMON_SERVICE_SERVICE_H
#define COMMON_SERVICE_SERVICE_H

/*
 * What the processes of the relay do the same way: open the queue that the
 * configuration names, serve probes and scrapes beside it, and tell the log of
 * their beginning and end. Not for what only one of them does.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/log/log.h"

struct admin;
struct config;
struct loop;
struct metrics;
struct queue;
struct queue_destination;
struct strbuf;

struct service_queue_options {
	struct loop *loop;
	struct metrics *metrics;
	size_t max_batch_bytes;
	bool needs_ack; /* enqueues mean what ingest.ack says */
	/* As in queue_options. */
	void (*on_state)(
	    void *arg, bool is_up, bool is_fatal, const struct err *err);
	void *arg;
};

/* The destinations of the configuration in their order, as the queue must know
 * them. Texts are the configuration's; caller frees with free(). */
MUST_USE struct queue_destination *service_list_destinations(
    const struct config *config);

/* The queue of the configuration, with all its destinations in their order.
 * Caller destroys with queue_destroy. */
MUST_USE struct queue *service_create_queue(
    const struct config *config, const struct service_queue_options *options);

struct service_admin_options {
	struct loop *loop;
	struct metrics *metrics;
	struct queue *queue;
	const char *listen;

	/* What is not ready but the queue: appends one reason a line. */
	void (*add_reasons)(void *arg, struct strbuf *reasons);
	void *arg;
};

struct service_admin;

/* The admin listener: ready when the queue is up and there are no other
 * reasons; the queue's gauges are brought up to date before each scrape. NULL
 * when it cannot listen. Caller destroys, before the queue. */
MUST_USE struct service_admin *service_create_admin(
    const struct service_admin_options *options, struct err *err);
void service_destroy_admin(struct service_admin *admin);

/* As the configuration says. */
void service_set_log_level(const struct config *config);

/* Log level and first line of a process. `module` is its name in the log. */
void service_begin(const struct config *config, const char *module);

/* A line of the process itself; err may be NULL. */
void service_log(const char *module, enum log_level level, enum log_event event,
    const struct err *err);

#endif
