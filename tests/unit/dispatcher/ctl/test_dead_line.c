#include "dispatcher/ctl/dead_line.h"

#include <stdlib.h>

#include "common/base/mem.h"
#include "common/job/job.h"
#include "common/json/json_reader.h"

#include "tests/unit/cmocka_test.h"

/* A job of that number and object. */
static void append_element(
    struct strbuf *out, unsigned char number, const char *object)
{
	struct strbuf msgpack;

	strbuf_init(&msgpack, STRBUF_NO_LIMIT);
	assert_true(
	    json_read(slice_of(object), JSON_DEPTH_LIMIT, &msgpack, NULL));
	strbuf_append_char(out, JOB_HEAD_VERSION);
	while (out->len < JOB_HEAD_BYTES) {
		strbuf_append_char(out, '\0');
	}
	/* The last byte of the id, wherever the head has it. */
	for (size_t at = 1; at < JOB_HEAD_BYTES; at++) {
		struct job job;

		out->data[at] = (char)number;
		if (job_decode_head(strbuf_slice(out), &job) &&
		    job.id == number) {
			break;
		}
		out->data[at] = '\0';
	}
	job_encode_body(&(struct job_body){.route = SLICE_LITERAL("/r"),
			    .received_at_ms = 1,
			    .object = strbuf_slice(&msgpack)},
	    out);
	strbuf_finish(&msgpack);
}

static const struct queue_dead_letter sample = {
    .id = "0-17",
    .group = {"u:u-1", 5},
    .died_at_ms = 1795205221795,
    .outcome = OUTCOME_REJECTED,
    .http_status = 400,
    .note = {"no such event", 13},
    .attempts = 2,
    .first_at_ms = 1795205220001,
    .losses = 1,
    .history = {{1795205220001, OUTCOME_SERVER_ERROR, 503, 12},
	{1795205221700, OUTCOME_REJECTED, 400, 41}},
    .history_count = 2,
    .body = {"{\"a\": 1}", 8},
    .template = {"event.ftl", 9},
};

static void assert_same(struct slice a, struct slice b)
{
	assert_true(slice_equal(a, b));
}

static void check_round_trip(const struct queue_dead_letter *letter)
{
	struct dead_line line;
	struct strbuf text;
	struct err err;

	strbuf_init(&text, STRBUF_NO_LIMIT);
	dead_line_append(&text, "event", letter, false);
	assert_true(dead_line_parse(&line, strbuf_slice(&text), &err));
	assert_string_equal(line.destination, "event");
	assert_string_equal(line.letter.id, letter->id);
	assert_same(line.letter.group, letter->group);
	assert_same(line.letter.element, letter->element);
	assert_int_equal(line.letter.died_at_ms, letter->died_at_ms);
	assert_int_equal(line.letter.outcome, letter->outcome);
	assert_int_equal(line.letter.http_status, letter->http_status);
	assert_same(line.letter.note, letter->note);
	assert_int_equal(line.letter.attempts, letter->attempts);
	assert_int_equal(line.letter.first_at_ms, letter->first_at_ms);
	assert_int_equal(line.letter.losses, letter->losses);
	assert_int_equal(line.letter.history_count, letter->history_count);
	for (size_t i = 0; i < letter->history_count; i++) {
		const struct queue_attempt *back = &line.letter.history[i];

		assert_int_equal(back->at_ms, letter->history[i].at_ms);
		assert_int_equal(back->outcome, letter->history[i].outcome);
		assert_int_equal(
		    back->http_status, letter->history[i].http_status);
		assert_int_equal(back->took_ms, letter->history[i].took_ms);
	}
	assert_same(line.letter.body, letter->body);
	assert_same(line.letter.template, letter->template);
	dead_line_finish(&line);
	strbuf_finish(&text);
}

static void test_dead_line_keeps_all_of_a_letter(void **state)
{
	struct queue_dead_letter letter = sample;
	struct strbuf element;

	(void)state;
	strbuf_init(&element, STRBUF_NO_LIMIT);
	append_element(&element, 17,
	    "{\"a\":123456789012345678901234567890,\"b\":1e400,"
	    "\"\\u0000\":\"\\u0000\",\"a\":[]}");
	letter.element = strbuf_slice(&element);
	check_round_trip(&letter);
	strbuf_finish(&element);
}

static void test_dead_line_keeps_bytes_that_are_no_text(void **state)
{
	struct queue_dead_letter letter = sample;

	(void)state;
	(void)snprintf(letter.id, sizeof(letter.id), "?5ba93c9db0cff93f");
	letter.group = SLICE_LITERAL("u:\xff\xfe~0000000000000011");
	letter.element = SLICE_LITERAL("garbage\0\x1b\xff");
	letter.note = SLICE_LITERAL("\0\n\x80 \xc3");
	letter.body = SLICE_LITERAL("\xed\xa0\x80");
	letter.template = slice_make(NULL, 0);
	letter.history_count = 0;
	letter.first_at_ms = 0;
	check_round_trip(&letter);
	letter.body = slice_make(NULL, 0);
	check_round_trip(&letter);
}

