#ifndef COMMON_SERVICE_RELOAD_H
#define COMMON_SERVICE_RELOAD_H

/*
 * What both processes do on SIGHUP: read the file of the command line again,
 * with its --set over it, and tell log and metrics what came of it. What is
 * made of the new configuration, and when the old one goes, is theirs.
 *
 *	next = reload_load(cli, current, &err);
 *	if (next == NULL || !make_all_of(next, &err)) {
 *		reload_note_refused(metrics, module, &err);
 *	} else {
 *		put next in the place of current;
 *		reload_note_done(metrics, module, next);
 *	}
 */

#include <stddef.h>

#include "common/base/attr.h"
#include "common/base/err.h"

struct config;
struct config_cli;
struct metrics;
struct queue;

/* NULL, and why, when the file is wrong, or would need a restart
 * (config_reload.h). Caller destroys with config_destroy. */
MUST_USE struct config *reload_load(const struct config_cli *cli,
    const struct config *current, struct err *err);

/* What the queue knows of the configuration. */
void reload_queue(
    struct queue *queue, const struct config *config, size_t max_batch_bytes);

/* In the metrics: what is in force was loaded now. For the start, too. */
void reload_note_time(struct metrics *metrics);

/* It is in force: also for the log's level. */
void reload_note_done(
    struct metrics *metrics, const char *module, const struct config *config);

/* It is not, and the old one goes on. */
void reload_note_refused(
    struct metrics *metrics, const char *module, const struct err *err);

#endif
