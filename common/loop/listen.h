#ifndef COMMON_LOOP_LISTEN_H
#define COMMON_LOOP_LISTEN_H

/*
 * Listening sockets. An address is "127.0.0.1:8080", "[::1]:8080",
 * "host:port" or "unix:/path"; port 0 takes a free one.
 */

#include <stdbool.h>

#include "common/base/attr.h"
#include "common/base/err.h"

enum {
	LISTEN_NAME_MAX = 128,
};

/* A non-blocking listening socket with SO_REUSEPORT, and in `name` the address
 * it got, as above. -1 with a reason that names the address. An old socket file
 * that nobody serves is replaced. Caller closes. */
MUST_USE int listen_open(
    const char *address, char name[LISTEN_NAME_MAX], struct err *err);

/* Whether the text is an address at all, for checking a configuration. */
MUST_USE bool listen_check(const char *address, struct err *err);

#endif
