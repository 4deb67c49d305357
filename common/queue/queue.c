/*
 * The queue's life: its connection, its phases, and the flush at the end of
 * each turn, in which finishes go first: a group that is finished can be
 * claimed by the very next call.
 */
#include "common/queue/queue.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/base/rng.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "common/queue/queue_state.h"

struct queue_conn *queue_conn_of(struct queue *queue, int shard)
{
	(void)shard;
	return queue->conn;
}

struct queue_conn *queue_conn_apart(struct queue *queue)
{
	return queue->conn;
}

struct queue_shard_name queue_shard_name(const struct queue *queue, int shard)
{
	return (struct queue_shard_name){queue->options.prefix, shard};
}

struct queue_lane *queue_lane(struct queue *queue, int destination, int shard)
{
	return &queue->lanes[destination * queue->options.shards + shard];
}

enum queue_status queue_lost_status(const struct queue *queue)
{
	return queue->is_closing ? QUEUE_CLOSED : QUEUE_UNAVAILABLE;
}

/* ---- the flush ---- */

static void fail_waiting(struct queue *queue)
{
	queue_fail_claims(queue);
	queue_fail_enqueues(queue);
	queue_fail_looks(queue);
}

static void on_flush_due(void *arg)
{
	struct queue *queue = arg;

	if (queue->phase == QUEUE_PHASE_READY &&
	    queue_conn_is_up(queue->conn)) {
		queue_flush_first_looks(queue);
		queue_flush_finishes(queue);
		queue_flush_claims(queue);
		queue_flush_enqueues(queue);
		queue_flush_looks(queue);
	}
}

static void on_timer_due(struct runq_item *item, void *arg)
{
	struct queue *queue = arg;

	if (item == &queue->refinish) {
		loop_defer(queue->options.loop, &queue->flush);
		return;
	}
	queue_fail_unsendable(queue);
	if (queue->phase == QUEUE_PHASE_DOWN ||
	    queue->phase == QUEUE_PHASE_BROKEN) {
		fail_waiting(queue);
	}
}

static void fail_soon(struct queue *queue)
{
	/* By a timer rather than at the end of this turn: a caller that tries
	 * again at once must not keep the loop. */
	if (!runq_is_scheduled(&queue->fail)) {
		runq_schedule(queue->timers, &queue->fail,
		    loop_now_ms(queue->options.loop));
	}
}

void queue_need_flush(struct queue *queue)
{
	switch (queue->phase) {
	case QUEUE_PHASE_READY:
		loop_defer(queue->options.loop, &queue->flush);
		break;
	case QUEUE_PHASE_OPENING:
		break;
	case QUEUE_PHASE_DOWN:
	case QUEUE_PHASE_BROKEN:
		fail_soon(queue);
		break;
	}
	if (!list_is_empty(&queue->unsendable)) {
		fail_soon(queue);
	}
}

/* ---- phases ---- */

static void log_state(enum log_level level, enum log_event event,
    const struct queue *queue, const struct err *err)
{
	struct log_line line;

	log_begin(&line, level, "queue", event);
	log_text(&line, "address", queue->options.address);
	if (err != NULL) {
		log_err(&line, err);
	}
	log_end(&line);
}

static void show_up(struct queue *queue)
{
	bool is_up = queue->phase == QUEUE_PHASE_READY;

	for (int verb = 0; verb < QUEUE_VERB_COUNT; verb++) {
		is_up = is_up && !queue->is_refused[verb];
	}
	metric_set(queue->metric_up, is_up ? 1 : 0);
}

static void tell(struct queue *queue, bool is_up, const struct err *err)
{
	bool is_fatal = queue->phase == QUEUE_PHASE_BROKEN;

	if (queue->has_told && queue->was_told_up == is_up && !is_fatal) {
		return;
	}
	queue->has_told = true;
	queue->was_told_up = is_up;
	queue->options.on_state(queue->options.arg, is_up, is_fatal, err);
}

static void enter_ready(struct queue *queue)
{
	err_clear(&queue->trouble);
	queue->up_at_ms = loop_now_ms(queue->options.loop);
	for (int verb = 0; verb < QUEUE_VERB_COUNT; verb++) {
		queue->is_refused[verb] = false;
	}
	show_up(queue);
	queue_conn_reset_backoff(queue->conn);
	runq_cancel(queue->timers, &queue->refinish);
	loop_defer(queue->options.loop, &queue->flush);
	tell(queue, true, NULL);
}

