#include "dispatcher/render.h"

#include "common/base/strbuf.h"
#include "common/config/config.h"
#include "common/job/job.h"
#include "common/json/json_reader.h"

#include "tests/unit/cmocka_test.h"

#include <stdio.h>

/* A configuration with one destination, changed by each test. */
static struct config_destination destination;
static struct config config;

static int set_up(void **state)
{
	static char name[] = "event";
	static char path[] = "event.ftl";
	static char source[] = "{\"a\": \"${input.a}\"}";
	static char nothing[] = "";
	static char config_path[] = "relay.yaml";
	static char identity[] = "user_id";
	static char vars[] = "{\"plans\": {\"pro\": 7}}";

	(void)state;
	destination = (struct config_destination){
	    .name = name,
	    .endpoint = CONFIG_ENDPOINT_ANY,
	    .template_path = path,
	    .template_source = source,
	    .when = nothing,
	    .when_line = 12,
	    .line = 9,
	};
	config = (struct config){
	    .path = config_path,
	    .identity = identity,
	    .template = {.max_steps = 10000,
		.max_memory_bytes = 1 << 20,
		.max_output_bytes = 1 << 16,
		.max_depth = 32},
	    .destinations = &destination,
	    .destination_count = 1,
	    .vars_json = vars,
	};
	return 0;
}

/* Renders `input`, a JSON object. */
static enum render_status render(
    const char *input, struct strbuf *body, struct err *err)
{
	struct render *made = render_create(&config, err);
	struct strbuf object;
	struct job job = {.accepted_at_ms = 1795166400123};
	struct render_job render_job = {
	    .job = &job, .id = "0-17", .attempt = 3};
	enum render_status status;

	assert_non_null(made);
	strbuf_init(&object, STRBUF_NO_LIMIT);
	assert_true(
	    json_read(slice_of(input), JSON_DEPTH_LIMIT, &object, NULL));
	job.body = (struct job_body){
	    .route = slice_of("/amplitude/events"),
	    .delivery_id = slice_of("d-1"),
	    .received_at_ms = 1795166400001,
	    .object = strbuf_slice(&object),
	};
	status = render_body(made, 0, &render_job, body, err);
	strbuf_finish(&object);
	render_destroy(made);
	return status;
}

static void assert_body(const char *input, const char *expected)
{
	struct err err = {.text = ""};
	struct strbuf body;

	strbuf_init(&body, STRBUF_NO_LIMIT);
	if (render(input, &body, &err) != RENDER_DONE) {
		fail_msg("%s", err.text);
	}
	assert_string_equal(strbuf_text(&body), expected);
	strbuf_finish(&body);
}

/* Fails with a text that begins with `start` and has `part` in it. */
static void assert_failed(
    const char *input, const char *start, const char *part)
{
	struct err err = {.text = ""};
	struct strbuf body;

	strbuf_init(&body, STRBUF_NO_LIMIT);
	assert_int_equal(render(input, &body, &err), RENDER_FAILED);
	if (strncmp(err.text, start, strlen(start)) != 0 ||
	    strstr(err.text, part) == NULL) {
		fail_msg("'%s' is not '%s...%s'", err.text, start, part);
	}
	strbuf_finish(&body);
}

static void assert_not_created(const char *start)
{
	struct err err = {.text = ""};

	assert_null(render_create(&config, &err));
	if (strncmp(err.text, start, strlen(start)) != 0) {
		fail_msg("'%s' is not '%s...'", err.text, start);
	}
}

static void test_render_escapes_texts_unless_told_not_to(void **state)
{
	(void)state;
	assert_body("{\"a\": \"x\\\"y\"}", "{\"a\": \"x\\\"y\"}");
	destination.escape = CONFIG_ESCAPE_OFF;
	assert_failed("{\"a\": \"x\\\"y\"}", "event.ftl: ", "not JSON");
}

static void test_render_omits_what_is_empty_when_told_to(void **state)
{
	static char source[] = "{\"a\": \"${input.a!}\", \"l\": [{\"value\": "
			       "\"${input.a!}\"}], \"n\": 1.50}";
	static char name[] = "l";
	static char *keep[] = {name};

	(void)state;
	destination.template_source = source;
	assert_body("{}",
	    "{\"a\": \"\", \"l\": [{\"value\": \"\"}], "
	    "\"n\": 1.50}");
	destination.omit_empty = true;
	assert_body("{}", "{ \"n\": 1.50}");
	destination.keep = keep;
	destination.keep_count = 1;
	assert_body("{}", "{ \"l\": [], \"n\": 1.50}");
}

