#ifndef TESTS_UNIT_COMMON_QUEUE_QUEUE_FIXTURE_H
#define TESTS_UNIT_COMMON_QUEUE_QUEUE_FIXTURE_H

/*
 * A private redis-server on a unix socket in a temporary folder, a proxy in
 * front of it that can lose requests and replies, and a queue on a loop. Calls
 * of the queue are turned into functions that wait for their callback.
 *
 * For one test file each: everything is static.
 */

#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/log/log.h"
#include "common/loop/listen.h"
#include "common/loop/loop.h"
#include "common/loop/runq.h"
#include "common/metrics/metrics.h"
#include "common/queue/queue.h"
#include "common/queue/queue_operator.h"
#include "tests/unit/cmocka_test.h"
#include "tests/unit/common/queue/redis_proxy.h"

enum {
	DEADLINE_MS = 15000,
	LONG_MS = 150000, /* longer than a test may take */
	LEASE_MS = 40000,
	DESTINATIONS = 2,
};

struct fixture {
	char folder[64];
	char redis_path[80];
	char proxy_path[80];
	char queue_address[LISTEN_NAME_MAX]; /* of the proxy */
	int spare_fd;
	const char *redis_extra[8];
	pid_t redis_pid;
	redisContext *direct;
	struct loop *loop;
	struct metrics *metrics;
	struct redis_proxy *proxy;
	struct queue *queue;
	struct queue_options options;
	struct queue_destination destinations[DESTINATIONS];
	struct runq *deadlines;
	struct runq_item deadline;
	bool is_late;

	bool is_up;
	bool is_fatal;
	int state_changes;
	struct err state_err;
};

/* ---- redis-server ---- */

static UNUSED void sleep_ms(long ms)
{
	const struct timespec span = {ms / 1000, ms % 1000 * 1000000};

	(void)nanosleep(&span, NULL);
}

static UNUSED redisContext *connect_direct(struct fixture *f)
{
	int64_t deadline_ms = clock_mono_ms() + DEADLINE_MS;

	for (;;) {
		redisContext *direct = redisConnectUnix(f->redis_path);
		redisReply *reply = direct != NULL && direct->err == 0
		    ? redisCommand(direct, "PING")
		    : NULL;
		bool is_there =
		    reply != NULL && reply->type != REDIS_REPLY_ERROR;
		bool needs_login = reply != NULL &&
		    reply->type == REDIS_REPLY_ERROR &&
		    strncmp(reply->str, "NOAUTH", 6) == 0;

		if (reply != NULL) {
			freeReplyObject(reply);
		}
		if (is_there || needs_login) {
			return direct;
		}
		redisFree(direct);
		assert_true(clock_mono_ms() < deadline_ms);
		sleep_ms(5);
	}
}

static UNUSED void start_redis(struct fixture *f)
{
	f->redis_pid = fork();
	assert_true(f->redis_pid >= 0);
	if (f->redis_pid == 0) {
		const char *argv[24] = {"redis-server", "--port", "0",
		    "--unixsocket", f->redis_path, "--dir", f->folder, "--save",
		    "", "--logfile", "redis.log"};
		size_t count = 11;

		for (size_t i = 0; f->redis_extra[i] != NULL; i++) {
			argv[count++] = f->redis_extra[i];
		}
		(void)execvp(argv[0], (char **)argv);
		_exit(127);
	}
	f->direct = connect_direct(f);
}

static UNUSED void kill_redis(struct fixture *f)
{
	if (f->direct != NULL) {
		redisFree(f->direct);
		f->direct = NULL;
	}
	if (f->redis_pid > 0) {
		(void)kill(f->redis_pid, SIGKILL);
		(void)waitpid(f->redis_pid, NULL, 0);
		f->redis_pid = 0;
	}
}

/* A command straight to Redis; its integer, or the length of its array. */
static UNUSED long long redis_do(struct fixture *f, const char *format, ...)
{
	va_list args;
	redisReply *reply;
	long long number;

	va_start(args, format);
	reply = redisvCommand(f->direct, format, args);
	va_end(args);
	assert_non_null(reply);
	if (reply->type == REDIS_REPLY_ERROR) {
		fail_msg("%s: %s", format, reply->str);
	}
	number = reply->type == REDIS_REPLY_ARRAY ? (long long)reply->elements
	    : reply->type == REDIS_REPLY_STRING ? strtoll(reply->str, NULL, 10)
						: reply->integer;
	freeReplyObject(reply);
	return number;
}

/* ---- waiting ---- */

