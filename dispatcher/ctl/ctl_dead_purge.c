/* relayctl dead purge: dead letters are removed for good. */
#include "dispatcher/ctl/ctl_move.h"

static bool purge(struct ctl_queue *queue, const struct ctl_queue_ids *ids,
    size_t *count, struct err *err)
{
	return ctl_queue_remove_dead(queue, ids, QUEUE_PURGED, count, err);
}

enum ctl_exit ctl_dead_purge(struct ctl *ctl)
{
	return ctl_move_run(ctl,
	    &(struct ctl_move){
		.command = "dead purge",
		.verb = "remove for good",
		.done_word = "purged",
		.needs_yes = true,
		.move = purge,
	    });
}
