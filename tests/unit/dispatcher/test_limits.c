#include "dispatcher/limits.h"

#include "common/base/strbuf.h"
#include "common/json/json_reader.h"

#include "tests/unit/cmocka_test.h"

#include <stdio.h>
#include <stdlib.h>

static bool check(
    enum config_endpoint endpoint, const char *json, struct err *err)
{
	struct strbuf msgpack;
	bool is_fine;

	strbuf_init(&msgpack, STRBUF_NO_LIMIT);
	assert_true(
	    json_read(slice_of(json), JSON_DEPTH_LIMIT, &msgpack, NULL));
	is_fine =
	    limits_check(endpoint, strlen(json), strbuf_slice(&msgpack), err);
	strbuf_finish(&msgpack);
	return is_fine;
}

static void assert_taken(enum config_endpoint endpoint, const char *json)
{
	struct err err = {.text = ""};

	if (!check(endpoint, json, &err)) {
		fail_msg("refused: %s: %s", json, err.text);
	}
}

/* Refused with a text that has `rule` in it. */
static void assert_refused(
    enum config_endpoint endpoint, const char *json, const char *rule)
{
	struct err err = {.text = ""};

	if (check(endpoint, json, &err)) {
		fail_msg("taken: %s", json);
	}
	if (strstr(err.text, rule) == NULL) {
		fail_msg("'%s' is not in '%s'", rule, err.text);
	}
}

static void assert_event(const char *format, const char *part)
{
	char json[4096];

	(void)snprintf(json, sizeof(json), format, part);
	assert_taken(CONFIG_ENDPOINT_EVENT, json);
}

static void assert_no_event(
    const char *format, const char *part, const char *rule)
{
	char json[4096];

	(void)snprintf(json, sizeof(json), format, part);
	assert_refused(CONFIG_ENDPOINT_EVENT, json, rule);
}

/* `count` times `unit`. */
static const char *repeat(const char *unit, size_t count, char *text)
{
	size_t len = strlen(unit);

	for (size_t i = 0; i < count; i++) {
		memcpy(text + i * len, unit, len);
	}
	text[count * len] = '\0';
	return text;
}

#define TYPED "{\"eventTypeKey\":\"%s\",\"keyValue\":\"k\",\"params\":[]}"
#define WITH_PARAMS "{\"eventTypeKey\":\"e\",\"params\":[%s]}"
#define WITH_KEY "{\"eventTypeKey\":\"e\",\"keyValue\":%s}"
#define CUSTOMER "{\"name\":\"externalCustomerId\",\"value\":\"u-1\"}"

static void test_limits_of_an_event_type(void **state)
{
	static const char *const forbidden[] = {"<", ";", "'", "\xe2\x80\x99",
	    "\\\\", "/", "|", "\\\"", "`", "^", "?", "!", ",", ">"};
	char text[1024];

	(void)state;
	assert_event(TYPED, "Song Played (v2) [App] #1 & \xd1\x97");
	assert_event(TYPED, repeat("x", 100, text));
	assert_event(TYPED, repeat("\xd1\x97", 100, text));
	assert_no_event(
	    TYPED, repeat("x", 101, text), "101 characters; Reteno takes 100");
	assert_no_event(TYPED, "", "eventTypeKey is not a text, or is empty");
	for (size_t i = 0; i < ARRAY_LEN(forbidden); i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "a%sb", forbidden[i]);
		assert_no_event(TYPED, name,
		    "eventTypeKey holds a character that Reteno forbids");
	}
	assert_refused(CONFIG_ENDPOINT_EVENT, "{\"keyValue\":\"k\"}",
	    "eventTypeKey is missing");
	assert_refused(CONFIG_ENDPOINT_EVENT,
	    "{\"eventTypeKey\":7,\"keyValue\":\"k\"}", "not a text");
}

