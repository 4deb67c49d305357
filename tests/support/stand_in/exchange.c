#include "tests/support/stand_in/exchange.h"

#include <stdlib.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include "common/base/clock.h"
#include "common/base/mem.h"

#include "tests/support/stand_in/stand_in.h"
#include "tests/support/stand_in/status.h"

/*
 * While an exchange waits, evhttp does not read from its connection, so the
 * request stays valid until it is answered or the connection is freed here.
 */
struct exchange {
	struct list_link link;
	struct stand_in *stand_in;
	struct evhttp_request *request; /* evhttp's */
	struct event *timer;
	struct answer answer;
	char *retry_after;
	enum breakage breakage;
	struct broken broken;
	int64_t seq;
};

static void end(struct exchange *exchange)
{
	stats_end(&exchange->stand_in->stats);
	list_remove(&exchange->link);
	event_free(exchange->timer);
	answer_finish(&exchange->answer);
	free(exchange->retry_after);
	free(exchange);
}

void exchange_abandon_all(struct stand_in *stand_in)
{
	struct list *exchanges = &stand_in->exchanges;
	struct list_link *link = list_first(exchanges);

	while (link != NULL) {
		struct list_link *next = list_next(exchanges, link);

		end(LIST_MEMBER(link, struct exchange, link));
		link = next;
	}
}

static void add_headers(struct exchange *exchange)
{
	struct evkeyvalq *headers =
	    evhttp_request_get_output_headers(exchange->request);
	const struct answer *answer = &exchange->answer;

	(void)evhttp_add_header(headers, "Content-Type", answer->content_type);
	if (answer->status == 405) {
		(void)evhttp_add_header(headers, "Allow", "POST");
	}
	if (exchange->retry_after != NULL) {
		(void)evhttp_add_header(
		    headers, "Retry-After", exchange->retry_after);
	}
}

static void send_answer(struct exchange *exchange)
{
	const struct answer *answer = &exchange->answer;

	add_headers(exchange);
	(void)evbuffer_add(evhttp_request_get_output_buffer(exchange->request),
	    strbuf_text(&answer->body), answer->body.len);
	evhttp_send_reply(exchange->request, answer->status,
	    status_phrase(answer->status), NULL);
	end(exchange);
}

static void on_breakage_done(void *arg)
{
	end(arg);
}

/* The head and half of the body. There is always one to be cut: a client may
 * take a head that is cut for a whole answer. */
static void write_half(const struct answer *answer, struct strbuf *out)
{
	struct slice body = strbuf_slice(&answer->body);

	if (body.len < 2) {
		body = SLICE_LITERAL("{\"status\":\"accepted\"}");
	}
	strbuf_appendf(out,
	    "HTTP/1.1 %d %s\r\nContent-Type: %s\r\n"
	    "Content-Length: %zu\r\n\r\n",
	    answer->status, status_phrase(answer->status), answer->content_type,
	    body.len);
	strbuf_append(out, body.data, body.len / 2);
}

static void break_connection(struct exchange *exchange)
{
	struct strbuf half;

	strbuf_init(&half, STRBUF_NO_LIMIT);
	write_half(&exchange->answer, &half);
	exchange->broken.done = on_breakage_done;
	exchange->broken.arg = exchange;
	breakage_play(&exchange->broken, exchange->breakage, exchange->request,
	    strbuf_slice(&half));
	strbuf_finish(&half);
}

static void on_answer_due(evutil_socket_t fd, short what, void *arg)
{
	struct exchange *exchange = arg;

	(void)fd;
	(void)what;
	arrived_answer(
	    exchange->stand_in->arrived, exchange->seq, clock_wall_ms());
	if (exchange->breakage == BREAKAGE_NONE) {
		send_answer(exchange);
	} else {
		break_connection(exchange);
	}
}

static const char *method_name(enum evhttp_cmd_type type)
{
	static const struct {
		enum evhttp_cmd_type type;
		const char *name;
	} names[] = {{EVHTTP_REQ_GET, "GET"}, {EVHTTP_REQ_POST, "POST"},
	    {EVHTTP_REQ_HEAD, "HEAD"}, {EVHTTP_REQ_PUT, "PUT"},
	    {EVHTTP_REQ_DELETE, "DELETE"}, {EVHTTP_REQ_OPTIONS, "OPTIONS"},
	    {EVHTTP_REQ_PATCH, "PATCH"}};

	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++) {
		if (names[i].type == type) {
			return names[i].name;
		}
	}
	return "OTHER";
}

