/*
 * relayctl dead replay: dead letters become jobs again, at the end of their
 * users' queues; rendered anew, or as they were sent.
 */
#include "dispatcher/ctl/ctl_move.h"

static bool replay(struct ctl_queue *queue, const struct ctl_queue_ids *ids,
    size_t *count, struct err *err)
{
	return ctl_queue_replay(queue, ids, false, count, err);
}

static bool replay_as_sent(struct ctl_queue *queue,
    const struct ctl_queue_ids *ids, size_t *count, struct err *err)
{
	return ctl_queue_replay(queue, ids, true, count, err);
}

enum ctl_exit ctl_dead_replay(struct ctl *ctl)
{
	const struct ctl_options *options = &ctl->options;
	struct ctl_move move = {
	    .command = "dead replay",
	    .verb = "replay",
	    .done_word = "replayed",
	    .needs_body = options->as_sent,
	    .is_replay = true,
	    .move = options->as_sent ? replay_as_sent : replay,
	};

	if (options->rate != NULL &&
	    !ctl_rate_parse(slice_of(options->rate), &move.rate)) {
		return ctl_fail(CTL_WRONG,
		    "--rate %.64s: write 50/s or 600/m, at most 1000000",
		    options->rate);
	}
	return ctl_move_run(ctl, &move);
}