static void test_limits_of_an_events_identifier(void **state)
{
	char value[1024];
	char text[1100];

	(void)state;
	assert_event(WITH_KEY, "\"u-1\"");
	assert_event(WITH_KEY, "12345");
	assert_event(WITH_PARAMS, CUSTOMER);
	assert_event(WITH_PARAMS,
	    CUSTOMER ",{\"name\":\"email\",\"value\":\"o'neil@x.com\"}");
	assert_event(WITH_PARAMS, "{\"name\":\"contactId\",\"value\":17}");
	assert_no_event(WITH_PARAMS, "", "nobody to match");
	assert_no_event(WITH_KEY, "null", "nobody to match");
	assert_no_event(WITH_PARAMS,
	    "{\"name\":\"deviceId\",\"value\":\"d-1\"}", "nobody to match");
	assert_no_event(WITH_PARAMS,
	    "{\"name\":\"externalCustomerId\",\"value\":\"\"}",
	    "nobody to match");
	assert_no_event(WITH_PARAMS,
	    "{\"name\":\"externalCustomerId\",\"value\":\"  \"}",
	    "nobody to match");
	assert_no_event(WITH_PARAMS,
	    "{\"name\":\"externalCustomerId\",\"value\":\"null\"}",
	    "nobody to match");
	assert_no_event(WITH_PARAMS,
	    "{\"name\":\"externalCustomerId\",\"value\":\"a/b\"}",
	    "externalCustomerId holds a character that Reteno forbids: an "
	    "identifier is never altered");
	(void)snprintf(text, sizeof(text), "\"%s\"", repeat("x", 300, value));
	assert_event(WITH_KEY, text);
	(void)snprintf(text, sizeof(text), "\"%s\"", repeat("x", 301, value));
	assert_no_event(
	    WITH_KEY, text, "keyValue has 301 characters; Reteno takes 300");
}

static void test_limits_of_an_events_params(void **state)
{
	char name[512];
	char text[1024];

	(void)state;
	assert_event(WITH_PARAMS,
	    CUSTOMER ",{\"name\":\"a\",\"value\":[1,{\"b\":null}]},"
		     "{\"value\":{},\"name\":\"b\"},"
		     "{\"name\":\"c\",\"value\":\"\"},"
		     "{\"name\":\"d\",\"value\":1e400}");
	assert_no_event(WITH_PARAMS, CUSTOMER ",{\"name\":\"a\"}",
	    "params[1]: value is missing");
	assert_no_event(WITH_PARAMS,
	    CUSTOMER ",{\"name\":\"a\",\"value\":null}",
	    "params[1]: value is missing");
	assert_no_event(WITH_PARAMS, CUSTOMER ",{\"value\":1}",
	    "params[1]: name is missing");
	assert_no_event(
	    WITH_PARAMS, CUSTOMER ",7", "params[1]: name is missing");
	assert_no_event(WITH_PARAMS,
	    "{\"name\":\"a\",\"value\":1}," CUSTOMER
	    ",{\"name\":\"a\",\"value\":2}",
	    "params[2] has the name of params[0]");
	assert_no_event(
	    "{\"eventTypeKey\":\"e\",\"keyValue\":\"k\",\"params\":%s}", "{}",
	    "params is not an array");
	(void)snprintf(text, sizeof(text),
	    CUSTOMER ",{\"name\":\"%s\",\"value\":1}", repeat("x", 100, name));
	assert_event(WITH_PARAMS, text);
	(void)snprintf(text, sizeof(text),
	    CUSTOMER ",{\"name\":\"%s\",\"value\":1}", repeat("x", 101, name));
	assert_no_event(WITH_PARAMS, text,
	    "params[1]: name has 101 characters; Reteno takes 100");
}

static void test_limits_of_many_names_finds_the_one_repeated(void **state)
{
	struct strbuf json;

	(void)state;
	strbuf_init(&json, STRBUF_NO_LIMIT);
	strbuf_append_text(
	    &json, "{\"eventTypeKey\":\"e\",\"keyValue\":\"k\",\"params\":[");
	for (int i = 0; i < 600; i++) {
		strbuf_appendf(&json, "{\"name\":\"%d\",\"value\":1},", i);
	}
	strbuf_append_text(&json, "{\"name\":\"x\",\"value\":1}");
	strbuf_append_text(&json, "]}");
	assert_taken(CONFIG_ENDPOINT_EVENT, strbuf_text(&json));
	strbuf_truncate(&json, json.len - 2);
	strbuf_append_text(&json, ",{\"name\":\"377\",\"value\":1}]}");
	assert_refused(CONFIG_ENDPOINT_EVENT, strbuf_text(&json),
	    "params[601] has the name of params[377]");
	strbuf_finish(&json);
}

