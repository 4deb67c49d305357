#include "ingest/accept.h"

#include "common/base/failpoint.h"
#include "common/base/mem.h"
#include "common/base/strbuf.h"
#include "common/config/config.h"
#include "common/log/log.h"
#include "common/loop/loop.h"
#include "common/queue/queue.h"
#include "ingest/answer.h"
#include "ingest/auth.h"
#include "ingest/check.h"
#include "ingest/request.h"
#include "ingest/routes.h"
#include "ingest/tally.h"
#include "ingest/verdicts.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

struct acceptor {
	struct loop *loop;
	struct queue *queue;
	const struct config *config;
	struct auth *auth;
	struct request *request; /* reads one body at a time */
	struct strbuf headers;	 /* of one answer at a time */
	struct strbuf body;
	struct tally *tally;
	size_t in_flight;
	size_t waiting_bytes;
	size_t max_waiting_bytes;
};

/* A request whose head was let through; freed with its answer. */
struct accept {
	struct acceptor *acceptor;
	struct http_connection *connection;
	int route;
	int64_t taken_at_ms; /* the body was whole */
	size_t body_bytes;
	size_t objects;
	size_t pending; /* objects without verdict */
	struct verdicts verdicts;
};

struct acceptor *acceptor_create(const struct acceptor_options *options)
{
	struct acceptor *acceptor = xcalloc(1, sizeof(*acceptor));
	const struct config_ingest *ingest = &options->config->ingest;

	acceptor->loop = options->loop;
	acceptor->queue = options->queue;
	acceptor->config = options->config;
	acceptor->max_waiting_bytes = options->max_waiting_bytes;
	acceptor->auth = auth_create(ingest->auth_header, ingest->auth_secrets,
	    ingest->auth_secret_count);
	acceptor->request = request_create(&(struct request_limits){
	    .max_body_bytes = (size_t)ingest->max_body_bytes,
	    .max_depth = (int)ingest->max_depth,
	    .max_objects = (size_t)ingest->max_objects,
	});
	strbuf_init(&acceptor->headers, STRBUF_NO_LIMIT);
	strbuf_init(&acceptor->body, STRBUF_NO_LIMIT);
	acceptor->tally = tally_create(options->metrics, options->config);
	return acceptor;
}

void acceptor_destroy(struct acceptor *acceptor)
{
	if (acceptor == NULL) {
		return;
	}
	assert(acceptor->in_flight == 0);
	tally_destroy(acceptor->tally);
	strbuf_finish(&acceptor->body);
	strbuf_finish(&acceptor->headers);
	request_destroy(acceptor->request);
	auth_destroy(acceptor->auth);
	free(acceptor);
}

/* The body is in acceptor->body. */
static void send_answer(struct acceptor *acceptor,
    struct http_connection *connection, const struct answer *answer)
{
	struct http_answer whole = {.status = answer->status};

	strbuf_clear(&acceptor->headers);
	answer_write_headers(&acceptor->headers, answer);
	whole.headers = strbuf_slice(&acceptor->headers);
	whole.body = strbuf_slice(&acceptor->body);
	http_connection_answer(connection, &whole);
	strbuf_clear(&acceptor->body);
}

static int64_t retry_after_s(const struct acceptor *acceptor)
{
	return (acceptor->config->ingest.retry_after_ms + 999) / 1000;
}

static void log_client(
    struct log_line *line, const struct http_connection *connection)
{
	char text[NET_ADDRESS_MAX];

	net_address_print(http_connection_peer(connection), text);
	if (text[0] != '\0') {
		log_text(line, "client", text);
	}
}

static void refuse(struct acceptor *acceptor,
    struct http_connection *connection, int route,
    const struct refusal *refusal)
{
	struct answer answer = {
	    .status = refusal->status,
	    .allow = refusal->allow,
	    .retry_after_s =
		refusal->status == 503 ? retry_after_s(acceptor) : 0,
	};
	struct log_line line;

	log_begin(&line, LOG_INFO, "accept", LOG_REQUEST_REFUSED);
	log_number(&line, "status", refusal->status);
	log_text(&line, "route", tally_route_name(acceptor->tally, route));
	log_client(&line, connection);
	log_err(&line, &refusal->reason);
	log_end(&line);

	tally_request(acceptor->tally, route, refusal->status);
	tally_request_ms(acceptor->tally, 0);
	answer_write_error(&acceptor->body, &refusal->reason);
	send_answer(acceptor, connection, &answer);
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
	    tally_route_name(accept->acceptor->tally, accept->route));
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
	    .is_acked = is_taken,
	    .retry_after_s = is_taken ? 0 : retry_after_s(acceptor),
	};

	log_finish(accept, answer.status);
	tally_request(acceptor->tally, accept->route, answer.status);
	tally_request_ms(
	    acceptor->tally, loop_now_ms(acceptor->loop) - accept->taken_at_ms);
	verdicts_write(&accept->verdicts, &acceptor->body);
	send_answer(acceptor, accept->connection, &answer);
}

