#include "common/admin/admin.h"

#include "common/base/mem.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "tests/unit/cmocka_test.h"
#include "tests/unit/loop_test.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum collecting {
	COLLECT_AT_ONCE,
	COLLECT_WHEN_TOLD,
};

struct fixture {
	struct loop *loop;
	struct metrics *metrics;
	struct admin *admin;
	struct admin_scrape *pending;
	enum collecting collecting;
	int collected;
	bool is_ready;
	const char *reasons;
};

static bool on_is_ready(void *arg, struct strbuf *reasons)
{
	struct fixture *fixture = arg;

	if (!fixture->is_ready && fixture->reasons != NULL) {
		strbuf_append_text(reasons, fixture->reasons);
	}
	return fixture->is_ready;
}

static void on_collect(void *arg, struct admin_scrape *scrape)
{
	struct fixture *fixture = arg;

	fixture->collected++;
	metric_set(metrics_get(fixture->metrics, METRICS_REDIS_UP, NULL, NULL),
	    fixture->collected);
	if (fixture->collecting == COLLECT_AT_ONCE) {
		admin_scrape_done(scrape);
	} else {
		assert_null(fixture->pending);
		fixture->pending = scrape;
	}
}

static struct admin_options make_options(
    struct fixture *fixture, const char *listen)
{
	return (struct admin_options){
	    .loop = fixture->loop,
	    .metrics = fixture->metrics,
	    .listen = listen,
	    .is_ready = on_is_ready,
	    .collect = on_collect,
	    .arg = fixture,
	};
}

static int set_up(void **state)
{
	struct fixture *fixture = xcalloc(1, sizeof(*fixture));
	struct admin_options options;
	struct err err;

	log_set_level(LOG_ERROR);
	fixture->loop = loop_create();
	fixture->metrics = metrics_create();
	fixture->is_ready = true;
	options = make_options(fixture, "127.0.0.1:0");
	fixture->admin = admin_create(&options, &err);
	assert_non_null(fixture->admin);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	admin_destroy(fixture->admin);
	assert_null(fixture->pending);
	metrics_destroy(fixture->metrics);
	loop_destroy(fixture->loop);
	free(fixture);
	return 0;
}

/* A client on one connection; what it got so far is in `answer`. */
struct client {
	int fd;
	bool is_over;
	struct strbuf answer;
};

static void client_open(
    struct client *client, struct fixture *fixture, const char *request)
{
	const char *colon = strrchr(admin_address(fixture->admin), ':');
	struct sockaddr_in address = {
	    .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)strtol(colon + 1, NULL, 10)),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	*client = (struct client){.fd = socket(AF_INET, SOCK_STREAM, 0)};
	strbuf_init(&client->answer, STRBUF_NO_LIMIT);
	assert_int_equal(
	    connect(client->fd, (struct sockaddr *)&address, sizeof(address)),
	    0);
	assert_int_equal(
	    send(client->fd, request, strlen(request), 0), strlen(request));
}

static void client_close(struct client *client)
{
	assert_int_equal(close(client->fd), 0);
	strbuf_finish(&client->answer);
}

