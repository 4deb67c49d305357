/* Bad files: each is the smallest good one with a part changed, and must be
 * refused with exactly this line. */
#include "tests/unit/common/config/config_fixture.h"

struct bad_file {
	const char *old;
	const char *new;
	const char *reason; /* behind the file's name */
};

#define URL "    url: http://127.0.0.1:1/x\n"
#define TEMPLATE "    template: templates/device.ftl\n"
#define ROUTE "  - path: /a\n    destinations: [one]\n"

static const struct bad_file bad_files[] = {
    /* unknown keys */
    {"ingest:\n", "kafka: {}\ningest:\n", "1: kafka: unknown key"},
    {"ingest:\n", "redsi:\n  address: a\ningest:\n",
	"1: redsi: unknown key; did you mean redis?"},
    {"ingest:\n", "redis.address: a\ningest:\n",
	"1: redis.address: unknown key"},
    {"  auth:\n", "  max_bodi: 1\n  auth:\n",
	"2: ingest.max_bodi: unknown key; did you mean max_body?"},
    {URL, URL "    retry:\n      bace: 1s\n",
	"11: destinations.one.retry.bace: unknown key; did you mean base?"},
    {URL, URL "    routes: []\n", "10: destinations.one.routes: unknown key"},
    {"    destinations: [one]\n",
	"    destinations: [one]\n    fields:\n      users: a\n",
	"8: routes[0].fields.users: unknown key; did you mean user?"},

    /* wrong types and ranges */
    {"  auth:\n", "  max_body: big\n  auth:\n",
	"2: ingest.max_body: must be a size such as 4096, 64KiB or 1MiB, is "
	"\"big\""},
    {"  auth:\n", "  max_body: 1GiB\n  auth:\n",
	"2: ingest.max_body: must be from 1KiB to 64MiB, is \"1GiB\""},
    {"  auth:\n", "  max_objects: [1]\n  auth:\n",
	"2: ingest.max_objects: must be one value, not a list"},
    {"  auth:\n", "  max_objects:\n    a: 1\n  auth:\n",
	"2: ingest.max_objects: must be one value, not a map"},
    {"  auth:\n", "  max_objects:\n  auth:\n",
	"2: ingest.max_objects: has no value; write \"\" for an empty text"},
    {"  auth:\n", "  request_timeout: 30\n  auth:\n",
	"2: ingest.request_timeout: must be a duration such as 500ms, 30s, 5m, "
	"6h or 7d, is \"30\""},
    {"ingest:\n", "log:\n  level: loud\ningest:\n",
	"2: log.level: must be debug, info, warn or error, is \"loud\""},
    {"ingest:\n", "identity: name\ningest:\n",
	"1: identity: must be user_id, amplitude_id or device_id, is \"name\""},
    {"ingest:\n", "redis: 5\ningest:\n",
	"1: redis: must be lines of key: value"},
    {"ingest:\n", "redis: [a]\ningest:\n",
	"1: redis: must be lines of key: value"},
    {"ingest:\n", "vars: [a]\ningest:\n",
	"1: vars: must be lines of key: value"},
    {URL, URL "    on_unknown: maybe\n",
	"10: destinations.one.on_unknown: must be retry or dead, is "
	"\"maybe\""},

    /* what must be there */
    {"    secrets: [" FIXTURE_SECRET "]\n", "    header: a\n",
	"1: ingest.auth.secrets is missing"},
    {URL, "", "8: destinations.one: url is missing"},
    {TEMPLATE, "", "8: destinations.one: template is missing"},
    {"  - path: /a\n    dest", "  - dest", "5: routes[0]: path is missing"},
    {"    destinations: [one]\n", "", "5: routes[0]: destinations is missing"},
    {ROUTE, "", "4: routes: there is none"},
    {"routes:\n" ROUTE, "", "1: routes: there is none"},
    {"routes:\n" ROUTE, "routes: []\n",
	"4: routes: must be a list of routes, each with path: and "
	"destinations:"},
    {"routes:\n" ROUTE, "routes:\n  path: /a\n",
	"4: routes: must be a list of routes, each with path: and "
	"destinations:"},
    {"  one:\n" URL TEMPLATE, "", "7: destinations: there is none"},
    {"destinations:\n  one:\n" URL TEMPLATE, "destinations: {}\n",
	"7: destinations: must be destinations by their names"},
    {"destinations:\n  one:\n" URL TEMPLATE, "destinations: [one]\n",
	"7: destinations: must be destinations by their names"},

    /* secrets */
    {FIXTURE_SECRET, "'${env:CONFIG_TEST_NONE}'",
	"3: ingest.auth.secrets: environment variable CONFIG_TEST_NONE is not "
	"set"},
    {FIXTURE_SECRET, "'${env:CONFIG_TEST_EMPTY}'",
	"3: ingest.auth.secrets: environment variable CONFIG_TEST_EMPTY is "
	"empty"},
    {FIXTURE_SECRET, "'${file:/nowhere/secret}'",
	"3: ingest.auth.secrets: cannot read /nowhere/secret: No such file or "
	"directory"},
    {FIXTURE_SECRET, "''", "3: ingest.auth.secrets: has an empty entry"},
    {FIXTURE_SECRET, "", "3: ingest.auth.secrets: is empty"},
    {"[" FIXTURE_SECRET "]", FIXTURE_SECRET,
	"3: ingest.auth.secrets: must be a list: [a, b], or lines that begin "
	"with -"},
    {"[" FIXTURE_SECRET "]", "",
	"3: ingest.auth.secrets: must be a list: [a, b], or lines that begin "
	"with -"},
    {"[" FIXTURE_SECRET "]", "\n      - a\n      - \"" FIXTURE_SECRET " \"\n",
	"5: ingest.auth.secrets: an entry has a line break or another control "
	"character, or begins or ends with a blank"},
    {"[" FIXTURE_SECRET "]", "[{a: b}]",
	"3: ingest.auth.secrets: must be one value, not a map"},
    {"ingest:\n", "redis:\n  database: ${env:CONFIG_TEST_SECRET}\ningest:\n",
	"2: redis.database: must be a whole number"},
    {"    url: http://127.0.0.1:1/x\n", "    url: ${env:CONFIG_TEST_SECRET}\n",
	"9: destinations.one.url: must be a URL that begins with http:// or "
	"https://"},
    {URL, URL "    when: ${input.x}\n",
	"10: destinations.one.when: unknown ${...}: there are ${env:NAME} and "
	"${file:/path}; write $${ for a plain ${"},

    /* names and references */
    {"  one:\n", "  One:\n",
	"8: destinations.One: a name is at most 63 of a-z, 0-9 and -, and "
	"begins with a letter"},
    {"[one]", "[onne]",
	"6: routes[0].destinations: there is no destination \"onne\"; did you "
	"mean one?"},
    {"[one]", "[zebra]",
	"6: routes[0].destinations: there is no destination \"zebra\""},
    {"[one]", "[one, one]", "6: routes[0].destinations: has \"one\" twice"},
    {"[one]", "[]", "6: routes[0].destinations: is empty"},
    {"[one]", "one",
	"6: routes[0].destinations: must be a list: [a, b], or lines that "
	"begin with -"},
    {"[one]", "[[one]]", "6: routes[0].destinations: must be a list of names"},
    {ROUTE, ROUTE ROUTE,
	"7: routes[1].path: is the path of an earlier route, too"},
    {"/a\n", "a\n",
	"5: routes[0].path: must begin with / and be without ?, # and blanks"},
    {"/a\n", "/a?b\n",
	"5: routes[0].path: must begin with / and be without ?, # and blanks"},

    /* texts of a form */
    {"    url: http://127.0.0.1:1/x\n", "    url: ftp://a/\n",
	"9: destinations.one.url: must be a URL that begins with http:// or "
	"https://"},
    {"  auth:\n", "  ack: disk\n  auth:\n",
	"2: ingest.ack: must be redis, fsync or replicas:N, N from 1 to 99"},
    {"  auth:\n", "  listen: nowhere\n  auth:\n",
	"2: ingest.listen: must be host:port, [IPv6]:port or unix:/path"},
    {"  auth:\n", "  admin:\n    listen: a:70000\n  auth:\n",
	"3: ingest.admin.listen: must be host:port, [IPv6]:port or unix:/path"},
    {"ingest:\n", "dispatcher: {admin: {listen: ':1'}}\ningest:\n",
	"1: dispatcher.admin.listen: must be host:port, [IPv6]:port or "
	"unix:/path"},
    {"ingest:\n", "redis:\n  address: redis\ningest:\n",
	"2: redis.address: must be host:port, [IPv6]:port or unix:/path"},
    {"ingest:\n", "redis:\n  address: ${env:CONFIG_TEST_SECRET}\ningest:\n",
	"2: redis.address: must be host:port, [IPv6]:port or unix:/path"},
    {"ingest:\n", "redis:\n  prefix: '{a}'\ningest:\n",
	"2: redis.prefix: must be made of letters, digits and . _ : -"},
    {"  auth:\n", "  auth:\n    header: 'a b'\n",
	"3: ingest.auth.header: is no name for a header"},
    {URL, URL "    headers:\n      'a b': c\n",
	"11: destinations.one.headers.a b: is no name for a header"},
    {URL, URL "    headers:\n      accept: a\n      Accept: b\n",
	"12: destinations.one.headers.Accept: is there twice"},
    {URL, URL "    headers:\n      accept: a\n      accept: b\n",
	"12: accept: is there twice"},
    {URL, URL "    headers:\n      Content-Length: 1\n",
	"11: destinations.one.headers.Content-Length: is set by the relay "
	"itself"},
    {URL, URL "    headers:\n      authorization: \"a\\r\\nb: c\"\n",
	"11: destinations.one.headers.authorization: has a line break or "
	"another control character, or begins or ends with a blank"},
    {URL, URL "    headers:\n      authorization: \"\"\n",
	"11: destinations.one.headers.authorization: is empty"},
    {URL, URL "    headers:\n      authorization: ${env:CONFIG_TEST_NONE}\n",
	"11: destinations.one.headers.authorization: environment variable "
	"CONFIG_TEST_NONE is not set"},
    {URL, URL "    headers: [a]\n",
	"10: destinations.one.headers: must be lines of name: value"},

    /* files */
    {"templates/device.ftl", "templates/none.ftl",
	"10: destinations.one.template: cannot read " SOURCE_DIR
	"/deploy/templates/none.ftl: No such file or directory"},
    {"templates/device.ftl", "templates",
	"10: destinations.one.template: cannot read " SOURCE_DIR
	"/deploy/templates: not a regular file"},
    {URL, URL "    tls:\n      ca_file: none.pem\n",
	"11: destinations.one.tls.ca_file: cannot be read"},

    /* what contradicts itself */
    {URL, URL "    lease: 19999ms\n",
	"10: destinations.one.lease: lease must be at least 5s longer than "
	"timeout"},
    {URL, URL "    timeout: 26s\n",
	"10: destinations.one.timeout: lease must be at least 5s longer than "
	"timeout"},
    {URL, URL "    order: none\n    unchanged_for: 1h\n",
	"11: destinations.one.unchanged_for: needs order: user"},
    {URL, URL "    order: none\n    coalesce: latest\n",
	"11: destinations.one.coalesce: needs order: user"},
    {URL, URL "    order: none\n    after: [one]\n",
	"11: destinations.one.after: needs order: user"},
    {URL, URL "    after: [one]\n",
	"10: destinations.one.after: goes in a circle"},
    {URL, URL "    after: [two]\n" TEMPLATE "  two:\n" URL "    order: none\n",
	"10: destinations.one.after: names a destination with order: none"},
    {URL,
	URL "    after: [two]\n" TEMPLATE "  two:\n" URL
	    "    after: [three]\n" TEMPLATE "  three:\n" URL
	    "    after: [one]\n",
	"10: destinations.one.after: goes in a circle"},
    {URL, URL "    after: [twp]\n" TEMPLATE "  two:\n" URL,
	"10: destinations.one.after: there is no destination \"twp\"; did you "
	"mean two?"},
    {URL, URL "    min_in_flight: 33\n",
	"10: destinations.one.min_in_flight: min_in_flight is over "
	"max_in_flight"},
    {URL, URL "    rate_bucket: a b\n",
	"10: destinations.one.rate_bucket: a name is at most 63 of a-z, 0-9 "
	"and "
	"-, and begins with a letter"},
    {URL,
	URL "    rate_limit: 2\n    rate_bucket: two\n" TEMPLATE "  two:\n" URL
	    "    rate_limit: 1\n",
	"10: destinations.one.rate_limit: is not that of another destination "
	"in "
	"the same bucket"},
    {URL, URL "    retry:\n      cap: 999ms\n",
	"11: destinations.one.retry.cap: retry.cap is shorter than "
	"retry.base"},
    {URL, URL "    retry: {base: 11m}\n",
	"10: destinations.one.retry.base: retry.cap is shorter than "
	"retry.base"},
    {"ingest:\n", "redis:\n  reconnect_cap: 99ms\ningest:\n",
	"2: redis.reconnect_cap: is shorter than reconnect_base"},
    {"ingest:\n", "ingest:\n  max_body: 5MiB\n  max_buffered: 9MiB\n",
	"3: ingest.max_buffered: must be at least twice max_body"},

    /* trees */
    {"ingest:\n", "vars:\n  a:\n    - b: 9223372036854775808\ningest:\n",
	"3: vars.a.[].b: is a number that JSON or 64 bits cannot hold; quote "
	"it to keep it as a text"},
    {"ingest:\n", "vars:\n  a: .inf\ningest:\n",
	"2: vars.a: is a number that JSON or 64 bits cannot hold; quote it to "
	"keep it as a text"},
    {"ingest:\n", "vars:\n  a: 1e999\ningest:\n",
	"2: vars.a: is a number that JSON or 64 bits cannot hold; quote it to "
	"keep it as a text"},
    {"ingest:\n", "vars:\n  a: [\"${env:CONFIG_TEST_NONE}\"]\ningest:\n",
	"2: vars.a.[]: environment variable CONFIG_TEST_NONE is not set"},

    /* YAML */
    {"ingest:\n", "ingest:\n  listen: a:1\n  listen: b:1\n",
	"3: listen: is there twice"},
    {"ingest:\n", "ingest: &all\n", "1: anchors (&) are not allowed"},
    {"ingest:\n", "ingest\n",
	"2: not YAML: mapping values are not allowed in "
	"this context"},
};