static void accept_destroy(struct accept *accept)
{
	verdicts_finish(&accept->verdicts);
	free(accept);
}

static void finish(struct accept *accept)
{
	struct acceptor *acceptor = accept->acceptor;

	acceptor->in_flight--;
	acceptor->waiting_bytes -= accept->body_bytes;
	answer_verdicts(accept);
	accept_destroy(accept);
}

static void note_admission(
    struct accept *accept, const struct queue_admission *admission)
{
	struct acceptor *acceptor = accept->acceptor;

	verdicts_add(&accept->verdicts, admission,
	    acceptor->config->destinations[admission->destination].name);
	tally_verdict(
	    acceptor->tally, admission->destination, admission->verdict);
}

/* None of one object's jobs is known to be taken. */
static void note_unavailable(
    struct accept *accept, const char *why_not, const struct err *cause)
{
	struct acceptor *acceptor = accept->acceptor;
	const struct config_route *route =
	    &acceptor->config->routes[accept->route];

	verdicts_add_unavailable(
	    &accept->verdicts, route->destination_count, why_not, cause);
	for (size_t i = 0; i < route->destination_count; i++) {
		tally_unavailable(acceptor->tally, route->destinations[i]);
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
static void enqueue(struct accept *accept, size_t body_bytes)
{
	struct acceptor *acceptor = accept->acceptor;
	size_t count = request_count(acceptor->request);

	accept->taken_at_ms = loop_now_ms(acceptor->loop);
	accept->objects = count;
	accept->body_bytes = body_bytes;
	acceptor->in_flight++;
	acceptor->waiting_bytes += body_bytes;
	for (size_t i = 0; i < count; i++) {
		struct queue_entry entry;

		if (!request_entry(acceptor->request, i,
			loop_wall_ms(acceptor->loop), &entry)) {
			note_unavailable(accept, "out of memory", NULL);
			continue;
		}
		accept->pending++;
		queue_enqueue(
		    acceptor->queue, &entry, on_enqueue_reply, accept);
	}
	if (accept->pending == 0) {
		finish(accept);
	}
}

static bool has_room(const struct acceptor *acceptor, size_t body_bytes)
{
	return acceptor->waiting_bytes == 0 ||
	    acceptor->waiting_bytes + body_bytes <= acceptor->max_waiting_bytes;
}

static bool read_body(
    struct accept *accept, struct slice body, struct refusal *refusal)
{
	struct acceptor *acceptor = accept->acceptor;

	if (!has_room(acceptor, body.len)) {
		refusal_init(refusal, 503);
		err_set(&refusal->reason,
		    "too many requests are waiting for the queue");
		return false;
	}
	if (failpoint_hit(FAILPOINT_BODY_READ)) {
		refusal_init(refusal, 503);
		err_set(&refusal->reason, "a failpoint says no");
		return false;
	}
	refusal_init(refusal, 400);
	return request_read(acceptor->request,
	    &acceptor->config->routes[accept->route], body, &refusal->reason);
}

/* ---- what the server calls ---- */

static void *on_head(
    void *arg, struct http_connection *connection, const struct http_head *head)
{
	struct acceptor *acceptor = arg;
	int route = check_route(acceptor->config, head);
	struct refusal refusal;
	struct accept *accept;

	if (!check_request(
		acceptor->config, acceptor->auth, route, head, &refusal)) {
		refuse(acceptor, connection, route, &refusal);
		return NULL;
	}
	accept = xcalloc(1, sizeof(*accept));
	accept->acceptor = acceptor;
	accept->connection = connection;
	accept->route = route;
	verdicts_init(&accept->verdicts);
	return accept;
}

static void on_body(void *arg, void *request, struct slice body)
{
	struct acceptor *acceptor = arg;
	struct accept *accept = request;
	struct refusal refusal;

	if (read_body(accept, body, &refusal)) {
		enqueue(accept, body.len);
	} else {
		refuse(acceptor, accept->connection, accept->route, &refusal);
		accept_destroy(accept);
	}
	request_clear(acceptor->request);
}

static void on_fault(void *arg, struct http_connection *connection,
    void *request, const struct http_fault *fault)
{
	struct acceptor *acceptor = arg;
	struct accept *accept = request;
	const struct refusal refusal = {
	    .status = fault->status, .reason = fault->reason};

	refuse(acceptor, connection,
	    accept != NULL ? accept->route : ROUTE_NONE, &refusal);
	if (accept != NULL) {
		accept_destroy(accept);
	}
}

static void on_gone(void *arg, void *request)
{
	(void)arg;
	accept_destroy(request);
}

struct http_handler acceptor_handler(struct acceptor *acceptor)
{
	return (struct http_handler){
	    .on_head = on_head,
	    .on_body = on_body,
	    .on_fault = on_fault,
	    .on_gone = on_gone,
	    .arg = acceptor,
	};
}

size_t acceptor_in_flight(const struct acceptor *acceptor)
{
	return acceptor->in_flight;
}