static void test_dead_line_to_a_terminal_is_ascii(void **state)
{
	struct queue_dead_letter letter = sample;
	struct strbuf text;

	(void)state;
	letter.note = SLICE_LITERAL("\x1b[31m \xc2\x9b \xc3\xa4");
	letter.element = SLICE_LITERAL("x");
	strbuf_init(&text, STRBUF_NO_LIMIT);
	dead_line_append(&text, "event", &letter, true);
	for (size_t i = 0; i + 1 < text.len; i++) {
		assert_in_range(text.data[i], ' ', '~');
	}
	assert_int_equal(text.data[text.len - 1], '\n');
	strbuf_finish(&text);
}

/* The sample's line, with one member replaced; NULL: left out. */
static void check_complaint(
    const char *member, const char *value, const char *complaint)
{
	struct queue_dead_letter letter = sample;
	struct dead_line line;
	struct strbuf text;
	struct err err;
	json_t *json;
	char *changed;

	letter.element = SLICE_LITERAL("x");
	strbuf_init(&text, STRBUF_NO_LIMIT);
	dead_line_append(&text, "event", &letter, false);
	json = json_loadb(text.data, text.len, 0, NULL);
	if (value == NULL) {
		assert_int_equal(json_object_del(json, member), 0);
	} else {
		(void)json_object_set_new(
		    json, member, json_loads(value, JSON_DECODE_ANY, NULL));
	}
	changed = json_dumps(json, 0);
	assert_false(dead_line_parse(&line, slice_of(changed), &err));
	assert_string_equal(err.text, complaint);
	dead_line_finish(&line);
	free(changed);
	json_decref(json);
	strbuf_finish(&text);
}

static void test_dead_line_says_which_member_is_wrong(void **state)
{
	static const struct {
		const char *member;
		const char *value;
		const char *complaint;
	} cases[] = {
	    {"dead_letter", NULL,
		"not a dead letter as `dead export` writes it"},
	    {"dead_letter", "2", "a dead letter of another version, 2"},
	    {"destination", NULL, "destination is not a destination's name"},
	    {"destination", "\"../x\"",
		"destination is not a destination's name"},
	    {"id", "17", "id is not a job's"},
	    {"id", "\"\"", "id is not a job's"},
	    {"id", "\"0-1 0-2\"", "id is not a job's"},
	    {"group", "\"\"", "group is missing or too long"},
	    {"group", "[]", "group is neither a text nor {\"base64\": ...}"},
	    {"died_at", NULL, "died_at is not a time"},
	    {"died_at", "\"2h\"", "died_at is not a time"},
	    {"died_at", "null", "died_at is missing"},
	    {"died_at", "\"9999-12-31T23:00-02:00\"", "died_at is not a time"},
	    {"outcome", "\"lost\"", "outcome is not one that is known"},
	    {"status", "\"400\"", "status is not a number in range"},
	    {"status", "1000", "status is not a number in range"},
	    {"attempts", "-1", "attempts is not a number in range"},
	    {"attempts", NULL, "attempts is not a number in range"},
	    {"history", NULL, "history is not a list of at most 10"},
	    {"history", "[0,0,0,0,0,0,0,0,0,0,0]",
		"history is not a list of at most 10"},
	    {"history", "[{\"at\": null}]",
		"history: outcome is not one that is known"},
	    {"body", "{\"base64\": \"*\"}", "body is not base64"},
	    {"element", NULL, "element is missing"},
	    {"element", "{\"base64\": \"\"}", "element is missing"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		check_complaint(
		    cases[i].member, cases[i].value, cases[i].complaint);
	}
}

static void test_dead_line_that_is_no_object_is_told(void **state)
{
	static const struct {
		const char *text;
		const char *complaint;
	} cases[] = {
	    {"", "not JSON from byte 0 on"},
	    {"{\"secret\"}", "not JSON from byte 10 on"},
	    {"{\"a\":1,\"a\":2}", "not JSON from byte 10 on"},
	    {"[]", "not a dead letter as `dead export` writes it"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct dead_line line;
		struct err err;

		assert_false(
		    dead_line_parse(&line, slice_of(cases[i].text), &err));
		assert_string_equal(err.text, cases[i].complaint);
		dead_line_finish(&line);
	}
}

static void test_dead_line_with_another_job_is_refused(void **state)
{
	struct queue_dead_letter letter = sample;
	struct dead_line line;
	struct strbuf element;
	struct strbuf text;
	struct err err;

	(void)state;
	strbuf_init(&element, STRBUF_NO_LIMIT);
	strbuf_init(&text, STRBUF_NO_LIMIT);
	append_element(&element, 18, "{}");
	letter.element = strbuf_slice(&element);
	dead_line_append(&text, "event", &letter, false);
	assert_false(dead_line_parse(&line, strbuf_slice(&text), &err));
	assert_string_equal(err.text, "element is the job of another id");
	dead_line_finish(&line);
	strbuf_finish(&element);
	strbuf_finish(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_dead_line_keeps_all_of_a_letter),
	    cmocka_unit_test(test_dead_line_keeps_bytes_that_are_no_text),
	    cmocka_unit_test(test_dead_line_to_a_terminal_is_ascii),
	    cmocka_unit_test(test_dead_line_says_which_member_is_wrong),
	    cmocka_unit_test(test_dead_line_that_is_no_object_is_told),
	    cmocka_unit_test(test_dead_line_with_another_job_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
