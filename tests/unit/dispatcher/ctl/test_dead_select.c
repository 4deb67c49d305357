#include "dispatcher/ctl/dead_select.h"

#include "common/job/job.h"
#include "common/json/json_reader.h"
#include "common/queue/queue_operator.h"

#include "tests/unit/cmocka_test.h"

static const int64_t now_ms = 1795205221795; /* 2026-11-20T20:07:01.795Z */

/* A letter, with the memory of its job. */
struct fixture {
	struct queue_dead_letter letter;
	struct strbuf element;
};

static void make_letter(struct fixture *fixture, const char *object)
{
	static const char zeros[JOB_HEAD_BYTES - 1] = {0};
	struct strbuf msgpack;

	strbuf_init(&msgpack, STRBUF_NO_LIMIT);
	strbuf_init(&fixture->element, STRBUF_NO_LIMIT);
	assert_true(
	    json_read(slice_of(object), JSON_DEPTH_LIMIT, &msgpack, NULL));
	strbuf_append_char(&fixture->element, JOB_HEAD_VERSION);
	strbuf_append(&fixture->element, zeros, sizeof(zeros));
	job_encode_body(&(struct job_body){.route = SLICE_LITERAL("/r"),
			    .received_at_ms = 1,
			    .object = strbuf_slice(&msgpack)},
	    &fixture->element);
	strbuf_finish(&msgpack);
	fixture->letter = (struct queue_dead_letter){
	    .id = "0-17",
	    .group = SLICE_LITERAL("u:u-1"),
	    .element = strbuf_slice(&fixture->element),
	    .died_at_ms = now_ms - 60000,
	    .outcome = OUTCOME_REJECTED,
	    .http_status = 422,
	    .template = SLICE_LITERAL("/etc/relay/event.ftl"),
	};
}

static bool takes(
    const struct fixture *fixture, const struct dead_select_words *words)
{
	struct dead_select select;
	struct err err;
	bool result;

	assert_true(dead_select_init(&select, words, now_ms, &err));
	result = dead_select_takes(&select, &fixture->letter);
	dead_select_finish(&select);
	return result;
}

/* One that holds, and one that does not. */
#define CHECK(field, yes, no) \
	do { \
		assert_true(takes( \
		    &fixture, &(struct dead_select_words){.field = (yes)})); \
		assert_false(takes( \
		    &fixture, &(struct dead_select_words){.field = (no)})); \
	} while (0)

static void test_dead_select_by_each_thing_there_is(void **state)
{
	struct fixture fixture;

	(void)state;
	make_letter(&fixture, "{\"event_type\":\"Opened, twice\"}");
	assert_true(takes(&fixture, &(struct dead_select_words){NULL}));
	CHECK(outcome, "rejected", "render_error");
	CHECK(outcome, "render_error, rejected", "unknown,lease_lost");
	CHECK(status, "422", "400");
	CHECK(status, "400,4xx", "5XX,0");
	CHECK(event_type, "Opened, twice", "Opened");
	CHECK(user, "u-1", "u-2");
	CHECK(template, "event.ftl", "vent.ftl");
	CHECK(template, "relay/event.ftl", "other/event.ftl");
	CHECK(template, "/etc/relay/event.ftl", "x/etc/relay/event.ftl");
	CHECK(since, "1m", "59s");
	CHECK(until, "1m", "61s");
	CHECK(since, "2026-11-20", "2026-11-21");
	CHECK(until, "2026-11-20", "2026-11-19");
	strbuf_finish(&fixture.element);
}

static void test_dead_select_wants_all_that_was_asked_for(void **state)
{
	struct fixture fixture;

	(void)state;
	make_letter(&fixture, "{\"event_type\":\"Opened\"}");
	assert_true(takes(&fixture,
	    &(struct dead_select_words){
		.outcome = "rejected", .status = "422", .user = "u-1"}));
	assert_false(takes(&fixture,
	    &(struct dead_select_words){
		.outcome = "rejected", .status = "400", .user = "u-1"}));
	strbuf_finish(&fixture.element);
}

