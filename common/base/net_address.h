#ifndef COMMON_BASE_NET_ADDRESS_H
#define COMMON_BASE_NET_ADDRESS_H

/*
 * Addresses of IPv4 and IPv6, and blocks of them ("10.0.0.0/8", "::1"). An
 * IPv4 address that IPv6 carries (::ffff:10.0.0.1) is that IPv4 address. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/base/slice.h"

struct sockaddr;

enum {
	NET_ADDRESS_MAX = 46, /* of its text, with the NUL */
};

enum net_family {
	NET_NONE, /* zeroed: no address, as behind a Unix socket */
	NET_IPV4,
	NET_IPV6,
};

struct net_address {
	enum net_family family;
	uint8_t bytes[16]; /* in the order of the wire; 4 of IPv4 */
};

struct net_block {
	struct net_address address;
	int bits; /* that all its addresses begin with */
};

/* Digits only: no name, no brackets, no port, no zone. */
MUST_USE bool net_address_parse(struct slice text, struct net_address *address);

/* NET_NONE for another family. */
struct net_address net_address_of(const struct sockaddr *from);

/* As it is written commonly; "" for NET_NONE. */
void net_address_print(
    const struct net_address *address, char text[NET_ADDRESS_MAX]);

/* An address, or address/bits. The bits behind must be zero: what does not look
 * like the block that it is, is a mistake. */
MUST_USE bool net_block_parse(
    struct slice text, struct net_block *block, struct err *err);

/* Never for NET_NONE, nor across families. */
bool net_block_holds(
    const struct net_block *block, const struct net_address *address);

#endif
