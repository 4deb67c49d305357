#ifndef INGEST_TALLY_H
#define INGEST_TALLY_H

/*
 * Ingest's numbers: requests by route and status, jobs offered by destination
 * and verdict. Keeps the series, so that counting needs no look-up.
 */

#include <stdint.h>

#include "common/base/attr.h"
#include "common/queue/queue.h"

struct config;
struct metrics;
struct tally;

/* Both borrowed. Caller destroys with tally_destroy. */
MUST_USE struct tally *tally_create(
    struct metrics *metrics, const struct config *config);
void tally_destroy(struct tally *tally);

/* The configured path, or "other": no client makes up a label. */
const char *tally_route_name(const struct tally *tally, int route);

void tally_request(struct tally *tally, int route, int status);
void tally_request_ms(struct tally *tally, int64_t took_ms);
void tally_verdict(
    struct tally *tally, int destination, enum queue_verdict verdict);
void tally_unavailable(struct tally *tally, int destination);

#endif
