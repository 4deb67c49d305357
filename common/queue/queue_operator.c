/* The ledger and what is there, summed over the shards. */
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/queue/queue_codec.h"
#include "common/queue/queue_hold.h"
#include "common/queue/queue_look.h"

/* Of the answers: the names; then the ledger of a row, by shard; its hold. */
enum {
	TAG_NAMES = 0,
	TAG_LEDGER = 1,
	TAG_HOLD = 2,
	TAG_STEP = 2, /* from row to row */
};

struct stats_look {
	struct queue_look look;
	struct queue_stats *stats;
	size_t count;
	queue_stats_cb cb;
	void *arg;
};

int64_t queue_stats_job_difference(const struct queue_stats *stats)
{
	return stats->accepted + stats->replayed -
	    (stats->delivered + stats->dead + stats->skipped +
		stats->unchanged + stats->superseded + stats->forgotten +
		stats->purged + stats->pending);
}

int64_t queue_stats_dead_difference(const struct queue_stats *stats)
{
	return stats->dead + stats->imported -
	    (stats->replayed + stats->dead_purged + stats->dead_forgotten +
		stats->dead_now);
}

static void send_names(struct queue_look *look)
{
	struct queue_command command;

	queue_command_init(&command);
	queue_command_add_text(&command, "SMEMBERS");
	queue_keys_add_destinations(&command, queue_shard_name(look->queue, 0));
	queue_look_ask(look, &command, TAG_NAMES);
}

static void add_row(
    struct stats_look *stats, struct slice name, bool is_configured)
{
	struct queue_stats *row = &stats->stats[stats->count++];

	row->destination = xstrndup(name.data, name.len);
	row->is_configured = is_configured;
	row->oldest_age_ms = -1;
}

static bool is_configured(const struct queue *queue, struct slice name)
{
	for (size_t i = 0; i < queue->options.destination_count; i++) {
		if (slice_is(name, queue->destinations[i].name)) {
			return true;
		}
	}
	return false;
}

static int compare_rows(const void *a, const void *b)
{
	const struct queue_stats *left = a;
	const struct queue_stats *right = b;

	return strcmp(left->destination, right->destination);
}

/* The configured ones in their order, then what else Redis knows. */
static void make_rows(struct stats_look *stats, const struct redisReply *names)
{
	struct queue *queue = stats->look.queue;
	size_t configured = queue->options.destination_count;
	size_t known = queue_reply_count(names);

	stats->stats = xcalloc(configured + known + 1, sizeof(*stats->stats));
	for (size_t i = 0; i < configured; i++) {
		add_row(stats, slice_of(queue->destinations[i].name), true);
	}
	for (size_t i = 0; i < known; i++) {
		struct slice name;

		if (queue_decode_text(queue_reply_at(names, i), &name) &&
		    !is_configured(queue, name)) {
			add_row(stats, name, false);
		}
	}
	qsort(stats->stats + configured, stats->count - configured,
	    sizeof(*stats->stats), compare_rows);
}

static void begin_stats(struct queue *queue, struct queue_command *command,
    int shard, const char *destination)
{
	struct queue_shard_name name = queue_shard_name(queue, shard);

	queue_script_begin(queue->scripts, command, QUEUE_VERB_STATS,
	    QUEUE_KEYS_SHARD + QUEUE_KEYS_BLOCK + QUEUE_KEYS_SEEN);
	queue_keys_add_shard(command, name);
	queue_keys_add_block(command, name, destination, true);
	queue_command_add_text(command, queue->shards[shard].birth);
}

static void ask_for_row(
    struct queue_look *look, const char *destination, size_t row)
{
	struct queue *queue = look->queue;
	size_t step = row * TAG_STEP;
	struct queue_command command;

	for (int shard = 0; shard < queue->options.shards; shard++) {
		begin_stats(queue, &command, shard, destination);
		queue_look_call(
		    look, QUEUE_VERB_STATS, shard, &command, step + TAG_LEDGER);
	}
	queue_script_begin(queue->scripts, &command, QUEUE_VERB_HOLD_STATE, 1);
	queue_keys_add_hold(&command, queue->options.prefix, destination);
	queue_look_call_apart(
	    look, QUEUE_VERB_HOLD_STATE, &command, step + TAG_HOLD);
}

static bool take_state(
    const struct redisReply *reply, struct queue_hold_state *state)
{
	if (!queue_decode_hold(reply, 1, state)) {
		return false;
	}
	state->note.data = xstrndup(state->note.data, state->note.len);
	return true;
}

static bool take_stats(
    struct queue_look *look, size_t tag, const struct redisReply *reply)
{
	struct stats_look *stats = LIST_MEMBER(look, struct stats_look, look);
	struct queue_stats *row;

	if (tag == TAG_NAMES) {
		make_rows(stats, reply);
		for (size_t i = 0; i < stats->count; i++) {
			ask_for_row(look, stats->stats[i].destination, i);
		}
		return true;
	}
	row = &stats->stats[(tag - TAG_LEDGER) / TAG_STEP];
	return (tag - TAG_LEDGER) % TAG_STEP == 0
	    ? queue_add_stats(reply, row)
	    : take_state(reply, &row->hold);
}

static void end_stats(struct queue_look *look)
{
	struct stats_look *stats = LIST_MEMBER(look, struct stats_look, look);
	bool is_ok = look->status == QUEUE_OK;

	stats->cb(stats->arg, look->status, is_ok ? stats->stats : NULL,
	    is_ok ? stats->count : 0, is_ok ? NULL : &look->err);
	for (size_t i = 0; i < stats->count; i++) {
		free((char *)stats->stats[i].destination);
		free((char *)stats->stats[i].hold.note.data);
	}
	free(stats->stats);
	free(stats);
}

void queue_read_stats(struct queue *queue, queue_stats_cb cb, void *arg)
{
	struct stats_look *stats = xcalloc(1, sizeof(*stats));

	stats->look.send = send_names;
	stats->look.take = take_stats;
	stats->look.end = end_stats;
	stats->cb = cb;
	stats->arg = arg;
	queue_look_begin(queue, &stats->look);
}
