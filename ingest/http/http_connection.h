#ifndef INGEST_HTTP_HTTP_CONNECTION_H
#define INGEST_HTTP_HTTP_CONNECTION_H

/*
 * A client's connection, as its server's handler sees it:
 *
 *	on_head ──NULL: answered already──────────────────────────▶ next head
 *	   │ a request of the handler's
 *	   ├─▶ on_body ──▶ http_connection_answer, now or later ──▶ next head
 *	   ├─▶ on_fault: the body is none; answers at once ───────▶ the end
 *	   └─▶ on_gone: the client went before its body was whole
 *
 * Each of on_body, on_fault and on_gone takes the request. A client that goes
 * after on_body is not told of: the answer is dropped then.
 */

#include "common/base/net_address.h"
#include "common/base/slice.h"
#include "ingest/http/http_answer.h"
#include "ingest/http/http_head.h"

struct http_connection;

struct http_handler {
	/* A head has come. Returns a request of the handler's own, to be given
	 * its body; or answers, and returns NULL. */
	void *(*on_head)(void *arg, struct http_connection *connection,
	    const struct http_head *head);

	/* The whole body, borrowed. */
	void (*on_body)(void *arg, void *request, struct slice body);

	/* This is no request, or none that is taken: to be answered at once,
	 * with the fault's status. `request` is NULL when it went wrong before
	 * on_head returned one. */
	void (*on_fault)(void *arg, struct http_connection *connection,
	    void *request, const struct http_fault *fault);

	void (*on_gone)(void *arg, void *request);
	void *arg;
};

/* Sends the answer to the request at hand, once. Whether the connection is kept
 * is for the connection to decide, unless the answer closes it. All is
 * borrowed; the connection is not to be touched any more. */
void http_connection_answer(
    struct http_connection *connection, const struct http_answer *answer);

/* Who is at the other end; NET_NONE for a Unix socket. Borrowed. */
const struct net_address *http_connection_peer(
    const struct http_connection *connection);

#endif
