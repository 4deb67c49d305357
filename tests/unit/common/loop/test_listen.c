#include "common/loop/listen.h"

#include "common/base/mem.h"
#include "tests/unit/cmocka_test.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct fixture {
	char folder[32];
	char address[64]; /* unix:FOLDER/socket */
	char name[LISTEN_NAME_MAX];
	struct err err;
};

static const char *path_of(const struct fixture *fixture)
{
	return fixture->address + strlen("unix:");
}

static int set_up(void **state)
{
	static const char template[] = "/tmp/relay-listen-XXXXXX";
	struct fixture *fixture = xcalloc(1, sizeof(*fixture));

	memcpy(fixture->folder, template, sizeof(template));
	assert_non_null(mkdtemp(fixture->folder));
	(void)snprintf(fixture->address, sizeof(fixture->address),
	    "unix:%s/socket", fixture->folder);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	(void)unlink(path_of(fixture));
	assert_int_equal(rmdir(fixture->folder), 0);
	free(fixture);
	return 0;
}

static int open_shared(struct fixture *fixture, const char *address)
{
	return listen_open(address, fixture->name, &fixture->err);
}

static void assert_listens(int fd)
{
	int value = 0;
	socklen_t len = sizeof(value);

	assert_true(fd >= 0);
	assert_int_equal(
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &len), 0);
	assert_int_equal(value, 1);
	assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
	assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	/* Nobody is there, and it does not wait for him. */
	assert_int_equal(accept(fd, NULL, NULL), -1);
	assert_int_equal(errno, EAGAIN);
}

static void test_listen_port_zero_takes_a_free_port_and_names_it(void **state)
{
	struct fixture *fixture = *state;
	int fd = open_shared(fixture, "127.0.0.1:0");
	struct sockaddr_in bound;
	socklen_t len = sizeof(bound);
	char expected[LISTEN_NAME_MAX];

	assert_listens(fd);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&bound, &len), 0);
	(void)snprintf(
	    expected, sizeof(expected), "127.0.0.1:%d", ntohs(bound.sin_port));
	assert_string_equal(fixture->name, expected);
	assert_string_not_equal(fixture->name, "127.0.0.1:0");
	assert_int_equal(close(fd), 0);
}

