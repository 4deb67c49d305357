#include "ingest/accept.h"

#include "common/base/failpoint.h"
#include "common/base/mem.h"
#include "common/base/strbuf.h"
#include "common/config/config.h"
#include "common/log/log.h"
#include "common/loop/loop.h"
#include "common/queue/queue.h"
#include "ingest/answer.h"
#include "ingest/check.h"
#include "ingest/gunzip.h"
#include "ingest/overload.h"
#include "ingest/request.h"
#include "ingest/routes.h"
#include "ingest/rules.h"
#include "ingest/tally.h"
#include "ingest/verdicts.h"

#include <event2/buffer.h>
#include <event2/http.h>

#include <stdint.h>
#include <stdlib.h>

struct acceptor {
	struct loop *loop;
	struct queue *queue;
	struct rules *rules; /* for the next request */
	struct strbuf body;  /* of one answer at a time */
	struct overload *overload;
	bool is_stopping;
};

/* A request, from its head to its answer. */
struct accept {
	struct acceptor *acceptor;
	struct rules *rules; /* held */
	struct gate_connection *connection;
	struct evhttp_request *request; /* NULL until it is whole */
	struct refusal *refusal; /* found by its head; NULL: let through */
	int route;
	bool is_gzip;
	int64_t taken_at_ms;  /* the body was whole */
	size_t waiting_bytes; /* in the queue */
	size_t objects;
	size_t pending; /* objects without verdict */
	struct verdicts verdicts;
};

struct acceptor *acceptor_create(const struct acceptor_options *options)
{
	struct acceptor *acceptor = xcalloc(1, sizeof(*acceptor));

	acceptor->loop = options->loop;
	acceptor->queue = options->queue;
	acceptor->rules = options->rules;
	acceptor->overload = options->overload;
	strbuf_init(&acceptor->body, STRBUF_NO_LIMIT);
	return acceptor;
}

void acceptor_destroy(struct acceptor *acceptor)
{
	if (acceptor == NULL) {
		return;
	}
	strbuf_finish(&acceptor->body);
	rules_release(acceptor->rules);
	free(acceptor);
}

void acceptor_follow(struct acceptor *acceptor, struct rules *rules)
{
	rules_release(acceptor->rules);
	acceptor->rules = rules;
}

/* Its body is in acceptor->body. */
static void send_answer(struct accept *accept, struct answer *answer)
{
	struct acceptor *acceptor = accept->acceptor;

	answer->body = strbuf_slice(&acceptor->body);
	answer->closes = acceptor->is_stopping;
	answer_send(accept->request, answer);
	strbuf_clear(&acceptor->body);
	gate_connection_answered(accept->connection);
}

static int64_t retry_after_s(const struct rules *rules, int status)
{
	return status == 503
	    ? (rules->config->ingest.retry_after_ms + 999) / 1000
	    : 0;
}

static void log_client(
    struct log_line *line, const struct gate_connection *connection)
{
	char text[NET_ADDRESS_MAX];

	net_address_print(gate_connection_peer(connection), text);
	if (text[0] != '\0') {
		log_text(line, "client", text);
	}
}

static void note_refusal(const struct rules *rules,
    const struct gate_connection *connection, int route, int status,
    const struct err *reason)
{
	struct log_line line;

	log_begin(&line, LOG_INFO, "accept", LOG_REQUEST_REFUSED);
	log_number(&line, "status", status);
	log_text(&line, "route", tally_route_name(rules->tally, route));
	log_client(&line, connection);
	log_err(&line, reason);
	log_end(&line);
	tally_request(rules->tally, route, status);
	tally_request_ms(rules->tally, 0);
}

static void accept_destroy(struct accept *accept)
{
	verdicts_finish(&accept->verdicts);
	rules_release(accept->rules);
	free(accept->refusal);
	free(accept);
}

/* Takes `accept`. */
static void refuse(struct accept *accept, const struct refusal *refusal)
{
	struct acceptor *acceptor = accept->acceptor;
	struct answer answer = {
	    .status = refusal->status,
	    .allow = refusal->allow,
	    .retry_after_s = retry_after_s(accept->rules, refusal->status),
	};

	note_refusal(accept->rules, accept->connection, accept->route,
	    refusal->status, &refusal->reason);
	answer_write_error(&acceptor->body, &refusal->reason);
	send_answer(accept, &answer);
	accept_destroy(accept);
}

