#ifndef COMMON_ADMIN_ADMIN_H
#define COMMON_ADMIN_ADMIN_H

/*
 * The admin listener of either service, for probes and Prometheus. Loopback by
 * default: it has no authentication.
 *
 *	GET /livez    200 while the loop turns
 *	GET /readyz   200 "ready", or 503 with one reason a line
 *	GET /metrics  Prometheus text
 *
 * HEAD is as good as GET. An address is one process's: a port that is taken is
 * an error, because counters of two processes on one port are of neither.
 */

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/base/strbuf.h"

#include <stdbool.h>

struct admin;
struct admin_scrape;
struct loop;
struct metrics;

struct admin_options {
	struct loop *loop;
	struct metrics *metrics;
	const char *listen; /* as in common/loop/listen.h */

	/* Whether the service is ready; where not, appends one reason a line.
	 */
	bool (*is_ready)(void *arg, struct strbuf *reasons);

	/* Brings gauges up to date before a scrape, then calls
	 * admin_scrape_done exactly once, at once or later. If that takes over
	 * 2 seconds the scrape is answered with what is there. NULL: nothing to
	 * bring up to date. */
	void (*collect)(void *arg, struct admin_scrape *scrape);
	void *arg;
};

/* NULL when it cannot listen. Logs the address. Caller destroys. */
MUST_USE struct admin *admin_create(
    const struct admin_options *options, struct err *err);

/* The address it got, as listen_open names it. Borrowed. */
const char *admin_address(const struct admin *admin);

/* Closes all connections. NULL is fine. */
void admin_destroy(struct admin *admin);

/* Fine after admin_destroy, too: the scrape outlives its listener. */
void admin_scrape_done(struct admin_scrape *scrape);

#endif