static void enter_down(
    struct queue *queue, enum queue_phase old, const struct err *err)
{
	/* Once for each state of affairs, not once for each try. */
	bool is_news = strcmp(queue->trouble.text, err->text) != 0;

	queue->trouble = *err;
	show_up(queue);
	if (old == QUEUE_PHASE_READY) {
		metric_add(queue->metric_reconnects, 1);
	}
	if (is_news || old == QUEUE_PHASE_READY) {
		log_state(LOG_WARN, LOG_REDIS_LOST, queue, err);
	}
	queue_need_flush(queue);
	tell(queue, false, err);
}

void queue_enter(
    struct queue *queue, enum queue_phase phase, const struct err *err)
{
	static const struct err none;
	enum queue_phase old = queue->phase;

	if (err == NULL) {
		err = &none;
	}
	if (old == QUEUE_PHASE_BROKEN) {
		return; /* for good */
	}
	queue->phase = phase;
	switch (phase) {
	case QUEUE_PHASE_DOWN:
		enter_down(queue, old, err);
		break;
	case QUEUE_PHASE_OPENING:
		queue_open_shards(queue);
		if (old == QUEUE_PHASE_READY) {
			queue->trouble = *err;
			show_up(queue);
			tell(queue, false, err);
		}
		break;
	case QUEUE_PHASE_READY:
		log_state(LOG_INFO, LOG_REDIS_CONNECTED, queue, NULL);
		enter_ready(queue);
		break;
	case QUEUE_PHASE_BROKEN:
		queue->trouble = *err;
		show_up(queue);
		log_state(LOG_ERROR, LOG_REDIS_REFUSED, queue, err);
		queue_need_flush(queue);
		tell(queue, false, err);
		break;
	}
}

static void on_conn_up(void *arg)
{
	struct queue *queue = arg;

	if (queue->phase != QUEUE_PHASE_BROKEN) {
		queue_scripts_load_missing(queue->scripts, queue->conn);
		queue_enter(queue, QUEUE_PHASE_OPENING, NULL);
	}
}

static void on_conn_down(void *arg, const struct err *err)
{
	queue_enter(arg, QUEUE_PHASE_DOWN, err);
}

static void note_refusal(
    struct queue *queue, enum queue_verb verb, const struct err *err)
{
	struct log_line line;

	if (queue->is_refused[verb]) {
		return;
	}
	queue->is_refused[verb] = true;
	show_up(queue);
	log_begin(&line, LOG_ERROR, "queue", LOG_REDIS_REFUSED);
	log_text(&line, "verb", queue_verb_name(verb));
	log_err(&line, err);
	log_end(&line);
}

bool queue_note_reply(struct queue *queue, enum queue_verb verb,
    enum queue_status status, const struct err *err)
{
	if (status == QUEUE_OK && queue->is_refused[verb]) {
		queue->is_refused[verb] = false;
		show_up(queue);
	}
	if (status != QUEUE_REFUSED) {
		return false;
	}
	switch (queue_refusal_of(err->text)) {
	case QUEUE_REFUSAL_EMPTY:
		if (queue->phase == QUEUE_PHASE_READY &&
		    queue_conn_is_up(queue->conn)) {
			queue_enter(queue, QUEUE_PHASE_OPENING, err);
		}
		return queue->phase == QUEUE_PHASE_OPENING;
	case QUEUE_REFUSAL_DIFFERS:
		queue_enter(queue, QUEUE_PHASE_BROKEN, err);
		return false;
	case QUEUE_REFUSAL_ELSEWHERE:
		note_refusal(queue, verb, err);
		queue_conn_drop(queue->conn, err);
		return false;
	case QUEUE_REFUSAL_UNKNOWN_SCRIPT:
	case QUEUE_REFUSAL_LATER:
		note_refusal(queue, verb, err);
		return false;
	}
	return false;
}

void queue_set_limits(
    struct queue *queue, int64_t reap_grace_ms, size_t max_batch_bytes)
{
	queue->options.reap_grace_ms = reap_grace_ms;
	queue->options.max_batch_bytes = max_batch_bytes;
}

bool queue_is_up(const struct queue *queue)
{
	return queue->phase == QUEUE_PHASE_READY;
}

const struct err *queue_trouble(const struct queue *queue)
{
	return &queue->trouble;
}

/* ---- life ---- */

