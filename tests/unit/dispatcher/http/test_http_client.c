/*
 * The client against a small server on the same loop, which answers with
 * whatever bytes a test gives it.
 */
#include "dispatcher/http/http_client.h"

#include "common/base/mem.h"
#include "common/base/strbuf.h"
#include "common/loop/loop.h"

#include "tests/unit/cmocka_test.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define OK_ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

enum {
	DEADLINE_SECONDS = 20,
	CALLS_MAX = 8,
};

struct server {
	struct event_base *base;
	struct evconnlistener *listener;
	int port;
	const char *answer;    /* NULL: never answers */
	bool closes_after;     /* the answer */
	bool closes_on_second; /* request of a connection, unanswered */
	int connections;
	int requests;
	struct strbuf last; /* request */
	struct connection *open[CALLS_MAX];
	/* Called when a request has been read. */
	void (*on_request)(void *arg);
	void *arg;
};

struct connection {
	struct server *server;
	struct bufferevent *events;
	int place;
	int requests;
};

struct call {
	struct loop *loop;
	int *left; /* the loop stops at 0 */
	int callbacks;
	struct http_result result;
	char body[256];
	char error[256];
};

struct fixture {
	struct loop *loop;
	struct event *deadline;
	struct server server;
	char url[64];
	struct http_options options;
	struct http_client *client;
	int left;
	struct call calls[CALLS_MAX];
};

/* ---- the server ---- */

static void close_connection(struct connection *connection)
{
	connection->server->open[connection->place] = NULL;
	bufferevent_free(connection->events);
	free(connection);
}

static void on_answer_written(struct bufferevent *events, void *arg)
{
	struct connection *connection = arg;

	(void)events;
	if (connection->server->closes_after) {
		close_connection(connection);
	}
}

/* The length of the first whole request in the text; 0: not whole yet. */
static size_t request_len(const char *text, size_t len)
{
	const char *end = strstr(text, "\r\n\r\n");
	const char *length = strstr(text, "Content-Length: ");
	size_t head;
	size_t body;

	if (end == NULL || length == NULL) {
		return 0;
	}
	head = (size_t)(end - text) + 4;
	body = (size_t)strtoul(length + 16, NULL, 10);
	return head + body <= len ? head + body : 0;
}

static void on_server_read(struct bufferevent *events, void *arg)
{
	struct connection *connection = arg;
	struct server *server = connection->server;
	struct evbuffer *input = bufferevent_get_input(events);
	size_t len = evbuffer_get_length(input);
	char *text = xcalloc(1, len + 1);
	size_t request;

	(void)evbuffer_copyout(input, text, len);
	request = request_len(text, len);
	if (request == 0) {
		free(text);
		return;
	}
	(void)evbuffer_drain(input, request);
	strbuf_clear(&server->last);
	strbuf_append(&server->last, text, request);
	free(text);
	server->requests++;
	connection->requests++;
	if (server->on_request != NULL) {
		server->on_request(server->arg);
	}
	if (server->closes_on_second && connection->requests == 2) {
		close_connection(connection);
	} else if (server->answer != NULL) {
		(void)bufferevent_write(
		    events, server->answer, strlen(server->answer));
	}
}

static void on_server_event(struct bufferevent *events, short what, void *arg)
{
	(void)events;
	if ((what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) != 0) {
		close_connection(arg);
	}
}

static void on_server_accept(struct evconnlistener *listener,
    evutil_socket_t fd, struct sockaddr *address, int address_len, void *arg)
{
	struct server *server = arg;
	struct connection *connection = xcalloc(1, sizeof(*connection));

	(void)listener;
	(void)address;
	(void)address_len;
	assert_true(server->connections < CALLS_MAX);
	connection->server = server;
	connection->place = server->connections++;
	server->open[connection->place] = connection;
	connection->events =
	    bufferevent_socket_new(server->base, fd, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(connection->events, on_server_read, on_answer_written,
	    on_server_event, connection);
	(void)bufferevent_enable(connection->events, EV_READ | EV_WRITE);
}

static void server_start(struct server *server, struct event_base *base)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);

	server->base = base;
	server->answer = OK_ANSWER;
	strbuf_init(&server->last, STRBUF_NO_LIMIT);
	server->listener = evconnlistener_new_bind(base, on_server_accept,
	    server, LEV_OPT_CLOSE_ON_FREE, -1, (struct sockaddr *)&address,
	    sizeof(address));
	assert_non_null(server->listener);
	assert_int_equal(getsockname(evconnlistener_get_fd(server->listener),
			     (struct sockaddr *)&address, &len),
	    0);
	server->port = ntohs(address.sin_port);
}

