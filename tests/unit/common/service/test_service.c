#include "common/service/service.h"

#include <stdlib.h>

#include "common/config/config.h"
#include "common/queue/queue.h"
#include "tests/unit/cmocka_test.h"

enum {
	HOUR_MS = 3600000,
	MINUTE_MS = 60000,
};

/* What becomes of one destination. */
static struct queue_destination list_one(
    const struct config_destination *destination)
{
	const struct config config = {
	    .destinations = (struct config_destination *)destination,
	    .destination_count = 1,
	};
	struct queue_destination *list = service_list_destinations(&config);
	struct queue_destination first = list[0];

	free(list);
	return first;
}

static void test_service_destination_is_told_in_full(void **state)
{
	char name[] = "event";
	char bucket[] = "default";
	int after[] = {2};
	const struct config_destination from = {
	    .name = name,
	    .order = CONFIG_ORDER_USER,
	    .coalesce = CONFIG_COALESCE_LATEST,
	    .after = after,
	    .after_count = 1,
	    .after_limit_ms = 1,
	    .dedupe_for_ms = 2,
	    .max_depth = 3,
	    .max_group = 4,
	    .max_lease_losses = 5,
	    .dead_limit = 6,
	    .history = 7,
	    .rate_limit = 8,
	    .rate_bucket = bucket,
	    .probe_every_ms = 9,
	};
	struct queue_destination to = list_one(&from);

	(void)state;
	assert_string_equal(to.name, "event");
	assert_false(to.is_unordered);
	assert_true(to.is_coalescing);
	assert_ptr_equal(to.after, after);
	assert_int_equal(to.after_count, 1);
	assert_int_equal(to.after_limit_ms, 1);
	assert_int_equal(to.dedupe_for_ms, 2);
	assert_int_equal(to.max_depth, 3);
	assert_int_equal(to.max_group, 4);
	assert_int_equal(to.max_lease_losses, 5);
	assert_int_equal(to.dead_limit, 6);
	assert_int_equal(to.history, 7);
	assert_int_equal(to.rate_limit, 8);
	assert_string_equal(to.rate_bucket, "default");
	assert_int_equal(to.probe_every_ms, 9);
}

static void test_service_remembers_what_was_sent_where_it_matters(void **state)
{
	struct config_destination from = {.endpoint = CONFIG_ENDPOINT_EVENT};

	(void)state;
	assert_int_equal(list_one(&from).sent_for_ms, 0);
	from.unchanged_for_ms = HOUR_MS;
	assert_int_equal(list_one(&from).sent_for_ms, HOUR_MS);
	from.unchanged_for_ms = 1;
	assert_int_equal(list_one(&from).sent_for_ms, 2 * MINUTE_MS);
	from.unchanged_for_ms = 0;
	from.endpoint = CONFIG_ENDPOINT_CONTACT;
	assert_int_equal(list_one(&from).sent_for_ms, 2 * MINUTE_MS);
	from.order = CONFIG_ORDER_NONE;
	assert_int_equal(list_one(&from).sent_for_ms, 0);
	assert_true(list_one(&from).is_unordered);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_service_destination_is_told_in_full),
	    cmocka_unit_test(
		test_service_remembers_what_was_sent_where_it_matters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