static void copy_options(
    struct queue *queue, const struct queue_options *options)
{
	queue->options = *options;
	queue->options.address = xstrdup(options->address);
	queue->options.username = xstrdup(options->username);
	queue->options.password = xstrdup(options->password);
	queue->options.prefix = xstrdup(options->prefix);
	/* Any request may stand behind a WAIT. */
	queue->options.request_timeout_ms += options->ack.timeout_ms;
	queue_copy_destinations(queue, options->destinations);
}

static void create_lanes(struct queue *queue)
{
	size_t shards = (size_t)queue->options.shards;
	size_t lanes = queue->options.destination_count * shards;

	queue->shards = xcalloc(shards, sizeof(*queue->shards));
	for (size_t i = 0; i < shards; i++) {
		list_init(&queue->shards[i].enqueues);
	}
	queue->granted_at_ms =
	    xcalloc(queue->options.destination_count + 1, sizeof(int64_t));
	queue->lanes = xcalloc(lanes + 1, sizeof(*queue->lanes));
	for (size_t i = 0; i < lanes; i++) {
		list_init(&queue->lanes[i].finishes);
	}
}

struct queue_conn *queue_connect(struct queue *queue, void (*on_up)(void *arg),
    void (*on_down)(void *arg, const struct err *err), void *arg)
{
	const struct queue_options *options = &queue->options;
	const struct queue_conn_options conn = {
	    .loop = options->loop,
	    .address = options->address,
	    .username = options->username,
	    .password = options->password,
	    .database = options->database,
	    .connect_timeout_ms = options->connect_timeout_ms,
	    .reconnect_base_ms = options->reconnect_base_ms,
	    .reconnect_cap_ms = options->reconnect_cap_ms,
	    .seed = rng_next(&queue->rng),
	    .on_up = on_up,
	    .on_down = on_down,
	    .arg = arg,
	};

	return queue_conn_create(&conn);
}

struct queue *queue_create(const struct queue_options *options)
{
	struct queue *queue = xcalloc(1, sizeof(*queue));

	copy_options(queue, options);
	create_lanes(queue);
	list_init(&queue->unsendable);
	list_init(&queue->claims);
	list_init(&queue->first_looks);
	list_init(&queue->looks);
	list_init(&queue->commit.held);
	rng_seed(&queue->rng, options->seed);
	queue->boot_id = rng_next(&queue->rng);
	queue->phase = QUEUE_PHASE_DOWN;
	err_set(&queue->trouble, "not connected to Redis yet");
	queue->timers = runq_create(options->loop, on_timer_due, queue);
	loop_task_init(&queue->flush, on_flush_due, queue);
	queue->metric_up =
	    metrics_get(options->metrics, METRICS_REDIS_UP, NULL, NULL);
	queue->metric_reconnects =
	    metrics_get(options->metrics, METRICS_REDIS_RECONNECTS, NULL, NULL);
	queue->metric_empty =
	    metrics_get(options->metrics, METRICS_REDIS_EMPTY, NULL, NULL);
	queue->scripts = queue_scripts_create(
	    options->metrics, queue->options.request_timeout_ms);
	queue->conn = queue_connect(queue, on_conn_up, on_conn_down, queue);
	return queue;
}

static void destroy_lanes(struct queue *queue)
{
	size_t lanes =
	    queue->options.destination_count * (size_t)queue->options.shards;

	for (size_t i = 0; i < lanes; i++) {
		queue_audit_pass_destroy(queue->lanes[i].audit);
	}
	free(queue->lanes);
}

void queue_destroy(struct queue *queue)
{
	if (queue == NULL) {
		return;
	}
	queue->is_closing = true;
	queue_scripts_close(queue->scripts);
	queue_watcher_destroy(queue->watcher);
	queue->watcher = NULL; /* an answer to its unblock may still come */
	queue_conn_destroy(queue->conn);
	queue_fail_unsendable(queue);
	fail_waiting(queue);
	queue_fail_finishes(queue);
	loop_task_cancel(&queue->flush);
	runq_destroy(queue->timers);
	queue_scripts_destroy(queue->scripts);
	queue_free_destinations(queue);
	destroy_lanes(queue);
	free(queue->granted_at_ms);
	free(queue->shards);
	free((char *)queue->options.address);
	free((char *)queue->options.username);
	free((char *)queue->options.password);
	free((char *)queue->options.prefix);
	free(queue);
}
