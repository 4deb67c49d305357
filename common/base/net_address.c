#include "common/base/net_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

enum {
	IPV4_BYTES = 4,
	IPV6_BYTES = 16,
	MAPPED_BYTES = 12, /* of ::ffff:0:0/96, before the IPv4 address */
};

static struct net_address make(enum net_family family, const void *bytes)
{
	struct net_address address = {.family = family};

	memcpy(
	    address.bytes, bytes, family == NET_IPV4 ? IPV4_BYTES : IPV6_BYTES);
	return address;
}

static struct net_address make_ipv6(const uint8_t *bytes)
{
	static const uint8_t mapped[MAPPED_BYTES] = {[10] = 0xff, [11] = 0xff};

	if (memcmp(bytes, mapped, MAPPED_BYTES) == 0) {
		return make(NET_IPV4, bytes + MAPPED_BYTES);
	}
	return make(NET_IPV6, bytes);
}

bool net_address_parse(struct slice text, struct net_address *address)
{
	char copy[NET_ADDRESS_MAX];
	uint8_t bytes[IPV6_BYTES];

	if (text.len == 0 || text.len >= sizeof(copy) ||
	    memchr(text.data, '\0', text.len) != NULL) {
		return false;
	}
	memcpy(copy, text.data, text.len);
	copy[text.len] = '\0';
	if (inet_pton(AF_INET, copy, bytes) == 1) {
		*address = make(NET_IPV4, bytes);
		return true;
	}
	if (inet_pton(AF_INET6, copy, bytes) == 1) {
		*address = make_ipv6(bytes);
		return true;
	}
	return false;
}

struct net_address net_address_of(const struct sockaddr *from)
{
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;

	switch (from->sa_family) {
	case AF_INET:
		memcpy(&ipv4, from, sizeof(ipv4));
		return make(NET_IPV4, &ipv4.sin_addr);
	case AF_INET6:
		memcpy(&ipv6, from, sizeof(ipv6));
		return make_ipv6(ipv6.sin6_addr.s6_addr);
	default:
		return (struct net_address){.family = NET_NONE};
	}
}

void net_address_print(
    const struct net_address *address, char text[NET_ADDRESS_MAX])
{
	text[0] = '\0';
	if (address->family != NET_NONE) {
		(void)inet_ntop(
		    address->family == NET_IPV4 ? AF_INET : AF_INET6,
		    address->bytes, text, NET_ADDRESS_MAX);
	}
}

static int bits_of(enum net_family family)
{
	return 8 * (family == NET_IPV4 ? IPV4_BYTES : IPV6_BYTES);
}

/* The first `bits` of both. */
static bool agree(const uint8_t *a, const uint8_t *b, int bits)
{
	size_t whole = (size_t)bits / 8;
	int rest = bits % 8;

	return memcmp(a, b, whole) == 0 &&
	    (rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

static bool ends_in_zeros(const struct net_block *block)
{
	for (int bit = block->bits; bit < bits_of(block->address.family);
	     bit++) {
		if ((block->address.bytes[bit / 8] & 0x80 >> bit % 8) != 0) {
			return false;
		}
	}
	return true;
}

static bool parse_block(struct slice text, struct net_block *block)
{
	const char *slash =
	    text.len > 0 ? memchr(text.data, '/', text.len) : NULL;
	struct slice address = text;
	int64_t bits;

	if (slash != NULL) {
		address.len = (size_t)(slash - text.data);
	}
	if (!net_address_parse(address, &block->address)) {
		return false;
	}
	bits = bits_of(block->address.family);
	if (slash != NULL &&
	    (!slice_to_int64(slice_from(text, address.len + 1), &bits) ||
		bits < 0 || bits > bits_of(block->address.family))) {
		return false;
	}
	block->bits = (int)bits;
	return true;
}

bool net_block_parse(
    struct slice text, struct net_block *block, struct err *err)
{
	if (!parse_block(text, block)) {
		err_set(err,
		    "not an address or a block of them, as 10.0.0.0/8 or ::1");
		return false;
	}
	if (!ends_in_zeros(block)) {
		err_set(
		    err, "the address has bits behind its /%d", block->bits);
		return false;
	}
	return true;
}

bool net_block_holds(
    const struct net_block *block, const struct net_address *address)
{
	return address->family != NET_NONE &&
	    address->family == block->address.family &&
	    agree(address->bytes, block->address.bytes, block->bits);
}
