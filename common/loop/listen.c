#include "common/loop/listen.h"

#include "common/base/slice.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	BACKLOG = 1024, /* the system may have a lower limit */
	HOST_MAX = 256, /* of a name in the DNS, with the NUL */
	PORT_MAX = 6,
	PORT_LAST = 65535,
};

struct address {
	struct sockaddr_un path; /* sun_family is AF_UNIX, or 0: */
	char host[HOST_MAX];
	char port[PORT_MAX];
};

static bool parse_path(
    const char *text, struct sockaddr_un *path, struct err *err)
{
	if (text[0] != '/') {
		err_set(err, "a socket's path begins with /");
		return false;
	}
	if (strlen(text) >= sizeof(path->sun_path)) {
		err_set(err, "a socket's path has at most %zu bytes",
		    sizeof(path->sun_path) - 1);
		return false;
	}
	path->sun_family = AF_UNIX;
	memcpy(path->sun_path, text, strlen(text) + 1);
	return true;
}

/* Without the brackets of an IPv6 address, which must have them. */
static bool parse_host(struct slice host, char out[HOST_MAX], struct err *err)
{
	bool is_bracketed = host.len >= 2 && host.data[0] == '[' &&
	    host.data[host.len - 1] == ']';

	if (is_bracketed) {
		host = slice_make(host.data + 1, host.len - 2);
	}
	if (host.len == 0 || host.len >= HOST_MAX) {
		err_set(err, "no host before the port");
		return false;
	}
	if (!is_bracketed && memchr(host.data, ':', host.len) != NULL) {
		err_set(err, "an IPv6 address is written [::1]:8080");
		return false;
	}
	memcpy(out, host.data, host.len);
	out[host.len] = '\0';
	return true;
}

static bool parse_address(
    const char *text, struct address *address, struct err *err)
{
	static const char unix_prefix[] = "unix:";
	const char *colon = strrchr(text, ':');
	int64_t port;

	*address = (struct address){.host = ""};
	if (slice_starts_with(slice_of(text), unix_prefix)) {
		return parse_path(
		    text + strlen(unix_prefix), &address->path, err);
	}
	if (colon == NULL || !slice_to_int64(slice_of(colon + 1), &port) ||
	    port < 0 || port > PORT_LAST) {
		err_set(err, "not host:port, [IPv6]:port or unix:/path");
		return false;
	}
	(void)snprintf(address->port, PORT_MAX, "%d", (int)port);
	return parse_host(
	    slice_make(text, (size_t)(colon - text)), address->host, err);
}

bool listen_check(const char *address, struct err *err)
{
	struct address parsed;

	if (!parse_address(address, &parsed, err)) {
		err_prefix(err, "%s", address);
		return false;
	}
	return true;
}

static void set_errno(struct err *err, const char *what)
{
	err_set(err, "%s: %s", what, strerror(errno));
}

static int open_socket(int family)
{
	return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* A socket file of a process that is gone. What else is in the way stays. */
static bool is_abandoned(const struct sockaddr_un *path)
{
	struct stat file;
	bool is_refused;
	int fd;

	if (lstat(path->sun_path, &file) != 0 || !S_ISSOCK(file.st_mode)) {
		return false;
	}
	fd = open_socket(AF_UNIX);
	if (fd < 0) {
		return false;
	}
	is_refused =
	    connect(fd, (const struct sockaddr *)path, sizeof(*path)) != 0 &&
	    errno == ECONNREFUSED;
	(void)close(fd);
	return is_refused;
}

static bool bind_path(int fd, const struct sockaddr_un *path)
{
	const struct sockaddr *address = (const struct sockaddr *)path;

	if (bind(fd, address, sizeof(*path)) == 0) {
		return true;
	}
	if (errno != EADDRINUSE) {
		return false;
	}
	if (!is_abandoned(path)) {
		errno = EADDRINUSE;
		return false;
	}
	return unlink(path->sun_path) == 0 &&
	    bind(fd, address, sizeof(*path)) == 0;
}

static int open_path(const struct sockaddr_un *path, struct err *err)
{
	int fd = open_socket(AF_UNIX);

	if (fd < 0) {
		set_errno(err, "socket");
		return -1;
	}
	if (!bind_path(fd, path)) {
		set_errno(err, "bind");
		(void)close(fd);
		return -1;
	}
	if (listen(fd, BACKLOG) != 0) {
		set_errno(err, "listen");
		(void)close(fd);
		return -1;
	}
	return fd;
}

static bool set_option(int fd, int option)
{
	int on = 1;

	return setsockopt(fd, SOL_SOCKET, option, &on, sizeof(on)) == 0;
}

static int open_found(
    const struct addrinfo *found, bool is_shared, struct err *err)
{
	int fd = open_socket(found->ai_family);

	if (fd < 0) {
		set_errno(err, "socket");
		return -1;
	}
	if (!set_option(fd, SO_REUSEADDR) ||
	    (is_shared && !set_option(fd, SO_REUSEPORT)) ||
	    bind(fd, found->ai_addr, found->ai_addrlen) != 0) {
		set_errno(err, "bind");
		(void)close(fd);
		return -1;
	}
	if (listen(fd, BACKLOG) != 0) {
		set_errno(err, "listen");
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* The first of the host's addresses that can be listened on. */
static int open_host(
    const struct address *address, bool is_shared, struct err *err)
{
	const struct addrinfo hints = {
	    .ai_family = AF_UNSPEC,
	    .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
	};
	struct addrinfo *all;
	int fd = -1;
	int status = getaddrinfo(address->host, address->port, &hints, &all);

	if (status != 0) {
		err_set(err, "look-up: %s", gai_strerror(status));
		return -1;
	}
	for (const struct addrinfo *found = all; found != NULL && fd < 0;
	     found = found->ai_next) {
		fd = open_found(found, is_shared, err);
	}
	freeaddrinfo(all);
	return fd;
}

static bool name_socket(
    int fd, const struct address *address, char name[LISTEN_NAME_MAX])
{
	struct sockaddr_storage bound;
	socklen_t len = sizeof(bound);
	char host[LISTEN_NAME_MAX - PORT_MAX - sizeof("[]:")];
	char port[PORT_MAX];

	if (address->path.sun_family == AF_UNIX) {
		(void)snprintf(
		    name, LISTEN_NAME_MAX, "unix:%s", address->path.sun_path);
		return true;
	}
	if (getsockname(fd, (struct sockaddr *)&bound, &len) != 0 ||
	    getnameinfo((struct sockaddr *)&bound, len, host, sizeof(host),
		port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
		return false;
	}
	(void)snprintf(name, LISTEN_NAME_MAX,
	    bound.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
	return true;
}

static int open_address(const char *address, bool is_shared,
    char name[LISTEN_NAME_MAX], struct err *err)
{
	struct address parsed;
	int fd = -1;

	if (parse_address(address, &parsed, err)) {
		fd = parsed.path.sun_family == AF_UNIX
		    ? open_path(&parsed.path, err)
		    : open_host(&parsed, is_shared, err);
	}
	if (fd >= 0 && !name_socket(fd, &parsed, name)) {
		err_set(err, "the socket has no name");
		(void)close(fd);
		fd = -1;
	}
	if (fd < 0) {
		err_prefix(err, "%s", address);
	}
	return fd;
}

int listen_open(
    const char *address, char name[LISTEN_NAME_MAX], struct err *err)
{
	return open_address(address, true, name, err);
}

int listen_open_alone(
    const char *address, char name[LISTEN_NAME_MAX], struct err *err)
{
	return open_address(address, false, name, err);
}
