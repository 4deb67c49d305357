/*
 * The server and the acceptor with a queue whose verdicts the test gives: what
 * must hold while Redis thinks.
 */
#include "tests/unit/cmocka_test.h"
#include "tests/unit/loop_test.h"

#include "ingest/accept.h"

#include "common/base/attr.h"
#include "common/base/mem.h"
#include "common/base/strbuf.h"
#include "common/config/config.h"
#include "common/metrics/metrics.h"
#include "common/queue/queue.h"
#include "common/queue/queue_memory.h"
#include "common/queue/queue_operator.h"
#include "ingest/overload.h"
#include "ingest/rules.h"
#include "ingest/server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	MAX_CALLS = 8,
	MAX_BODY = 1000,
	MAX_WAITING = 1500,
};

#define HEAD \
	"POST /events?x=1 HTTP/1.1\r\nHost: h\r\nX-Secret: s\r\n" \
	"Content-Type: application/json; charset=utf-8\r\n"

struct call {
	queue_enqueue_cb cb;
	void *arg;
};

/* The queue, as far as ingest uses it. */
struct queue {
	struct call calls[MAX_CALLS];
	size_t count;
};

struct client {
	int fd;
	struct strbuf received;
	const char *awaited;
};

struct fixture {
	char folder[32];
	char address[64];
	struct loop *loop;
	struct metrics *metrics;
	struct queue queue;
	struct overload *overload;
	struct acceptor *acceptor;
	struct server *server;
	int stopped;
};

static int all_destinations[] = {0, 1};
static char path[] = "/events";
static char user[] = "user_id";
static char device[] = "device_id";
static char uuid[] = "uuid";
static char insert_id[] = "$insert_id";
static char first[] = "event";
static char second[] = "contact";
static char header[] = "X-Secret";
static char ack[] = "replicas:2";
static char secret[] = "s";
static char *secrets[] = {secret};

static struct config_route routes[] = {{
    .path = path,
    .destinations = all_destinations,
    .destination_count = ARRAY_LEN(all_destinations),
    .fields = {user, device, uuid, insert_id},
}};
static struct config_destination destinations[] = {
    {.name = first}, {.name = second}};
static struct config config = {
    .ingest =
	{
	    .auth_header = header,
	    .auth_secrets = secrets,
	    .auth_secret_count = 1,
	    .max_body_bytes = MAX_BODY,
	    .max_depth = 10,
	    .max_objects = 10,
	    .retry_after_ms = 1500,
	    .ack = ack,
	    .max_waiting = 3,
	    .redis_memory_limit = 90,
	},
    .routes = routes,
    .route_count = ARRAY_LEN(routes),
    .destinations = destinations,
    .destination_count = ARRAY_LEN(destinations),
};

void queue_enqueue(struct queue *queue, const struct queue_entry *entry,
    queue_enqueue_cb cb, void *arg)
{
	assert_true(queue->count < MAX_CALLS);
	assert_int_equal(entry->destination_count, ARRAY_LEN(all_destinations));
	queue->calls[queue->count++] = (struct call){cb, arg};
}

void queue_read_memory(struct queue *queue, queue_memory_cb cb, void *arg)
{
	(void)queue;
	cb(arg, QUEUE_UNAVAILABLE, NULL, NULL);
}

void queue_read_stats(struct queue *queue, queue_stats_cb cb, void *arg)
{
	(void)queue;
	cb(arg, QUEUE_UNAVAILABLE, NULL, 0, NULL);
}

/* The oldest call that has none gets its verdicts. */
static void give_verdicts(struct fixture *fixture, enum queue_verdict event,
    enum queue_verdict contact)
{
	struct queue_admission admissions[] = {
	    {.destination = 0, .verdict = event},
	    {.destination = 1, .verdict = contact},
	};
	struct call call = fixture->queue.calls[0];

	assert_true(fixture->queue.count > 0);
	for (size_t i = 0; i < ARRAY_LEN(admissions); i++) {
		if (admissions[i].verdict == QUEUE_ACCEPTED) {
			(void)snprintf(admissions[i].id,
			    sizeof(admissions[i].id), "0-%zu", i + 1);
		}
	}
	fixture->queue.count--;
	memmove(fixture->queue.calls, fixture->queue.calls + 1,
	    fixture->queue.count * sizeof(call));
	call.cb(call.arg, QUEUE_OK, admissions, ARRAY_LEN(admissions), NULL);
}

