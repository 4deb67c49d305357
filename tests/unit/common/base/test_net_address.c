#include "tests/unit/cmocka_test.h"

#include "common/base/net_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

static struct net_address address_of(const char *text)
{
	struct net_address address;

	if (!net_address_parse(slice_of(text), &address)) {
		fail_msg("no address: %s", text);
	}
	return address;
}

static struct net_block block_of(const char *text)
{
	struct net_block block;
	struct err err;

	if (!net_block_parse(slice_of(text), &block, &err)) {
		fail_msg("no block: %s", text);
	}
	return block;
}

static bool holds(const char *block_text, const char *address_text)
{
	struct net_block block = block_of(block_text);
	struct net_address address = address_of(address_text);

	return net_block_holds(&block, &address);
}

static void test_net_address_is_printed_as_it_is_common(void **state)
{
	static const struct {
		const char *text;
		const char *printed;
	} cases[] = {
	    {"10.1.2.3", "10.1.2.3"},
	    {"::1", "::1"},
	    {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
	    {"::ffff:10.1.2.3", "10.1.2.3"},
	    {"::FFFF:0a01:0203", "10.1.2.3"},
	};

	char text[NET_ADDRESS_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct net_address address = address_of(cases[i].text);

		net_address_print(&address, text);
		assert_string_equal(text, cases[i].printed);
	}
	net_address_print(&(struct net_address){.family = NET_NONE}, text);
	assert_string_equal(text, "");
}

static void test_net_address_of_other_text_is_none(void **state)
{
	static const char *const cases[] = {"", " ", "10.1.2", "10.1.2.3.4",
	    "10.1.2.256", "010.1.2.3", "10.1.2.3:80", "[::1]", "::1%lo",
	    "fe80::1%eth0", "localhost", "1", ":::", "10.1.2.3 ",
	    "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"};
	struct net_address address;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (net_address_parse(slice_of(cases[i]), &address)) {
			fail_msg("an address: %s", cases[i]);
		}
	}
	assert_false(net_address_parse(slice_make("10.1.2.3\0", 9), &address));
}

static void test_net_address_of_a_socket(void **state)
{
	struct sockaddr_in ipv4 = {.sin_family = AF_INET};
	struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6};
	struct sockaddr_un path = {.sun_family = AF_UNIX};
	struct net_address wanted = address_of("10.1.2.3");
	struct net_address found;

	(void)state;
	assert_int_equal(inet_pton(AF_INET, "10.1.2.3", &ipv4.sin_addr), 1);
	found = net_address_of((struct sockaddr *)&ipv4);
	assert_memory_equal(&found, &wanted, sizeof(found));
	assert_int_equal(
	    inet_pton(AF_INET6, "::ffff:10.1.2.3", &ipv6.sin6_addr), 1);
	found = net_address_of((struct sockaddr *)&ipv6);
	assert_memory_equal(&found, &wanted, sizeof(found));
	found = net_address_of((struct sockaddr *)&path);
	assert_int_equal(found.family, NET_NONE);
}

static void test_net_block_holds_what_begins_alike(void **state)
{
	struct net_block all = block_of("0.0.0.0/0");
	struct net_address none = {.family = NET_NONE};

	(void)state;
	assert_true(holds("10.0.0.0/8", "10.255.0.1"));
	assert_false(holds("10.0.0.0/8", "11.0.0.1"));
	assert_true(holds("10.0.0.0/9", "10.127.0.1"));
	assert_false(holds("10.0.0.0/9", "10.128.0.1"));
	assert_true(holds("10.1.2.3", "10.1.2.3"));
	assert_false(holds("10.1.2.3", "10.1.2.2"));
	assert_false(holds("10.1.2.2/31", "10.1.2.1"));
	assert_true(holds("0.0.0.0/0", "255.255.255.255"));
	assert_true(holds("2001:db8::/33", "2001:db8:7fff::1"));
	assert_false(holds("2001:db8::/33", "2001:db8:8000::1"));
	assert_true(holds("::1/128", "::1"));
	assert_true(holds("::/0", "2001::1"));
	assert_false(holds("::/0", "10.0.0.1"));
	assert_false(holds("0.0.0.0/0", "::1"));
	assert_true(holds("10.0.0.0/8", "::ffff:10.1.1.1"));
	assert_false(net_block_holds(&all, &none));
}

static void test_net_block_of_other_text_is_refused(void **state)
{
	static const char *const cases[] = {"", "/", "10.0.0.0/", "/8",
	    "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0.0/+8",
	    "10.0.0.0/8 ", "::/129", "10/8", "10.0.0.1/8", "::1/127",
	    "10.0.0.0/255.0.0.0"};
	struct net_block block;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		err_clear(&err);
		if (net_block_parse(slice_of(cases[i]), &block, &err)) {
			fail_msg("a block: %s", cases[i]);
		}
		assert_true(err.text[0] != '\0');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_net_address_is_printed_as_it_is_common),
	    cmocka_unit_test(test_net_address_of_other_text_is_none),
	    cmocka_unit_test(test_net_address_of_a_socket),
	    cmocka_unit_test(test_net_block_holds_what_begins_alike),
	    cmocka_unit_test(test_net_block_of_other_text_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
