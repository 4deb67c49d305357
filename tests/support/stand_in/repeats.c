#include "tests/support/stand_in/repeats.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "common/base/mem.h"

enum {
	BUCKETS = 4096,
};

struct taken {
	struct taken *next;  /* in its bucket */
	struct taken *newer; /* by age */
	int64_t at_ms;
	unsigned char digest[SHA256_DIGEST_LENGTH];
};

struct repeats {
	int64_t window_ms;
	struct taken *oldest;
	struct taken *newest;
	struct taken *buckets[BUCKETS];
};

struct repeats *repeats_create(int64_t window_ms)
{
	struct repeats *repeats = xcalloc(1, sizeof(*repeats));

	repeats->window_ms = window_ms;
	return repeats;
}

static struct taken **bucket_of(
    struct repeats *repeats, const unsigned char *digest)
{
	return &repeats->buckets[(digest[0] | digest[1] << 8) % BUCKETS];
}

static void forget_oldest(struct repeats *repeats)
{
	struct taken *taken = repeats->oldest;
	struct taken **at = bucket_of(repeats, taken->digest);

	while (*at != taken) {
		at = &(*at)->next;
	}
	*at = taken->next;
	repeats->oldest = taken->newer;
	free(taken);
}

void repeats_destroy(struct repeats *repeats)
{
	if (repeats == NULL) {
		return;
	}
	while (repeats->oldest != NULL) {
		forget_oldest(repeats);
	}
	free(repeats);
}

static void remember(
    struct repeats *repeats, const unsigned char *digest, int64_t now_ms)
{
	struct taken *taken = xcalloc(1, sizeof(*taken));
	struct taken **bucket = bucket_of(repeats, digest);

	taken->at_ms = now_ms;
	memcpy(taken->digest, digest, sizeof(taken->digest));
	taken->next = *bucket;
	*bucket = taken;
	if (repeats->oldest == NULL) {
		repeats->oldest = taken;
	} else {
		repeats->newest->newer = taken;
	}
	repeats->newest = taken;
}

static void digest_json(const json_t *body, unsigned char *digest)
{
	char *text =
	    json_dumps(body, JSON_SORT_KEYS | JSON_COMPACT | JSON_ENCODE_ANY);

	(void)SHA256((const unsigned char *)text, strlen(text), digest);
	free(text);
}

bool repeats_take(struct repeats *repeats, const json_t *body, int64_t now_ms)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	struct taken *taken;

	while (repeats->oldest != NULL &&
	    now_ms - repeats->oldest->at_ms >= repeats->window_ms) {
		forget_oldest(repeats);
	}
	digest_json(body, digest);
	taken = *bucket_of(repeats, digest);
	for (; taken != NULL; taken = taken->next) {
		if (memcmp(taken->digest, digest, sizeof(digest)) == 0) {
			return true;
		}
	}
	remember(repeats, digest, now_ms);
	return false;
}
