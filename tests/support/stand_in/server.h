#ifndef TESTS_SUPPORT_STAND_IN_SERVER_H
#define TESTS_SUPPORT_STAND_IN_SERVER_H

/*
 * The listener: HTTP, or HTTPS when it has a certificate. Hands each request
 * to the side endpoints or to an exchange.
 */

#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/err.h"

struct server;
struct stand_in;

struct server_options {
	const char *host;
	uint16_t port;	       /* 0: any that is free */
	const char *cert_path; /* PEM, the chain; NULL: plain HTTP */
	const char *key_path;
};

/* Listens. NULL and an error when it cannot. Caller frees with server_destroy,
 * after exchange_abandon_all. */
MUST_USE struct server *server_create(struct stand_in *stand_in,
    const struct server_options *options, struct err *err);

/* NULL is fine. */
void server_destroy(struct server *server);

uint16_t server_port(const struct server *server);

#endif