static void test_dead_select_takes_user_or_device(void **state)
{
	struct dead_select_words words = {.user = "u-1", .device = "d-1"};
	struct fixture fixture;

	(void)state;
	make_letter(&fixture, "{}");
	assert_true(takes(&fixture, &words));
	fixture.letter.group = SLICE_LITERAL("d:d-1");
	assert_true(takes(&fixture, &words));
	fixture.letter.group = SLICE_LITERAL("u:u-1~0000000000000011");
	assert_true(takes(&fixture, &words));
	fixture.letter.group = SLICE_LITERAL("d:u-1");
	assert_false(takes(&fixture, &words));
	strbuf_finish(&fixture.element);
}

static void test_dead_select_knows_nothing_of_what_is_no_job(void **state)
{
	struct fixture fixture;

	(void)state;
	make_letter(&fixture, "{\"event_type\":7}");
	CHECK(outcome, "rejected", "delivered");
	assert_false(
	    takes(&fixture, &(struct dead_select_words){.event_type = "7"}));
	fixture.letter.element = SLICE_LITERAL("garbage");
	fixture.letter.template = slice_make(NULL, 0);
	assert_false(
	    takes(&fixture, &(struct dead_select_words){.event_type = "7"}));
	assert_false(takes(
	    &fixture, &(struct dead_select_words){.template = "event.ftl"}));
	CHECK(user, "u-1", "u-2");
	strbuf_finish(&fixture.element);
}

static void test_dead_select_says_what_is_wrong_with_the_words(void **state)
{
	static const struct {
		struct dead_select_words words;
		const char *complaint;
	} cases[] = {
	    {{.outcome = "rejceted"},
		"--outcome: there is no outcome rejceted"
		"; did you mean rejected?"},
	    {{.outcome = "rejected,"}, "--outcome: there is no outcome "},
	    {{.status = "4x"}, "--status 4x: write 400, or 4xx"},
	    {{.status = "1000"}, "--status 1000: write 400"},
	    {{.status = "-1"}, "--status -1: write 400"},
	    {{.status = "0xx"}, "--status 0xx: write 400"},
	    {{.status = "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17"},
		"--status: at most 16"},
	    {{.user = " "}, "--user: nobody has a blank id"},
	    {{.device = ""}, "--device: no device has a blank id"},
	    {{.since = "yesterday"}, "--since yesterday: write how long ago"},
	    {{.until = "5"}, "--until 5: write how long ago"},
	    {{.since = "1h", .until = "2h"}, "--since is after --until"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct dead_select select;
		struct err err;

		assert_false(
		    dead_select_init(&select, &cases[i].words, now_ms, &err));
		assert_true(
		    slice_starts_with(slice_of(err.text), cases[i].complaint));
		dead_select_finish(&select);
	}
}

static void test_dead_select_knows_that_nothing_was_asked(void **state)
{
	struct dead_select select;

	(void)state;
	assert_true(dead_select_init(
	    &select, &(struct dead_select_words){NULL}, now_ms, NULL));
	assert_true(select.is_everything);
	dead_select_finish(&select);
	assert_true(dead_select_init(
	    &select, &(struct dead_select_words){.until = "0"}, now_ms, NULL));
	assert_false(select.is_everything);
	dead_select_finish(&select);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_dead_select_by_each_thing_there_is),
	    cmocka_unit_test(test_dead_select_wants_all_that_was_asked_for),
	    cmocka_unit_test(test_dead_select_takes_user_or_device),
	    cmocka_unit_test(test_dead_select_knows_nothing_of_what_is_no_job),
	    cmocka_unit_test(
		test_dead_select_says_what_is_wrong_with_the_words),
	    cmocka_unit_test(test_dead_select_knows_that_nothing_was_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
