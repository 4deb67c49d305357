#include "dispatcher/ctl/ctl_places.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/base/nearest.h"
#include "dispatcher/ctl/ctl_offline.h"

static void on_stats(void *arg, const struct queue_stats *stats, size_t count)
{
	struct ctl_places *places = arg;

	places->list = xcalloc(count + 1, sizeof(*places->list));
	places->count = count;
	for (size_t i = 0; i < count; i++) {
		places->list[i] = (struct ctl_place){
		    .destination = xstrdup(stats[i].destination),
		    .config = config_find_destination(
			places->ctl->cli.config, stats[i].destination),
		    .pending = stats[i].pending,
		    .leased = stats[i].leased,
		    .dead_now = stats[i].dead_now,
		    .hold = stats[i].hold.reason,
		};
	}
}

static void free_from(struct ctl_places *places, size_t first)
{
	while (places->count > first) {
		free(places->list[--places->count].destination);
	}
}

const struct ctl_place *ctl_places_find(
    const struct ctl_places *places, const char *name)
{
	for (size_t i = 0; i < places->count; i++) {
		if (strcmp(places->list[i].destination, name) == 0) {
			return &places->list[i];
		}
	}
	return NULL;
}

void ctl_places_complain(
    const struct ctl_places *places, const char *name, struct err *err)
{
	char hint[NEAREST_HINT_MAX];
	struct nearest nearest;

	nearest_init(&nearest, slice_of(name));
	for (size_t i = 0; i < places->count; i++) {
		nearest_offer(&nearest, slice_of(places->list[i].destination));
	}
	nearest_hint(&nearest, hint);
	err_set(err, "there is no destination %.100s%s", name, hint);
}

/* Leaves only that one. */
static enum ctl_exit choose(struct ctl_places *places, const char *name)
{
	const struct ctl_place *found = ctl_places_find(places, name);
	struct ctl_place first = places->list[0];
	struct err err;

	if (found == NULL) {
		ctl_places_complain(places, name, &err);
		return ctl_fail(CTL_WRONG, "%s", err.text);
	}
	places->list[0] = *found;
	places->list[found - places->list] = first;
	free_from(places, 1);
	return CTL_OK;
}

enum ctl_exit ctl_connect(struct ctl *ctl, struct ctl_queue **queue)
{
	enum ctl_exit exit_code = CTL_OK;
	struct strbuf unset;
	struct err err;

	*queue = NULL;
	strbuf_init(&unset, STRBUF_NO_LIMIT);
	if (!ctl_load_unset(ctl, &unset)) {
		exit_code = CTL_WRONG;
	} else {
		*queue = ctl_queue_open(ctl->cli.config, &err);
	}
	if (exit_code == CTL_OK && *queue == NULL) {
		exit_code = ctl_fail(CTL_TROUBLE, "%s", err.text);
		/* One of them may have been Redis's. */
		ctl_tell_unset(&unset);
	}
	strbuf_finish(&unset);
	return exit_code;
}

enum ctl_exit ctl_places_open(
    struct ctl_places *places, struct ctl *ctl, const char *name)
{
	enum ctl_exit exit_code;
	struct err err;

	*places = (struct ctl_places){.ctl = ctl};
	exit_code = ctl_connect(ctl, &places->queue);
	if (exit_code != CTL_OK) {
		return exit_code;
	}
	if (!ctl_queue_read_stats(places->queue, on_stats, places, &err)) {
		return ctl_fail(CTL_TROUBLE, "%s", err.text);
	}
	return name != NULL ? choose(places, name) : CTL_OK;
}

void ctl_places_close(struct ctl_places *places)
{
	free_from(places, 0);
	free(places->list);
	ctl_queue_close(places->queue);
	*places = (struct ctl_places){.ctl = NULL};
}
