#include "tests/support/stand_in/repeats.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "common/base/list.h"
#include "common/base/mem.h"

enum {
	BUCKETS = 4096,
};

struct taken {
	struct list_link by_age;
	struct taken *next; /* in its bucket */
	int64_t at_ms;
	unsigned char digest[SHA256_DIGEST_LENGTH];
};

struct repeats {
	int64_t window_ms;
	struct list by_age; /* oldest first */
	struct taken *buckets[BUCKETS];
};

struct repeats *repeats_create(int64_t window_ms)
{
	struct repeats *repeats = xcalloc(1, sizeof(*repeats));

	repeats->window_ms = window_ms;
	list_init(&repeats->by_age);
	return repeats;
}

static struct taken **bucket_of(
    struct repeats *repeats, const unsigned char *digest)
{
	return &repeats->buckets[(digest[0] | digest[1] << 8) % BUCKETS];
}

static void forget(struct repeats *repeats, struct taken *taken)
{
	struct taken **at = bucket_of(repeats, taken->digest);

	while (*at != taken) {
		at = &(*at)->next;
	}
	*at = taken->next;
	list_remove(&taken->by_age);
	free(taken);
}

static struct taken *oldest(struct repeats *repeats)
{
	struct list_link *link = list_first(&repeats->by_age);

	return link == NULL ? NULL : LIST_MEMBER(link, struct taken, by_age);
}

void repeats_destroy(struct repeats *repeats)
{
	struct taken *taken;

	if (repeats == NULL) {
		return;
	}
	while ((taken = oldest(repeats)) != NULL) {
		forget(repeats, taken);
	}
	free(repeats);
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
	struct taken **bucket;
	struct taken *taken;

	while ((taken = oldest(repeats)) != NULL &&
	    now_ms - taken->at_ms >= repeats->window_ms) {
		forget(repeats, taken);
	}
	digest_json(body, digest);
	bucket = bucket_of(repeats, digest);
	for (taken = *bucket; taken != NULL; taken = taken->next) {
		if (memcmp(taken->digest, digest, sizeof(digest)) == 0) {
			return true;
		}
	}
	taken = xcalloc(1, sizeof(*taken));
	taken->at_ms = now_ms;
	memcpy(taken->digest, digest, sizeof(digest));
	taken->next = *bucket;
	*bucket = taken;
	list_push_back(&repeats->by_age, &taken->by_age);
	return false;
}
