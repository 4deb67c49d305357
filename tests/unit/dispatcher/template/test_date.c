#include "dispatcher/template/date.h"

#include "tests/unit/cmocka_test.h"

static const struct date_context context = {
    .zone = {.name = "UTC"}, .now_ms = 1700000000000};

static void check_text(
    const char *format, enum date_kind kind, int64_t ms, const char *expected)
{
	struct strbuf text;

	strbuf_init(&text, STRBUF_NO_LIMIT);
	assert_int_equal(
	    date_to_text(&context, slice_of(format), kind, ms, &text), DATE_OK);
	assert_string_equal(strbuf_text(&text), expected);
	strbuf_finish(&text);
}

static void check_parse(
    const char *format, enum date_kind kind, const char *text, int64_t expected)
{
	int64_t ms = 0;

	assert_int_equal(
	    date_parse(&context, slice_of(format), kind, slice_of(text), &ms),
	    DATE_OK);
	assert_int_equal(ms, expected);
}

static void check_refused(const char *format, enum date_kind kind,
    const char *text, enum date_status expected)
{
	int64_t ms = 0;

	assert_int_equal(
	    date_parse(&context, slice_of(format), kind, slice_of(text), &ms),
	    expected);
}

static void test_date_by_a_pattern_is_written_as_java_does(void **state)
{
	const int64_t ms = 1709647629123;

	(void)state;
	check_text("yyyy-MM-dd HH:mm:ss.SSS", DATE_AND_TIME, ms,
	    "2024-03-05 14:07:09.123");
	check_text("EEEE, d MMMM yy 'at' h 'o''clock' a", DATE_AND_TIME, ms,
	    "Tuesday, 5 March 24 at 2 o'clock PM");
	check_text(
	    "D w W F u k K X z", DATE_AND_TIME, ms, "65 10 2 1 2 14 2 Z UTC");
	check_text("short", DATE_ALONE, ms, "3/5/24");
	check_text("medium_short", DATE_AND_TIME, ms, "Mar 5, 2024, 2:07 PM");
	check_text(
	    "long", DATE_AND_TIME, ms, "March 5, 2024 at 2:07:09 PM UTC");
	/* The day before the Gregorian calendar. */
	check_text("y-M-d", DATE_ALONE, -12219292800001, "1582-10-4");
}

static void test_date_by_a_pattern_is_read_leniently(void **state)
{
	(void)state;
	/* S are milliseconds, however many. */
	check_parse("yyyy-MM-dd HH:mm:ss.S", DATE_AND_TIME,
	    "2022-02-28 20:07:01.795000", 1646079616000);
	check_parse("yyyy-MM-dd", DATE_ALONE, "2024-13-45", 1739491200000);
	check_parse(
	    "yyyy-MM-dd", DATE_ALONE, "2024-03-05 and more", 1709596800000);
	check_parse("yyyyMMdd", DATE_ALONE, "20240305", 1709596800000);
	check_parse("d MMM yy", DATE_ALONE, "5 mar 24", 1709596800000);
	check_parse("h:mm a", TIME_ALONE, "12:30 am", 1800000);
	check_refused("yyyy-MM-dd", DATE_ALONE, "05.03.2024", DATE_NO_MATCH);
	check_refused("yyyy-MM-dd", DATE_ALONE, "", DATE_NO_MATCH);
	check_refused("bogus", DATE_ALONE, "2024", DATE_BAD_FORMAT);
	check_refused("yyyy 'open", DATE_ALONE, "2024", DATE_BAD_FORMAT);
}

static void test_date_of_iso_8601_goes_both_ways(void **state)
{
	(void)state;
	check_text(
	    "iso", DATE_AND_TIME, 1709647629120, "2024-03-05T14:07:09.12Z");
	check_text(
	    "iso_m_nz", DATE_AND_TIME, 1709647629120, "2024-03-05T14:07");
	check_text("xs", DATE_ALONE, 0, "1970-01-01Z");
	check_parse("iso", DATE_AND_TIME, "2024-03-05T16:07:09.12+02:00",
	    1709647629120);
	check_parse("iso", DATE_AND_TIME, "20240305T140709Z", 1709647629000);
	check_parse("iso", TIME_ALONE, "24:00", DAY_MS);
	check_refused("iso", DATE_ALONE, "2023-02-29", DATE_NO_MATCH);
	check_refused("iso", TIME_ALONE, "24:01", DATE_NO_MATCH);
	check_refused("xs", TIME_ALONE, "14:07", DATE_NO_MATCH);
	check_refused("iso x", DATE_ALONE, "2024-03-05", DATE_BAD_FORMAT);
}

static void test_date_of_any_size_neither_overflows_nor_fails(void **state)
{
	struct strbuf text;

	(void)state;
	strbuf_init(&text, STRBUF_NO_LIMIT);
	assert_int_equal(date_to_text(&context, slice_of("iso"), DATE_AND_TIME,
			     INT64_MAX, &text),
	    DATE_OK);
	assert_int_equal(date_to_text(&context, slice_of("yyyy G w"),
			     DATE_AND_TIME, INT64_MIN, &text),
	    DATE_OK);
	strbuf_finish(&text);
	check_parse("S", DATE_AND_TIME, "99999999999999999999999", INT32_MAX);
}

static void test_time_zone_change_has_the_hour_java_gives_it(void **state)
{
	struct time_zone zone;

	(void)state;
	assert_true(time_zone_find(slice_of("Europe/Kiev"), &zone));
	/* 2024-03-31 03:30 is never: it is 04:30 then. */
	assert_int_equal(time_zone_to_utc(&zone, 1711855800000), 1711848600000);
	/* 2024-10-27 03:30 is twice: the second. */
	assert_int_equal(time_zone_to_utc(&zone, 1729999800000), 1729992600000);
	assert_true(time_zone_find(slice_of("GMT+2"), &zone));
	assert_int_equal(time_zone_offset(&zone, 0), 2 * HOUR_MS);
	assert_false(time_zone_find(slice_of("Nowhere/Land"), &zone));
	assert_int_equal(time_zone_offset(&zone, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_date_by_a_pattern_is_written_as_java_does),
	    cmocka_unit_test(test_date_by_a_pattern_is_read_leniently),
	    cmocka_unit_test(test_date_of_iso_8601_goes_both_ways),
	    cmocka_unit_test(test_date_of_any_size_neither_overflows_nor_fails),
	    cmocka_unit_test(test_time_zone_change_has_the_hour_java_gives_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
