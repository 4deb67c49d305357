#include "dispatcher/ctl/ctl_summary.h"

#include "tests/unit/cmocka_test.h"

static void test_ctl_summary_of_nothing_is_nothing(void **state)
{
	struct ctl_summary summary;

	(void)state;
	ctl_summary_init(&summary);
	assert_int_equal(ctl_summary_took_ms(&summary, 50), -1);
	ctl_summary_add(&summary, NULL, 0);
	assert_int_equal(summary.done, 0);
	assert_int_equal(summary.last_delivered_at_ms, 0);
	assert_int_equal(ctl_summary_took_ms(&summary, 99), -1);
	ctl_summary_finish(&summary);
}

static void test_ctl_summary_counts_outcomes_and_times(void **state)
{
	static const struct queue_done jobs[] = {
	    {.done_at_ms = 500, .outcome = OUTCOME_SKIPPED},
	    {.done_at_ms = 400, .outcome = OUTCOME_DELIVERED, .took_ms = 30},
	    {.done_at_ms = 300, .outcome = OUTCOME_DELIVERED, .took_ms = 10},
	    {.done_at_ms = 200, .outcome = OUTCOME_REJECTED, .took_ms = 999},
	    {.done_at_ms = 450, .outcome = OUTCOME_DELIVERED, .took_ms = 20},
	};
	struct ctl_summary summary;

	(void)state;
	ctl_summary_init(&summary);
	ctl_summary_add(&summary, jobs, ARRAY_LEN(jobs));
	assert_int_equal(summary.done, 5);
	assert_int_equal(summary.outcomes[OUTCOME_DELIVERED], 3);
	assert_int_equal(summary.outcomes[OUTCOME_SKIPPED], 1);
	assert_int_equal(summary.outcomes[OUTCOME_REJECTED], 1);
	assert_int_equal(summary.first_done_at_ms, 200);
	assert_int_equal(summary.last_delivered_at_ms, 450);
	assert_int_equal(ctl_summary_took_ms(&summary, 50), 20);
	assert_int_equal(ctl_summary_took_ms(&summary, 99), 30);
	ctl_summary_finish(&summary);
}

static void test_ctl_summary_99_of_100_leave_one_out(void **state)
{
	struct queue_done jobs[100];
	struct ctl_summary summary;

	(void)state;
	for (int i = 0; i < 100; i++) {
		jobs[i] = (struct queue_done){
		    .outcome = OUTCOME_DELIVERED, .took_ms = 100 - i};
	}
	ctl_summary_init(&summary);
	ctl_summary_add(&summary, jobs, ARRAY_LEN(jobs));
	assert_int_equal(ctl_summary_took_ms(&summary, 50), 50);
	assert_int_equal(ctl_summary_took_ms(&summary, 99), 99);
	ctl_summary_finish(&summary);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ctl_summary_of_nothing_is_nothing),
	    cmocka_unit_test(test_ctl_summary_counts_outcomes_and_times),
	    cmocka_unit_test(test_ctl_summary_99_of_100_leave_one_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