static void test_render_shows_the_object_to_the_template(void **state)
{
	(void)state;
	assert_body("{\"a\": \"x\"}", "{\"a\": \"x\"}");
}

static void test_render_shows_vars_and_identity(void **state)
{
	static char source[] =
	    "[${vars.plans.pro}, \"${identity}\", \"${input[identity]}\"]";

	(void)state;
	destination.template_source = source;
	assert_body("{\"user_id\": \"u-1\"}", "[7, \"user_id\", \"u-1\"]");
}

static void test_render_shows_the_delivery(void **state)
{
	static char source[] =
	    "[\"${relay.id}\", \"${relay.destination}\", \"${relay.route}\", "
	    "${relay.received_at}, ${relay.accepted_at}, ${relay.attempt}, "
	    "\"${relay.delivery_id}\"]";

	(void)state;
	destination.template_source = source;
	assert_body("{}",
	    "[\"0-17\", \"event\", \"/amplitude/events\", 1795166400001, "
	    "1795166400123, 3, \"d-1\"]");
}

static void test_render_declined_by_its_condition_makes_no_body(void **state)
{
	static char when[] = "input.a != \"x\"";
	struct err err = {.text = ""};
	struct strbuf body;

	(void)state;
	destination.when = when;
	strbuf_init(&body, STRBUF_NO_LIMIT);
	assert_int_equal(
	    render("{\"a\": \"x\"}", &body, &err), RENDER_DECLINED);
	assert_int_equal(body.len, 0);
	strbuf_finish(&body);
	assert_body("{\"a\": \"y\"}", "{\"a\": \"y\"}");
}

static void test_render_with_a_failing_condition_fails_by_its_name(void **state)
{
	static char when[] = "input.b == 1";

	(void)state;
	destination.when = when;
	assert_failed("{\"a\": \"x\"}", "destinations.event.when:1:", "");
}

static void test_render_error_has_template_line_and_column(void **state)
{
	static char source[] = "{\n  \"b\": ${input.b}}";

	(void)state;
	destination.template_source = source;
	assert_failed("{\"a\": \"s3cret\"}", "event.ftl:2:10: ", "input.b");
}

static void test_render_of_what_is_no_json_fails_without_values(void **state)
{
	struct err err = {.text = ""};
	struct strbuf body;

	(void)state;
	destination.escape = CONFIG_ESCAPE_OFF;
	strbuf_init(&body, STRBUF_NO_LIMIT);
	assert_int_equal(
	    render("{\"a\": \"s3\\\"cret\"}", &body, &err), RENDER_FAILED);
	assert_non_null(strstr(
	    err.text, "event.ftl: the output is not JSON: line 1, column "));
	assert_null(strstr(err.text, "cret"));
	/* For relayctl to show. */
	assert_string_equal(strbuf_text(&body), "{\"a\": \"s3\"cret\"}");
	strbuf_finish(&body);
}

static void test_render_past_the_endpoints_limits_fails(void **state)
{
	(void)state;
	destination.endpoint = CONFIG_ENDPOINT_DEVICE;
	assert_failed("{\"a\": \"x\"}", "event.ftl: deviceId is missing", "");
}

static void test_render_past_its_budget_fails(void **state)
{
	static char source[] = "[<#list 1..100000 as i>${i},</#list>0]";

	(void)state;
	destination.template_source = source;
	assert_failed("{}", "event.ftl", "steps");
}

static void test_render_is_not_created_with_a_broken_template(void **state)
{
	static char source[] = "{\n  ${input.}\n}";

	(void)state;
	destination.template_source = source;
	assert_not_created(
	    "relay.yaml:9: destinations.event.template: event.ftl:2:");
}

static void test_render_is_not_created_with_a_broken_condition(void **state)
{
	static char when[] = "input.a ==";

	(void)state;
	destination.when = when;
	assert_not_created("relay.yaml:12: destinations.event.when:1:");
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_render_shows_the_object_to_the_template),
	    TEST(test_render_escapes_texts_unless_told_not_to),
	    TEST(test_render_omits_what_is_empty_when_told_to),
	    TEST(test_render_shows_vars_and_identity),
	    TEST(test_render_shows_the_delivery),
	    TEST(test_render_declined_by_its_condition_makes_no_body),
	    TEST(test_render_with_a_failing_condition_fails_by_its_name),
	    TEST(test_render_error_has_template_line_and_column),
	    TEST(test_render_of_what_is_no_json_fails_without_values),
	    TEST(test_render_past_the_endpoints_limits_fails),
	    TEST(test_render_past_its_budget_fails),
	    TEST(test_render_is_not_created_with_a_broken_template),
	    TEST(test_render_is_not_created_with_a_broken_condition),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