static void server_stop(struct server *server)
{
	for (int i = 0; i < CALLS_MAX; i++) {
		if (server->open[i] != NULL) {
			close_connection(server->open[i]);
		}
	}
	evconnlistener_free(server->listener);
	strbuf_finish(&server->last);
}

/* ---- the fixture ---- */

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	(void)fprintf(stderr, "the test did not end in time\n");
	abort();
}

static void on_call_done(void *arg, const struct http_result *result)
{
	struct call *call = arg;

	call->callbacks++;
	call->result = *result;
	(void)snprintf(
	    call->body, sizeof(call->body), "%.*s", SLICE_ARGS(result->body));
	(void)snprintf(call->error, sizeof(call->error), "%s", result->error);
	(*call->left)--;
	if (*call->left == 0) {
		loop_stop(call->loop);
	}
}

static int set_up(void **state)
{
	struct fixture *fixture = xcalloc(1, sizeof(*fixture));
	struct timeval span = {.tv_sec = DEADLINE_SECONDS};

	fixture->loop = loop_create();
	fixture->deadline =
	    evtimer_new(loop_base(fixture->loop), on_deadline, NULL);
	(void)event_add(fixture->deadline, &span);
	server_start(&fixture->server, loop_base(fixture->loop));
	(void)snprintf(fixture->url, sizeof(fixture->url),
	    "http://127.0.0.1:%d/api/v2/event", fixture->server.port);
	fixture->options = (struct http_options){
	    .url = fixture->url,
	    .method = "POST",
	    .connect_timeout_ms = 5000,
	    .timeout_ms = 10000,
	    .max_connections = 4,
	    .max_response_bytes = 16,
	};
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	http_client_destroy(fixture->client);
	server_stop(&fixture->server);
	event_free(fixture->deadline);
	loop_destroy(fixture->loop);
	free(fixture);
	return 0;
}

static struct http_call *start(struct fixture *fixture, int i, const char *body)
{
	struct call *call = &fixture->calls[i];

	if (fixture->client == NULL) {
		fixture->client =
		    http_client_create(fixture->loop, &fixture->options, NULL);
		assert_non_null(fixture->client);
	}
	*call = (struct call){.loop = fixture->loop, .left = &fixture->left};
	fixture->left++;
	return http_send(fixture->client, slice_of(body), on_call_done, call);
}

/* One call, from its sending to its callback. */
static const struct call *send_one(struct fixture *fixture, const char *body)
{
	(void)start(fixture, 0, body);
	assert_int_equal(fixture->calls[0].callbacks, 0);
	loop_run(fixture->loop);
	assert_int_equal(fixture->calls[0].callbacks, 1);
	return &fixture->calls[0];
}

static void assert_has(const struct strbuf *text, const char *part)
{
	if (strstr(strbuf_text(text), part) == NULL) {
		fail_msg("'%s' is not in '%s'", part, strbuf_text(text));
	}
}

static void assert_has_not(const struct strbuf *text, const char *part)
{
	if (strstr(strbuf_text(text), part) != NULL) {
		fail_msg("'%s' is in '%s'", part, strbuf_text(text));
	}
}

/* ---- the tests ---- */

static void test_http_client_sends_the_body_and_tells_the_answer(void **state)
{
	struct fixture *fixture = *state;
	const struct call *call = send_one(fixture, "{\"a\":1}");
	const struct strbuf *request = &fixture->server.last;

	assert_true(call->result.is_complete);
	assert_true(call->result.was_sent);
	assert_int_equal(call->result.status, 200);
	assert_string_equal(call->body, "{}");
	assert_int_equal(call->result.body_bytes, 2);
	assert_int_equal(call->result.retry_after_ms, -1);
	assert_string_equal(call->error, "");
	assert_has(request, "POST /api/v2/event HTTP/1.1\r\n");
	assert_has(
	    request, "\r\nContent-Type: application/json; charset=UTF-8\r\n");
	assert_has(request,
	    "\r\nUser-Agent: amplitude-reteno-relay/" RELAY_VERSION "\r\n");
	assert_has(request, "\r\n\r\n{\"a\":1}");
	assert_has_not(request, "Expect:");
}

