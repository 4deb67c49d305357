#ifndef COMMON_LOOP_LISTEN_H
#define COMMON_LOOP_LISTEN_H

/*
 * Listening sockets. An address is "127.0.0.1:8080", "[::1]:8080",
 * "host:port" or "unix:/path"; port 0 takes a free one.
 */

#include "common/base/attr.h"
#include "common/base/err.h"

#include <stdbool.h>

enum {
	LISTEN_NAME_MAX = 128,
};

/* A non-blocking listening socket with SO_REUSEPORT (processes of one user
 * share a port, and the kernel deals out the connections), and in `name` the
 * address it got, as above. -1 with a reason that names the address. A socket
 * file is never shared: an old one that nobody serves is replaced, another is
 * an error. Caller closes. Looks up names, which blocks: for the start of a
 * process. */
MUST_USE int listen_open(
    const char *address, char name[LISTEN_NAME_MAX], struct err *err);

/* The same for a port that means one process: if it is taken, that is an
 * error. */
MUST_USE int listen_open_alone(
    const char *address, char name[LISTEN_NAME_MAX], struct err *err);

/* Whether the text is an address at all, for checking a configuration. Looks up
 * nothing. */
MUST_USE bool listen_check(const char *address, struct err *err);

#endif
