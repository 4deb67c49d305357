#include "tests/unit/common/config/config_fixture.h"

static void test_load_of_the_least_fills_in_the_defaults(void **state)
{
	struct config *config = fixture_load(fixture_text);
	const struct config_destination *one =
	    config_find_destination(config, "one");

	(void)state;
	assert_non_null(one);
	assert_string_equal(config->path, FIXTURE_PATH);
	assert_string_equal(config->identity, "user_id");
	assert_string_equal(config->redis.address, "127.0.0.1:6379");
	assert_string_equal(config->redis.password, "");
	assert_int_equal(config->redis.shards, 1);
	assert_string_equal(config->ingest.listen, "127.0.0.1:8080");
	assert_int_equal(config->ingest.auth_secret_count, 1);
	assert_string_equal(config->ingest.auth_secrets[0], FIXTURE_SECRET);
	assert_int_equal(config->ingest.max_body_bytes, 1024 * 1024);
	assert_int_equal(config->dispatcher.idle_block_ms, 30000);
	assert_string_equal(config->log.level, "info");
	assert_int_equal(config->template.max_output_bytes, 1024 * 1024);
	assert_string_equal(config->vars_json, "{}");
	assert_string_equal(one->method, "POST");
	assert_int_equal(one->endpoint, CONFIG_ENDPOINT_ANY);
	assert_int_equal(one->header_count, 0);
	assert_string_equal(one->when, "");
	assert_int_equal(one->timeout_ms, 15000);
	assert_int_equal(one->lease_ms, 30000);
	assert_int_equal(one->dedupe_for_ms, INT64_C(6) * 3600 * 1000);
	assert_int_equal(one->on_unknown, CONFIG_ON_UNKNOWN_RETRY);
	assert_int_equal(one->retry.max_attempts, 20);
	assert_int_equal(one->retry.max_age_ms, INT64_C(24) * 3600 * 1000);
	assert_int_equal(one->line, 8);
	assert_null(config_find_destination(config, "two"));
	config_destroy(config);
}

static void test_load_resolves_routes_to_destinations(void **state)
{
	struct config *config = fixture_load(
	    "ingest: {auth: {secrets: [a, b]}}\n"
	    "routes:\n"
	    "  - path: /b\n"
	    "    destinations: [y, x]\n"
	    "    fields: {user: who}\n"
	    "  - path: /a\n"
	    "    destinations: [x]\n"
	    "destinations:\n"
	    "  x: {url: 'http://x', template: templates/device.ftl}\n"
	    "  y: {url: 'http://y', template: templates/event.ftl,\n"
	    "      endpoint: mobile-events, on_unknown: dead}\n");

	(void)state;
	assert_int_equal(config->ingest.auth_secret_count, 2);
	assert_int_equal(config->route_count, 2);
	assert_int_equal(config->routes[0].destination_count, 2);
	assert_int_equal(config->routes[0].destinations[0], 1);
	assert_int_equal(config->routes[0].destinations[1], 0);
	assert_string_equal(config->routes[0].fields.user, "who");
	assert_string_equal(config->routes[0].fields.device, "device_id");
	assert_int_equal(config->routes[0].line, 3);
	assert_string_equal(config->routes[1].path, "/a");
	assert_string_equal(config->routes[1].fields.user, "user_id");
	assert_int_equal(
	    config->destinations[1].endpoint, CONFIG_ENDPOINT_MOBILE_EVENTS);
	assert_int_equal(
	    config->destinations[1].on_unknown, CONFIG_ON_UNKNOWN_DEAD);
	config_destroy(config);
}

static void test_load_reads_headers_and_marks_the_secret_ones(void **state)
{
	char *text = fixture_change("    template:",
	    "    headers:\n"
	    "      Authorization: plain\n"
	    "      x-a: ${env:CONFIG_TEST_SECRET}\n"
	    "      x-b: 1\n"
	    "      x-c: pre-${env:CONFIG_TEST_SECRET}-$${x}\n"
	    "    template:");
	struct config *config = fixture_load(text);
	const struct config_header *headers = config->destinations[0].headers;

	(void)state;
	assert_int_equal(config->destinations[0].header_count, 4);
	assert_string_equal(headers[0].name, "Authorization");
	assert_true(headers[0].is_secret);
	assert_string_equal(headers[1].value, FIXTURE_SECRET);
	assert_true(headers[1].is_secret);
	assert_string_equal(headers[2].value, "1");
	assert_false(headers[2].is_secret);
	assert_string_equal(headers[3].value, "pre-" FIXTURE_SECRET "-${x}");
	assert_true(headers[3].is_secret);
	config_destroy(config);
	free(text);
}

