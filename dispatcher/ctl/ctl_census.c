#include "dispatcher/ctl/ctl_census.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/base/mem.h"
#include "dispatcher/ctl/ctl_table.h"

enum {
	PAGE = 500,
	SAMPLES = 5,
};

static void on_letter(void *arg, const struct ctl_place *place,
    const struct queue_dead_letter *letter)
{
	struct ctl_census *census = arg;
	struct ctl_census_place *counted =
	    &census->list[place - census->places->list];

	census->total++;
	counted->outcomes[letter->outcome]++;
	if (letter->body.len == 0) {
		census->bodiless++;
	}
	if (letter->died_at_ms > census->last_died_ms) {
		census->last_died_ms = letter->died_at_ms;
	}
	if (counted->samples < SAMPLES) {
		counted->samples++;
		ctl_rows_add(&census->samples, place->destination, letter);
	}
}

static bool on_page(void *arg, const struct ctl_place *place)
{
	const struct ctl_census *census = arg;

	(void)place;
	return !ctl_queue_is_interrupted(census->places->queue);
}

bool ctl_census_take(struct ctl_census *census, struct ctl_pick *pick,
    const struct ctl_places *places, struct err *err)
{
	const struct ctl_pick_walk walk = {
	    .page = PAGE,
	    .on_letter = on_letter,
	    .on_page = on_page,
	    .arg = census,
	};

	*census = (struct ctl_census){
	    .places = places,
	    .list = xcalloc(places->count + 1, sizeof(*census->list)),
	};
	if (!ctl_pick_walk(pick, places, &walk, err)) {
		return false;
	}
	if (census->last_died_ms < pick->select.until_ms) {
		pick->select.until_ms = census->last_died_ms;
	}
	return true;
}

void ctl_census_finish(struct ctl_census *census)
{
	free(census->list);
	ctl_rows_finish(&census->samples);
	*census = (struct ctl_census){.list = NULL};
}

void ctl_census_print(struct ctl_census *census)
{
	struct ctl_table table;

	if (census->total == 0) {
		return;
	}
	ctl_table_init(&table);
	ctl_table_add(&table, "destination");
	ctl_table_add(&table, "outcome");
	ctl_table_add(&table, "letters");
	ctl_table_end_row(&table);
	for (size_t i = 0; i < census->places->count; i++) {
		for (size_t outcome = 0; outcome < OUTCOME_COUNT; outcome++) {
			int64_t count = census->list[i].outcomes[outcome];

			if (count == 0) {
				continue;
			}
			ctl_table_add(
			    &table, census->places->list[i].destination);
			ctl_table_add(
			    &table, outcome_name((enum outcome)outcome));
			ctl_table_add_number(&table, count);
			ctl_table_end_row(&table);
		}
	}
	ctl_table_print(&table);
	ctl_table_finish(&table);
	(void)putchar('\n');
	ctl_rows_sort(&census->samples);
	ctl_rows_print_table(&census->samples,
	    census->samples.count < SAMPLES ? census->samples.count
					    : (size_t)SAMPLES);
}