static struct slice body_of(struct evhttp_request *request)
{
	struct evbuffer *buffer = evhttp_request_get_input_buffer(request);

	return slice_make(
	    evbuffer_pullup(buffer, -1), evbuffer_get_length(buffer));
}

static enum endpoint record(struct exchange *exchange)
{
	struct evhttp_request *request = exchange->request;
	const char *path =
	    evhttp_uri_get_path(evhttp_request_get_evhttp_uri(request));
	struct arrival arrival = {
	    .endpoint = endpoint_of_path(path == NULL ? "" : path),
	    .method = method_name(evhttp_request_get_command(request)),
	    .path = path == NULL ? "" : path,
	    .body = body_of(request),
	    .at_ms = clock_wall_ms(),
	};
	json_t *headers =
	    header_describe(evhttp_request_get_input_headers(request));

	arrival.headers = headers;
	exchange->seq = arrived_add(exchange->stand_in->arrived, &arrival);
	json_decref(headers);
	return arrival.endpoint;
}

static void judge(struct exchange *exchange, enum endpoint endpoint)
{
	struct judge_request request = {
	    .endpoint = endpoint,
	    .is_post = evhttp_request_get_command(exchange->request) ==
		EVHTTP_REQ_POST,
	    .headers = evhttp_request_get_input_headers(exchange->request),
	    .body = body_of(exchange->request),
	    .now_ms = clock_mono_ms(),
	};

	judge_request(exchange->stand_in->judge, &request, &exchange->answer);
}

/* Puts the fault's own answer, if it has one, over the judge's. */
static void apply_fault(struct exchange *exchange, const struct fault *fault)
{
	struct answer *answer = &exchange->answer;

	exchange->breakage = fault->breakage;
	if (fault->retry_after != NULL) {
		exchange->retry_after = xstrdup(fault->retry_after);
	}
	if (fault->status == 0) {
		return;
	}
	answer->status = fault->status;
	free(answer->content_type);
	answer->content_type = xstrdup(fault->content_type);
	strbuf_clear(&answer->body);
	strbuf_append_slice(&answer->body, fault->body);
}

static void begin_timer(struct exchange *exchange, int64_t delay_ms)
{
	struct timeval delay = {.tv_sec = (time_t)(delay_ms / 1000),
	    .tv_usec = (suseconds_t)(delay_ms % 1000 * 1000)};

	exchange->timer =
	    evtimer_new(exchange->stand_in->base, on_answer_due, exchange);
	(void)evtimer_add(exchange->timer, &delay);
}

static void note_verdict(struct exchange *exchange, enum endpoint endpoint)
{
	struct stand_in *stand_in = exchange->stand_in;
	struct arrival_verdict verdict = {
	    .is_accepted = exchange->answer.is_accepted,
	    .reason = exchange->answer.reason,
	    .broken = breakage_name(exchange->breakage),
	};

	if (exchange->breakage == BREAKAGE_NONE ||
	    exchange->breakage == BREAKAGE_HALF) {
		verdict.status = exchange->answer.status;
	}
	arrived_judge(stand_in->arrived, exchange->seq, &verdict);
	stats_count(&stand_in->stats, endpoint, verdict.status);
}

void exchange_begin(struct stand_in *stand_in, struct evhttp_request *request)
{
	struct exchange *exchange = xcalloc(1, sizeof(*exchange));
	const struct fault *fault;
	enum endpoint endpoint;

	exchange->stand_in = stand_in;
	exchange->request = request;
	list_push_back(&stand_in->exchanges, &exchange->link);
	stats_begin(&stand_in->stats);
	endpoint = record(exchange);
	fault = faults_match(&stand_in->faults, endpoint, body_of(request));
	if (fault == NULL || fault->is_taken) {
		judge(exchange, endpoint);
	} else {
		answer_init(&exchange->answer);
	}
	if (fault != NULL) {
		apply_fault(exchange, fault);
	}
	note_verdict(exchange, endpoint);
	begin_timer(exchange, fault == NULL ? 0 : fault->latency_ms);
}
