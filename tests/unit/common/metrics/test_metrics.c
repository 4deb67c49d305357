#include "common/metrics/metrics.h"

#include "tests/unit/cmocka_test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
	struct metrics *metrics;
	struct strbuf out;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fixture->metrics = metrics_create();
	strbuf_init(&fixture->out, STRBUF_NO_LIMIT);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	strbuf_finish(&fixture->out);
	metrics_destroy(fixture->metrics);
	free(fixture);
	return 0;
}

static const char *render(struct fixture *fixture)
{
	strbuf_clear(&fixture->out);
	metrics_render(fixture->metrics, &fixture->out);
	assert_false(strbuf_failed(&fixture->out));
	return strbuf_text(&fixture->out);
}

static void assert_has_line(const char *text, const char *line)
{
	const char *found = strstr(text, line);

	if (found == NULL || (found != text && found[-1] != '\n') ||
	    found[strlen(line)] != '\n') {
		fail_msg("no line %s in:\n%s", line, text);
	}
}

static void test_metrics_get_finds_the_same_series_again(void **state)
{
	struct fixture *fixture = *state;
	struct metric *first = metrics_get(
	    fixture->metrics, METRICS_ATTEMPTS, "event", "delivered");

	assert_ptr_equal(first,
	    metrics_get(
		fixture->metrics, METRICS_ATTEMPTS, "event", "delivered"));
	assert_ptr_not_equal(first,
	    metrics_get(
		fixture->metrics, METRICS_ATTEMPTS, "event", "rejected"));
	assert_ptr_not_equal(first,
	    metrics_get(
		fixture->metrics, METRICS_ATTEMPTS, "device", "delivered"));
	assert_ptr_equal(first,
	    metrics_get(
		fixture->metrics, METRICS_ATTEMPTS, "event", "delivered"));
}

static void test_metrics_counters_and_gauges_are_rendered(void **state)
{
	struct fixture *fixture = *state;
	struct metric *lost =
	    metrics_get(fixture->metrics, METRICS_REDIS_RECONNECTS, NULL, NULL);
	struct metric *depth =
	    metrics_get(fixture->metrics, METRICS_DEPTH, "event", NULL);
	const char *text;

	metric_add(lost, 1);
	metric_add(lost, 2);
	metric_set(depth, 10);
	metric_add(depth, -3.5);
	assert_true(metric_value(depth) == 6.5);
	metric_set(
	    metrics_get(fixture->metrics, METRICS_LEDGER, "event", "accepted"),
	    9007199254740991.0);
	text = render(fixture);
	assert_has_line(text, "relay_redis_reconnects_total 3");
	assert_has_line(text, "relay_depth{destination=\"event\"} 6.5");
	assert_has_line(text,
	    "relay_ledger_total{destination=\"event\",entry=\"accepted\"} "
	    "9007199254740991");
}

static void test_metrics_odd_numbers_have_prometheus_words(void **state)
{
	struct fixture *fixture = *state;
	struct metric *gauge =
	    metrics_get(fixture->metrics, METRICS_REDIS_UP, NULL, NULL);

	metric_set(gauge, NAN);
	assert_has_line(render(fixture), "relay_redis_up NaN");
	metric_set(gauge, INFINITY);
	assert_has_line(render(fixture), "relay_redis_up +Inf");
	metric_set(gauge, -INFINITY);
	assert_has_line(render(fixture), "relay_redis_up -Inf");
	metric_set(gauge, 0.1);
	assert_has_line(render(fixture), "relay_redis_up 0.1");
	metric_set(gauge, 0.1 + 0.2);
	assert_has_line(render(fixture), "relay_redis_up 0.30000000000000004");
}

static void test_metrics_label_values_are_escaped(void **state)
{
	struct fixture *fixture = *state;

	metric_add(metrics_get(fixture->metrics, METRICS_REQUESTS,
		       "/a\"b\\c\nd", "200"),
	    1);
	assert_has_line(render(fixture),
	    "relay_ingest_requests_total{route=\"/a\\\"b\\\\c\\nd\","
	    "status=\"200\"} 1");
}

static void test_metrics_histogram_buckets_add_up(void **state)
{
	struct fixture *fixture = *state;
	struct metric *seconds = metrics_get(
	    fixture->metrics, METRICS_ATTEMPT_SECONDS, "event", NULL);
	const char *text;

	metric_observe(seconds, 0);
	metric_observe(seconds, 0.0005);
	metric_observe(seconds, 0.25);
	metric_observe(seconds, 30);
	metric_observe(seconds, 31);
	assert_true(metric_value(seconds) == 5);
	text = render(fixture);
#define BUCKET(le, count) \
	"relay_attempt_seconds_bucket{destination=\"event\",le=\"" le \
	"\"} " count
	assert_has_line(text, BUCKET("0.0005", "2"));
	assert_has_line(text, BUCKET("0.1", "2"));
	assert_has_line(text, BUCKET("0.25", "3"));
	assert_has_line(text, BUCKET("10", "3"));
	assert_has_line(text, BUCKET("30", "4"));
	assert_has_line(text, BUCKET("+Inf", "5"));
#undef BUCKET
	assert_has_line(
	    text, "relay_attempt_seconds_sum{destination=\"event\"} 61.2505");
	assert_has_line(
	    text, "relay_attempt_seconds_count{destination=\"event\"} 5");
}

static void test_metrics_histogram_without_labels_has_le_alone(void **state)
{
	struct fixture *fixture = *state;

	metric_observe(
	    metrics_get(fixture->metrics, METRICS_REQUEST_SECONDS, NULL, NULL),
	    2);
	assert_has_line(render(fixture),
	    "relay_ingest_request_seconds_bucket{le=\"2.5\"} 1");
	assert_has_line(
	    render(fixture), "relay_ingest_request_seconds_count 1");
}

static void test_metrics_all_families_are_there_in_table_order(void **state)
{
	struct fixture *fixture = *state;
	const char *place = render(fixture);
	char wanted[512];

#define CHECK_ROW(id, type, name, first, second, help) \
	(void)snprintf(wanted, sizeof(wanted), "# HELP %s %s\n# TYPE %s ", \
	    (name), (help), (name)); \
	place = strstr(place, wanted); \
	assert_non_null(place);
	METRICS_TABLE(CHECK_ROW)
#undef CHECK_ROW
	assert_has_line(render(fixture), "# TYPE relay_redis_up gauge");
	assert_has_line(
	    render(fixture), "# TYPE relay_redis_reconnects_total counter");
	assert_has_line(
	    render(fixture), "# TYPE relay_attempt_seconds histogram");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(test_metrics_get_finds_the_same_series_again),
	    TEST(test_metrics_counters_and_gauges_are_rendered),
	    TEST(test_metrics_odd_numbers_have_prometheus_words),
	    TEST(test_metrics_label_values_are_escaped),
	    TEST(test_metrics_histogram_buckets_add_up),
	    TEST(test_metrics_histogram_without_labels_has_le_alone),
	    TEST(test_metrics_all_families_are_there_in_table_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