static void test_load_reads_templates_beside_the_file(void **state)
{
	char *text = fixture_change("    template:",
	    "    when: >-\n"
	    "      input.a??\n"
	    "      && true\n"
	    "    tls: {ca_file: ../LICENSE}\n"
	    "    template:");
	struct config *config = fixture_load(text);
	const struct config_destination *one = &config->destinations[0];

	(void)state;
	assert_string_equal(
	    one->template_path, SOURCE_DIR "/deploy/templates/device.ftl");
	assert_non_null(strstr(one->template_source, "deviceId"));
	assert_string_equal(one->tls_ca_file, SOURCE_DIR "/deploy/../LICENSE");
	assert_string_equal(one->when, "input.a?? && true");
	assert_int_equal(one->when_line, 10);
	config_destroy(config);
	free(text);
}

static void assert_vars(const char *vars, const char *expected)
{
	struct strbuf text;
	struct config *config;

	strbuf_init(&text, STRBUF_NO_LIMIT);
	strbuf_append_text(&text, fixture_text);
	strbuf_append_text(&text, "vars:");
	strbuf_append_text(&text, vars);
	config = fixture_load(strbuf_text(&text));
	assert_string_equal(config->vars_json, expected);
	config_destroy(config);
	strbuf_finish(&text);
}

static void test_load_types_vars_as_yaml_does(void **state)
{
	(void)state;
	assert_vars("", "{}");
	assert_vars(" {}", "{}");
	assert_vars(" {a: 1, b: -2, c: +3, d: 007, e: 0x1F, f: 0o17}",
	    "{\"a\":1,\"b\":-2,\"c\":3,\"d\":7,\"e\":31,\"f\":15}");
	assert_vars(" {a: 9223372036854775807, b: -9223372036854775808}",
	    "{\"a\":9223372036854775807,\"b\":-9223372036854775808}");
	assert_vars(" {a: 0.1, b: 1.0, c: .5, d: -1e3, e: 1.25E-2, f: 1.}",
	    "{\"a\":0.1,\"b\":1.0,\"c\":0.5,\"d\":-1000.0,\"e\":0.0125,"
	    "\"f\":1.0}");
	assert_vars(" {a: true, b: False, c: null, d: ~, e: }",
	    "{\"a\":true,\"b\":false,\"c\":null,\"d\":null,\"e\":null}");
	assert_vars(" {a: '1', b: \"true\", c: '', d: 'null', e: '~'}",
	    "{\"a\":\"1\",\"b\":\"true\",\"c\":\"\",\"d\":\"null\","
	    "\"e\":\"~\"}");
	assert_vars(" {a: yes, b: 1_000, c: 1:30, d: 0b1, e: 1.2.3, f: '-'}",
	    "{\"a\":\"yes\",\"b\":\"1_000\",\"c\":\"1:30\",\"d\":\"0b1\","
	    "\"e\":\"1.2.3\",\"f\":\"-\"}");
	assert_vars(" {a: 2026-11-20, b: +, c: 1e, d: ., e: 0x, f: 1e+}",
	    "{\"a\":\"2026-11-20\",\"b\":\"+\",\"c\":\"1e\",\"d\":\".\","
	    "\"e\":\"0x\",\"f\":\"1e+\"}");
	assert_vars(
	    "\n  513758: user_id\n  list:\n    - [a, {b: 1}]\n    - x\n",
	    "{\"513758\":\"user_id\",\"list\":[[\"a\",{\"b\":1}],\"x\"]}");
	assert_vars("\n  long: |\n    two\n    lines\n",
	    "{\"long\":\"two\\nlines\\n\"}");
}