static void test_limits_of_an_events_size(void **state)
{
	struct strbuf json;

	(void)state;
	strbuf_init(&json, STRBUF_NO_LIMIT);
	strbuf_append_text(&json,
	    "{\"eventTypeKey\":\"e\",\"keyValue\":\"k\",\"params\":"
	    "[{\"name\":\"n\",\"value\":\"");
	while (json.len < LIMITS_EVENT_BODY_BYTES - 4) {
		strbuf_append_char(&json, 'x');
	}
	strbuf_append_text(&json, "\"}]}");
	assert_taken(CONFIG_ENDPOINT_EVENT, strbuf_text(&json));
	strbuf_append_char(&json, ' ');
	assert_refused(CONFIG_ENDPOINT_EVENT, strbuf_text(&json),
	    "body is 20481 bytes; Reteno takes 20480");
	strbuf_finish(&json);
}

static void test_limits_of_a_contact(void **state)
{
	enum config_endpoint contact = CONFIG_ENDPOINT_CONTACT;
	static const char field[] =
	    "{\"channels\":[],\"fields\":[{\"id\":1,\"value\":\"%s\"}]}";
	char value[10100];
	char text[10200];

	(void)state;
	assert_taken(contact, "{\"channels\":[]}");
	(void)snprintf(
	    text, sizeof(text), field, repeat("\xd1\x97", 5000, value));
	assert_taken(contact, text);
	(void)snprintf(
	    text, sizeof(text), field, repeat("\xd1\x97", 5001, value));
	assert_refused(contact, text,
	    "fields[0]: value has 5001 characters; Reteno takes 5000");
	assert_taken(contact,
	    "{\"channels\":[{\"type\":\"email\",\"value\":\"a@b.c\"},"
	    "{\"type\":\"mobilepush\",\"value\":\"t\",\"device\":{}}],"
	    "\"externalCustomerId\":\"u-1\",\"firstName\":\"Ada\","
	    "\"fields\":[{\"id\":513758,\"value\":\"x\"}]}");
	assert_refused(contact, "{}", "channels is missing");
	assert_refused(
	    contact, "{\"channels\":{}}", "channels is not an array");
	assert_refused(contact,
	    "{\"channels\":[{\"type\":\"email\",\"value\":\"\"}]}",
	    "channels[0]: value is not a text, or is empty");
	assert_refused(contact,
	    "{\"channels\":[{\"type\":\"pigeon\",\"value\":\"x\"}]}",
	    "channels[0]: type is none of");
	assert_refused(contact,
	    "{\"channels\":[],\"externalCustomerId\":\" \"}", "names nobody");
	assert_refused(contact,
	    "{\"channels\":[],\"fields\":[{\"id\":\"1\",\"value\":\"x\"}]}",
	    "fields[0]: id is missing or no 32-bit number");
	assert_refused(contact,
	    "{\"channels\":[],\"fields\":[{\"id\":1,\"value\":\"x\"},"
	    "{\"id\":2,\"value\":\"\"}]}",
	    "fields[1]: value is not a text, or is empty");
	assert_refused(contact,
	    "{\"channels\":[],\"lastName\":\"01234567890123456789"
	    "012345678901234567890\"}",
	    "lastName has 41 characters; Reteno takes 40");
}

static void test_limits_of_a_device(void **state)
{
	enum config_endpoint device = CONFIG_ENDPOINT_DEVICE;

	(void)state;
	assert_taken(device, "{\"deviceId\":\"d\",\"category\":\"TABLET\"}");
	assert_taken(device,
	    "{\"deviceId\":\"d\",\"category\":\"MOBILE\","
	    "\"osType\":\"IOS\"}");
	assert_refused(
	    device, "{\"category\":\"MOBILE\"}", "deviceId is missing");
	assert_refused(device, "{\"deviceId\":\"d\",\"category\":\"WEB\"}",
	    "category is neither MOBILE nor TABLET");
	assert_refused(device,
	    "{\"deviceId\":\"d\",\"category\":\"MOBILE\","
	    "\"osType\":\"CHROME\"}",
	    "osType is neither ANDROID nor IOS");
}

