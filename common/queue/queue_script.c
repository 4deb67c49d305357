/*
 * Scripts are known to Redis by their SHA-1, which is computed when they are
 * embedded. Those that Redis lacks are loaded on every connection, so that
 * calls are done in the order in which they are sent. A Redis that is told
 * SCRIPT FLUSH after that answers NOSCRIPT; requests of a connection are
 * answered in order, so load and repeat are sent together.
 */
#include "common/queue/queue_script.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/failpoint.h"
#include "common/base/mem.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "common/queue/queue_conn.h"
#include "common/queue/queue_scripts.h"

#include <hiredis/hiredis.h>

enum {
	REPEATS_MAX = 3,
	STATUSES = QUEUE_CLOSED + 1,
};

static const char *const verb_names[QUEUE_VERB_COUNT] = {
    [QUEUE_VERB_OPEN] = "open",
    [QUEUE_VERB_ENQUEUE] = "enqueue",
    [QUEUE_VERB_CLAIM] = "claim",
    [QUEUE_VERB_FINISH] = "finish",
    [QUEUE_VERB_REPLAY] = "replay",
    [QUEUE_VERB_STATS] = "stats",
    [QUEUE_VERB_DEAD] = "dead",
    [QUEUE_VERB_WAKE] = "wake",
    [QUEUE_VERB_ADMIT] = "admit",
    [QUEUE_VERB_UNPROBE] = "unprobe",
    [QUEUE_VERB_HOLD] = "hold",
    [QUEUE_VERB_RESUME] = "resume",
    [QUEUE_VERB_HOLD_STATE] = "hold_state",
    [QUEUE_VERB_FLOW] = "flow",
    [QUEUE_VERB_REMOVE_DEAD] = "remove_dead",
    [QUEUE_VERB_IMPORT] = "import",
    [QUEUE_VERB_PURGE] = "purge",
    [QUEUE_VERB_FORGET] = "forget",
    [QUEUE_VERB_HISTORY] = "history",
    [QUEUE_VERB_FIND_JOB] = "find_job",
    [QUEUE_VERB_AUDIT] = "audit",
};

static const char *const status_names[STATUSES] = {
    [QUEUE_OK] = "ok",
    [QUEUE_UNAVAILABLE] = "unavailable",
    [QUEUE_REFUSED] = "refused",
    [QUEUE_CLOSED] = "closed",
};

struct script {
	struct slice source;
	const char *sha1;
	bool is_loading; /* asked for, no answer yet */
	struct metric *calls[STATUSES];
};

struct queue_scripts {
	struct script verbs[QUEUE_VERB_COUNT];
	int64_t timeout_ms;
	bool is_closed;
};

struct call {
	struct queue_scripts *scripts;
	struct queue_conn *conn;
	enum queue_verb verb;
	struct queue_command command;
	int repeats;
	bool is_lost; /* to a failpoint */
	queue_script_cb cb;
	void *arg;
};

const char *queue_verb_name(enum queue_verb verb)
{
	return verb_names[verb];
}

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	return strncmp(text, word, len) == 0 &&
	    (text[len] == ' ' || text[len] == '\0');
}

/* "ERR Error running script (call to f_...): @user_script:7: @user_script: 7:
 * -OOM command not allowed ..." */
const char *queue_refusal_text(const char *error)
{
	const char *inner;

	if (strncmp(error, "ERR Error running script", 24) != 0) {
		return error;
	}
	inner = strstr(error, ": -");
	return inner != NULL ? inner + 3 : error;
}

enum queue_refusal queue_refusal_of(const char *error)
{
	static const char *const elsewhere[] = {
	    "READONLY", "LOADING", "MASTERDOWN", "NOAUTH"};
	const char *text = queue_refusal_text(error);

	if (has_word(text, "NOSCRIPT")) {
		return QUEUE_REFUSAL_UNKNOWN_SCRIPT;
	}
	if (has_word(text, "RELAYEMPTY")) {
		return QUEUE_REFUSAL_EMPTY;
	}
	if (has_word(text, "RELAYDIFFERS")) {
		return QUEUE_REFUSAL_DIFFERS;
	}
	for (size_t i = 0; i < ARRAY_LEN(elsewhere); i++) {
		if (has_word(text, elsewhere[i])) {
			return QUEUE_REFUSAL_ELSEWHERE;
		}
	}
	return QUEUE_REFUSAL_LATER;
}

