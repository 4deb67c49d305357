#include "ingest/accept.h"

#include "common/base/failpoint.h"
#include "common/base/mem.h"
#include "common/base/strbuf.h"
#include "common/config/config.h"
#include "common/log/log.h"
#include "common/loop/loop.h"
#include "common/metrics/metrics.h"
#include "common/queue/queue.h"
#include "ingest/answer.h"
#include "ingest/auth.h"
#include "ingest/check.h"
#include "ingest/request.h"
#include "ingest/routes.h"
#include "ingest/tally.h"
#include "ingest/verdicts.h"

#include <event2/buffer.h>
#include <event2/http.h>

#include <assert.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>

struct acceptor {
	struct loop *loop;
	struct queue *queue;
	const struct config *config;
	struct auth *auth;
	struct request *request; /* reads one body at a time */
	struct strbuf body;	 /* of one answer at a time */
	struct tally *tally;
	size_t in_flight;
	size_t waiting_bytes;
	size_t max_waiting_bytes;
	bool is_answering; /* the answer being written is ours */
	bool is_stopping;
	void (*on_idle)(void *arg);
	void *on_idle_arg;
};

/* A request whose jobs were enqueued; freed with its answer. */
struct accept {
	struct acceptor *acceptor;
	struct evhttp_request *request;
	int route;
	int64_t taken_at_ms;
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
	request_destroy(acceptor->request);
	auth_destroy(acceptor->auth);
	free(acceptor);
}

static void send_answer(struct acceptor *acceptor,
    struct evhttp_request *request, struct answer *answer)
{
	answer->body = strbuf_slice(&acceptor->body);
	answer->closes |= acceptor->is_stopping;
	acceptor->is_answering = true;
	answer_send(request, answer);
	acceptor->is_answering = false;
	strbuf_clear(&acceptor->body);
}

static int64_t retry_after_s(const struct acceptor *acceptor)
{
	return (acceptor->config->ingest.retry_after_ms + 999) / 1000;
}

/* Where the request came from. Not for what evhttp has detached from its
 * connection. */
static void log_client(struct log_line *line, struct evhttp_request *request)
{
	struct evhttp_connection *connection =
	    evhttp_request_get_connection(request);
	char *address = NULL;
	ev_uint16_t port;

	if (connection != NULL) {
		evhttp_connection_get_peer(connection, &address, &port);
	}
	if (address != NULL) {
		log_text(line, "client", address);
	}
}

static void refuse(struct acceptor *acceptor, struct evhttp_request *request,
    int route, const struct refusal *refusal)
{
	struct answer answer = {
	    .status = refusal->status,
	    .allow = refusal->allow,
	    .closes = refusal->closes,
	    .retry_after_s =
		refusal->status == 503 ? retry_after_s(acceptor) : 0,
	};
	struct log_line line;

	log_begin(&line, LOG_INFO, "accept", LOG_REQUEST_REFUSED);
	log_number(&line, "status", refusal->status);
	log_text(&line, "route", tally_route_name(acceptor->tally, route));
	log_client(&line, request);
	log_err(&line, &refusal->reason);
	log_end(&line);

	answer_write_error(&acceptor->body, &refusal->reason);
	send_answer(acceptor, request, &answer);
	tally_request(acceptor->tally, route, refusal->status);
	tally_request_ms(acceptor->tally, 0);
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
	log_client(&line, accept->request);
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
	verdicts_write(&accept->verdicts, &acceptor->body);
	send_answer(acceptor, accept->request, &answer);
	tally_request(acceptor->tally, accept->route, answer.status);
	tally_request_ms(
	    acceptor->tally, loop_now_ms(acceptor->loop) - accept->taken_at_ms);
}

