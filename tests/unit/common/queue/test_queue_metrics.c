#include "tests/unit/cmocka_test.h"

#include "common/queue/queue_metrics.h"

#include "common/base/attr.h"
#include "common/metrics/metrics.h"
#include "common/queue/queue_operator.h"

static double value_of(struct metrics *metrics, enum metric_family family,
    const char *destination, const char *second)
{
	return metric_value(metrics_get(metrics, family, destination, second));
}

static void assert_value(double actual, double expected)
{
	if (actual != expected) {
		fail_msg("is %g, not %g", actual, expected);
	}
}

static void test_queue_metrics_show_each_destination(void **state)
{
	const struct queue_stats stats[] = {
	    {.destination = "event",
		.accepted = 10,
		.delivered = 5,
		.dead = 2,
		.pending = 3,
		.dead_now = 2,
		.ready = 1,
		.leased = 2,
		.waiting = 4,
		.seen = 8,
		.sent = 9,
		.hold = {.reason = QUEUE_HOLD_BURNING},
		.oldest_age_ms = 2500},
	    {.destination = "gone", .pending = 7, .oldest_age_ms = -1},
	};
	struct metrics *metrics = metrics_create();

	(void)state;
	queue_metrics_set(metrics, stats, ARRAY_LEN(stats));
	assert_value(value_of(metrics, METRICS_DEPTH, "event", NULL), 3);
	assert_value(value_of(metrics, METRICS_READY, "event", NULL), 1);
	assert_value(value_of(metrics, METRICS_LEASED, "event", NULL), 2);
	assert_value(value_of(metrics, METRICS_WAITING, "event", NULL), 4);
	assert_value(value_of(metrics, METRICS_DEAD_NOW, "event", NULL), 2);
	assert_value(
	    value_of(metrics, METRICS_REMEMBERED, "event", "deliveries"), 8);
	assert_value(
	    value_of(metrics, METRICS_REMEMBERED, "event", "bodies"), 9);
	assert_value(
	    value_of(metrics, METRICS_OLDEST_SECONDS, "event", NULL), 2.5);
	assert_value(
	    value_of(metrics, METRICS_LEDGER, "event", "accepted"), 10);
	assert_value(
	    value_of(metrics, METRICS_LEDGER, "event", "delivered"), 5);
	assert_value(value_of(metrics, METRICS_HOLD, "event", "burning"), 1);
	assert_value(value_of(metrics, METRICS_HOLD, "event", "full"), 0);
	assert_value(value_of(metrics, METRICS_HOLD, "gone", "burning"), 0);
	assert_value(value_of(metrics, METRICS_DEPTH, "gone", NULL), 7);
	assert_value(
	    value_of(metrics, METRICS_OLDEST_SECONDS, "gone", NULL), 0);
	metrics_destroy(metrics);
}

static void test_queue_metrics_show_what_the_ledger_is_off_by(void **state)
{
	struct queue_stats stats = {.destination = "event",
	    .accepted = 10,
	    .pending = 10,
	    .oldest_age_ms = 1};
	struct metrics *metrics = metrics_create();

	(void)state;
	queue_metrics_set(metrics, &stats, 1);
	assert_value(
	    value_of(metrics, METRICS_LEDGER_DIFFERENCE, "event", "jobs"), 0);
	assert_value(
	    value_of(metrics, METRICS_LEDGER_DIFFERENCE, "event", "dead"), 0);
	stats.pending = 9;
	stats.dead_now = 2;
	queue_metrics_set(metrics, &stats, 1);
	assert_value(
	    value_of(metrics, METRICS_LEDGER_DIFFERENCE, "event", "jobs"), 1);
	assert_value(
	    value_of(metrics, METRICS_LEDGER_DIFFERENCE, "event", "dead"), -2);
	metrics_destroy(metrics);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_queue_metrics_show_each_destination),
	    cmocka_unit_test(test_queue_metrics_show_what_the_ledger_is_off_by),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