struct queue_scripts *queue_scripts_create(
    struct metrics *metrics, int64_t request_timeout_ms)
{
#define SOURCE(VERB, verb) \
	[QUEUE_VERB_##VERB] = { \
		queue_lua_##verb, \
		&queue_lua_##verb##_len, \
		queue_lua_##verb##_sha1 \
	}

	static const struct {
		const char *text;
		const size_t *len;
		const char *sha1;
	} sources[QUEUE_VERB_COUNT] = {
	    SOURCE(OPEN, open),
	    SOURCE(ENQUEUE, enqueue),
	    SOURCE(CLAIM, claim),
	    SOURCE(FINISH, finish),
	    SOURCE(REPLAY, replay),
	    SOURCE(STATS, stats),
	    SOURCE(DEAD, dead),
	    SOURCE(WAKE, wake),
	    SOURCE(ADMIT, admit),
	    SOURCE(UNPROBE, unprobe),
	    SOURCE(HOLD, hold),
	    SOURCE(RESUME, resume),
	    SOURCE(HOLD_STATE, hold_state),
	    SOURCE(FLOW, flow),
	    SOURCE(REMOVE_DEAD, remove_dead),
	    SOURCE(IMPORT, import),
	    SOURCE(PURGE, purge),
	    SOURCE(FORGET, forget),
	    SOURCE(HISTORY, history),
	    SOURCE(FIND_JOB, find_job),
	    SOURCE(AUDIT, audit),
	};

#undef SOURCE
	struct queue_scripts *scripts = xcalloc(1, sizeof(*scripts));

	scripts->timeout_ms = request_timeout_ms;
	for (int verb = 0; verb < QUEUE_VERB_COUNT; verb++) {
		struct script *script = &scripts->verbs[verb];

		script->source =
		    slice_make(sources[verb].text, *sources[verb].len);
		script->sha1 = sources[verb].sha1;
		for (int status = 0; status < STATUSES; status++) {
			script->calls[status] =
			    metrics_get(metrics, METRICS_QUEUE_CALLS,
				verb_names[verb], status_names[status]);
		}
	}
	return scripts;
}

void queue_scripts_destroy(struct queue_scripts *scripts)
{
	free(scripts);
}

void queue_scripts_close(struct queue_scripts *scripts)
{
	scripts->is_closed = true;
}

void queue_script_begin(const struct queue_scripts *scripts,
    struct queue_command *command, enum queue_verb verb, int key_count)
{
	queue_command_init(command);
	queue_command_add_text(command, "EVALSHA");
	queue_command_add_text(command, scripts->verbs[verb].sha1);
	queue_command_add_number(command, key_count);
}

static void end_call(struct call *call, enum queue_status status,
    const struct redisReply *reply, const struct err *err)
{
	metric_add(call->scripts->verbs[call->verb].calls[status], 1);
	call->cb(call->arg, status, reply, err);
	queue_command_finish(&call->command);
	free(call);
}

struct load {
	struct queue_scripts *scripts;
	enum queue_verb verb;
};

static void on_load_reply(void *arg, const struct redisReply *reply)
{
	struct load *load = arg;
	struct script *script = &load->scripts->verbs[load->verb];
	struct log_line line;

	script->is_loading = false;
	if (reply != NULL && reply->type == REDIS_REPLY_STRING) {
		log_begin(&line, LOG_INFO, "queue", LOG_SCRIPT_LOADED);
		log_text(&line, "verb", verb_names[load->verb]);
		log_text(&line, "sha1", script->sha1);
		log_end(&line);
	}
	free(load);
}

static void load_script(struct queue_scripts *scripts, struct queue_conn *conn,
    enum queue_verb verb)
{
	struct script *script = &scripts->verbs[verb];
	struct queue_command command;
	struct load *load;

	if (script->is_loading) {
		return; /* what is sent now comes after it */
	}
	load = xcalloc(1, sizeof(*load));
	load->scripts = scripts;
	load->verb = verb;
	script->is_loading = true;
	queue_command_init(&command);
	queue_command_add_text(&command, "SCRIPT");
	queue_command_add_text(&command, "LOAD");
	queue_command_add(&command, script->source);
	queue_conn_send(conn, queue_command_bytes(&command),
	    scripts->timeout_ms, on_load_reply, load);
	queue_command_finish(&command);
}

