#ifndef INGEST_RULES_H
#define INGEST_RULES_H

/*
 * A configuration and what ingest makes of it: secrets, limits of a body,
 * series of metrics. Each request goes by the rules that were in force when its
 * head came, and holds them until it is answered; a reload only replaces them
 * for the next.
 */

#include <stddef.h>

#include "common/base/attr.h"

struct auth;
struct config;
struct gunzip;
struct metrics;
struct request;
struct tally;

struct rules {
	struct config *config;
	void (*free_config)(struct config *config);
	struct auth *auth;
	struct request *request; /* reads one body at a time */
	struct gunzip *gunzip;	 /* and expands one */
	struct tally *tally;
	size_t holders;
};

/* Borrows the metrics, and has the configuration freed with it, by this
 * function; NULL: not at all. Caller releases. */
MUST_USE struct rules *rules_create(struct config *config,
    void (*free_config)(struct config *config), struct metrics *metrics);

/* One holder more; one less, and the last frees them. */
void rules_hold(struct rules *rules);
void rules_release(struct rules *rules);

#endif