static void test_load_puts_secrets_into_vars_but_not_into_what_is_shown(
    void **state)
{
	char *text = fixture_change("ingest:\n",
	    "vars:\n"
	    "  a: x${env:CONFIG_TEST_SECRET}\n"
	    "  ${env:KEY}: $${b}\n"
	    "ingest:\n");
	struct config *config = fixture_load(text);

	(void)state;
	assert_string_equal(config->vars_json,
	    "{\"a\":\"x" FIXTURE_SECRET "\",\"${env:KEY}\":\"${b}\"}");
	assert_string_equal(
	    config->vars_shown_json, "{\"a\":\"***\",\"${env:KEY}\":\"${b}\"}");
	config_destroy(config);
	free(text);
}

static struct config *load_with(
    const struct config_override *overrides, size_t count)
{
	struct err err;
	struct config *config = config_load_text(
	    FIXTURE_PATH, slice_of(fixture_text), overrides, count, &err);

	if (config == NULL) {
		fail_msg("%s", err.text);
	}
	return config;
}

static void test_override_wins_over_the_file_and_over_an_earlier_one(
    void **state)
{
	const struct config_override overrides[] = {
	    {"redis.address", "unix:/a"},
	    {"redis.address", "unix:/b"},
	    {"redis.password", "a: [${env:CONFIG_TEST_SECRET}"},
	    {"routes[0].path", "/changed"},
	    {"routes[0].fields.user", "who"},
	    {"ingest.auth.secrets", "[p, q]"},
	    {"destinations.one.timeout", "5s"},
	    {"destinations.one.retry.base", "2s"},
	    {"destinations.one.headers.x-a", "1"},
	    {"destinations.one.headers.x-b", "2: 3"},
	    {"vars.a.b", "{c: 1}"},
	    {"vars.a.d", "'1'"},
	};
	struct config *config = load_with(overrides, ARRAY_LEN(overrides));
	const struct config_destination *one = &config->destinations[0];

	(void)state;
	assert_string_equal(config->redis.address, "unix:/b");
	assert_string_equal(config->redis.password, "a: [" FIXTURE_SECRET);
	assert_string_equal(config->routes[0].path, "/changed");
	assert_string_equal(config->routes[0].fields.user, "who");
	assert_int_equal(config->ingest.auth_secret_count, 2);
	assert_string_equal(config->ingest.auth_secrets[1], "q");
	assert_int_equal(one->timeout_ms, 5000);
	assert_int_equal(one->retry.base_ms, 2000);
	assert_int_equal(one->header_count, 2);
	assert_string_equal(one->headers[1].value, "2: 3");
	assert_string_equal(
	    config->vars_json, "{\"a\":{\"b\":{\"c\":1},\"d\":\"1\"}}");
	config_destroy(config);
}

static void test_override_may_empty_a_text(void **state)
{
	const struct config_override overrides[] = {
	    {"redis.username", "u"}, {"redis.username", ""}};
	struct config *config = load_with(overrides, ARRAY_LEN(overrides));

	(void)state;
	assert_string_equal(config->redis.username, "");
	config_destroy(config);
}

static void test_override_of_a_missing_key_mends_the_file(void **state)
{
	const struct config_override overrides[] = {
	    {"ingest.auth.secrets", "[" FIXTURE_SECRET "]"}};
	char *text = fixture_change(
	    "ingest:\n  auth:\n    secrets: [" FIXTURE_SECRET "]\n",
	    "ingest:\n");
	struct err err;
	struct config *config =
	    config_load_text(FIXTURE_PATH, slice_of(text), overrides, 1, &err);

	(void)state;
	assert_non_null(config);
	config_destroy(config);
	free(text);
}

struct bad_override {
	struct config_override override;
	const char *reason;
};

