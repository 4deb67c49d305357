#include "dispatcher/ctl/ctl_pick.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"

enum {
	IDS_AT_ONCE = 100, /* their letters come in one answer */
};

static int compare_ids(const void *a, const void *b)
{
	const struct ctl_pick_id *left = a;
	const struct ctl_pick_id *right = b;

	return strcmp(left->id, right->id);
}

static void list_ids(struct ctl_pick *pick, const struct ctl_options *options)
{
	struct ctl_pick_id *ids =
	    xcalloc(options->word_count + 1, sizeof(*ids));
	size_t count = 0;

	for (size_t i = 0; i < options->word_count; i++) {
		ids[i].id = options->words[i];
	}
	qsort(ids, options->word_count, sizeof(*ids), compare_ids);
	for (size_t i = 0; i < options->word_count; i++) {
		if (count == 0 || strcmp(ids[count - 1].id, ids[i].id) != 0) {
			ids[count++] = ids[i];
		}
	}
	pick->ids = ids;
	pick->id_count = count;
}

bool ctl_pick_init(
    struct ctl_pick *pick, const struct ctl_options *options, struct err *err)
{
	*pick = (struct ctl_pick){.ids = NULL};
	list_ids(pick, options);
	return dead_select_init(&pick->select,
	    &(struct dead_select_words){
		.outcome = options->outcome,
		.status = options->status,
		.event_type = options->event_type,
		.user = options->user,
		.device = options->device,
		.template = options->template_path,
		.since = options->since,
		.until = options->until,
	    },
	    clock_wall_ms(), err);
}

void ctl_pick_finish(struct ctl_pick *pick)
{
	dead_select_finish(&pick->select);
	free(pick->ids);
	*pick = (struct ctl_pick){.ids = NULL};
}

bool ctl_pick_is_choice(const struct ctl_pick *pick)
{
	return pick->id_count > 0 || !pick->select.is_everything;
}

bool ctl_pick_limit(const struct ctl_options *options, size_t preset,
    size_t max, size_t *limit, struct err *err)
{
	int64_t number = (int64_t)preset;

	if (options->limit != NULL &&
	    (!slice_to_int64(slice_of(options->limit), &number) || number < 1 ||
		(uint64_t)number > max)) {
		err_set(err, "--limit must be a number from 1 to %zu", max);
		return false;
	}
	*limit = (size_t)number;
	return true;
}

/* ---- walking ---- */

struct walking {
	struct ctl_pick *pick;
	const struct ctl_pick_walk *walk;
	const struct ctl_place *place;
	bool is_past; /* all that follow died too late */
};

static struct ctl_pick_id *find_id(const struct ctl_pick *pick, const char *id)
{
	const struct ctl_pick_id key = {.id = id};

	return pick->id_count == 0 ? NULL
				   : bsearch(&key, pick->ids, pick->id_count,
					 sizeof(*pick->ids), compare_ids);
}

static void on_letters(
    void *arg, const struct queue_dead_letter *letters, size_t count)
{
	struct walking *walking = arg;

	for (size_t i = 0; i < count; i++) {
		struct ctl_pick_id *id = find_id(walking->pick, letters[i].id);

		if (id != NULL) {
			id->found++;
		}
		if (dead_select_takes(&walking->pick->select, &letters[i])) {
			walking->walk->on_letter(
			    walking->walk->arg, walking->place, &letters[i]);
		}
		walking->is_past =
		    letters[i].died_at_ms > walking->pick->select.until_ms;
	}
}

static bool walk_pages(
    struct walking *walking, struct ctl_queue *queue, struct err *err)
{
	const struct ctl_pick_walk *walk = walking->walk;
	struct ctl_queue_page page = {
	    .destination = walking->place->destination, .limit = walk->page};

	do {
		if (!ctl_queue_read_dead(
			queue, &page, on_letters, walking, err)) {
			return false;
		}
	} while (walk->on_page(walk->arg, walking->place) &&
	    !walking->is_past && page.place[0] != '\0');
	return true;
}

static bool walk_ids(
    struct walking *walking, struct ctl_queue *queue, struct err *err)
{
	const struct ctl_pick_walk *walk = walking->walk;
	const struct ctl_pick *pick = walking->pick;
	const char *ids[IDS_AT_ONCE];
	struct ctl_queue_ids call = {
	    .destination = walking->place->destination, .ids = ids};

	for (size_t i = 0; i < pick->id_count; i++) {
		ids[call.count++] = pick->ids[i].id;
		if (call.count < IDS_AT_ONCE && i + 1 < pick->id_count) {
			continue;
		}
		if (!ctl_queue_find_dead(
			queue, &call, on_letters, walking, err)) {
			return false;
		}
		if (!walk->on_page(walk->arg, walking->place)) {
			break;
		}
		call.count = 0;
	}
	return true;
}

bool ctl_pick_walk(struct ctl_pick *pick, const struct ctl_places *places,
    const struct ctl_pick_walk *walk, struct err *err)
{
	for (size_t i = 0; i < pick->id_count; i++) {
		pick->ids[i].found = 0;
	}
	for (size_t i = 0; i < places->count; i++) {
		struct walking walking = {
		    .pick = pick, .walk = walk, .place = &places->list[i]};

		if (pick->id_count > 0
			? !walk_ids(&walking, places->queue, err)
			: !walk_pages(&walking, places->queue, err)) {
			return false;
		}
	}
	return true;
}

enum ctl_exit ctl_pick_tell_missing(const struct ctl_pick *pick)
{
	enum ctl_exit exit_code = CTL_OK;

	for (size_t i = 0; i < pick->id_count; i++) {
		if (pick->ids[i].found == 0) {
			exit_code = ctl_fail(CTL_TROUBLE,
			    "no dead letter %.100s", pick->ids[i].id);
		}
	}
	return exit_code;
}

enum ctl_exit ctl_pick_tell_ambiguous(const struct ctl_pick *pick)
{
	enum ctl_exit exit_code = CTL_OK;

	for (size_t i = 0; i < pick->id_count; i++) {
		if (pick->ids[i].found > 1) {
			exit_code = ctl_fail(CTL_TROUBLE,
			    "%.100s is in %zu destinations; say which with "
			    "--destination",
			    pick->ids[i].id, pick->ids[i].found);
		}
	}
	return exit_code;
}
