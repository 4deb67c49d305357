#ifndef DISPATCHER_HTTP_HTTP_CLIENT_H
#define DISPATCHER_HTTP_HTTP_CLIENT_H

/*
 * HTTP calls to one destination: libcurl's multi interface on our loop. Each
 * destination has a client of its own, and so its own pool of connections: a
 * slow one cannot take another's, and their TLS settings do not mix.
 *
 * It sends and tells; it does not judge (http_outcome.h) and does not repeat
 * (retry.h). Redirects are never followed: an API that moves is a configuration
 * to mend, and headers with keys would go along. HTTP/1.1, because HTTP/2 puts
 * all calls on one connection, where one stall stops them all: it may come with
 * measurements. Proxies are taken from the environment as curl does.
 *
 * One exception to "does not repeat": when a kept connection is closed by the
 * server before a byte of the answer came, libcurl sends the request again on a
 * new connection, POST too (lib/transfer.c, Curl_retry_request; there is no
 * option against it). Nearly always the server had closed it before it read the
 * request. It is why `delivered` means at least once.
 *
 * Single-threaded, not from inside its own callbacks to http_client_destroy.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/base/slice.h"

struct http_call;
struct http_client;
struct loop;

struct http_header {
	const char *name;
	const char *value;
};

/* All texts are copied. */
struct http_options {
	const char *url;
	const char *method;
	const struct http_header *headers; /* over our own of the same name */
	size_t header_count;
	const char *ca_file; /* trusted instead of the system's; "" or NULL:
			      * the system's */
	int64_t connect_timeout_ms;
	int64_t timeout_ms; /* of the whole call */
	size_t max_connections;
	size_t max_response_bytes; /* more is counted and dropped */
};

struct http_result {
	bool was_sent;		/* at least the first byte of the request */
	bool is_complete;	/* a whole answer came */
	int status;		/* 0: none came */
	struct slice body;	/* what was kept of the answer's. Borrowed */
	size_t body_bytes;	/* how much came */
	int64_t retry_after_ms; /* -1: not said */
	int64_t took_ms;
	const char *error; /* where not is_complete, for people. Borrowed; ""
			    * else */
};

typedef void (*http_cb)(void *arg, const struct http_result *result);

/* NULL when a header or the CA file cannot be used. Caller destroys. */
MUST_USE struct http_client *http_client_create(
    struct loop *loop, const struct http_options *options, struct err *err);

/* Ends all calls (their callbacks come from inside this), closes all
 * connections. NULL is fine. */
void http_client_destroy(struct http_client *client);

/* Sends `body`, which is borrowed until the callback. It comes exactly once,
 * never before this returns. The call is the client's, and gone when its
 * callback is. */
struct http_call *http_send(
    struct http_client *client, struct slice body, http_cb cb, void *arg);

/* Ends a call early, one whose callback is still to come: it does at the end of
 * this turn of the loop, with is_complete false. Twice is fine. */
void http_cancel(struct http_call *call);

/* Calls whose callback is still to come. */
size_t http_client_calls(const struct http_client *client);

#endif