static void test_config_with_a_fault_is_refused_with_one_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad_files); i++) {
		const struct bad_file *bad = &bad_files[i];
		char *text = fixture_change(bad->old, bad->new);
		struct err err;
		const char *reason = fixture_reason(text, NULL, &err);

		if (strcmp(reason, bad->reason) != 0) {
			fail_msg(
			    "instead of\n%s\nit is\n%s", bad->reason, reason);
		}
		assert_int_equal(err.line, strtol(reason, NULL, 10));
		free(text);
	}
}

static void test_config_that_is_no_map_is_refused(void **state)
{
	struct err err;

	(void)state;
	assert_string_equal(fixture_reason("[a]", NULL, &err),
	    "1: must be lines of key: value");
	assert_string_equal(
	    fixture_reason("a", NULL, &err), "1: must be lines of key: value");
	assert_string_equal(fixture_reason("", NULL, &err), "1: is empty");
	assert_string_equal(fixture_reason("{}", NULL, &err),
	    "1: ingest.auth.secrets is missing");
}

static void test_config_file_that_cannot_be_read_is_named(void **state)
{
	struct err err;

	(void)state;
	assert_null(config_load("/nowhere/relay.yaml", NULL, 0, &err));
	assert_string_equal(err.text,
	    "cannot read /nowhere/relay.yaml: No such file or directory");
	assert_null(config_load("/tmp", NULL, 0, &err));
	assert_string_equal(err.text, "cannot read /tmp: Is a directory");
	assert_null(config_load("/dev/zero", NULL, 0, &err));
	assert_string_equal(err.text, "cannot read /dev/zero: too large");
}

static void test_config_template_of_no_text_is_refused(void **state)
{
	struct config_override override = {
	    "destinations.one.template", "/proc/self/cmdline"};
	struct err err;

	(void)state;
	assert_string_equal(fixture_reason(fixture_text, &override, &err),
	    "--set: destinations.one.template: cannot read /proc/self/cmdline: "
	    "not UTF-8 text");
}

static int set_environment(void **state)
{
	(void)state;
	return unsetenv("CONFIG_TEST_NONE") |
	    setenv("CONFIG_TEST_EMPTY", "", 1) |
	    setenv("CONFIG_TEST_SECRET", FIXTURE_SECRET, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_config_with_a_fault_is_refused_with_one_line),
	    cmocka_unit_test(test_config_that_is_no_map_is_refused),
	    cmocka_unit_test(test_config_file_that_cannot_be_read_is_named),
	    cmocka_unit_test(test_config_template_of_no_text_is_refused),
	};

	return cmocka_run_group_tests(tests, set_environment, NULL);
}