#define OCCURRED \
	"{\"deviceId\":\"d\",\"events\":[{\"eventTypeKey\":\"e\"," \
	"\"occurred\":\"%s\"}]}"

static void test_limits_of_mobile_events(void **state)
{
	enum config_endpoint events = CONFIG_ENDPOINT_MOBILE_EVENTS;
	static const char *const instants[] = {"2026-11-20T20:07:01Z",
	    "2026-11-20T20:07:01.795Z", "2026-11-20T20:07:01.795+02:00"};
	static const char *const others[] = {"2026-11-20 20:07:01Z",
	    "2026-11-20T20:07:01", "2026-11-20T20:07:01.Z",
	    "2026-11-20T20:07:01.795", "1795166400000", "2026-11-20"};
	char json[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(instants); i++) {
		(void)snprintf(json, sizeof(json), OCCURRED, instants[i]);
		assert_taken(events, json);
	}
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		(void)snprintf(json, sizeof(json), OCCURRED, others[i]);
		assert_refused(events, json,
		    "events[0]: occurred is not an ISO 8601 instant");
	}
	assert_refused(
	    events, "{\"deviceId\":\"d\",\"events\":[]}", "events is missing");
	assert_refused(events,
	    "{\"deviceId\":\"d\",\"events\":[{\"eventTypeKey\":\"e\","
	    "\"occurred\":\"2026-11-20T20:07:01Z\",\"params\":"
	    "[{\"name\":\"n\",\"value\":1}]}]}",
	    "events[0]: params[0]: value is missing or no text");
}

static void test_limits_of_any_endpoint_take_any_json(void **state)
{
	(void)state;
	assert_taken(CONFIG_ENDPOINT_ANY, "[1]");
	assert_refused(
	    CONFIG_ENDPOINT_EVENT, "[1]", "body is not a JSON object");
}

static void test_limits_take_what_is_nested_deeply(void **state)
{
	char open[128];
	char close[128];
	char json[512];

	(void)state;
	(void)snprintf(json, sizeof(json),
	    "{\"eventTypeKey\":\"e\",\"params\":[{\"name\":\"deep\","
	    "\"value\":%s%s}," CUSTOMER "]}",
	    repeat("[", 100, open), repeat("]", 100, close));
	assert_taken(CONFIG_ENDPOINT_EVENT, json);
}

static void test_limits_of_msgpack_cut_anywhere_read_no_further(void **state)
{
	static const char json[] =
	    "{\"eventTypeKey\":\"e\",\"keyValue\":\"k\",\"x\":[1,-1,300,70000,"
	    "5000000000,1.5,1e999,true,null,\"text\"],\"params\":[]}";
	struct strbuf msgpack;

	(void)state;
	strbuf_init(&msgpack, STRBUF_NO_LIMIT);
	assert_true(
	    json_read(slice_of(json), JSON_DEPTH_LIMIT, &msgpack, NULL));
	for (size_t len = 0; len < msgpack.len; len++) {
		/* A copy of its own, so that reading past its end is seen. */
		char *cut = malloc(len + 1);

		memcpy(cut, msgpack.data, len);
		cut = realloc(cut, len > 0 ? len : 1);
		if (limits_check(CONFIG_ENDPOINT_EVENT, sizeof(json) - 1,
			slice_make(cut, len), NULL)) {
			/* All that the rules ask for was in front. */
			assert_true(len > strlen("eventTypeKeyekeyValuek"));
		}
		free(cut);
	}
	strbuf_finish(&msgpack);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_limits_of_an_event_type),
	    cmocka_unit_test(test_limits_of_an_events_identifier),
	    cmocka_unit_test(test_limits_of_an_events_params),
	    cmocka_unit_test(test_limits_of_many_names_finds_the_one_repeated),
	    cmocka_unit_test(test_limits_of_an_events_size),
	    cmocka_unit_test(test_limits_of_a_contact),
	    cmocka_unit_test(test_limits_of_a_device),
	    cmocka_unit_test(test_limits_of_mobile_events),
	    cmocka_unit_test(test_limits_of_any_endpoint_take_any_json),
	    cmocka_unit_test(test_limits_take_what_is_nested_deeply),
	    cmocka_unit_test(
		test_limits_of_msgpack_cut_anywhere_read_no_further),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