static void give_status(struct fixture *fixture, enum queue_status status)
{
	struct call call = fixture->queue.calls[0];
	struct err err;

	assert_true(fixture->queue.count > 0);
	fixture->queue.count--;
	memmove(fixture->queue.calls, fixture->queue.calls + 1,
	    fixture->queue.count * sizeof(call));
	err_set(&err, "said the queue");
	call.cb(call.arg, status, NULL, 0, &err);
}

static int set_up(void **state)
{
	struct fixture *fixture = xcalloc(1, sizeof(*fixture));
	struct acceptor_options acceptor_options = {
	    .queue = &fixture->queue,
	};
	struct overload_options overload_options = {
	    .queue = &fixture->queue,
	    .config = &config,
	    .max_waiting_bytes = MAX_WAITING,
	};
	struct server_options server_options = {
	    .listen = fixture->address,
	    .limits =
		{
		    .max_body_bytes = MAX_BODY,
		    .max_buffered_bytes = 10000,
		    .max_connections = 10,
		    .request_timeout_ms = 60000,
		    .idle_timeout_ms = 60000,
		},
	};
	struct err err;

	(void)snprintf(
	    fixture->folder, sizeof(fixture->folder), "/tmp/acceptXXXXXX");
	assert_non_null(mkdtemp(fixture->folder));
	(void)snprintf(fixture->address, sizeof(fixture->address),
	    "unix:%s/socket", fixture->folder);
	fixture->loop = loop_create();
	fixture->metrics = metrics_create();
	overload_options.loop = fixture->loop;
	overload_options.metrics = fixture->metrics;
	fixture->overload = overload_create(&overload_options);
	acceptor_options.overload = fixture->overload;
	acceptor_options.loop = fixture->loop;
	acceptor_options.rules = rules_create(&config, NULL, fixture->metrics);
	fixture->acceptor = acceptor_create(&acceptor_options);
	server_options.loop = fixture->loop;
	server_options.metrics = fixture->metrics;
	server_options.acceptor = fixture->acceptor;
	fixture->server = server_create(&server_options, &err);
	if (fixture->server == NULL) {
		fail_msg("%s", err.text);
	}
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	server_destroy(fixture->server);
	acceptor_destroy(fixture->acceptor);
	overload_destroy(fixture->overload);
	metrics_destroy(fixture->metrics);
	loop_destroy(fixture->loop);
	(void)unlink(fixture->address + strlen("unix:"));
	(void)rmdir(fixture->folder);
	free(fixture);
	return 0;
}

static struct client connect_client(const struct fixture *fixture)
{
	struct client client = {.fd = socket(AF_UNIX, SOCK_STREAM, 0)};
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket",
	    fixture->folder);
	assert_true(client.fd >= 0);
	assert_int_equal(
	    connect(client.fd, (struct sockaddr *)&address, sizeof(address)),
	    0);
	assert_int_equal(fcntl(client.fd, F_SETFL, O_NONBLOCK), 0);
	strbuf_init(&client.received, STRBUF_NO_LIMIT);
	return client;
}

static void close_client(struct client *client)
{
	(void)close(client->fd);
	strbuf_finish(&client->received);
}

static void send_text(const struct client *client, const char *text)
{
	ssize_t len = (ssize_t)strlen(text);

	assert_int_equal(send(client->fd, text, (size_t)len, 0), len);
}

static void send_body(const struct client *client, const char *body)
{
	char *request =
	    xasprintf(HEAD "Content-Length: %zu\r\n\r\n%s", strlen(body), body);

	send_text(client, request);
	free(request);
}

/* Takes what has come; false at the end of the connection. */
static bool receive(struct client *client)
{
	char bytes[1024];
	ssize_t len;

	while ((len = recv(client->fd, bytes, sizeof(bytes), 0)) > 0) {
		strbuf_append(&client->received, bytes, (size_t)len);
	}
	return len < 0 && errno == EAGAIN;
}

static bool has_awaited(void *arg)
{
	struct client *client = arg;

	(void)receive(client);
	return strstr(strbuf_text(&client->received), client->awaited) != NULL;
}

static bool is_closed(void *arg)
{
	return !receive(arg);
}

static void await_text(
    struct fixture *fixture, struct client *client, const char *text)
{
	client->awaited = text;
	if (!loop_test_until(fixture->loop, has_awaited, client)) {
		fail_msg(
		    "no \"%s\" in: %s", text, strbuf_text(&client->received));
	}
}

