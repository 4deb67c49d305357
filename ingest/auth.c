#include "ingest/auth.h"

#include "common/base/mem.h"
#include "common/base/slice.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <stdbool.h>
#include <stdlib.h>

struct digest {
	unsigned char bytes[SHA256_DIGEST_LENGTH];
};

struct auth {
	char *header;
	bool may_be_bearer;
	struct digest *secrets;
	size_t secret_count;
};

static struct digest digest_of(struct slice text)
{
	struct digest digest;

	(void)SHA256(
	    (const unsigned char *)(text.data != NULL ? text.data : ""),
	    text.len, digest.bytes);
	return digest;
}

struct auth *auth_create(
    const char *header, char *const *secrets, size_t secret_count)
{
	struct auth *auth = xcalloc(1, sizeof(*auth));

	auth->header = xstrdup(header);
	auth->may_be_bearer = slice_equal_ignoring_case(
	    slice_of(header), SLICE_LITERAL("Authorization"));
	auth->secrets = xcalloc(secret_count + 1, sizeof(*auth->secrets));
	auth->secret_count = secret_count;
	for (size_t i = 0; i < secret_count; i++) {
		auth->secrets[i] = digest_of(slice_of(secrets[i]));
	}
	return auth;
}

void auth_destroy(struct auth *auth)
{
	if (auth == NULL) {
		return;
	}
	free(auth->secrets);
	free(auth->header);
	free(auth);
}

const char *auth_header(const struct auth *auth)
{
	return auth->header;
}

/* Compares with every secret, whatever the first ones say. */
static bool is_secret(const struct auth *auth, struct slice value)
{
	struct digest digest = digest_of(value);
	int found = 0;

	for (size_t i = 0; i < auth->secret_count; i++) {
		int differs = CRYPTO_memcmp(
		    digest.bytes, auth->secrets[i].bytes, sizeof(digest.bytes));

		found |= differs == 0;
	}
	return found != 0;
}

/* What follows `Bearer `, the scheme in any case; empty when it is not one. */
static struct slice bearer_token(struct slice value)
{
	struct slice scheme = SLICE_LITERAL("Bearer ");

	if (value.len < scheme.len ||
	    !slice_equal_ignoring_case(
		slice_make(value.data, scheme.len), scheme)) {
		return slice_make(NULL, 0);
	}
	return slice_trim(slice_from(value, scheme.len));
}

enum auth_verdict auth_check(const struct auth *auth, struct slice value)
{
	struct slice given = slice_trim(value);
	bool is_right;

	if (given.len == 0) {
		return AUTH_MISSING;
	}
	is_right = is_secret(auth, given);
	if (auth->may_be_bearer) {
		struct slice token = bearer_token(given);

		is_right |= token.len > 0 && is_secret(auth, token);
	}
	return is_right ? AUTH_OK : AUTH_WRONG;
}