static void test_listen_ipv6_is_named_in_brackets(void **state)
{
	struct fixture *fixture = *state;
	int probe = socket(AF_INET6, SOCK_STREAM, 0);
	struct sockaddr_in6 loopback = {
	    .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	int fd;

	if (probe < 0 ||
	    bind(probe, (struct sockaddr *)&loopback, sizeof(loopback)) != 0) {
		(void)close(probe);
		skip();
	}
	(void)close(probe);
	fd = open_shared(fixture, "[::1]:0");
	assert_listens(fd);
	assert_memory_equal(fixture->name, "[::1]:", 6);
	assert_int_equal(close(fd), 0);
}

static void test_listen_name_of_a_host_is_looked_up(void **state)
{
	struct fixture *fixture = *state;
	int fd = open_shared(fixture, "localhost:0");

	assert_listens(fd);
	assert_int_equal(close(fd), 0);
}

static void test_listen_shared_port_is_taken_by_two(void **state)
{
	struct fixture *fixture = *state;
	int first = open_shared(fixture, "127.0.0.1:0");
	char address[LISTEN_NAME_MAX];
	int second;

	memcpy(address, fixture->name, sizeof(address));
	second = open_shared(fixture, address);
	assert_listens(first);
	assert_listens(second);
	assert_string_equal(fixture->name, address);
	assert_int_equal(close(first), 0);
	assert_int_equal(close(second), 0);
}

static void test_listen_alone_refuses_a_port_that_is_taken(void **state)
{
	struct fixture *fixture = *state;
	int first =
	    listen_open_alone("127.0.0.1:0", fixture->name, &fixture->err);
	char address[LISTEN_NAME_MAX];

	assert_listens(first);
	memcpy(address, fixture->name, sizeof(address));
	assert_int_equal(
	    listen_open_alone(address, fixture->name, &fixture->err), -1);
	assert_non_null(strstr(fixture->err.text, address));
	assert_non_null(strstr(fixture->err.text, strerror(EADDRINUSE)));
	assert_int_equal(close(first), 0);
}

static void test_listen_unix_socket_takes_connections(void **state)
{
	struct fixture *fixture = *state;
	int fd = open_shared(fixture, fixture->address);
	struct sockaddr_un path = {.sun_family = AF_UNIX};
	int client = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_listens(fd);
	assert_string_equal(fixture->name, fixture->address);
	memcpy(path.sun_path, path_of(fixture), strlen(path_of(fixture)) + 1);
	assert_int_equal(
	    connect(client, (struct sockaddr *)&path, sizeof(path)), 0);
	assert_int_equal(close(client), 0);
	assert_int_equal(close(fd), 0);
}

static void test_listen_abandoned_socket_file_is_replaced(void **state)
{
	struct fixture *fixture = *state;
	int fd = open_shared(fixture, fixture->address);

	assert_int_equal(close(fd), 0);
	assert_int_equal(access(path_of(fixture), F_OK), 0);
	fd = open_shared(fixture, fixture->address);
	assert_listens(fd);
	assert_int_equal(close(fd), 0);
}

static void test_listen_live_socket_file_is_an_error(void **state)
{
	struct fixture *fixture = *state;
	int fd = open_shared(fixture, fixture->address);
	char other[LISTEN_NAME_MAX];

	assert_int_equal(
	    listen_open(fixture->address, other, &fixture->err), -1);
	assert_non_null(strstr(fixture->err.text, fixture->address));
	assert_non_null(strstr(fixture->err.text, strerror(EADDRINUSE)));
	/* The first is still served. */
	assert_int_equal(access(path_of(fixture), F_OK), 0);
	assert_int_equal(close(fd), 0);
}

static void test_listen_file_that_is_no_socket_is_left_alone(void **state)
{
	struct fixture *fixture = *state;
	int file = open(path_of(fixture), O_CREAT | O_WRONLY, 0600);
	struct stat found;

	assert_true(file >= 0);
	assert_int_equal(close(file), 0);
	assert_int_equal(open_shared(fixture, fixture->address), -1);
	assert_int_equal(stat(path_of(fixture), &found), 0);
	assert_true(S_ISREG(found.st_mode));
}

static void test_listen_missing_folder_is_an_error(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(
	    open_shared(fixture, "unix:/nonexistent/folder/socket"), -1);
	assert_non_null(strstr(fixture->err.text, strerror(ENOENT)));
}

static void test_listen_address_of_another_machine_is_an_error(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(open_shared(fixture, "192.0.2.1:0"), -1);
	assert_non_null(strstr(fixture->err.text, "192.0.2.1:0"));
}

static void test_listen_check_takes_addresses(void **state)
{
	static const char *const addresses[] = {"127.0.0.1:8080", "[::1]:0",
	    "0.0.0.0:65535", "some.host:80", "unix:/run/relay.sock"};
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
		assert_true(listen_check(addresses[i], &err));
	}
}

static void test_listen_check_refuses_what_is_no_address(void **state)
{
	static const char *const texts[] = {"", ":", ":80", "host",
	    "host:", "host:http", "host:65536", "host:-1", "host:+1", "::1:80",
	    "[]:80", "unix:", "unix:relative", "8080"};
	struct fixture *fixture = *state;
	char long_path[200] = "unix:/";

	memset(long_path + 6, 'x', 150);
	assert_false(listen_check(long_path, &fixture->err));
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		fixture->err.text[0] = '\0';
		assert_false(listen_check(texts[i], &fixture->err));
		assert_int_equal(open_shared(fixture, texts[i]), -1);
		assert_non_null(strstr(fixture->err.text, texts[i]));
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(test_listen_port_zero_takes_a_free_port_and_names_it),
	    TEST(test_listen_ipv6_is_named_in_brackets),
	    TEST(test_listen_name_of_a_host_is_looked_up),
	    TEST(test_listen_shared_port_is_taken_by_two),
	    TEST(test_listen_alone_refuses_a_port_that_is_taken),
	    TEST(test_listen_unix_socket_takes_connections),
	    TEST(test_listen_abandoned_socket_file_is_replaced),
	    TEST(test_listen_live_socket_file_is_an_error),
	    TEST(test_listen_file_that_is_no_socket_is_left_alone),
	    TEST(test_listen_missing_folder_is_an_error),
	    TEST(test_listen_address_of_another_machine_is_an_error),
	    TEST(test_listen_check_takes_addresses),
	    TEST(test_listen_check_refuses_what_is_no_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
