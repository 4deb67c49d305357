#include "dispatcher/ctl/ctl_time.h"

#include "tests/unit/cmocka_test.h"

enum {
	MINUTE_MS = 60 * 1000,
	DAY_MS = 24 * 60 * MINUTE_MS,
};

static const int64_t now_ms = 1795205221795; /* 2026-11-20T20:07:01.795Z */

static void check(const char *text, int64_t first_ms, int64_t last_ms)
{
	struct ctl_time time;

	assert_true(ctl_time_parse(slice_of(text), now_ms, &time));
	assert_int_equal(time.first_ms, first_ms);
	assert_int_equal(time.last_ms, last_ms);
}

static void test_ctl_time_of_a_span_is_so_long_ago(void **state)
{
	(void)state;
	check("90m", now_ms - INT64_C(90) * MINUTE_MS,
	    now_ms - INT64_C(90) * MINUTE_MS);
	check("7d", now_ms - 7 * (int64_t)DAY_MS, now_ms - 7 * (int64_t)DAY_MS);
	check("0", now_ms, now_ms);
}

static void test_ctl_time_is_all_of_what_was_written(void **state)
{
	const int64_t day_ms = 1795132800000;
	const int64_t minute_ms = 1795205220000;

	(void)state;
	check("2026-11-20", day_ms, day_ms + DAY_MS - 1);
	check("2026-11-20T20:07", minute_ms, minute_ms + MINUTE_MS - 1);
	check("2026-11-20 20:07Z", minute_ms, minute_ms + MINUTE_MS - 1);
	check("2026-11-20T20:07:01", minute_ms + 1000, minute_ms + 1999);
	check("2026-11-20T20:07:01.7Z", minute_ms + 1700, minute_ms + 1799);
	check("2026-11-20T20:07:01.795Z", now_ms, now_ms);
	check("2026-11-20T20:07:01.795123Z", now_ms, now_ms);
}

static void test_ctl_time_knows_zones(void **state)
{
	(void)state;
	check("2026-11-20T22:07:01.795+02:00", now_ms, now_ms);
	check("2026-11-20T22:07:01.795+02", now_ms, now_ms);
	check("2026-11-20T14:37:01.795-0530", now_ms, now_ms);
}

static void test_ctl_time_knows_the_calendar(void **state)
{
	(void)state;
	check("1970-01-01", 0, DAY_MS - 1);
	check("2000-02-29", 951782400000, 951782400000 + DAY_MS - 1);
	check("2000-03-01", 951868800000, 951868800000 + DAY_MS - 1);
	check("2024-12-31", 1735603200000, 1735603200000 + DAY_MS - 1);
	check("2100-03-01", 4107542400000, 4107542400000 + DAY_MS - 1);
}

static void test_ctl_time_refuses_what_is_none(void **state)
{
	static const char *const texts[] = {"", "yesterday", "5", "5 m", "-5m",
	    "2026", "2026-11", "2026-13-01", "2026-00-01", "2026-02-29",
	    "2100-02-29", "2026-11-31", "2026-11-20T", "2026-11-20T20",
	    "2026-11-20T24:00", "2026-11-20T20:60", "2026-11-20T20:07:60",
	    "2026-11-20T20:07:01.", "2026-11-20T20:07:01.795ZZ",
	    "2026-11-20T20:07+", "2026-11-20T20:07+2:00", "2026-11-20Z",
	    "1969-12-31", "2026-1-1", "2026-11--1", "20:07"};
	struct ctl_time time;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		assert_false(ctl_time_parse(slice_of(texts[i]), 0, &time));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ctl_time_of_a_span_is_so_long_ago),
	    cmocka_unit_test(test_ctl_time_is_all_of_what_was_written),
	    cmocka_unit_test(test_ctl_time_knows_zones),
	    cmocka_unit_test(test_ctl_time_knows_the_calendar),
	    cmocka_unit_test(test_ctl_time_refuses_what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
