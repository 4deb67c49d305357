#ifndef COMMON_JOB_IDENTITY_H
#define COMMON_JOB_IDENTITY_H

/*
 * Whose a job is, and which delivery it came with.
 *
 * The group is `u:`user, else `d:`device, else `i:`delivery id, else "i:#" and
 * the digest of the object in hex. Jobs of one group and destination are
 * delivered in order. Where the name would pass IDENTITY_GROUP_MAX bytes, the
 * value is replaced by `#` and its digest in hex; also where it begins with
 * `#`, so that no value can pass for the digest of another.
 *
 * The delivery id is `uuid`, else device_id + "/" + $insert_id; there may be
 * none (user updates).
 */

#include "common/base/attr.h"
#include "common/base/slice.h"
#include "common/base/strbuf.h"

#include <stddef.h>
#include <stdint.h>

enum {
	IDENTITY_DIGEST_BYTES = 16,
	IDENTITY_GROUP_MAX = 64,
};

/* msgpack of the members that say it; empty or nil where absent. A number
 * counts as its decimal text (5.0 as 5); other types count as absent, and so
 * do texts that are empty or blank. */
struct identity_members {
	struct slice user;
	struct slice device;
	struct slice uuid;
	struct slice insert_id;
};

/* Appends the group's name. `object` is what the digest of a nameless object is
 * made of. */
void identity_group(const struct identity_members *members, struct slice object,
    struct strbuf *out);

/* Appends the delivery id; nothing when there is none. */
void identity_delivery_id(
    const struct identity_members *members, struct strbuf *out);

/* The first 16 bytes of SHA-256: keyed by nothing, but nobody can make two
 * texts with the same one. */
void identity_digest(struct slice text, uint8_t digest[IDENTITY_DIGEST_BYTES]);

/* CRC-16/XMODEM, as Redis Cluster hashes keys. */
uint16_t identity_crc16(struct slice text);

/* The shard of a group, from 0 to shards - 1. */
int identity_shard(struct slice group, int shards);

#endif
