#include "dispatcher/pause.h"

#include "tests/unit/cmocka_test.h"

static void test_pause_begins_with_a_429_and_leaves_no_room(void **state)
{
	struct pause pause = {.state = PAUSE_OPEN};

	(void)state;
	assert_int_equal(pause_room(&pause, 64), 64);
	assert_int_equal(
	    pause_note(&pause, OUTCOME_THROTTLED, 900, 500, 1000), PAUSE_BEGAN);
	assert_int_equal(pause.until_ms, 1500);
	assert_int_equal(pause_room(&pause, 64), 0);
}

static void test_pause_over_lets_one_job_through(void **state)
{
	struct pause pause = {.state = PAUSE_OPEN};

	(void)state;
	(void)pause_note(&pause, OUTCOME_THROTTLED, 900, 500, 1000);
	pause_elapse(&pause, 1499);
	assert_int_equal(pause_room(&pause, 64), 0);
	pause_elapse(&pause, 1500);
	assert_int_equal(pause_room(&pause, 64), 1);
	assert_int_equal(pause_room(&pause, 0), 0);
}

static void test_pause_ends_with_the_probes_answer(void **state)
{
	static const enum outcome answers[] = {
	    OUTCOME_DELIVERED, OUTCOME_REJECTED, OUTCOME_CONFLICT};

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct pause pause = {.state = PAUSE_OPEN};

		(void)pause_note(&pause, OUTCOME_UNAUTHORIZED, 900, 500, 1000);
		pause_elapse(&pause, 1500);
		assert_int_equal(
		    pause_note(&pause, OUTCOME_SKIPPED, 1500, 0, 1510),
		    PAUSE_SAME);
		assert_int_equal(
		    pause_note(&pause, OUTCOME_SERVER_ERROR, 1510, 0, 1520),
		    PAUSE_SAME);
		assert_int_equal(pause_room(&pause, 64), 1);
		assert_int_equal(
		    pause_note(&pause, answers[i], 1530, 0, 1600), PAUSE_ENDED);
		assert_int_equal(pause_room(&pause, 64), 64);
		assert_int_equal(pause.streak, 0);
	}
}

static void test_pause_again_after_a_probe_lengthens_the_streak(void **state)
{
	struct pause pause = {.state = PAUSE_OPEN};

	(void)state;
	assert_int_equal(pause_streak_with(&pause, 900), 1);
	(void)pause_note(&pause, OUTCOME_THROTTLED, 900, 500, 1000);
	pause_elapse(&pause, 1500);
	assert_int_equal(pause_streak_with(&pause, 1510), 2);
	assert_int_equal(pause_note(&pause, OUTCOME_THROTTLED, 1510, 900, 1600),
	    PAUSE_BEGAN);
	assert_int_equal(pause.streak, 2);
	assert_int_equal(pause.until_ms, 2500);
}

static void test_pause_ignores_what_was_sent_before_it(void **state)
{
	struct pause pause = {.state = PAUSE_OPEN};

	(void)state;
	(void)pause_note(&pause, OUTCOME_THROTTLED, 900, 500, 1000);
	assert_int_equal(pause_streak_with(&pause, 950), 1);
	assert_int_equal(
	    pause_note(&pause, OUTCOME_THROTTLED, 950, 800, 1100), PAUSE_SAME);
	assert_int_equal(pause.streak, 1);
	assert_int_equal(pause.until_ms, 1500);
	pause_elapse(&pause, 1500);
	assert_int_equal(
	    pause_note(&pause, OUTCOME_DELIVERED, 950, 0, 1550), PAUSE_SAME);
	assert_int_equal(pause_room(&pause, 64), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pause_begins_with_a_429_and_leaves_no_room),
	    cmocka_unit_test(test_pause_over_lets_one_job_through),
	    cmocka_unit_test(test_pause_ends_with_the_probes_answer),
	    cmocka_unit_test(
		test_pause_again_after_a_probe_lengthens_the_streak),
	    cmocka_unit_test(test_pause_ignores_what_was_sent_before_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
