#include "dispatcher/concurrency.h"

enum {
	SLOW_FACTOR = 2,
	SLOW_CUT = 8,	   /* takes away one place in so many */
	SLOW_FOR_GOOD = 5, /* cohorts in a row */
	LEARNING = 4,	   /* goes one part in so many of the way */
};

static void set_limit(struct concurrency *concurrency, int64_t limit)
{
	if (limit > concurrency->max) {
		limit = concurrency->max;
	}
	if (limit < concurrency->min) {
		limit = concurrency->min;
	}
	concurrency->limit = limit;
}

static void begin_cohort(struct concurrency *concurrency)
{
	concurrency->was_reached = false;
	concurrency->answers = 0;
	concurrency->total_ms = 0;
}

void concurrency_init(struct concurrency *concurrency, int64_t min, int64_t max)
{
	*concurrency = (struct concurrency){.min = min, .max = max};
	set_limit(concurrency, max);
}

void concurrency_set_bounds(
    struct concurrency *concurrency, int64_t min, int64_t max)
{
	bool has_all = concurrency->limit == concurrency->max;

	concurrency->min = min;
	concurrency->max = max;
	set_limit(concurrency, has_all ? max : concurrency->limit);
}

void concurrency_restart(struct concurrency *concurrency)
{
	set_limit(concurrency, concurrency->min);
	concurrency->is_rising = true;
	begin_cohort(concurrency);
}

void concurrency_note_in_flight(
    struct concurrency *concurrency, int64_t in_flight)
{
	if (in_flight >= concurrency->limit) {
		concurrency->was_reached = true;
	}
}

static bool is_slow(const struct concurrency *concurrency, double mean_ms)
{
	return concurrency->best_ms > 0 &&
	    mean_ms > SLOW_FACTOR * concurrency->best_ms + CONCURRENCY_SLACK_MS;
}

static void learn_best(struct concurrency *concurrency, double mean_ms)
{
	if (concurrency->best_ms <= 0) {
		concurrency->best_ms = mean_ms;
	} else if (mean_ms < concurrency->best_ms ||
	    concurrency->slow_cohorts >= SLOW_FOR_GOOD) {
		concurrency->best_ms +=
		    (mean_ms - concurrency->best_ms) / LEARNING;
	}
}

static void end_cohort(struct concurrency *concurrency)
{
	double mean_ms = concurrency->total_ms / (double)concurrency->answers;

	if (is_slow(concurrency, mean_ms)) {
		concurrency->slow_cohorts++;
		concurrency->is_rising = false;
		set_limit(concurrency,
		    concurrency->limit - concurrency->limit / SLOW_CUT - 1);
	} else {
		concurrency->slow_cohorts = 0;
		if (concurrency->was_reached && !concurrency->is_rising) {
			set_limit(concurrency, concurrency->limit + 1);
		}
	}
	learn_best(concurrency, mean_ms);
	begin_cohort(concurrency);
}

void concurrency_note_answer(struct concurrency *concurrency, int64_t took_ms)
{
	concurrency->answers++;
	concurrency->total_ms += (double)took_ms;
	if (concurrency->is_rising && concurrency->was_reached) {
		set_limit(concurrency, concurrency->limit + 1);
	}
	if (concurrency->answers >= concurrency->limit &&
	    concurrency->answers >= CONCURRENCY_COHORT_MIN) {
		end_cohort(concurrency);
	}
}

void concurrency_note_failure(struct concurrency *concurrency)
{
	concurrency->is_rising = false;
	set_limit(concurrency, concurrency->limit - 1);
}
