#ifndef INGEST_CONNECTION_H
#define INGEST_CONNECTION_H

/*
 * A client's connection, as evhttp's bufferevent callback makes it: bounded in
 * what it reads ahead, and with a look at what passes through. evhttp answers
 * some requests by itself, with a page of HTML: what is not HTTP (400), a body
 * far over the limit (413), an unknown Expect (417). This is how we hear of it,
 * and say it in our own words.
 */

#include "common/base/attr.h"
#include "common/base/strbuf.h"

#include <stddef.h>

struct bufferevent;
struct evbuffer;
struct event_base;

/* Outlives the connections. */
struct connection_watch {
	size_t max_input_bytes; /* unread by evhttp: headers and body */
	void (*on_input)(void *arg);

	/* The first line of an answer was written. If it is evhttp's own,
	 * appends the whole answer to send in its place. */
	void (*on_answer)(void *arg, int status, struct strbuf *instead);
	void *arg;

	/* private */
	struct strbuf instead;
	struct evbuffer *page; /* where evhttp's page is to come; NULL: none */
};

void connection_watch_init(struct connection_watch *watch);

/* A zeroed watch is fine. */
void connection_watch_finish(struct connection_watch *watch);

/* For evhttp_set_bevcb; `watch` is the struct above, borrowed. evhttp takes
 * the result. NULL when there is no memory. */
MUST_USE struct bufferevent *connection_create(
    struct event_base *base, void *watch);

#endif