/* Reads what there is, to the end of the connection. */
static bool is_client_served(void *arg)
{
	struct client *client = arg;
	char bytes[4096];
	ssize_t len;

	while (
	    (len = recv(client->fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0) {
		strbuf_append(&client->answer, bytes, (size_t)len);
	}
	client->is_over = len == 0 || errno != EAGAIN;
	return client->is_over;
}

static bool has_pending(void *arg)
{
	const struct fixture *fixture = arg;

	return fixture->pending != NULL;
}

/* Asks, with `Connection: close`. Caller frees the answer. */
static char *ask(struct fixture *fixture, const char *method, const char *path)
{
	char *request = xasprintf("%s %s HTTP/1.1\r\nHost: x\r\n"
				  "Connection: close\r\n\r\n",
	    method, path);
	struct client client;
	char *answer;

	client_open(&client, fixture, request);
	free(request);
	assert_true(loop_test_until(fixture->loop, is_client_served, &client));
	answer = xstrdup(strbuf_text(&client.answer));
	client_close(&client);
	return answer;
}

static void assert_answer(struct fixture *fixture, const char *method,
    const char *path, const char *status, const char *body)
{
	char *answer = ask(fixture, method, path);
	char *start = xasprintf("HTTP/1.1 %s", status);
	const char *end = strstr(answer, "\r\n\r\n");

	assert_memory_equal(answer, start, strlen(start));
	assert_non_null(end);
	assert_string_equal(end + 4, body);
	free(start);
	free(answer);
}

static void test_admin_livez_is_200(void **state)
{
	assert_answer(*state, "GET", "/livez", "200 OK", "ok\n");
	assert_answer(*state, "GET", "/livez?x=1", "200 OK", "ok\n");
}

static void test_admin_readyz_says_the_reasons(void **state)
{
	struct fixture *fixture = *state;

	assert_answer(fixture, "GET", "/readyz", "200", "ready\n");
	fixture->is_ready = false;
	assert_answer(fixture, "GET", "/readyz", "503", "not ready\n");
	fixture->reasons = "redis: refused\nstopping\n";
	assert_answer(
	    fixture, "GET", "/readyz", "503", "redis: refused\nstopping\n");
}

static void test_admin_other_path_is_404(void **state)
{
	const char *const paths[] = {
	    "/", "/metric", "/metrics/", "/livez/x", "*", "//livez"};

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		char *answer = ask(*state, "GET", paths[i]);

		assert_memory_equal(answer, "HTTP/1.1 404", 12);
		free(answer);
	}
}

static void test_admin_other_method_is_405(void **state)
{
	static const char *const methods[] = {
	    "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"};

	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		char *answer = ask(*state, methods[i], "/livez");

		assert_memory_equal(answer, "HTTP/1.1 405", 12);
		assert_non_null(strstr(answer, "\r\nAllow: GET, HEAD\r\n"));
		free(answer);
	}
}

static void test_admin_head_has_the_length_and_no_body(void **state)
{
	struct fixture *fixture = *state;
	char *answer;

	assert_answer(fixture, "HEAD", "/livez", "200", "");
	assert_answer(fixture, "HEAD", "/metrics", "200", "");
	answer = ask(fixture, "HEAD", "/livez");
	assert_non_null(strstr(answer, "\r\nContent-Length: 3\r\n"));
	free(answer);
}

static void test_admin_connection_is_kept_between_requests(void **state)
{
	struct client client;
	const char *second;

	client_open(&client, *state,
	    "HEAD /livez HTTP/1.1\r\nHost: x\r\n\r\n"
	    "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	assert_true(loop_test_until(
	    ((struct fixture *)*state)->loop, is_client_served, &client));
	second = strstr(strbuf_text(&client.answer) + 1, "HTTP/1.1 200 OK\r\n");
	assert_non_null(second);
	assert_non_null(strstr(second, "\r\n\r\nok\n"));
	client_close(&client);
}

static void test_admin_metrics_are_collected_first(void **state)
{
	struct fixture *fixture = *state;
	char *answer = ask(fixture, "GET", "/metrics");

	assert_memory_equal(answer, "HTTP/1.1 200", 12);
	assert_non_null(
	    strstr(answer, "\r\nContent-Type: text/plain; version=0.0.4\r\n"));
	assert_non_null(strstr(answer, "\nrelay_redis_up 1\n"));
	free(answer);
	answer = ask(fixture, "GET", "/metrics");
	assert_non_null(strstr(answer, "\nrelay_redis_up 2\n"));
	free(answer);
}