static bool has_call(void *arg)
{
	const struct fixture *fixture = arg;

	return fixture->queue.count > 0;
}

static bool has_two_calls(void *arg)
{
	const struct fixture *fixture = arg;

	return fixture->queue.count > 1;
}

static bool is_stopped(void *arg)
{
	const struct fixture *fixture = arg;

	return fixture->stopped > 0;
}

static void on_server_stopped(void *arg)
{
	struct fixture *fixture = arg;

	fixture->stopped++;
}

static double requests_with(
    const struct fixture *fixture, const char *route, const char *status)
{
	return metric_value(
	    metrics_get(fixture->metrics, METRICS_REQUESTS, route, status));
}

static double objects_with(
    const struct fixture *fixture, const char *destination, const char *verdict)
{
	return metric_value(metrics_get(
	    fixture->metrics, METRICS_OBJECTS, destination, verdict));
}

static void test_accept_answers_200_only_after_the_verdicts(void **state)
{
	struct fixture *fixture = *state;
	struct client client = connect_client(fixture);

	send_body(&client, "{\"user_id\":\"u\"}");
	assert_true(loop_test_until(fixture->loop, has_call, fixture));
	assert_int_equal(overload_waiting(fixture->overload), 1);
	assert_true(receive(&client));
	assert_int_equal(client.received.len, 0);

	give_verdicts(fixture, QUEUE_ACCEPTED, QUEUE_ACCEPTED);
	await_text(fixture, &client,
	    "{\"accepted\":2,\"duplicate\":0,\"jobs\":[\"0-1\",\"0-2\"]}");
	await_text(fixture, &client, "HTTP/1.1 200 OK\r\n");
	await_text(fixture, &client, "Relay-Ack: replicas:2\r\n");
	assert_int_equal(overload_waiting(fixture->overload), 0);
	assert_true(requests_with(fixture, "/events", "200") == 1);
	assert_true(objects_with(fixture, "event", "accepted") == 1);
	assert_true(objects_with(fixture, "contact", "accepted") == 1);
	close_client(&client);
}

static void test_accept_of_duplicates_is_200(void **state)
{
	struct fixture *fixture = *state;
	struct client client = connect_client(fixture);

	send_body(&client, "{}");
	assert_true(loop_test_until(fixture->loop, has_call, fixture));
	give_verdicts(fixture, QUEUE_DUPLICATE, QUEUE_DUPLICATE);
	await_text(
	    fixture, &client, "{\"accepted\":0,\"duplicate\":2,\"jobs\":[]}");
	await_text(fixture, &client, "HTTP/1.1 200 OK\r\n");
	assert_true(objects_with(fixture, "event", "duplicate") == 1);
	close_client(&client);
}

static void test_accept_of_a_part_is_503_and_says_which(void **state)
{
	struct fixture *fixture = *state;
	struct client client = connect_client(fixture);

	send_body(&client, "[{},{\"uuid\":\"2\"}]");
	assert_true(loop_test_until(fixture->loop, has_two_calls, fixture));
	give_verdicts(fixture, QUEUE_ACCEPTED, QUEUE_FULL);
	assert_int_equal(overload_waiting(fixture->overload), 1);
	give_verdicts(fixture, QUEUE_DUPLICATE, QUEUE_ACCEPTED);
	await_text(fixture, &client,
	    "{\"error\":\"the queue of the destination contact is full "
	    "(max_depth)\",\"accepted\":2,\"duplicate\":1,\"full\":1,"
	    "\"unavailable\":0,\"jobs\":[\"0-1\",\"0-2\"]}");
	await_text(fixture, &client, "HTTP/1.1 503 ");
	await_text(fixture, &client, "Retry-After: 2\r\n");
	assert_null(strstr(strbuf_text(&client.received), "Relay-Ack"));
	assert_true(objects_with(fixture, "contact", "full") == 1);
	close_client(&client);
}

