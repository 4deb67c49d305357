#include "dispatcher/ctl/ctl_group.h"

#include "tests/unit/cmocka_test.h"

static void check_user(const char *id, const char *expected)
{
	struct strbuf out;

	strbuf_init(&out, STRBUF_NO_LIMIT);
	assert_true(ctl_group_of_user(slice_of(id), &out));
	assert_string_equal(strbuf_text(&out), expected);
	strbuf_finish(&out);
}

static void test_ctl_group_is_what_ingest_makes_of_an_id(void **state)
{
	struct strbuf out;

	(void)state;
	check_user("u-1", "u:u-1");
	check_user("17", "u:17");
	check_user("#", "u:#334359b90efed75da5f0ada1d5e6b256");
	check_user(
	    "a-user-whose-id-is-so-long-that-its-group-has-a-digest-in-it",
	    "u:a-user-whose-id-is-so-long-that-its-group-has-a-digest-in-it");
	check_user(
	    "a-user-whose-id-is-so-long-that-its-group-has-a-digest-in-it-",
	    "u:a-user-whose-id-is-so-long-that-its-group-has-a-digest-in-it-");
	check_user(
	    "a-user-whose-id-is-so-long-that-its-group-has-a-digest-in-it-at",
	    "u:#6d7dee26df6ba3b93f80c5bc34f7e09d");
	strbuf_init(&out, STRBUF_NO_LIMIT);
	assert_true(ctl_group_of_device(SLICE_LITERAL("d 1"), &out));
	assert_string_equal(strbuf_text(&out), "d:d 1");
	strbuf_finish(&out);
}

static void test_ctl_group_of_a_blank_id_is_none(void **state)
{
	struct strbuf out;

	(void)state;
	strbuf_init(&out, STRBUF_NO_LIMIT);
	assert_false(ctl_group_of_user(SLICE_LITERAL(""), &out));
	assert_false(ctl_group_of_device(SLICE_LITERAL(" \t"), &out));
	assert_int_equal(out.len, 0);
	strbuf_finish(&out);
}

static bool has(const char *group, const char *actual, const char *job_id)
{
	return ctl_group_has(slice_of(group), slice_of(actual), job_id);
}

static void test_ctl_group_has_its_own_jobs_alone(void **state)
{
	(void)state;
	assert_true(has("u:a", "u:a", "0-1"));
	assert_false(has("u:a", "u:", "0-1"));
	assert_false(has("u:a", "u:ab", "0-1"));
	assert_false(has("u:a", "d:a", "0-1"));
	assert_false(has("u:a", "u:a~", "0-1"));
}

static void test_ctl_group_has_the_jobs_of_no_order(void **state)
{
	(void)state;
	assert_true(has("u:a", "u:a~000660b1bf979240", "3-1795166400123456"));
	assert_true(has("u:a~b", "u:a~b~0000000000000011", "0-17"));
	/* Another user's, whose id looks like that. */
	assert_false(has("u:a", "u:a~0000000000000011", "0-18"));
	assert_false(has("u:a", "u:a~00000000000000011", "0-17"));
	assert_false(has("u:a", "u:a~0000000000000011", "17"));
	assert_false(has("u:a", "u:a~0000000000000011", "0-"));
	/* A job that cannot be read. */
	assert_true(has("u:a", "u:a~0000000000000011", "?5ba93c9db0cff93f"));
	assert_false(has("u:a", "u:a~000000000000001g", "?5ba93c9db0cff93f"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ctl_group_is_what_ingest_makes_of_an_id),
	    cmocka_unit_test(test_ctl_group_of_a_blank_id_is_none),
	    cmocka_unit_test(test_ctl_group_has_its_own_jobs_alone),
	    cmocka_unit_test(test_ctl_group_has_the_jobs_of_no_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