static void test_admin_metrics_wait_for_the_collector(void **state)
{
	struct fixture *fixture = *state;
	struct client client;

	fixture->collecting = COLLECT_WHEN_TOLD;
	client_open(&client, fixture,
	    "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	assert_true(loop_test_until(fixture->loop, has_pending, fixture));
	assert_false(is_client_served(&client));
	metric_set(
	    metrics_get(fixture->metrics, METRICS_DEPTH, "event", NULL), 77);
	admin_scrape_done(fixture->pending);
	fixture->pending = NULL;
	assert_true(loop_test_until(fixture->loop, is_client_served, &client));
	assert_non_null(strstr(strbuf_text(&client.answer),
	    "\nrelay_depth{destination=\"event\"} 77\n"));
	client_close(&client);
}

static void test_admin_metrics_do_not_wait_for_a_stuck_collector(void **state)
{
	struct fixture *fixture = *state;
	struct client client;

	fixture->collecting = COLLECT_WHEN_TOLD;
	client_open(&client, fixture,
	    "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	/* It takes the 2 seconds that it may take. */
	assert_true(loop_test_until(fixture->loop, is_client_served, &client));
	assert_non_null(
	    strstr(strbuf_text(&client.answer), "\nrelay_redis_up 1\n"));
	admin_scrape_done(fixture->pending);
	fixture->pending = NULL;
	client_close(&client);
}

static void test_admin_client_that_left_does_not_hurt_its_scrape(void **state)
{
	static const struct linger reset = {.l_onoff = 1, .l_linger = 0};
	struct fixture *fixture = *state;
	struct client client;

	fixture->collecting = COLLECT_WHEN_TOLD;
	client_open(&client, fixture, "GET /metrics HTTP/1.1\r\n\r\n");
	assert_true(loop_test_until(fixture->loop, has_pending, fixture));
	assert_int_equal(
	    setsockopt(client.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)),
	    0);
	client_close(&client);
	/* A turn or two, in which it may be noticed. */
	assert_answer(fixture, "GET", "/livez", "200 OK", "ok\n");
	admin_scrape_done(fixture->pending);
	fixture->pending = NULL;
	assert_answer(fixture, "GET", "/livez", "200 OK", "ok\n");
}

static void test_admin_scrape_outlives_its_listener(void **state)
{
	struct fixture *fixture = *state;
	struct client client;

	fixture->collecting = COLLECT_WHEN_TOLD;
	client_open(&client, fixture, "GET /metrics HTTP/1.1\r\n\r\n");
	assert_true(loop_test_until(fixture->loop, has_pending, fixture));
	admin_destroy(fixture->admin);
	fixture->admin = NULL;
	assert_true(loop_test_until(fixture->loop, is_client_served, &client));
	assert_int_equal(client.answer.len, 0);
	admin_scrape_done(fixture->pending);
	fixture->pending = NULL;
	client_close(&client);
}

static void assert_refused(struct fixture *fixture, const char *request)
{
	struct client client;

	client_open(&client, fixture, request);
	assert_true(loop_test_until(fixture->loop, is_client_served, &client));
	assert_null(strstr(strbuf_text(&client.answer), "HTTP/1.1 200"));
	client_close(&client);
	assert_answer(fixture, "GET", "/livez", "200 OK", "ok\n");
}

static void test_admin_oversize_and_garbage_are_refused(void **state)
{
	char *filler = xcalloc(1, 20001);
	char *request;

	memset(filler, 'x', 20000);
	request = xasprintf(
	    "GET /livez HTTP/1.1\r\nHost: x\r\nX-Long: %s\r\n\r\n", filler);
	assert_refused(*state, request);
	free(request);
	request = xasprintf("POST /livez HTTP/1.1\r\nHost: x\r\n"
			    "Content-Length: 20000\r\n\r\n%s",
	    filler);
	assert_refused(*state, request);
	free(request);
	assert_refused(*state, "\x16\x03\x01 nonsense\r\n\r\n");
	free(filler);
}

static void test_admin_create_on_a_taken_port_says_so(void **state)
{
	struct fixture *fixture = *state;
	struct admin_options options =
	    make_options(fixture, admin_address(fixture->admin));
	struct err err = {.line = 0};

	assert_null(admin_create(&options, &err));
	assert_non_null(strstr(err.text, admin_address(fixture->admin)));
}

static void test_admin_without_collector_answers_at_once(void **state)
{
	struct fixture *fixture = *state;
	struct admin_options options = make_options(fixture, "127.0.0.1:0");

	admin_destroy(fixture->admin);
	options.collect = NULL;
	fixture->admin = admin_create(&options, NULL);
	assert_non_null(fixture->admin);
	free(ask(fixture, "GET", "/metrics"));
	assert_int_equal(fixture->collected, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(test_admin_livez_is_200),
	    TEST(test_admin_readyz_says_the_reasons),
	    TEST(test_admin_other_path_is_404),
	    TEST(test_admin_other_method_is_405),
	    TEST(test_admin_head_has_the_length_and_no_body),
	    TEST(test_admin_connection_is_kept_between_requests),
	    TEST(test_admin_metrics_are_collected_first),
	    TEST(test_admin_metrics_wait_for_the_collector),
	    TEST(test_admin_metrics_do_not_wait_for_a_stuck_collector),
	    TEST(test_admin_client_that_left_does_not_hurt_its_scrape),
	    TEST(test_admin_scrape_outlives_its_listener),
	    TEST(test_admin_oversize_and_garbage_are_refused),
	    TEST(test_admin_create_on_a_taken_port_says_so),
	    TEST(test_admin_without_collector_answers_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
