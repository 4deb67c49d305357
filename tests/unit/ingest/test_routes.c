#include "tests/unit/cmocka_test.h"

#include "ingest/routes.h"

#include "common/base/attr.h"
#include "common/config/config.h"

static char users[] = "/amplitude/users";
static char events[] = "/amplitude/events";
static const struct config_route routes[] = {
    {.path = users},
    {.path = events},
};

static int find(const char *path)
{
	return routes_find(routes, ARRAY_LEN(routes), slice_of(path));
}

static void test_routes_path_gives_its_route(void **state)
{
	(void)state;
	assert_int_equal(find("/amplitude/users"), 0);
	assert_int_equal(find("/amplitude/events"), 1);
}

static void test_routes_other_path_gives_none(void **state)
{
	static const char *const others[] = {"/", "", "/amplitude",
	    "/amplitude/users/", "/amplitude/user", "/Amplitude/users",
	    "/amplitude/%75sers", "//amplitude/users"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		assert_int_equal(find(others[i]), ROUTE_NONE);
	}
}

static void test_routes_no_path_gives_none(void **state)
{
	(void)state;
	assert_int_equal(find(NULL), ROUTE_NONE);
	assert_int_equal(routes_find(NULL, 0, slice_of("/")), ROUTE_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_routes_path_gives_its_route),
	    cmocka_unit_test(test_routes_other_path_gives_none),
	    cmocka_unit_test(test_routes_no_path_gives_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
