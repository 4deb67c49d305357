/* What a template's author is told about the common slips. */
#include "common/json/json_reader.h"
#include "dispatcher/template/template.h"
#include "tests/unit/cmocka_test.h"

#include <stdio.h>

static const char input_json[] =
    "{\"user\":{\"name\":\"n\"},\"platform\":\"iOS\",\"count\":5,"
    "\"list\":[1],\"subscribed\":true,\"time\":\"2024-03-05 1:2:3\"}";

/* The error begins with the template's name, and is where it says. */
static void check_error(
    const char *source, int line, int column, const char *expected)
{
	struct template_options options = {
	    .name = "event.ftl", .boolean_format = "true,false"};
	struct template_scratch *scratch = template_scratch_create(NULL);
	struct template_variable variable = {.name = "input"};
	struct err err = {.line = 0};
	struct strbuf input;
	struct strbuf out;
	struct template *template;
	char whole[sizeof(err.text)];

	strbuf_init(&input, STRBUF_NO_LIMIT);
	strbuf_init(&out, STRBUF_NO_LIMIT);
	assert_true(
	    json_read(slice_of(input_json), JSON_DEPTH_LIMIT, &input, &err));
	variable.msgpack = strbuf_slice(&input);
	template = template_compile(&options, slice_of(source), &err);
	assert_false(template != NULL &&
	    template_render(template, &variable, 1, scratch, &out, &err));
	(void)snprintf(whole, sizeof(whole), "event.ftl: %s", expected);
	assert_string_equal(err.text, whole);
	assert_int_equal(err.line, line);
	assert_int_equal(err.column, column);
	template_destroy(template);
	template_scratch_destroy(scratch);
	strbuf_finish(&input);
	strbuf_finish(&out);
}

static void test_error_of_a_missing_value_says_how_to_do_without(void **state)
{
	(void)state;
	check_error("{\n  \"id\": \"${input.user_id}\"\n}", 2, 12,
	    "`input.user_id` is missing; write input.user_id!\"\" or test it "
	    "with ??");
	check_error("${input.device.name}", 1, 3,
	    "`input.device` is missing; write (input.device.name)!\"\" or test "
	    "it with ??");
	check_error("${input.groups['a'].b}", 1, 3,
	    "`input.groups` is missing; write (input.groups['a'].b)!\"\" or "
	    "test it with ??");
	check_error("${user_id}", 1, 3,
	    "`user_id` is missing; write user_id!\"\" or test it with ??");
}

static void test_error_of_a_condition_says_what_went_wrong(void **state)
{
	(void)state;
	check_error("<#if input.platform!'' == 'iOS'>x</#if>", 1, 6,
	    "`input.platform!'' == 'iOS'` is a string: all that is right of ! "
	    "is its default; write (input.platform!\"\") == ...");
	check_error("<#if input.count > 3>x</#if>", 1, 6,
	    "`input.count` is a number, but true or false (a bare > ends the "
	    "tag: write gt) is needed here");
	check_error("<#if input.platform>x</#if>", 1, 6,
	    "`input.platform` is a string, but true or false (a comparison, ?? "
	    "or ?has_content) is needed here");
	check_error("<#if input.count == '5'>x</#if>", 1, 6,
	    "`input.count == '5'` compares a number with a string; make both "
	    "the same with ?number or ?c");
}

static void test_error_of_what_cannot_be_printed_says_how_to(void **state)
{
	(void)state;
	check_error("${input.user}", 1, 3,
	    "`input.user` is a hash, which cannot be printed; pick what you "
	    "need of it, or use ?join or FtlUtils.toJson");
	check_error("${input.subscribed}", 1, 3,
	    "`input.subscribed` is a boolean, which boolean_format does not "
	    "print; write ?c or ?string('yes', 'no')");
	check_error("${input.time?datetime}", 1, 3,
	    "`input.time` does not match the date format; say how it is "
	    "written: ?datetime(\"yyyy-MM-dd HH:mm:ss\"), or ?datetime.iso");
	check_error("<#list input.user as x>${x}</#list>", 1, 8,
	    "`input.user` is a hash; write `as key, value`");
}

static void test_error_of_any_source_is_valid_utf8(void **state)
{
	/* Longer than what is shown of an expression, and no UTF-8. */
	static const char odd[] = "\x8E\x8E\x8E\x8E\x8E\x8E\x8E\x8E";
	struct strbuf source;
	struct template *template;
	struct err err = {.line = 0};
	struct strbuf out;
	struct template_scratch *scratch = template_scratch_create(NULL);

	(void)state;
	strbuf_init(&source, STRBUF_NO_LIMIT);
	strbuf_append_text(&source, "${x.");
	for (int i = 0; i < 40; i++) {
		strbuf_append_text(&source, odd);
	}
	strbuf_append_text(&source, "}");
	strbuf_init(&out, STRBUF_NO_LIMIT);
	template = template_compile(NULL, strbuf_slice(&source), &err);
	assert_true(template == NULL ||
	    !template_render(template, NULL, 0, scratch, &out, &err));
	for (const char *at = err.text; *at != '\0'; at++) {
		assert_in_range((unsigned char)*at, 0x20, 0x7E);
	}
	template_destroy(template);
	template_scratch_destroy(scratch);
	strbuf_finish(&source);
	strbuf_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		test_error_of_a_missing_value_says_how_to_do_without),
	    cmocka_unit_test(test_error_of_a_condition_says_what_went_wrong),
	    cmocka_unit_test(test_error_of_what_cannot_be_printed_says_how_to),
	    cmocka_unit_test(test_error_of_any_source_is_valid_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