static void log_finish(const struct accept *accept, int status)
{
	const struct answer_counts *counts = &accept->verdicts.counts;
	bool is_taken = verdicts_are_good(&accept->verdicts);
	struct log_line line;

	log_begin(&line, is_taken ? LOG_DEBUG : LOG_INFO, "accept",
	    is_taken ? LOG_REQUEST_ACCEPTED : LOG_REQUEST_REFUSED);
	log_number(&line, "status", status);
	log_text(&line, "route",
	    tally_route_name(accept->rules->tally, accept->route));
	log_client(&line, accept->connection);
	log_number(&line, "objects", (int64_t)accept->objects);
	log_number(&line, "accepted", (int64_t)counts->accepted);
	log_number(&line, "duplicate", (int64_t)counts->duplicate);
	if (!is_taken) {
		log_number(&line, "full", (int64_t)counts->full);
		log_number(&line, "unavailable", (int64_t)counts->unavailable);
		log_err(&line, &accept->verdicts.cause);
	}
	log_end(&line);
}

static void answer_verdicts(struct accept *accept)
{
	struct acceptor *acceptor = accept->acceptor;
	bool is_taken = verdicts_are_good(&accept->verdicts) &&
	    !failpoint_hit(FAILPOINT_WEBHOOK_ANSWER);
	struct answer answer = {
	    .status = is_taken ? 200 : 503,
	    .ack = is_taken ? accept->rules->config->ingest.ack : NULL,
	};

	answer.retry_after_s = retry_after_s(accept->rules, answer.status);
	log_finish(accept, answer.status);
	tally_request(accept->rules->tally, accept->route, answer.status);
	tally_request_ms(accept->rules->tally,
	    loop_now_ms(acceptor->loop) - accept->taken_at_ms);
	verdicts_write(&accept->verdicts, &acceptor->body);
	send_answer(accept, &answer);
}

static void finish(struct accept *accept)
{
	struct acceptor *acceptor = accept->acceptor;

	overload_end(acceptor->overload, accept->waiting_bytes);
	answer_verdicts(accept);
	accept_destroy(accept);
}

static void note_admission(
    struct accept *accept, const struct queue_admission *admission)
{
	struct acceptor *acceptor = accept->acceptor;

	verdicts_add(&accept->verdicts, admission,
	    accept->rules->config->destinations[admission->destination].name);
	tally_verdict(
	    accept->rules->tally, admission->destination, admission->verdict);
	overload_note_verdict(
	    acceptor->overload, admission->destination, admission->verdict);
}

/* None of one object's jobs is known to be taken. */
static void note_unavailable(
    struct accept *accept, const char *why_not, const struct err *cause)
{
	const struct config_route *route =
	    &accept->rules->config->routes[accept->route];

	verdicts_add_unavailable(
	    &accept->verdicts, route->destination_count, why_not, cause);
	for (size_t i = 0; i < route->destination_count; i++) {
		tally_unavailable(accept->rules->tally, route->destinations[i]);
	}
}

static void on_enqueue_reply(void *arg, enum queue_status status,
    const struct queue_admission *admissions, size_t count,
    const struct err *err)
{
	struct accept *accept = arg;

	switch (status) {
	case QUEUE_OK:
		for (size_t i = 0; i < count; i++) {
			note_admission(accept, &admissions[i]);
		}
		break;
	case QUEUE_UNAVAILABLE:
		note_unavailable(accept, "the queue is not available", err);
		break;
	case QUEUE_REFUSED:
		note_unavailable(accept, "the queue refuses to write", err);
		break;
	case QUEUE_CLOSED:
		note_unavailable(accept, "this process is stopping", err);
		break;
	}
	accept->pending--;
	if (accept->pending == 0) {
		finish(accept);
	}
}

/* Enqueues what the body held. Verdicts come later, never from here. */
static void enqueue(struct accept *accept)
{
	struct acceptor *acceptor = accept->acceptor;
	size_t count = request_count(accept->rules->request);

	accept->taken_at_ms = loop_now_ms(acceptor->loop);
	accept->objects = count;
	for (size_t i = 0; i < count; i++) {
		struct queue_entry entry;

		if (!request_entry(accept->rules->request, i,
			loop_wall_ms(acceptor->loop), &entry)) {
			note_unavailable(accept, "out of memory", NULL);
			continue;
		}
		accept->pending++;
		accept->waiting_bytes += entry.body.len;
		queue_enqueue(
		    acceptor->queue, &entry, on_enqueue_reply, accept);
	}
	overload_begin(acceptor->overload, accept->waiting_bytes);
	if (accept->pending == 0) {
		finish(accept);
	}
}