struct survey {
	struct queue_scripts *scripts;
	struct queue_conn *conn;
};

static void on_exists_reply(void *arg, const struct redisReply *reply)
{
	struct survey *survey = arg;

	/* Where it is refused, calls find out. */
	for (int verb = 0; reply != NULL && verb < QUEUE_VERB_COUNT &&
	     (size_t)verb < reply->elements && queue_conn_is_up(survey->conn);
	     verb++) {
		if (reply->element[verb]->integer == 0) {
			load_script(survey->scripts, survey->conn,
			    (enum queue_verb)verb);
		}
	}
	free(survey);
}

void queue_scripts_load_missing(
    struct queue_scripts *scripts, struct queue_conn *conn)
{
	struct survey *survey = xcalloc(1, sizeof(*survey));
	struct queue_command command;

	survey->scripts = scripts;
	survey->conn = conn;
	queue_command_init(&command);
	queue_command_add_text(&command, "SCRIPT");
	queue_command_add_text(&command, "EXISTS");
	for (int verb = 0; verb < QUEUE_VERB_COUNT; verb++) {
		queue_command_add_text(&command, scripts->verbs[verb].sha1);
	}
	queue_conn_send(conn, queue_command_bytes(&command),
	    scripts->timeout_ms, on_exists_reply, survey);
	queue_command_finish(&command);
}

static void on_script_reply(void *arg, const struct redisReply *reply);

/* Before the call goes out, and when its reply is there. */
static const struct {
	enum failpoint send;
	enum failpoint reply;
} failpoints[QUEUE_VERB_COUNT] = {
    [QUEUE_VERB_ENQUEUE] = {FAILPOINT_ENQUEUE_SEND, FAILPOINT_ENQUEUE_REPLY},
    [QUEUE_VERB_CLAIM] = {FAILPOINT_CLAIM_SEND, FAILPOINT_CLAIM_REPLY},
    [QUEUE_VERB_FINISH] = {FAILPOINT_FINISH_SEND, FAILPOINT_FINISH_REPLY},
    [QUEUE_VERB_REPLAY] = {FAILPOINT_REPLAY_SEND, FAILPOINT_REPLAY_REPLY},
};

/* A call that gets lost on its way is one that Redis never sees. */
static void send_call(struct call *call)
{
	bool is_lost = failpoint_hit(failpoints[call->verb].send);
	struct slice bytes = is_lost ? slice_of("*1\r\n$4\r\nPING\r\n")
				     : queue_command_bytes(&call->command);

	call->is_lost = is_lost;
	queue_conn_send(call->conn, bytes, call->scripts->timeout_ms,
	    on_script_reply, call);
}

static void on_script_reply(void *arg, const struct redisReply *reply)
{
	struct call *call = arg;
	struct err err;

	if (reply == NULL || call->is_lost ||
	    failpoint_hit(failpoints[call->verb].reply)) {
		bool is_closed = call->scripts->is_closed;

		err_set(&err, "no answer from Redis");
		end_call(call, is_closed ? QUEUE_CLOSED : QUEUE_UNAVAILABLE,
		    NULL, &err);
		return;
	}
	if (reply->type != REDIS_REPLY_ERROR) {
		end_call(call, QUEUE_OK, reply, NULL);
		return;
	}
	if (queue_refusal_of(reply->str) == QUEUE_REFUSAL_UNKNOWN_SCRIPT &&
	    call->repeats < REPEATS_MAX && queue_conn_is_up(call->conn)) {
		call->repeats++;
		load_script(call->scripts, call->conn, call->verb);
		send_call(call);
		return;
	}
	err_set(&err, "%s", queue_refusal_text(reply->str));
	end_call(call, QUEUE_REFUSED, NULL, &err);
}

void queue_script_call(struct queue_scripts *scripts, struct queue_conn *conn,
    enum queue_verb verb, struct queue_command *command, queue_script_cb cb,
    void *arg)
{
	struct call *call = xcalloc(1, sizeof(*call));

	*call = (struct call){
	    .scripts = scripts,
	    .conn = conn,
	    .verb = verb,
	    .command = queue_command_take(command),
	    .cb = cb,
	    .arg = arg,
	};
	queue_command_finish(command);
	send_call(call);
}