static void test_accept_without_queue_is_503(void **state)
{
	static const struct {
		enum queue_status status;
		const char *error;
	} cases[] = {
	    {QUEUE_UNAVAILABLE, "\"the queue is not available\""},
	    {QUEUE_REFUSED, "\"the queue refuses to write\""},
	    {QUEUE_CLOSED, "\"this process is stopping\""},
	};
	struct fixture *fixture = *state;
	struct client client = connect_client(fixture);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		send_body(&client, "{}");
		assert_true(loop_test_until(fixture->loop, has_call, fixture));
		give_status(fixture, cases[i].status);
		await_text(fixture, &client, cases[i].error);
	}
	await_text(fixture, &client, "HTTP/1.1 503 ");
	await_text(fixture, &client, "Retry-After: 2\r\n");
	await_text(fixture, &client, "\"unavailable\":2");
	assert_null(strstr(strbuf_text(&client.received), "said the queue"));
	assert_true(objects_with(fixture, "event", "unavailable") == 3);
	close_client(&client);
}

static void test_accept_of_no_objects_needs_no_queue(void **state)
{
	struct fixture *fixture = *state;
	struct client client = connect_client(fixture);

	send_body(&client, "[]");
	await_text(
	    fixture, &client, "{\"accepted\":0,\"duplicate\":0,\"jobs\":[]}");
	assert_int_equal(fixture->queue.count, 0);
	close_client(&client);
}

static void test_accept_survives_a_client_that_left(void **state)
{
	struct fixture *fixture = *state;
	struct client gone = connect_client(fixture);
	struct client next;

	send_body(&gone, "{}");
	assert_true(loop_test_until(fixture->loop, has_call, fixture));
	close_client(&gone);
	next = connect_client(fixture);
	send_body(&next, "{}");
	assert_true(loop_test_until(fixture->loop, has_two_calls, fixture));
	give_verdicts(fixture, QUEUE_ACCEPTED, QUEUE_ACCEPTED);
	give_verdicts(fixture, QUEUE_DUPLICATE, QUEUE_ACCEPTED);
	await_text(fixture, &next, "{\"accepted\":1,\"duplicate\":1,");
	assert_int_equal(overload_waiting(fixture->overload), 0);
	close_client(&next);
}

static void test_accept_answers_pipelined_requests_in_order(void **state)
{
	struct fixture *fixture = *state;
	struct client client = connect_client(fixture);

	send_text(&client,
	    HEAD "Content-Length: 2\r\n\r\n{}" HEAD
		 "Content-Length: 3\r\n\r\n{]}" HEAD
		 "Transfer-Encoding: chunked\r\n\r\n1\r\n[\r\n1\r\n]\r\n0\r\n"
		 "\r\n");
	assert_true(loop_test_until(fixture->loop, has_call, fixture));
	give_verdicts(fixture, QUEUE_ACCEPTED, QUEUE_ACCEPTED);
	await_text(fixture, &client, "{\"accepted\":0");
	assert_true(strstr(strbuf_text(&client.received), " 200 ") <
	    strstr(strbuf_text(&client.received), " 400 "));
	close_client(&client);
}

static void test_accept_beyond_waiting_bytes_is_503_at_once(void **state)
{
	struct fixture *fixture = *state;
	struct client waits = connect_client(fixture);
	struct client refused = connect_client(fixture);
	char *body = xasprintf("{\"a\":\"%0*d\"}", MAX_BODY - 20, 1);

	send_body(&waits, body);
	assert_true(loop_test_until(fixture->loop, has_call, fixture));
	send_body(&refused, body);
	await_text(fixture, &refused, "HTTP/1.1 503 ");
	await_text(fixture, &refused, "too many requests are waiting");
	give_verdicts(fixture, QUEUE_ACCEPTED, QUEUE_ACCEPTED);
	await_text(fixture, &waits, "HTTP/1.1 200 ");

	send_body(&refused, body);
	assert_true(loop_test_until(fixture->loop, has_call, fixture));
	give_verdicts(fixture, QUEUE_ACCEPTED, QUEUE_ACCEPTED);
	await_text(fixture, &refused, "HTTP/1.1 200 ");
	free(body);
	close_client(&waits);
	close_client(&refused);
}

static void test_accept_says_what_is_no_request(void **state)
{
	struct fixture *fixture = *state;
	struct client client = connect_client(fixture);

	send_text(&client, "this is not HTTP at all\r\n");
	await_text(fixture, &client, "HTTP/1.1 400 Bad Request\r\n");
	await_text(fixture, &client, "Content-Type: application/json\r\n");
	await_text(fixture, &client, "Connection: close\r\n");
	await_text(fixture, &client, "{\"error\":\"this is no HTTP request: ");
	assert_true(loop_test_until(fixture->loop, is_closed, &client));
	assert_true(requests_with(fixture, "other", "400") == 1);
	close_client(&client);
}