static UNUSED void on_deadline(struct runq_item *item, void *arg)
{
	struct fixture *f = arg;

	(void)item;
	f->is_late = true;
	loop_stop(f->loop);
}

/* Turns the loop until loop_stop; fails after the deadline. */
static UNUSED void turn(struct fixture *f)
{
	f->is_late = false;
	runq_schedule(
	    f->deadlines, &f->deadline, clock_mono_ms() + DEADLINE_MS);
	loop_run(f->loop);
	runq_cancel(f->deadlines, &f->deadline);
	assert_false(f->is_late);
}

static UNUSED void on_state(
    void *arg, bool is_up, bool is_fatal, const struct err *err)
{
	struct fixture *f = arg;

	f->is_up = is_up;
	f->is_fatal = is_fatal;
	f->state_changes++;
	err_clear(&f->state_err);
	if (err != NULL) {
		f->state_err = *err;
	}
	loop_stop(f->loop);
}

static UNUSED void wait_until_up(struct fixture *f)
{
	while (!f->is_up) {
		turn(f);
	}
}

static UNUSED void wait_until_down(struct fixture *f)
{
	while (f->is_up) {
		turn(f);
	}
}

/* ---- the fixture ---- */

static UNUSED void open_queue(struct fixture *f)
{
	f->is_up = false;
	f->queue = queue_create(&f->options);
}

static UNUSED void close_queue(struct fixture *f)
{
	queue_destroy(f->queue);
	f->queue = NULL;
}

static UNUSED void fill_options(struct fixture *f)
{
	f->destinations[0] = (struct queue_destination){
	    .name = "event", .dedupe_for_ms = 86400000};
	f->destinations[1] = (struct queue_destination){
	    .name = "contact", .dedupe_for_ms = 86400000};
	f->options = (struct queue_options){
	    .loop = f->loop,
	    .metrics = f->metrics,
	    .address = f->queue_address,
	    .username = "",
	    .password = "",
	    .prefix = "relay",
	    .shards = 1,
	    .destinations = f->destinations,
	    .destination_count = DESTINATIONS,
	    .connect_timeout_ms = 2000,
	    .request_timeout_ms = 10000,
	    .reconnect_base_ms = 2,
	    .reconnect_cap_ms = 50,
	    .max_batch_bytes = 1 << 20,
	    .seed = 1,
	    .on_state = on_state,
	    .arg = f,
	};
}

static UNUSED struct fixture *create_fixture(const char *const *redis_extra)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	log_set_level(LOG_ERROR);
	(void)snprintf(f->folder, sizeof(f->folder), "/tmp/test-queue-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	(void)snprintf(
	    f->redis_path, sizeof(f->redis_path), "%s/redis.sock", f->folder);
	(void)snprintf(
	    f->proxy_path, sizeof(f->proxy_path), "%s/proxy.sock", f->folder);
	(void)snprintf(f->queue_address, sizeof(f->queue_address), "unix:%s",
	    f->proxy_path);
	for (size_t i = 0; redis_extra != NULL && redis_extra[i] != NULL; i++) {
		f->redis_extra[i] = redis_extra[i];
	}
	start_redis(f);
	f->loop = loop_create();
	f->metrics = metrics_create();
	f->deadlines = runq_create(f->loop, on_deadline, f);
	f->proxy = redis_proxy_create(
	    loop_base(f->loop), f->proxy_path, f->redis_path);
	fill_options(f);
	return f;
}

static UNUSED void destroy_fixture(struct fixture *f)
{
	char command[96];

	close_queue(f);
	redis_proxy_destroy(f->proxy);
	runq_destroy(f->deadlines);
	metrics_destroy(f->metrics);
	loop_destroy(f->loop);
	kill_redis(f);
	(void)snprintf(command, sizeof(command), "rm -r %s", f->folder);
	assert_int_equal(system(command), 0);
	free(f);
}

/* With a queue that is up. */
static UNUSED int set_up(void **state)
{
	struct fixture *f = create_fixture(NULL);

	open_queue(f);
	wait_until_up(f);
	*state = f;
	return 0;
}

/* Options may be changed before open_queue. */
static UNUSED int set_up_closed(void **state)
{
	*state = create_fixture(NULL);
	return 0;
}

static UNUSED int tear_down(void **state)
{
	destroy_fixture(*state);
	return 0;
}

static UNUSED double metric(struct fixture *f, enum metric_family family,
    const char *first, const char *second)
{
	return metric_value(metrics_get(f->metrics, family, first, second));
}

/* ---- calls that wait ---- */