static const struct bad_override bad_overrides[] = {
    {{"redis.adress", "a"},
	"--set: redis.adress: unknown key; did you mean address?"},
    {{"redsi.address", "a"}, "--set: redsi: unknown key; did you mean redis?"},
    {{"redis", "a"}, "--set: redis: is a section: name a key in it"},
    {{"routes", "[]"}, "--set: routes: is a section: name a key in it"},
    {{"destinations.one", "{}"},
	"--set: destinations.one: is a section: name a key in it"},
    {{"redis.address.x", "a"}, "--set: redis.address.x: unknown key"},
    {{"redis.shards", "many"},
	"--set: redis.shards: must be a whole number, is \"many\""},
    {{"redis.password", "${env:CONFIG_TEST_NONE}"},
	"--set: redis.password: environment variable CONFIG_TEST_NONE "
	"is not set"},
    {{"ingest.auth.secrets", "a"},
	"--set: ingest.auth.secrets: must be a list: [a, b], or lines "
	"that begin with -"},
    {{"ingest.auth.secrets", "[a"},
	"--set: ingest.auth.secrets: not YAML: did not find expected "
	"',' or ']'"},
    {{"ingest.auth.secrets", ""}, "--set: ingest.auth.secrets: is empty"},
    {{"destinations.ona.timeout", "1s"},
	"--set: destinations.ona.timeout: the file has no destination "
	"\"ona\"; did you mean one?"},
    {{"destinations.one.timeuot", "1s"},
	"--set: destinations.one.timeuot: unknown key; did you mean "
	"timeout?"},
    {{"destinations.one.timeout", "29s"},
	"--set: destinations.one.timeout: lease must be at least 5s "
	"longer than timeout"},
    {{"destinations.one.headers.a b", "1"},
	"--set: destinations.one.headers.a b: is no name for a header"},
    {{"destinations.one.template", "none.ftl"},
	"--set: destinations.one.template: cannot read " SOURCE_DIR
	"/deploy/none.ftl: No such file or directory"},
    {{"routes[1].path", "/b"},
	"--set: routes[1].path: the file has no such route"},
    {{"routes[x].path", "/b"},
	"--set: routes[x].path: unknown key; did you mean routes[0]?"},
    {{"routes[", "/b"}, "--set: routes[: unknown key; did you mean routes[0]?"},
    {{"routes[].path", "/b"},
	"--set: routes[].path: unknown key; did you mean routes[0]?"},
    {{"routes[0].pth", "/b"},
	"--set: routes[0].pth: unknown key; did you mean path?"},
    {{"destinations.*.url", "http://a"},
	"--set: destinations.*.url: the file has no destination \"*\""},
    {{"vars..a", "1"}, "--set: vars..a: is no key"},
    {{"vars.a.", "1"}, "--set: vars.a.: is no key"},
    {{"vars.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.1.2.3."
      "4.5.6.7.8.9",
	 "1"},
	"--set: vars.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y."
	"z.1.2.3.4.5.6.7.8.9: nested more than 32 deep"},
    {{".", "1"}, "--set: unknown key"},
    {{"redis.address", "\xff"}, "--set: is not UTF-8 text"},
};

static void test_override_with_a_fault_is_refused_with_one_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad_overrides); i++) {
		struct err err;
		const char *reason = fixture_reason(
		    fixture_text, &bad_overrides[i].override, &err);

		if (strcmp(reason, bad_overrides[i].reason) != 0) {
			fail_msg("instead of\n%s\nit is\n%s",
			    bad_overrides[i].reason, reason);
		}
	}
}

static void test_load_without_an_err_fails_as_well(void **state)
{
	(void)state;
	assert_null(
	    config_load_text(FIXTURE_PATH, SLICE_LITERAL("a"), NULL, 0, NULL));
	assert_null(config_load("/nowhere", NULL, 0, NULL));
}

static int set_environment(void **state)
{
	(void)state;
	return unsetenv("CONFIG_TEST_NONE") |
	    setenv("CONFIG_TEST_SECRET", FIXTURE_SECRET, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_load_of_the_least_fills_in_the_defaults),
	    cmocka_unit_test(test_load_resolves_routes_to_destinations),
	    cmocka_unit_test(test_load_reads_headers_and_marks_the_secret_ones),
	    cmocka_unit_test(test_load_reads_templates_beside_the_file),
	    cmocka_unit_test(test_load_types_vars_as_yaml_does),
	    cmocka_unit_test(
		test_load_puts_secrets_into_vars_but_not_into_what_is_shown),
	    cmocka_unit_test(
		test_override_wins_over_the_file_and_over_an_earlier_one),
	    cmocka_unit_test(test_override_may_empty_a_text),
	    cmocka_unit_test(test_override_of_a_missing_key_mends_the_file),
	    cmocka_unit_test(
		test_override_with_a_fault_is_refused_with_one_line),
	    cmocka_unit_test(test_load_without_an_err_fails_as_well),
	};

	return cmocka_run_group_tests(tests, set_environment, NULL);
}
