#include "common/config/config_syntax.h"

#include "tests/unit/cmocka_test.h"

struct verdict {
	const char *text;
	bool is_good;
};

static void assert_verdicts(bool (*check)(struct slice text),
    const struct verdict *verdicts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (check(slice_of(verdicts[i].text)) != verdicts[i].is_good) {
			fail_msg("\"%s\"", verdicts[i].text);
		}
	}
}

static void test_name_is_of_small_letters_digits_and_dashes(void **state)
{
	static const struct verdict verdicts[] = {
	    {"a", true},
	    {"event", true},
	    {"anonymous-event2", true},
	    {"", false},
	    {"2a", false},
	    {"-a", false},
	    {"A", false},
	    {"aB", false},
	    {"a_b", false},
	    {"a.b", false},
	    {"a b", false},
	    {"\xc3\xa4", false},
	    {"a23456789012345678901234567890123456789012345678901234567890123",
		true},
	    {"a234567890123456789012345678901234567890123456789012345678901234",
		false},
	};

	(void)state;
	assert_verdicts(config_syntax_is_name, verdicts, ARRAY_LEN(verdicts));
}

static void test_prefix_has_no_braces(void **state)
{
	static const struct verdict verdicts[] = {
	    {"relay", true},
	    {"acme:relay_2.x-y", true},
	    {"", false},
	    {"{relay}", false},
	    {"re lay", false},
	    {"re\nlay", false},
	};

	(void)state;
	assert_verdicts(config_syntax_is_prefix, verdicts, ARRAY_LEN(verdicts));
}

static void test_path_begins_with_a_slash(void **state)
{
	static const struct verdict verdicts[] = {
	    {"/", true},
	    {"/amplitude/users", true},
	    {"/a%20b", true},
	    {"", false},
	    {"amplitude", false},
	    {"/a b", false},
	    {"/a?b=c", false},
	    {"/a#b", false},
	    {"/a\n", false},
	    {"/\xc3\xa4", false},
	};

	(void)state;
	assert_verdicts(config_syntax_is_path, verdicts, ARRAY_LEN(verdicts));
}

static void test_header_name_is_a_token(void **state)
{
	static const struct verdict verdicts[] = {
	    {"authorization", true},
	    {"X-Reteno-Access-Key", true},
	    {"a!#$%&'*+-.^_`|~9", true},
	    {"", false},
	    {"a b", false},
	    {"a:", false},
	    {"a\r\nb", false},
	    {"(a)", false},
	    {"a\xff", false},
	};

	(void)state;
	assert_verdicts(
	    config_syntax_is_header_name, verdicts, ARRAY_LEN(verdicts));
}

static void test_header_value_is_one_line_without_blanks_at_its_ends(
    void **state)
{
	static const struct verdict verdicts[] = {
	    {"", true},
	    {"Basic dTpw", true},
	    {"a\tb", true},
	    {"\xc3\xa4", true},
	    {" a", false},
	    {"a ", false},
	    {"\ta", false},
	    {"a\r\nx-evil: 1", false},
	    {"a\nb", false},
	    {"a\x01", false},
	    {"a\x7f", false},
	};

	(void)state;
	assert_verdicts(
	    config_syntax_is_header_value, verdicts, ARRAY_LEN(verdicts));
}

static void test_framing_header_is_known_in_any_case(void **state)
{
	static const struct verdict verdicts[] = {
	    {"Content-Length", true},
	    {"transfer-encoding", true},
	    {"HOST", true},
	    {"content-type", false},
	    {"content-lengths", false},
	};

	(void)state;
	assert_verdicts(
	    config_syntax_is_framing_header, verdicts, ARRAY_LEN(verdicts));
}

static void test_secret_name_is_known_by_a_part_of_it(void **state)
{
	static const struct verdict verdicts[] = {
	    {"authorization", true},
	    {"Proxy-Authorization", true},
	    {"x-reteno-access-key", true},
	    {"X-API-KEY", true},
	    {"cookie", true},
	    {"Set-Cookie", true},
	    {"x-token", true},
	    {"x-client-secret", true},
	    {"accept", false},
	    {"content-type", false},
	    {"x-reteno-sdk-version", false},
	    {"ke", false},
	};

	(void)state;
	assert_verdicts(
	    config_syntax_is_secret_name, verdicts, ARRAY_LEN(verdicts));
}

static void test_ack_is_redis_fsync_or_replicas(void **state)
{
	static const char *const bad[] = {"", "Redis", "redis ", "fsync:1",
	    "replicas", "replicas:", "replicas:0", "replicas:-1", "replicas:+1",
	    "replicas: 1", "replicas:100", "replicas:1x", "replica:1"};
	struct config_ack ack;

	(void)state;
	assert_true(config_syntax_ack(slice_of("redis"), &ack));
	assert_false(ack.needs_fsync);
	assert_int_equal(ack.replicas, 0);
	assert_true(config_syntax_ack(slice_of("fsync"), &ack));
	assert_true(ack.needs_fsync);
	assert_int_equal(ack.replicas, 0);
	assert_true(config_syntax_ack(slice_of("replicas:12"), &ack));
	assert_false(ack.needs_fsync);
	assert_int_equal(ack.replicas, 12);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (config_syntax_ack(slice_of(bad[i]), &ack)) {
			fail_msg("\"%s\"", bad[i]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_name_is_of_small_letters_digits_and_dashes),
	    cmocka_unit_test(test_prefix_has_no_braces),
	    cmocka_unit_test(test_path_begins_with_a_slash),
	    cmocka_unit_test(test_header_name_is_a_token),
	    cmocka_unit_test(
		test_header_value_is_one_line_without_blanks_at_its_ends),
	    cmocka_unit_test(test_framing_header_is_known_in_any_case),
	    cmocka_unit_test(test_secret_name_is_known_by_a_part_of_it),
	    cmocka_unit_test(test_ack_is_redis_fsync_or_replicas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
