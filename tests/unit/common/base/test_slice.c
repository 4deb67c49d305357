#include "common/base/slice.h"

#include "tests/unit/cmocka_test.h"

static void assert_number(const char *text, int64_t expected)
{
	int64_t value = 0;

	assert_true(slice_to_int64(slice_of(text), &value));
	assert_int_equal(value, expected);
}

static void test_slice_to_int64_takes_the_whole_range(void **state)
{
	(void)state;
	assert_number("0", 0);
	assert_number("-1", -1);
	assert_number("9223372036854775807", INT64_MAX);
	assert_number("-9223372036854775808", INT64_MIN);
}

static void test_slice_to_int64_refuses_what_is_no_number(void **state)
{
	const char *const texts[] = {"", "-", "+1", "1 ", " 1", "1x", "0x1",
	    "9223372036854775808", "-9223372036854775809",
	    "99999999999999999999"};
	int64_t value;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		assert_false(slice_to_int64(slice_of(texts[i]), &value));
	}
}

static void test_slice_trim_keeps_blanks_inside(void **state)
{
	(void)state;
	assert_true(slice_is(slice_trim(slice_of(" \ta b\r\n")), "a b"));
	assert_true(slice_is(slice_trim(slice_of("  ")), ""));
}

static void test_slice_equal_ignoring_case_is_ascii_only(void **state)
{
	(void)state;
	assert_true(slice_equal_ignoring_case(
	    slice_of("Content-Type"), slice_of("content-tYPE")));
	assert_false(slice_equal_ignoring_case(slice_of("a["), slice_of("A{")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_slice_to_int64_takes_the_whole_range),
	    cmocka_unit_test(test_slice_to_int64_refuses_what_is_no_number),
	    cmocka_unit_test(test_slice_trim_keeps_blanks_inside),
	    cmocka_unit_test(test_slice_equal_ignoring_case_is_ascii_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