static bool check_overload(
    struct acceptor *acceptor, size_t bytes, struct refusal *refusal)
{
	refusal_init(refusal, 503);
	return overload_admits(acceptor->overload, bytes, &refusal->reason);
}

static bool expand(
    struct accept *accept, struct slice *body, struct refusal *refusal)
{
	struct slice expanded;

	switch (gunzip_expand(
	    accept->rules->gunzip, *body, &expanded, &refusal->reason)) {
	case GUNZIP_OK:
		*body = expanded;
		return true;
	case GUNZIP_BAD:
		refusal->status = 400;
		break;
	case GUNZIP_TOO_LARGE:
		refusal->status = 413;
		break;
	case GUNZIP_NO_MEMORY:
		refusal->status = 503;
		break;
	}
	return false;
}

static bool read_body(
    struct accept *accept, struct slice body, struct refusal *refusal)
{
	struct acceptor *acceptor = accept->acceptor;

	if (!check_overload(acceptor, body.len, refusal)) {
		return false;
	}
	if (body.len > 0 && body.data == NULL) {
		err_set(&refusal->reason, "out of memory");
		return false;
	}
	if (failpoint_hit(FAILPOINT_BODY_READ)) {
		err_set(&refusal->reason, "a failpoint says no");
		return false;
	}
	refusal_init(refusal, 400);
	if (accept->is_gzip && !expand(accept, &body, refusal)) {
		return false;
	}
	return request_read(accept->rules->request,
	    &accept->rules->config->routes[accept->route], body,
	    &refusal->reason);
}

static void take_body(struct accept *accept, struct evbuffer *input)
{
	struct rules *rules = accept->rules; /* `accept` may end in here */
	size_t len = evbuffer_get_length(input);
	struct slice body = slice_make(evbuffer_pullup(input, -1), len);
	struct refusal refusal;

	rules_hold(rules);
	if (read_body(accept, body, &refusal)) {
		(void)evbuffer_drain(input, len);
		enqueue(accept);
	} else {
		refuse(accept, &refusal);
	}
	request_clear(rules->request);
	gunzip_clear(rules->gunzip);
	rules_release(rules);
}

/* ---- what the gate calls ---- */

static void *on_head(void *arg, struct gate_connection *connection,
    const struct http_head *head, bool *awaits_body)
{
	struct acceptor *acceptor = arg;
	struct accept *accept = xcalloc(1, sizeof(*accept));
	struct refusal refusal;

	accept->acceptor = acceptor;
	accept->rules = acceptor->rules;
	rules_hold(accept->rules);
	accept->connection = connection;
	accept->route = check_route(accept->rules->config, head);
	accept->is_gzip = check_is_gzip(head);
	verdicts_init(&accept->verdicts);
	*awaits_body = check_request(accept->rules->config, accept->rules->auth,
			   accept->route, head, &refusal) &&
	    check_overload(acceptor, 0, &refusal);
	if (!*awaits_body) {
		accept->refusal = xmalloc(sizeof(refusal));
		*accept->refusal = refusal;
	}
	return accept;
}

static void on_request(
    void *arg, void *request, struct evhttp_request *from_evhttp)
{
	struct accept *accept = request;

	(void)arg;
	accept->request = from_evhttp;
	if (accept->refusal != NULL) {
		refuse(accept, accept->refusal);
	} else {
		take_body(accept, evhttp_request_get_input_buffer(from_evhttp));
	}
}

static void on_fault(void *arg, struct gate_connection *connection,
    void *request, const struct http_fault *fault, struct strbuf *answer)
{
	struct acceptor *acceptor = arg;
	struct accept *accept = request;
	const struct rules *rules =
	    accept != NULL ? accept->rules : acceptor->rules;

	note_refusal(rules, connection,
	    accept != NULL ? accept->route : ROUTE_NONE, fault->status,
	    &fault->reason);
	answer_write_message(answer, fault->status, &fault->reason,
	    retry_after_s(rules, fault->status));
	if (accept != NULL) {
		accept_destroy(accept);
	}
}

static void on_gone(void *arg, void *request)
{
	(void)arg;
	accept_destroy(request);
}

struct gate_handler acceptor_handler(struct acceptor *acceptor)
{
	return (struct gate_handler){
	    .on_head = on_head,
	    .on_request = on_request,
	    .on_fault = on_fault,
	    .on_gone = on_gone,
	    .arg = acceptor,
	};
}

void acceptor_stop(struct acceptor *acceptor)
{
	acceptor->is_stopping = true;
}
