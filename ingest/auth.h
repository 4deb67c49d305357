#ifndef INGEST_AUTH_H
#define INGEST_AUTH_H

/*
 * The shared secret a webhook carries in a header. Several may be in force at
 * once, so that a secret can be changed without losing a request: add the new
 * one, enter it in Amplitude, take the old one away.
 *
 * Digests are compared, never the texts, and always all of them: how long an
 * answer takes tells nothing about a secret, not even its length. Pure; no
 * secret is kept beyond its digest.
 */

#include <stddef.h>

#include "common/base/attr.h"
#include "common/base/slice.h"

struct auth;

enum auth_verdict {
	AUTH_OK,
	AUTH_MISSING, /* no such header, or an empty one */
	AUTH_WRONG,
};

/*
 * `header` is the name of the header; all is copied. In Authorization a secret
 * may stand by itself or as `Bearer <secret>`. Without secrets nothing opens.
 * Caller destroys with auth_destroy.
 */
MUST_USE struct auth *auth_create(
    const char *header, char *const *secrets, size_t secret_count);

/* NULL is fine. */
void auth_destroy(struct auth *auth);

/* The name of the header. Borrowed. */
const char *auth_header(const struct auth *auth);

/* `value` is the header's, empty when the request has none. */
MUST_USE enum auth_verdict auth_check(
    const struct auth *auth, struct slice value);

#endif