static void test_server_stop_waits_for_what_is_in_flight(void **state)
{
	struct fixture *fixture = *state;
	struct client client = connect_client(fixture);
	struct client late;

	send_body(&client, "{}");
	assert_true(loop_test_until(fixture->loop, has_call, fixture));
	late = connect_client(fixture);
	server_stop(fixture->server, 60000, on_server_stopped, fixture);
	assert_int_equal(fixture->stopped, 0);
	close_client(&late);

	give_verdicts(fixture, QUEUE_ACCEPTED, QUEUE_ACCEPTED);
	await_text(fixture, &client, "HTTP/1.1 200 ");
	await_text(fixture, &client, "Connection: close\r\n");
	assert_true(loop_test_until(fixture->loop, is_closed, &client));
	assert_true(loop_test_until(fixture->loop, is_stopped, fixture));
	assert_int_equal(fixture->stopped, 1);
	close_client(&client);
}

static void test_server_stop_takes_the_rest_of_a_request(void **state)
{
	struct fixture *fixture = *state;
	struct client client = connect_client(fixture);

	send_body(&client, "[]");
	await_text(fixture, &client, "HTTP/1.1 200 ");
	send_text(&client, HEAD "Content-Length: 2\r\n\r\n{");
	server_stop(fixture->server, 60000, on_server_stopped, fixture);
	send_text(&client, "}");
	assert_true(loop_test_until(fixture->loop, has_call, fixture));
	assert_int_equal(fixture->stopped, 0);
	give_verdicts(fixture, QUEUE_ACCEPTED, QUEUE_ACCEPTED);
	await_text(fixture, &client, "Connection: close\r\n");
	assert_true(loop_test_until(fixture->loop, is_stopped, fixture));
	close_client(&client);
}

static void test_server_stop_ends_with_the_grace_time(void **state)
{
	struct fixture *fixture = *state;
	struct client client = connect_client(fixture);

	send_body(&client, "{}");
	assert_true(loop_test_until(fixture->loop, has_call, fixture));
	server_stop(fixture->server, 10, on_server_stopped, fixture);
	assert_true(loop_test_until(fixture->loop, is_stopped, fixture));
	assert_int_equal(overload_waiting(fixture->overload), 1);
	give_status(fixture, QUEUE_CLOSED);
	assert_int_equal(overload_waiting(fixture->overload), 0);
	assert_int_equal(fixture->stopped, 1);
	close_client(&client);
}

static void test_accept_goes_by_the_rules_that_were_when_its_head_came(
    void **state)
{
	static char other[] = "other";
	static char *other_secrets[] = {other};
	struct fixture *fixture = *state;
	struct client client = connect_client(fixture);
	struct client late = connect_client(fixture);
	struct config next = config;

	next.ingest.auth_secrets = other_secrets;
	next.ingest.retry_after_ms = 9000;
	send_body(&client, "{}");
	assert_true(loop_test_until(fixture->loop, has_call, fixture));
	acceptor_follow(
	    fixture->acceptor, rules_create(&next, NULL, fixture->metrics));
	give_status(fixture, QUEUE_UNAVAILABLE);
	await_text(fixture, &client, "Retry-After: 2\r\n");
	send_body(&late, "{}");
	await_text(fixture, &late, "HTTP/1.1 401 ");
	close_client(&client);
	close_client(&late);
	/* `next` is gone when the fixture ends. */
	acceptor_follow(
	    fixture->acceptor, rules_create(&config, NULL, fixture->metrics));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(test_accept_answers_200_only_after_the_verdicts),
	    TEST(test_accept_of_duplicates_is_200),
	    TEST(test_accept_of_a_part_is_503_and_says_which),
	    TEST(test_accept_without_queue_is_503),
	    TEST(test_accept_of_no_objects_needs_no_queue),
	    TEST(test_accept_survives_a_client_that_left),
	    TEST(test_accept_answers_pipelined_requests_in_order),
	    TEST(test_accept_beyond_waiting_bytes_is_503_at_once),
	    TEST(test_accept_says_what_is_no_request),
	    TEST(test_accept_goes_by_the_rules_that_were_when_its_head_came),
	    TEST(test_server_stop_waits_for_what_is_in_flight),
	    TEST(test_server_stop_takes_the_rest_of_a_request),
	    TEST(test_server_stop_ends_with_the_grace_time),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
