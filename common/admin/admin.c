/*
 * A scrape may wait for Redis, so three may end it: the collector (done), the
 * time, and the client (gone). The collector comes always and exactly once, and
 * frees it; the others only take the request away from it.
 */
#include "common/admin/admin.h"

#include "common/base/list.h"
#include "common/base/mem.h"
#include "common/log/log.h"
#include "common/loop/accept_guard.h"
#include "common/loop/listen.h"
#include "common/loop/loop.h"
#include "common/loop/runq.h"
#include "common/metrics/metrics.h"

#include <event2/buffer.h>
#include <event2/http.h>

#include <stdlib.h>
#include <unistd.h>

/* Nobody who probes or scrapes needs more. */
enum {
	HEADERS_MAX = 8 * 1024,
	BODY_MAX = 1024,
	IDLE_SECONDS = 30, /* reading a request, or between two */
	SCRAPE_LIMIT_MS = 2000,
	REASONS_MAX = 16 * 1024,
	METRICS_MAX = 16 * 1024 * 1024,
};

struct admin {
	struct admin_options options;
	struct evhttp *http;
	struct accept_guard *guard;
	struct runq *scrape_limits;
	struct list scrapes;
	char address[LISTEN_NAME_MAX];
};

struct admin_scrape {
	struct list_link link;
	struct runq_item limit;
	struct admin *admin;		/* NULL: destroyed */
	struct evhttp_request *request; /* NULL: answered, or gone */
};

static void send_answer(struct evhttp_request *request, int status,
    const char *content_type, struct slice body)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	struct evbuffer *buffer = NULL;
	char *len = xasprintf("%zu", body.len);

	(void)evhttp_add_header(headers, "Content-Type", content_type);
	(void)evhttp_add_header(headers, "Content-Length", len);
	free(len);
	if (evhttp_request_get_command(request) != EVHTTP_REQ_HEAD) {
		buffer = evbuffer_new();
	}
	if (buffer != NULL) {
		(void)evbuffer_add(buffer, body.data, body.len);
	}
	evhttp_send_reply(request, status, NULL, buffer);
	if (buffer != NULL) {
		evbuffer_free(buffer);
	}
}

static void send_text(
    struct evhttp_request *request, int status, const char *text)
{
	send_answer(
	    request, status, "text/plain; charset=utf-8", slice_of(text));
}

static void answer_readyz(struct admin *admin, struct evhttp_request *request)
{
	struct strbuf reasons;

	strbuf_init(&reasons, REASONS_MAX);
	if (admin->options.is_ready(admin->options.arg, &reasons)) {
		send_text(request, HTTP_OK, "ready\n");
	} else if (reasons.len == 0) {
		send_text(request, HTTP_SERVUNAVAIL, "not ready\n");
	} else {
		send_text(request, HTTP_SERVUNAVAIL, strbuf_text(&reasons));
	}
	strbuf_finish(&reasons);
}

static void send_metrics(struct admin *admin, struct evhttp_request *request)
{
	struct strbuf text;

	strbuf_init(&text, METRICS_MAX);
	metrics_render(admin->options.metrics, &text);
	if (strbuf_failed(&text)) {
		send_text(request, HTTP_INTERNAL, "too many metrics\n");
	} else {
		send_answer(request, HTTP_OK, "text/plain; version=0.0.4",
		    strbuf_slice(&text));
	}
	strbuf_finish(&text);
}

/* Answers, unless that was done or nobody is there any more. */
static void answer_scrape(struct admin_scrape *scrape)
{
	struct evhttp_request *request = scrape->request;

	if (request == NULL) {
		return;
	}
	scrape->request = NULL;
	runq_cancel(scrape->admin->scrape_limits, &scrape->limit);
	evhttp_connection_set_closecb(
	    evhttp_request_get_connection(request), NULL, NULL);
	send_metrics(scrape->admin, request);
}

static void on_scrape_limit_due(struct runq_item *item, void *arg)
{
	(void)arg;
	answer_scrape(LIST_MEMBER(item, struct admin_scrape, limit));
}

/* The connection takes its request with it, unless it has let go of it: then it
 * is ours. */
static void on_connection_close(struct evhttp_connection *connection, void *arg)
{
	struct admin_scrape *scrape = arg;

	(void)connection;
	if (evhttp_request_get_connection(scrape->request) == NULL) {
		evhttp_request_free(scrape->request);
	}
	scrape->request = NULL;
	runq_cancel(scrape->admin->scrape_limits, &scrape->limit);
}

