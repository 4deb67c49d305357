/*
 * relayctl dead list: one line a dead letter, oldest first over all
 * destinations. Only what is shown is kept of each.
 */
#include <stdio.h>

#include "common/base/slice.h"
#include "dispatcher/ctl/ctl_pick.h"
#include "dispatcher/ctl/ctl_places.h"
#include "dispatcher/ctl/ctl_row.h"

enum {
	LIMIT_DEFAULT = 1000,
	LIMIT_MAX = 1000 * 1000,
	PAGE = 500,
};

struct listing {
	struct ctl_rows rows;
	size_t limit;
	const struct ctl_place *place; /* of the rows from `first` on */
	size_t first;
	bool has_more; /* some were left out */
};

static size_t taken_of(struct listing *listing, const struct ctl_place *place)
{
	if (listing->place != place) {
		listing->place = place;
		listing->first = listing->rows.count;
	}
	return listing->rows.count - listing->first;
}

/* The oldest `limit` of all are among the oldest `limit` of each. */
static void on_letter(void *arg, const struct ctl_place *place,
    const struct queue_dead_letter *letter)
{
	struct listing *listing = arg;

	if (taken_of(listing, place) < listing->limit) {
		ctl_rows_add(&listing->rows, place->destination, letter);
	} else {
		listing->has_more = true;
	}
}

static bool on_page(void *arg, const struct ctl_place *place)
{
	struct listing *listing = arg;

	return taken_of(listing, place) < listing->limit || !listing->has_more;
}

static void tell_more(const struct listing *listing, size_t shown,
    const struct ctl_pick *pick, const struct ctl_places *places)
{
	int64_t total = 0;

	for (size_t i = 0; i < places->count; i++) {
		total += places->list[i].dead_now;
	}
	if (!listing->has_more && shown == listing->rows.count) {
		return;
	}
	if (ctl_pick_is_choice(pick)) {
		(void)ctl_fail(CTL_OK,
		    "the first %zu; there are more: --limit shows them", shown);
	} else {
		(void)ctl_fail(CTL_OK,
		    "%zu of %lld dead letters; --limit shows more", shown,
		    (long long)total);
	}
}

static enum ctl_exit list(
    struct ctl_places *places, struct ctl_pick *pick, size_t limit)
{
	struct listing listing = {.limit = limit};
	const struct ctl_pick_walk walk = {
	    .page = limit < PAGE ? limit + 1 : PAGE,
	    .on_letter = on_letter,
	    .on_page = on_page,
	    .arg = &listing,
	};
	enum ctl_exit exit_code;
	struct err err;
	size_t shown;

	if (!ctl_pick_walk(pick, places, &walk, &err)) {
		ctl_rows_finish(&listing.rows);
		return ctl_fail(CTL_TROUBLE, "%s", err.text);
	}
	ctl_rows_sort(&listing.rows);
	shown = listing.rows.count < limit ? listing.rows.count : limit;
	if (places->ctl->options.wants_json) {
		ctl_rows_print_json(&listing.rows, shown);
	} else {
		ctl_rows_print_table(&listing.rows, shown);
	}
	exit_code = ctl_pick_tell_missing(pick);
	tell_more(&listing, shown, pick, places);
	ctl_rows_finish(&listing.rows);
	return exit_code;
}

enum ctl_exit ctl_dead_list(struct ctl *ctl)
{
	struct ctl_places places = {.ctl = ctl};
	struct ctl_pick pick;
	enum ctl_exit exit_code;
	struct err err;
	size_t limit = 0;

	if (!ctl_pick_init(&pick, &ctl->options, &err) ||
	    !ctl_pick_limit(
		&ctl->options, LIMIT_DEFAULT, LIMIT_MAX, &limit, &err)) {
		exit_code = ctl_fail(CTL_WRONG, "%s", err.text);
	} else {
		exit_code =
		    ctl_places_open(&places, ctl, ctl->options.destination);
	}
	if (exit_code == CTL_OK) {
		exit_code = list(&places, &pick, limit);
	}
	ctl_places_close(&places);
	ctl_pick_finish(&pick);
	return exit_code;
}
