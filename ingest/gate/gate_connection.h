#ifndef INGEST_GATE_GATE_CONNECTION_H
#define INGEST_GATE_GATE_CONNECTION_H

/*
 * A client's connection, as the gate's handler sees it. A request has two
 * sides: the handler's own, made of its head, and evhttp's, which follows when
 * all of it is there:
 *
 *	on_head ──▶ the handler's request; does it await the body?
 *	   │
 *	   ├─▶ on_request: with evhttp's. The handler answers by evhttp, now or
 *	   │        later, and then calls gate_connection_answered, once
 *	   ├─▶ on_fault: this is no request; writes the answer, and that was it
 *	   └─▶ on_gone: the client went before it was whole
 *
 * Each of on_request, on_fault and on_gone takes the handler's request. A body
 * that is not awaited is not read: evhttp's request has none then, and what the
 * client sends of it is thrown away. A client that goes after on_request is not
 * told of: the answer is dropped then.
 */

#include <stdbool.h>

#include "common/base/net_address.h"
#include "common/base/strbuf.h"
#include "ingest/gate/http_head.h"

struct evhttp_request;
struct gate_connection;

struct gate_handler {
	/* Never NULL. */
	void *(*on_head)(void *arg, struct gate_connection *connection,
	    const struct http_head *head, bool *awaits_body);

	void (*on_request)(
	    void *arg, void *request, struct evhttp_request *from_evhttp);

	/* Appends a whole answer with the fault's status, that closes the
	 * connection. `request` is NULL when it went wrong before on_head. */
	void (*on_fault)(void *arg, struct gate_connection *connection,
	    void *request, const struct http_fault *fault,
	    struct strbuf *answer);

	void (*on_gone)(void *arg, void *request);
	void *arg;
};

/* evhttp has the answer. The connection is not to be touched any more. */
void gate_connection_answered(struct gate_connection *connection);

/* Who is at the other end; NET_NONE for a Unix socket. Borrowed. */
const struct net_address *gate_connection_peer(
    const struct gate_connection *connection);

#endif
