#include "dispatcher/ctl/ctl_pace.h"

#include "tests/unit/cmocka_test.h"

static void test_ctl_rate_is_read_with_its_unit(void **state)
{
	static const struct {
		const char *text;
		struct ctl_rate rate;
	} cases[] = {
	    {"50", {50, 1000}},
	    {"50/s", {50, 1000}},
	    {"600/m", {600, 60000}},
	    {"10/h", {10, 3600000}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ctl_rate rate;

		assert_true(ctl_rate_parse(slice_of(cases[i].text), &rate));
		assert_int_equal(rate.count, cases[i].rate.count);
		assert_int_equal(rate.per_ms, cases[i].rate.per_ms);
	}
}

static void test_ctl_rate_refuses_what_is_none(void **state)
{
	static const char *const texts[] = {
	    "", "0", "-1/s", "50/", "/s", "50/d", "50/s/s", "1000001", "1.5"};
	struct ctl_rate rate;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		assert_false(ctl_rate_parse(slice_of(texts[i]), &rate));
	}
}

static struct ctl_pace begin(const char *text, int64_t now_ms)
{
	struct ctl_rate rate;
	struct ctl_pace pace;

	assert_true(ctl_rate_parse(slice_of(text), &rate));
	ctl_pace_init(&pace, &rate, now_ms);
	return pace;
}

/* As a caller does it: how many went by `until_ms`. */
static size_t run(struct ctl_pace *pace, int64_t now_ms, int64_t until_ms)
{
	size_t gone = 0;

	while (now_ms <= until_ms) {
		size_t went = ctl_pace_take(pace, 1000, now_ms);

		gone += went;
		if (went == 0) {
			int64_t wait_ms = ctl_pace_wait_ms(pace);

			assert_true(wait_ms > 0);
			now_ms += wait_ms;
		}
	}
	return gone;
}

static void test_ctl_pace_keeps_its_rate(void **state)
{
	static const struct {
		const char *rate;
		int64_t for_ms;
		size_t expected;
	} cases[] = {
	    {"1/s", 10000, 10},
	    {"7/s", 10000, 70},
	    {"1000/s", 10000, 10000},
	    {"1000000/s", 1000, 1000000},
	    {"3/m", 60000, 3},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ctl_pace pace = begin(cases[i].rate, 5);
		size_t gone = run(&pace, 5, 5 + cases[i].for_ms);

		/* The first at once; the last when its time has come. */
		assert_in_range(
		    gone, cases[i].expected * 97 / 100, cases[i].expected + 1);
	}
}

static void test_ctl_pace_saves_no_more_than_a_fifth_of_a_second(void **state)
{
	struct ctl_pace pace = begin("100/s", 0);

	(void)state;
	assert_int_equal(ctl_pace_take(&pace, 1000, 0), 1);
	assert_int_equal(ctl_pace_take(&pace, 1000, INT64_C(1) << 50), 20);
	assert_int_equal(ctl_pace_take(&pace, 1000, INT64_C(1) << 50), 0);
	assert_int_equal(ctl_pace_wait_ms(&pace), 200);
	/* Time that goes back brings nothing. */
	assert_int_equal(ctl_pace_take(&pace, 1000, 0), 0);
}

static void test_ctl_pace_without_a_rate_is_none(void **state)
{
	struct ctl_pace pace;

	(void)state;
	ctl_pace_init(&pace, &(struct ctl_rate){0, 0}, 0);
	assert_int_equal(ctl_pace_take(&pace, 1000, 0), 1000);
	assert_int_equal(ctl_pace_take(&pace, 1000, 0), 1000);
	assert_int_equal(ctl_pace_wait_ms(&pace), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ctl_rate_is_read_with_its_unit),
	    cmocka_unit_test(test_ctl_rate_refuses_what_is_none),
	    cmocka_unit_test(test_ctl_pace_keeps_its_rate),
	    cmocka_unit_test(
		test_ctl_pace_saves_no_more_than_a_fifth_of_a_second),
	    cmocka_unit_test(test_ctl_pace_without_a_rate_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
