#include "tests/unit/cmocka_test.h"

#include "ingest/auth.h"

#include "common/base/attr.h"

static struct auth *create_two(const char *header)
{
	static char first[] = "old-secret";
	static char second[] = "new-secret";
	char *const secrets[] = {first, second};

	return auth_create(header, secrets, ARRAY_LEN(secrets));
}

static void test_auth_every_secret_in_force_opens(void **state)
{
	struct auth *auth = create_two("X-Relay-Secret");

	(void)state;
	assert_int_equal(auth_check(auth, slice_of("old-secret")), AUTH_OK);
	assert_int_equal(auth_check(auth, slice_of("new-secret")), AUTH_OK);
	assert_string_equal(auth_header(auth), "X-Relay-Secret");
	auth_destroy(auth);
}

static void test_auth_of_other_value_is_wrong(void **state)
{
	static const char *const others[] = {"old-secre", "old-secretX",
	    "OLD-SECRET", "old-secret new-secret", "old-secret,new-secret",
	    "x"};
	struct auth *auth = create_two("X-Relay-Secret");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		assert_int_equal(
		    auth_check(auth, slice_of(others[i])), AUTH_WRONG);
	}
	auth_destroy(auth);
}

static void test_auth_of_no_value_is_missing(void **state)
{
	struct auth *auth = create_two("X-Relay-Secret");

	(void)state;
	assert_int_equal(auth_check(auth, slice_of(NULL)), AUTH_MISSING);
	assert_int_equal(auth_check(auth, slice_of("")), AUTH_MISSING);
	assert_int_equal(auth_check(auth, slice_of(" \t")), AUTH_MISSING);
	auth_destroy(auth);
}

static void test_auth_blanks_around_value_are_ignored(void **state)
{
	struct auth *auth = create_two("X-Relay-Secret");

	(void)state;
	assert_int_equal(auth_check(auth, slice_of("  new-secret\t")), AUTH_OK);
	auth_destroy(auth);
}

static void test_auth_in_authorization_takes_bearer(void **state)
{
	struct auth *auth = create_two("authorization");

	(void)state;
	assert_int_equal(
	    auth_check(auth, slice_of("Bearer new-secret")), AUTH_OK);
	assert_int_equal(
	    auth_check(auth, slice_of("bearer  old-secret")), AUTH_OK);
	assert_int_equal(auth_check(auth, slice_of("old-secret")), AUTH_OK);
	assert_int_equal(auth_check(auth, slice_of("Bearer")), AUTH_WRONG);
	assert_int_equal(auth_check(auth, slice_of("Bearer ")), AUTH_WRONG);
	assert_int_equal(
	    auth_check(auth, slice_of("Basic new-secret")), AUTH_WRONG);
	assert_int_equal(
	    auth_check(auth, slice_of("Bearernew-secret")), AUTH_WRONG);
	auth_destroy(auth);
}

static void test_auth_in_other_header_takes_no_bearer(void **state)
{
	struct auth *auth = create_two("X-Relay-Secret");

	(void)state;
	assert_int_equal(
	    auth_check(auth, slice_of("Bearer new-secret")), AUTH_WRONG);
	auth_destroy(auth);
}

static void test_auth_without_secrets_opens_to_nobody(void **state)
{
	struct auth *auth = auth_create("X-Relay-Secret", NULL, 0);

	(void)state;
	assert_int_equal(auth_check(auth, slice_of("anything")), AUTH_WRONG);
	assert_int_equal(auth_check(auth, slice_of("")), AUTH_MISSING);
	auth_destroy(auth);
}

static void test_auth_destroy_takes_null(void **state)
{
	(void)state;
	auth_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_auth_every_secret_in_force_opens),
	    cmocka_unit_test(test_auth_of_other_value_is_wrong),
	    cmocka_unit_test(test_auth_of_no_value_is_missing),
	    cmocka_unit_test(test_auth_blanks_around_value_are_ignored),
	    cmocka_unit_test(test_auth_in_authorization_takes_bearer),
	    cmocka_unit_test(test_auth_in_other_header_takes_no_bearer),
	    cmocka_unit_test(test_auth_without_secrets_opens_to_nobody),
	    cmocka_unit_test(test_auth_destroy_takes_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