struct answer {
	struct fixture *f;
	bool is_there;
	int times;
	enum queue_status status;
	/* enqueue */
	struct queue_admission admissions[DESTINATIONS];
	size_t count;
	/* claim */
	char token[QUEUE_TOKEN_MAX];
	char groups[8][64];
	char ids[8][JOB_ID_MAX];
	char bodies[8][64];
	struct queue_claim_reply claimed;
	struct queue_lease lease; /* the first; its slices are gone */
	/* finish */
	enum queue_finish_verdict verdict;
	bool was_current;
	/* watch */
	int destination;
	int shard;
	/* operator */
	struct queue_stats stats[4];
	char names[4][32];
	struct queue_dead_letter letter; /* the first; its slices are gone */
	char note[64];
	char next[96];
	size_t replayed;
	struct err err;
};

static UNUSED void note_answer(
    struct answer *a, enum queue_status status, const struct err *err)
{
	a->is_there = true;
	a->times++;
	a->status = status;
	if (err != NULL) {
		a->err = *err;
	}
	loop_stop(a->f->loop);
}

static UNUSED void wait_for(struct answer *a)
{
	while (!a->is_there) {
		turn(a->f);
	}
	assert_int_equal(a->times, 1);
}

static UNUSED void copy_slice(char *to, size_t room, struct slice from)
{
	(void)snprintf(to, room, "%.*s", SLICE_ARGS(from));
}

static UNUSED void on_enqueue(void *arg, enum queue_status status,
    const struct queue_admission *admissions, size_t count,
    const struct err *err)
{
	struct answer *a = arg;

	for (size_t i = 0; i < count && i < DESTINATIONS; i++) {
		a->admissions[i] = admissions[i];
	}
	a->count = count;
	note_answer(a, status, err);
}

static UNUSED void start_enqueue(struct answer *a, struct fixture *f,
    const char *group, const char *body, const char *digest)
{
	static const int event_only[] = {0};
	struct queue_entry entry = {
	    .group = slice_of(group),
	    .body = slice_of(body),
	    .destinations = event_only,
	    .destination_count = 1,
	};

	*a = (struct answer){.f = f};
	if (digest != NULL) {
		entry.has_delivery_id = true;
		(void)snprintf((char *)entry.delivery_digest,
		    IDENTITY_DIGEST_BYTES, "%s", digest);
	}
	queue_enqueue(f->queue, &entry, on_enqueue, a);
	assert_false(a->is_there);
}

static UNUSED struct answer enqueue(
    struct fixture *f, const char *group, const char *body, const char *digest)
{
	struct answer a;

	start_enqueue(&a, f, group, body, digest);
	wait_for(&a);
	return a;
}

static UNUSED void must_enqueue(
    struct fixture *f, const char *group, const char *body)
{
	struct answer a = enqueue(f, group, body, NULL);

	assert_int_equal(a.status, QUEUE_OK);
	assert_int_equal(a.admissions[0].verdict, QUEUE_ACCEPTED);
}

static UNUSED void on_claim(void *arg, enum queue_status status,
    const struct queue_claim_reply *reply, const struct err *err)
{
	struct answer *a = arg;

	if (reply != NULL) {
		a->claimed = *reply;
		a->count = reply->count;
		(void)snprintf(a->token, sizeof(a->token), "%s", reply->token);
		for (size_t i = 0; i < reply->count && i < 8; i++) {
			const struct queue_lease *lease = &reply->leases[i];

			copy_slice(
			    a->groups[i], sizeof(a->groups[i]), lease->group);
			copy_slice(a->bodies[i], sizeof(a->bodies[i]),
			    slice_from(lease->element, JOB_HEAD_BYTES));
			(void)snprintf(
			    a->ids[i], sizeof(a->ids[i]), "%s", lease->id);
		}
		if (reply->count > 0) {
			a->lease = reply->leases[0];
		}
	}
	note_answer(a, status, err);
}

static UNUSED void start_claim(
    struct answer *a, struct fixture *f, int shard, size_t max_jobs)
{
	const struct queue_claim claim = {
	    .shard = shard,
	    .max_jobs = max_jobs,
	    .max_bytes = 1 << 20,
	    .lease_ms = LEASE_MS,
	    .retry_limit_ms = 3600000,
	};

	*a = (struct answer){.f = f};
	queue_claim(f->queue, &claim, on_claim, a);
	assert_false(a->is_there);
}

static UNUSED struct answer claim(struct fixture *f, int shard, size_t max_jobs)
{
	struct answer a;

	start_claim(&a, f, shard, max_jobs);
	wait_for(&a);
	return a;
}

static UNUSED void on_finish(
    void *arg, enum queue_status status, enum queue_finish_verdict verdict)
{
	struct answer *a = arg;

	a->verdict = verdict;
	a->was_current = verdict != QUEUE_NOT_CURRENT;
	note_answer(a, status, NULL);
}

