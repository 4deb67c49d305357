#ifndef TESTS_SUPPORT_STAND_IN_BREAKAGE_H
#define TESTS_SUPPORT_STAND_IN_BREAKAGE_H

/*
 * What is done to a connection instead of answering on it.
 */

#include "common/base/slice.h"

struct evhttp_connection;
struct evhttp_request;

enum breakage {
	BREAKAGE_NONE,
	BREAKAGE_HANG,	  /* nothing, until the client has enough of it */
	BREAKAGE_RESET,	  /* RST */
	BREAKAGE_CLOSE,	  /* an orderly end without an octet */
	BREAKAGE_GARBAGE, /* octets that are not HTTP, and the end */
	BREAKAGE_HALF,	  /* half of the answer, and the end */
};

/* NULL for BREAKAGE_NONE. */
const char *breakage_name(enum breakage breakage);

/* BREAKAGE_NONE when there is none of that name. */
enum breakage breakage_of_name(struct slice name);

/* The connection is gone, and the request with it. */
typedef void (*breakage_done_cb)(void *arg);

struct broken {
	breakage_done_cb done; /* the caller sets these two */
	void *arg;
	struct evhttp_connection *connection;
};

/* Takes the request, which is whole and not answered, and its connection.
 * `half` is what BREAKAGE_HALF writes; it is copied. Calls broken->done once,
 * before returning or later; *broken lives until then, or until the server is
 * gone. Not to be called from evhttp's request callback, which goes on using
 * the connection. */
void breakage_play(struct broken *broken, enum breakage breakage,
    struct evhttp_request *request, struct slice half);

#endif
