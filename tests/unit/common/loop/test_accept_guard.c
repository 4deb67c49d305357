#include "common/loop/accept_guard.h"

#include "common/loop/listen.h"
#include "common/loop/loop.h"
#include "tests/unit/cmocka_test.h"
#include "tests/unit/log_capture.h"
#include "tests/unit/loop_test.h"

#include <event2/http.h>
#include <event2/listener.h>

#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

struct fixture {
	struct loop *loop;
	struct evhttp *http;
	struct evhttp_bound_socket *bound;
	struct accept_guard *guard;
	int client;
	struct rlimit limit;
};

/* A listener of evhttp, and a client that waits to be accepted while there is
 * no descriptor for it. */
static void set_up(struct fixture *fixture)
{
	char name[LISTEN_NAME_MAX];
	struct sockaddr_in address;
	socklen_t len = sizeof(address);
	struct rlimit none;
	int fd = listen_open("127.0.0.1:0", name, NULL);

	assert_true(fd >= 0);
	fixture->loop = loop_create();
	fixture->http = evhttp_new(loop_base(fixture->loop));
	fixture->bound = evhttp_accept_socket_with_handle(fixture->http, fd);
	assert_non_null(fixture->bound);
	fixture->guard = accept_guard_create(
	    fixture->loop, evhttp_bound_socket_get_listener(fixture->bound));
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	fixture->client = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fixture->client, (struct sockaddr *)&address,
			     sizeof(address)),
	    0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &fixture->limit), 0);
	none = fixture->limit;
	none.rlim_cur = (rlim_t)fixture->client + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
}

static void give_descriptors(const struct fixture *fixture)
{
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &fixture->limit), 0);
}

static void tear_down(struct fixture *fixture)
{
	accept_guard_destroy(fixture->guard);
	evhttp_free(fixture->http);
	assert_int_equal(close(fixture->client), 0);
	loop_destroy(fixture->loop);
}

/* Asked once a turn, it is true after turns enough to try again and again. */
static bool have_turns_passed(void *arg)
{
	int *turns = arg;

	return ++*turns > 50;
}

static void test_accept_guard_rests_when_accept_fails(void **state)
{
	struct fixture fixture;
	struct log_capture log;
	int turns = 0;

	(void)state;
	log_capture_start(&log);
	set_up(&fixture);
	assert_true(loop_test_until(fixture.loop, have_turns_passed, &turns));
	give_descriptors(&fixture);
	log_capture_end(&log);
	assert_int_equal(log_capture_count(&log, "event=accept_failed"), 1);
	assert_non_null(strstr(log.text, "errno=\"Too many open files\""));
	tear_down(&fixture);
}

static bool is_accepted(void *arg)
{
	const struct fixture *fixture = arg;
	char bytes[64];

	/* Garbage is answered by closing or by 400. */
	return recv(fixture->client, bytes, sizeof(bytes), MSG_DONTWAIT) >= 0;
}

static void test_accept_guard_accepts_again_after_the_rest(void **state)
{
	struct fixture fixture;
	struct log_capture log;
	int turns = 0;

	(void)state;
	log_capture_start(&log);
	set_up(&fixture);
	assert_true(loop_test_until(fixture.loop, have_turns_passed, &turns));
	give_descriptors(&fixture);
	log_capture_end(&log);
	assert_int_equal(send(fixture.client, "x\r\n\r\n", 5, 0), 5);
	assert_true(loop_test_until(fixture.loop, is_accepted, &fixture));
	tear_down(&fixture);
}

static void test_accept_guard_destroy_while_resting_is_fine(void **state)
{
	struct fixture fixture;
	struct log_capture log;
	int turns = 0;

	(void)state;
	log_capture_start(&log);
	set_up(&fixture);
	assert_true(loop_test_until(fixture.loop, have_turns_passed, &turns));
	give_descriptors(&fixture);
	accept_guard_destroy(fixture.guard);
	fixture.guard = NULL;
	turns = 0;
	assert_true(loop_test_until(fixture.loop, have_turns_passed, &turns));
	log_capture_end(&log);
	assert_int_equal(log_capture_count(&log, "event=accept_failed"), 1);
	tear_down(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_accept_guard_rests_when_accept_fails),
	    cmocka_unit_test(test_accept_guard_accepts_again_after_the_rest),
	    cmocka_unit_test(test_accept_guard_destroy_while_resting_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