static void test_http_client_sends_its_headers_over_the_defaults(void **state)
{
	const struct http_header headers[] = {{"authorization", "Basic eA=="},
	    {"accept", "*/*"}, {"X-Empty", ""}};
	struct fixture *fixture = *state;
	const struct strbuf *request = &fixture->server.last;

	fixture->options.headers = headers;
	fixture->options.header_count = ARRAY_LEN(headers);
	fixture->options.method = "PUT";
	(void)send_one(fixture, "{}");
	assert_has(request, "PUT /api/v2/event HTTP/1.1\r\n");
	assert_has(request, "\r\nauthorization: Basic eA==\r\n");
	assert_has(request, "\r\naccept: */*\r\n");
	assert_has(request, "\r\nX-Empty:\r\n");
	assert_has_not(request, "\r\nAccept:");
}

static void test_http_client_keeps_its_connection(void **state)
{
	struct fixture *fixture = *state;

	for (int i = 0; i < 3; i++) {
		assert_true(send_one(fixture, "{}")->result.is_complete);
	}
	assert_int_equal(fixture->server.requests, 3);
	assert_int_equal(fixture->server.connections, 1);
}

static void test_http_client_opens_no_more_than_its_connections(void **state)
{
	struct fixture *fixture = *state;

	fixture->options.max_connections = 2;
	for (int i = 0; i < 6; i++) {
		(void)start(fixture, i, "{}");
	}
	assert_int_equal(http_client_calls(fixture->client), 6);
	loop_run(fixture->loop);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(fixture->calls[i].callbacks, 1);
		assert_true(fixture->calls[i].result.is_complete);
	}
	assert_int_equal(fixture->server.requests, 6);
	assert_int_equal(fixture->server.connections, 2);
	assert_int_equal(http_client_calls(fixture->client), 0);
}

static void test_http_client_keeps_no_more_of_an_answer_than_asked(void **state)
{
	struct fixture *fixture = *state;
	const struct call *call;

	fixture->server.answer = "HTTP/1.1 400 Bad Request\r\n"
				 "Content-Length: 20\r\n\r\n"
				 "0123456789abcdefghij";
	call = send_one(fixture, "{}");
	assert_true(call->result.is_complete);
	assert_int_equal(call->result.status, 400);
	assert_string_equal(call->body, "0123456789abcdef");
	assert_int_equal(call->result.body_bytes, 20);
	/* And reads to the end, so that the connection can be kept. */
	(void)send_one(fixture, "{}");
	assert_int_equal(fixture->server.connections, 1);
}

static void test_http_client_reads_retry_after(void **state)
{
	struct fixture *fixture = *state;

	fixture->server.answer = "HTTP/1.1 429 Slow down\r\nretry-after: 7\r\n"
				 "Content-Length: 0\r\n\r\n";
	assert_int_equal(send_one(fixture, "{}")->result.retry_after_ms, 7000);
}

static void test_http_client_follows_no_redirect(void **state)
{
	struct fixture *fixture = *state;

	fixture->server.answer = "HTTP/1.1 308 Moved\r\nLocation: /else\r\n"
				 "Content-Length: 0\r\n\r\n";
	assert_int_equal(send_one(fixture, "{}")->result.status, 308);
	assert_int_equal(fixture->server.requests, 1);
}

static void test_http_client_refused_has_sent_nothing(void **state)
{
	struct fixture *fixture = *state;
	const struct call *call;

	fixture->options.url = "http://127.0.0.1:1/";
	call = send_one(fixture, "{}");
	assert_false(call->result.is_complete);
	assert_false(call->result.was_sent);
	assert_int_equal(call->result.status, 0);
	assert_true(call->error[0] != '\0');
}

static void test_http_client_unanswered_ends_in_time_as_sent(void **state)
{
	struct fixture *fixture = *state;
	const struct call *call;

	fixture->server.answer = NULL;
	fixture->options.timeout_ms = 100;
	call = send_one(fixture, "{}");
	assert_false(call->result.is_complete);
	assert_true(call->result.was_sent);
	assert_true(call->error[0] != '\0');
}

static void test_http_client_half_an_answer_is_not_complete(void **state)
{
	static const char *const answers[] = {
	    "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
	    "HTTP/1.1 200 OK\r\nContent-Le",
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf",
	    "\x01\x02 garbage\r\n\r\n"};
	struct fixture *fixture = *state;

	fixture->server.closes_after = true;
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		const struct call *call;

		fixture->server.answer = answers[i];
		call = send_one(fixture, "{}");
		assert_false(call->result.is_complete);
		assert_true(call->result.was_sent);
	}
}

