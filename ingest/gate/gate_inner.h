#ifndef INGEST_GATE_GATE_INNER_H
#define INGEST_GATE_GATE_INNER_H

/* evhttp's side of a connection. */

#include "common/base/attr.h"

struct bufferevent;
struct evhttp_request;
struct gate;
struct gate_connection;

/* Never NULL: evhttp would make one itself, past the gate. */
MUST_USE struct bufferevent *gate_inner_create(struct gate *gate);

/* Takes from evhttp the socket that it has accepted; -1 when there is none. */
MUST_USE int gate_inner_take_socket(struct gate_connection *connection);

/* Has evhttp read a whole request: its head as it came or as it was rewritten,
 * its body. The handler gets it, and may answer, before this returns. */
void gate_inner_feed(struct gate_connection *connection);

/* Moves the answer to the socket. */
void gate_inner_send(struct gate_connection *connection);

/* Tells evhttp that its answer was written. It may be done with the connection
 * then (inner is NULL), or waits for the next request. */
void gate_inner_confirm(struct gate_connection *connection);

/* Has evhttp forget the connection. The socket must still be open: evhttp shuts
 * it down for writing. */
void gate_inner_end(struct gate_connection *connection);

/* For evhttp: a request. `arg` is the gate. */
void gate_inner_on_request(struct evhttp_request *request, void *arg);

#endif