static void finish(struct accept *accept)
{
	struct acceptor *acceptor = accept->acceptor;

	answer_verdicts(accept);
	acceptor->in_flight--;
	acceptor->waiting_bytes -= accept->body_bytes;
	verdicts_finish(&accept->verdicts);
	free(accept);
	if (acceptor->in_flight == 0 && acceptor->is_stopping &&
	    acceptor->on_idle != NULL) {
		acceptor->on_idle(acceptor->on_idle_arg);
	}
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

static struct accept *accept_create(
    struct acceptor *acceptor, struct evhttp_request *request, int route)
{
	struct accept *accept = xcalloc(1, sizeof(*accept));

	accept->acceptor = acceptor;
	accept->request = request;
	accept->route = route;
	accept->taken_at_ms = loop_now_ms(acceptor->loop);
	verdicts_init(&accept->verdicts);
	acceptor->in_flight++;
	return accept;
}

/* Enqueues what the body held. Verdicts come later, never from here. */
static void enqueue(
    struct acceptor *acceptor, struct accept *accept, size_t body_bytes)
{
	size_t count = request_count(acceptor->request);

	accept->objects = count;
	accept->body_bytes = body_bytes;
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

static bool read_body(struct acceptor *acceptor, int route,
    struct evbuffer *input, struct refusal *refusal)
{
	size_t len = evbuffer_get_length(input);
	const unsigned char *data = evbuffer_pullup(input, -1);

	if (!has_room(acceptor, len) || (len > 0 && data == NULL)) {
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
	return request_read(acceptor->request, &acceptor->config->routes[route],
	    slice_make(data, len), &refusal->reason);
}

void acceptor_take(struct acceptor *acceptor, struct evhttp_request *request)
{
	int route = check_route(acceptor->config, request);
	struct evbuffer *input = evhttp_request_get_input_buffer(request);
	size_t body_bytes = evbuffer_get_length(input);
	struct refusal refusal;

	if (!check_request(
		acceptor->config, acceptor->auth, route, request, &refusal) ||
	    !read_body(acceptor, route, input, &refusal)) {
		refuse(acceptor, request, route, &refusal);
		return;
	}
	(void)evbuffer_drain(input, body_bytes);
	enqueue(acceptor, accept_create(acceptor, request, route), body_bytes);
	request_clear(acceptor->request);
}

void acceptor_stop(struct acceptor *acceptor)
{
	acceptor->is_stopping = true;
}

size_t acceptor_in_flight(const struct acceptor *acceptor)
{
	return acceptor->in_flight;
}

void acceptor_on_idle(
    struct acceptor *acceptor, void (*on_idle)(void *arg), void *arg)
{
	acceptor->on_idle = on_idle;
	acceptor->on_idle_arg = arg;
}

/* evhttp says no more than the status. */
static void describe_refusal(
    const struct acceptor *acceptor, int status, struct err *err)
{
	switch (status) {
	case 400:
		err_set(
		    err, "this is no HTTP/1 request, or its head is too large");
		break;
	case 413:
		/* Also what evhttp says of chunks that it cannot read. */
		err_set(err,
		    "the body is larger than %" PRId64
		    " bytes, or its chunks are not as HTTP has them",
		    acceptor->config->ingest.max_body_bytes);
		break;
	case 417:
		err_set(err, "only Expect: 100-continue is understood");
		break;
	default:
		err_set(err, "this request is not understood");
		break;
	}
}

void acceptor_note_answer(
    struct acceptor *acceptor, int status, struct strbuf *instead)
{
	struct log_line line;
	struct err reason;

	if (acceptor->is_answering) {
		return;
	}
	describe_refusal(acceptor, status, &reason);
	log_begin(&line, LOG_INFO, "accept", LOG_REQUEST_REFUSED);
	log_number(&line, "status", status);
	log_text(&line, "route", tally_route_name(acceptor->tally, ROUTE_NONE));
	log_err(&line, &reason);
	log_end(&line);
	tally_request(acceptor->tally, ROUTE_NONE, status);
	answer_write_message(instead, status, &reason);
}