static void test_http_client_repeats_what_a_kept_connection_lost(void **state)
{
	struct fixture *fixture = *state;

	fixture->server.closes_on_second = true;
	assert_true(send_one(fixture, "{}")->result.is_complete);
	assert_true(send_one(fixture, "{\"b\":2}")->result.is_complete);
	assert_int_equal(fixture->server.connections, 2);
	assert_int_equal(fixture->server.requests, 3);
	assert_has(&fixture->server.last, "\r\n\r\n{\"b\":2}");
}

static void stop_loop(void *arg)
{
	loop_stop(arg);
}

static void test_http_client_cancelled_calls_back_once_and_later(void **state)
{
	struct fixture *fixture = *state;
	struct http_call *call;

	fixture->server.answer = NULL;
	fixture->server.on_request = stop_loop;
	fixture->server.arg = fixture->loop;
	call = start(fixture, 0, "{}");
	loop_run(fixture->loop);
	http_cancel(call);
	http_cancel(call);
	assert_int_equal(fixture->calls[0].callbacks, 0);
	loop_run(fixture->loop);
	assert_int_equal(fixture->calls[0].callbacks, 1);
	assert_false(fixture->calls[0].result.is_complete);
	assert_true(fixture->calls[0].result.was_sent);
	/* The handle is good for another. */
	fixture->server.on_request = NULL;
	fixture->server.answer = OK_ANSWER;
	assert_true(send_one(fixture, "{}")->result.is_complete);
}

static void test_http_client_cancelled_at_once_has_sent_nothing(void **state)
{
	struct fixture *fixture = *state;

	http_cancel(start(fixture, 0, "{}"));
	loop_run(fixture->loop);
	assert_int_equal(fixture->calls[0].callbacks, 1);
	assert_false(fixture->calls[0].result.was_sent);
}

static void test_http_client_destroyed_ends_its_calls(void **state)
{
	struct fixture *fixture = *state;

	fixture->server.answer = NULL;
	(void)start(fixture, 0, "{}");
	http_cancel(start(fixture, 1, "{}"));
	http_client_destroy(fixture->client);
	fixture->client = NULL;
	assert_int_equal(fixture->calls[0].callbacks, 1);
	assert_int_equal(fixture->calls[1].callbacks, 1);
}

static void assert_not_created(struct fixture *fixture,
    const struct http_options *options, const char *why)
{
	struct err err = {.text = ""};

	assert_null(http_client_create(fixture->loop, options, &err));
	assert_non_null(strstr(err.text, why));
	/* A secret may be in a header's value. */
	assert_null(strstr(err.text, "s3cret"));
}

static void test_http_client_refuses_what_cannot_be_sent(void **state)
{
	const struct http_header broken[] = {
	    {"X-Ok", "x"}, {"X-Key", "s3cret\r\nX-More: 1"}};
	const struct http_header nameless[] = {{"X Key", "s3cret"}};
	struct fixture *fixture = *state;
	struct http_options options = fixture->options;

	options.headers = broken;
	options.header_count = 2;
	assert_not_created(fixture, &options, "header X-Key");
	options.headers = nameless;
	options.header_count = 1;
	assert_not_created(fixture, &options, "header 1");
	options = fixture->options;
	options.url = "no url";
	assert_not_created(fixture, &options, "url: ");
	options = fixture->options;
	options.ca_file = "/nonexistent/ca.pem";
	assert_not_created(fixture, &options, "/nonexistent/ca.pem");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_http_client_sends_the_body_and_tells_the_answer),
	    TEST(test_http_client_sends_its_headers_over_the_defaults),
	    TEST(test_http_client_keeps_its_connection),
	    TEST(test_http_client_opens_no_more_than_its_connections),
	    TEST(test_http_client_keeps_no_more_of_an_answer_than_asked),
	    TEST(test_http_client_reads_retry_after),
	    TEST(test_http_client_follows_no_redirect),
	    TEST(test_http_client_refused_has_sent_nothing),
	    TEST(test_http_client_unanswered_ends_in_time_as_sent),
	    TEST(test_http_client_half_an_answer_is_not_complete),
	    TEST(test_http_client_repeats_what_a_kept_connection_lost),
	    TEST(test_http_client_cancelled_calls_back_once_and_later),
	    TEST(test_http_client_cancelled_at_once_has_sent_nothing),
	    TEST(test_http_client_destroyed_ends_its_calls),
	    TEST(test_http_client_refuses_what_cannot_be_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