static void answer_metrics(struct admin *admin, struct evhttp_request *request)
{
	struct admin_scrape *scrape;

	if (admin->options.collect == NULL) {
		send_metrics(admin, request);
		return;
	}
	scrape = xcalloc(1, sizeof(*scrape));
	scrape->admin = admin;
	scrape->request = request;
	list_push_back(&admin->scrapes, &scrape->link);
	runq_schedule(admin->scrape_limits, &scrape->limit,
	    loop_now_ms(admin->options.loop) + SCRAPE_LIMIT_MS);
	evhttp_connection_set_closecb(evhttp_request_get_connection(request),
	    on_connection_close, scrape);
	admin->options.collect(admin->options.arg, scrape);
}

void admin_scrape_done(struct admin_scrape *scrape)
{
	if (scrape->admin != NULL) {
		answer_scrape(scrape);
		list_remove(&scrape->link);
	}
	free(scrape);
}

static void on_http_request(struct evhttp_request *request, void *arg)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	struct slice path =
	    slice_of(uri != NULL ? evhttp_uri_get_path(uri) : NULL);
	enum evhttp_cmd_type command = evhttp_request_get_command(request);
	bool is_livez = slice_is(path, "/livez");
	bool is_readyz = slice_is(path, "/readyz");

	if (!is_livez && !is_readyz && !slice_is(path, "/metrics")) {
		send_text(request, HTTP_NOTFOUND,
		    "not found; there are /livez, /readyz, /metrics\n");
	} else if (command != EVHTTP_REQ_GET && command != EVHTTP_REQ_HEAD) {
		(void)evhttp_add_header(
		    evhttp_request_get_output_headers(request), "Allow",
		    "GET, HEAD");
		send_text(request, HTTP_BADMETHOD, "only GET and HEAD\n");
	} else if (is_livez) {
		send_text(request, HTTP_OK, "ok\n");
	} else if (is_readyz) {
		answer_readyz(arg, request);
	} else {
		answer_metrics(arg, request);
	}
}

/* Takes the socket. False when there is no memory. */
static bool serve(struct admin *admin, int fd)
{
	struct evhttp *http = evhttp_new(loop_base(admin->options.loop));
	struct evhttp_bound_socket *bound;

	if (http == NULL) {
		(void)close(fd);
		return false;
	}
	admin->http = http;
	bound = evhttp_accept_socket_with_handle(http, fd);
	if (bound == NULL) {
		(void)close(fd);
		return false;
	}
	admin->guard = accept_guard_create(
	    admin->options.loop, evhttp_bound_socket_get_listener(bound));
	/* All that evhttp knows, so that it is for us to say 405. */
	evhttp_set_allowed_methods(http,
	    EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD |
		EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS |
		EVHTTP_REQ_TRACE | EVHTTP_REQ_CONNECT | EVHTTP_REQ_PATCH);
	evhttp_set_max_headers_size(http, HEADERS_MAX);
	evhttp_set_max_body_size(http, BODY_MAX);
	evhttp_set_timeout(http, IDLE_SECONDS);
	evhttp_set_gencb(http, on_http_request, admin);
	return true;
}

struct admin *admin_create(const struct admin_options *options, struct err *err)
{
	struct admin *admin = xcalloc(1, sizeof(*admin));
	struct log_line line;
	int fd;

	admin->options = *options;
	admin->options.listen = NULL; /* borrowed for this call */
	list_init(&admin->scrapes);
	fd = listen_open_alone(options->listen, admin->address, err);
	if (fd < 0) {
		free(admin);
		return NULL;
	}
	admin->scrape_limits =
	    runq_create(options->loop, on_scrape_limit_due, admin);
	if (!serve(admin, fd)) {
		err_set(err, "%s: out of memory", admin->address);
		admin_destroy(admin);
		return NULL;
	}
	log_begin(&line, LOG_INFO, "admin", LOG_LISTENING);
	log_text(&line, "address", admin->address);
	log_end(&line);
	return admin;
}

const char *admin_address(const struct admin *admin)
{
	return admin->address;
}

void admin_destroy(struct admin *admin)
{
	struct list_link *link;

	if (admin == NULL) {
		return;
	}
	accept_guard_destroy(admin->guard);
	/* Connections that close take the requests of their scrapes. */
	if (admin->http != NULL) {
		evhttp_free(admin->http);
	}
	while ((link = list_pop_front(&admin->scrapes)) != NULL) {
		LIST_MEMBER(link, struct admin_scrape, link)->admin = NULL;
	}
	runq_destroy(admin->scrape_limits);
	free(admin);
}
