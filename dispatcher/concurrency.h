#ifndef DISPATCHER_CONCURRENCY_H
#define DISPATCHER_CONCURRENCY_H

/*
 * How many calls of a destination may be in flight, found out by trying:
 * between two bounds, less when the destination is slow or fails, more when it
 * is quick. Pure: it sees what became of calls, and says a number. Postfix's
 * feedback by cohorts and Vector's adaptive concurrency were the models.
 *
 * - A failure takes one place away: an outage takes them all within one round,
 *   and one error in a hundred costs nothing that a hundred answers do not give
 *   back.
 * - Answers are looked at by cohorts: as many as there are places, and no fewer
 *   than CONCURRENCY_COHORT_MIN. When those of a cohort took twice as long as
 *   they do at best, and CONCURRENCY_SLACK_MS more, an eighth of the places
 *   goes. Else there is one more, if all of them were in use.
 * - What is best is learned from quick cohorts. It is unlearned when one cohort
 *   after the other is slow, for then it is no help to send less: a destination
 *   that became slow for good is not held down for it.
 *
 * It begins with all places: an idle relay must not be slow at first, and rate
 * limits and holds are there from the first call on. After a hold it begins
 * with the fewest, and rises by one with each answer, so doubling in each
 * round, until something goes wrong.
 */

#include <stdbool.h>
#include <stdint.h>

enum {
	CONCURRENCY_COHORT_MIN = 8,
	CONCURRENCY_SLACK_MS = 20, /* noise of the network, and of this host */
};

struct concurrency {
	int64_t min;
	int64_t max;
	int64_t limit;
	bool is_rising;	  /* after a hold, until something goes wrong */
	bool was_reached; /* all places were in use, in this cohort */
	int64_t answers;  /* of this cohort */
	double total_ms;  /* that they took */
	double best_ms;	  /* that they take at best; 0: not known yet */
	int slow_cohorts; /* in a row */
};

/* All places. */
void concurrency_init(
    struct concurrency *concurrency, int64_t min, int64_t max);

/* Other bounds, by a reload. What was found out stays; but if it was that all
 * places are good, then that goes for new ones, too. */
void concurrency_set_bounds(
    struct concurrency *concurrency, int64_t min, int64_t max);

/* The fewest: a hold is over. */
void concurrency_restart(struct concurrency *concurrency);

/* So many are in flight now. */
void concurrency_note_in_flight(
    struct concurrency *concurrency, int64_t in_flight);

/* A call was taken, after so long. */
void concurrency_note_answer(struct concurrency *concurrency, int64_t took_ms);

/* A call failed, or was pushed back. */
void concurrency_note_failure(struct concurrency *concurrency);

#endif
