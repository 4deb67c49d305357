#ifndef DISPATCHER_CTL_CTL_CENSUS_H
#define DISPATCHER_CTL_CTL_CENSUS_H

/*
 * A first look at the dead letters that a command is about, before it moves
 * any: how many, of which outcomes, and the first of them. The second walk then
 * goes no further than this one: what dies anew meanwhile, perhaps because it
 * was just replayed, is not moved again and again.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/job/outcome.h"
#include "dispatcher/ctl/ctl_pick.h"
#include "dispatcher/ctl/ctl_places.h"
#include "dispatcher/ctl/ctl_row.h"

struct ctl_census_place {
	int64_t outcomes[OUTCOME_COUNT];
	size_t samples;
};

struct ctl_census {
	const struct ctl_places *places;
	struct ctl_census_place *list; /* as the places */
	int64_t total;
	int64_t bodiless;     /* of them: were never sent */
	int64_t last_died_ms; /* by Redis's clock; 0: there are none */
	struct ctl_rows samples;
};

/* Counts, and has the pick end where this walk ended. False when Redis fails.
 * Caller finishes in any case. */
MUST_USE bool ctl_census_take(struct ctl_census *census, struct ctl_pick *pick,
    const struct ctl_places *places, struct err *err);
void ctl_census_finish(struct ctl_census *census);

/* How many of which, and some of them, to standard output. */
void ctl_census_print(struct ctl_census *census);

#endif