/* The first lease of `claimed`. */
static UNUSED void start_finish(struct answer *a, struct fixture *f, int shard,
    const struct answer *claimed, enum queue_settle settle)
{
	static const enum outcome outcomes[] = {
	    [QUEUE_POP] = OUTCOME_DELIVERED,
	    [QUEUE_BURY] = OUTCOME_REJECTED,
	    [QUEUE_RETRY] = OUTCOME_SERVER_ERROR,
	    [QUEUE_REQUEUE] = OUTCOME_THROTTLED,
	    [QUEUE_RELEASE] = OUTCOME_RELEASED,
	};
	const struct queue_finish finish = {
	    .shard = shard,
	    .group = slice_of(claimed->groups[0]),
	    .token = claimed->token,
	    .id = claimed->ids[0],
	    .settle = settle,
	    .outcome = outcomes[settle],
	    .spends_attempt = settle == QUEUE_RETRY || settle == QUEUE_BURY,
	    .delay_ms = 3,
	    .started_at_ms = 1000,
	    .took_ms = 7,
	    .http_status = 400,
	    .note = SLICE_LITERAL("what it said"),
	};

	*a = (struct answer){.f = f};
	queue_finish(f->queue, &finish, on_finish, a);
	assert_false(a->is_there);
}

static UNUSED struct answer finish(struct fixture *f, int shard,
    const struct answer *claimed, enum queue_settle settle)
{
	struct answer a;

	start_finish(&a, f, shard, claimed, settle);
	wait_for(&a);
	return a;
}

static UNUSED void on_watch(
    void *arg, enum queue_status status, int destination, int shard)
{
	struct answer *a = arg;

	a->destination = destination;
	a->shard = shard;
	note_answer(a, status, NULL);
}

static UNUSED void start_watch(
    struct answer *a, struct fixture *f, int64_t timeout_ms)
{
	static const int both[] = {0, 1};

	*a = (struct answer){.f = f};
	queue_watch(f->queue, both, 2, timeout_ms, on_watch, a);
	assert_false(a->is_there);
}

static UNUSED void on_stats(void *arg, enum queue_status status,
    const struct queue_stats *stats, size_t count, const struct err *err)
{
	struct answer *a = arg;

	a->count = count;
	for (size_t i = 0; i < count && i < 4; i++) {
		a->stats[i] = stats[i];
		(void)snprintf(a->names[i], sizeof(a->names[i]), "%s",
		    stats[i].destination);
		if (queue_stats_job_difference(&stats[i]) != 0 ||
		    queue_stats_dead_difference(&stats[i]) != 0) {
			fail_msg(
			    "the ledger of %s is off", stats[i].destination);
		}
	}
	note_answer(a, status, err);
}

static UNUSED struct answer read_stats(struct fixture *f)
{
	struct answer a = {.f = f};

	queue_read_stats(f->queue, on_stats, &a);
	assert_false(a.is_there);
	wait_for(&a);
	return a;
}

static UNUSED void on_dead(void *arg, enum queue_status status,
    const struct queue_dead_letter *letters, size_t count, const char *next,
    const struct err *err)
{
	struct answer *a = arg;

	a->count = count;
	(void)snprintf(a->next, sizeof(a->next), "%s", next);
	for (size_t i = 0; i < count && i < 8; i++) {
		(void)snprintf(
		    a->ids[i], sizeof(a->ids[i]), "%s", letters[i].id);
		copy_slice(
		    a->groups[i], sizeof(a->groups[i]), letters[i].group);
	}
	if (count > 0) {
		a->letter = letters[0];
		copy_slice(a->note, sizeof(a->note), letters[0].note);
	}
	note_answer(a, status, err);
}

static UNUSED struct answer read_dead(
    struct fixture *f, const char *after, size_t limit)
{
	struct answer a = {.f = f};

	queue_read_dead(f->queue, "event", after, limit, on_dead, &a);
	assert_false(a.is_there);
	wait_for(&a);
	return a;
}

static UNUSED void on_replay(
    void *arg, enum queue_status status, size_t replayed, const struct err *err)
{
	struct answer *a = arg;

	a->replayed = replayed;
	note_answer(a, status, err);
}

static UNUSED struct answer replay(
    struct fixture *f, const char *const *ids, size_t count)
{
	struct answer a = {.f = f};

	queue_replay(f->queue, "event", ids, count, false, on_replay, &a);
	assert_false(a.is_there);
	wait_for(&a);
	return a;
}

#endif
