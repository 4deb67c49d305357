#ifndef TESTS_SUPPORT_STAND_IN_HEADER_RULES_H
#define TESTS_SUPPORT_STAND_IN_HEADER_RULES_H

/*
 * The headers of a request: who asks, and in what media. Knows evhttp's
 * header lists and nothing else of a connection.
 */

#include <jansson.h>
#include <stdbool.h>

#include "tests/support/stand_in/refusal.h"

struct evkeyvalq;

/* What the headers must carry; NULL takes any that is not empty. */
struct header_secrets {
	const char *authorization; /* the whole value, with Basic */
	const char *access_key;
};

/* The api host: Authorization, Basic. 401. */
bool header_check_api(const struct evkeyvalq *headers,
    const struct header_secrets *secrets, struct refusal *refusal);

/* The mobile host: X-Reteno-Access-Key and X-Reteno-SDK-Version. 401, 400. */
bool header_check_mobile(const struct evkeyvalq *headers,
    const struct header_secrets *secrets, struct refusal *refusal);

/* JSON in, JSON out. 415, 406. */
bool header_check_media(
    const struct evkeyvalq *headers, struct refusal *refusal);

/* The headers worth keeping, their names in lower case, secrets masked.
 * Caller frees with json_decref(). */
json_t *header_describe(const struct evkeyvalq *headers);

#endif
