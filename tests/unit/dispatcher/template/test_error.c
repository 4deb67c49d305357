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
	    "`user_id` is missing; write user_id!\"\" or test it with ??; a "
	    "text stands in quotes");
}

static void test_error_of_a_missing_value_says_what_was_meant(void **state)
{
	(void)state;
	check_error("${platform}", 1, 3,
	    "`platform` is missing; did you mean input.platform?");
	check_error("${Input.platform}", 1, 3,
	    "`Input` is missing; did you mean input?");
	check_error("<#if input.count != null>x</#if>", 1, 21,
	    "`null` is missing; there is no null: test with ??, as in x?? or "
	    "!x??");
	check_error("${input.name!\xe2\x80\x9cnone\xe2\x80\x9d}", 1, 14,
	    "`\xe2\x80\x9cnone\xe2\x80\x9d` is missing; quotes must be "
	    "straight: \"...\"");
	check_error("${input.user-id}", 1, 3,
	    "`input.user` is a hash, but a number is needed here");
	check_error("${input.device-id}", 1, 3,
	    "`input.device` is missing; if device-id is one name, write "
	    "input[\"device-id\"]");
	check_error("${UtilClass.toJson(input)}", 1, 3,
	    "`UtilClass` is missing; write <#assign UtilClass = "
	    "statics[\"com.amplitude.integrations.connector.utils.FtlUtils\"]> "
	    "before it");
	check_error("${statics['java.lang.Runtime']}", 1, 3,
	    "`statics['java.lang.Runtime']` is missing; templates reach "
	    "statics[\"com.amplitude.integrations.connector.utils.FtlUtils\"] "
	    "with toJson and toJsonString, and no other class");
	check_error("${input.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
		    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.c}",
	    1, 3,
	    "`input.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` is "
	    "missing; put all of it in parentheses, with !\"\" behind them, or "
	    "test it with ??");
}

static void test_error_of_a_member_that_cannot_be_names_the_built_in(
    void **state)
{
	(void)state;
	check_error("${input.platform.length}", 1, 3,
	    "`input.platform` is a string, and has no member length; built-ins "
	    "are written with ?, not with a dot");
	check_error("${input.platform.toUpperCase()}", 1, 3,
	    "`input.platform` is a string, and has no member toUpperCase; "
	    "write ?upper_case");
	check_error("${input.list.size()}", 1, 3,
	    "`input.list` is a sequence, and has no member size; write ?size");
	check_error("${input.platform?upper_case()}", 1, 3,
	    "`input.platform?upper_case` takes no parentheses: write it "
	    "without ( )");
}

static void test_error_of_a_call_says_what_the_macro_takes(void **state)
{
	(void)state;
	check_error("<#macro m a>x</#macro><@m/>", 1, 23,
	    "`m` is called without its parameter a, which has no default");
	check_error("<#macro m a>x</#macro><@m b=1/>", 1, 23,
	    "`m` has no parameter b: see <#macro m> on line 1");
	check_error("<#macro m a>x</#macro><@m 1 2/>", 1, 23,
	    "`m` has 2 arguments, but m takes 1 at most");
	check_error("<#function f a><#return a></#function>${f(1, 2)}", 1, 41,
	    "`f(1, 2)` has 2 arguments, but f takes 1 at most");
}

static void test_error_of_a_built_in_says_what_it_takes(void **state)
{
	(void)state;
	check_error("${input.time?datetime('dd.MM.yyyy')}", 1, 3,
	    "`input.time` does not match the date format it is read by");
	check_error("${input.count?datetime}", 1, 3,
	    "`input.count` is a number, which is no date as it stands; "
	    "milliseconds since 1970 are read by ?number_to_datetime");
	check_error("${input.time?string('yyyy')}", 1, 3,
	    "`input.time` is a string, which takes no format: make it a number "
	    "or a date first, with ?number or "
	    "?datetime(\"yyyy-MM-dd HH:mm:ss\")");
	check_error("${input.platform?number}", 1, 3,
	    "`input.platform` is no number as one is written here, such as 12, "
	    "-1.5 or 1e3");
	check_error("${input.platform?matches('(')?c}", 1, 3,
	    "`input.platform?matches('(')` has no regular expression: it is "
	    "wrong at its end: is a bracket not closed?");
	check_error("${input.platform?matches('a**b')?c}", 1, 3,
	    "`input.platform?matches('a**b')` has no regular expression: it is "
	    "wrong at character 3");
	check_error("${input.platform?substring(0, 9)}", 1, 3,
	    "`input.platform?substring(0, 9)` ends outside of the string; "
	    "[a..*n] takes n characters at most");
	check_error("${[{'a': 1}, {'b': 2}]?sort_by('a')?size}", 1, 3,
	    "`[{'a': 1}, {'b': 2}]?sort_by('a')` finds an item without what it "
	    "sorts by; leave such out first, with ?filter(x -> ...)");
}

static void test_error_inside_of_a_macro_says_where_it_was_called(void **state)
{
	(void)state;
	check_error("<#function f a>\n<#return a.b + 'x'></#function>\n\n"
		    "${f(input.user)}",
	    2, 10,
	    "`a.b` is missing; write a.b!\"\" or test it with ?? (in f, called "
	    "on line 4)");
	check_error("<#macro m>${nosuch.x}</#macro>\n<#macro n><@m/></#macro>"
		    "\n<@n/>",
	    1, 13,
	    "`nosuch` is missing; write (nosuch.x)!\"\" or test it with ?? (in "
	    "m, called on line 2)");
	/* Not of one that was mended. */
	check_error("<#function f a><#return a.b + 'x'></#function>"
		    "${(f(input.user))!}<#stop 'x'>",
	    1, 66, "<#stop>: x");
}

static void test_error_of_a_budget_is_where_it_ended(void **state)
{
	(void)state;
	check_error("x\n <#list 1.. as i></#list>", 2, 2,
	    "the template takes more steps than a render may take (max_steps): "
	    "a loop that is too long?");
	check_error("<#function f>\n<#return f()></#function>${f()}", 2, 1,
	    "the template goes deeper than a render may go (max_depth): a "
	    "macro or function that calls itself without end? (in f, called on "
	    "line 2)");
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
	    "`input.platform` is a string, but true or false (a comparison, "
	    "??, ?has_content, or ?boolean for a text that says true) is "
	    "needed here");
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
	    "`input.time` does not match the default date format; say how it "
	    "is written: ?datetime(\"yyyy-MM-dd HH:mm:ss\"), or "
	    "?datetime.iso");
	check_error("<#list input.user as x>${x}</#list>", 1, 8,
	    "`input.user` is a hash; write `as key, value`");
}

/* What is open is named, at the place where it begins. */
static void test_error_of_what_is_not_closed_is_where_it_begins(void **state)
{
	(void)state;
	check_error("x\n<#if input.count == 1>\n${input.count}", 2, 1,
	    "this <#if> is not closed: there is no </#if> for it");
	check_error("<#list input.list as x>\n</list>", 1, 1,
	    "this <#list> is not closed: there is no </#list> for it; </list> "
	    "on line 2 lacks its #");
	check_error("<#if input.count == 1>\n<#list input.list as x>\n</#if>",
	    3, 1,
	    "expected </#list> for the <#list> of line 2, found `</#if>`");
	check_error("<#if true>a<#else>b<#else>c</#if>", 1, 20,
	    "expected </#if> for the <#if> of line 1, found `<#else>`");
	check_error("a ${input.count", 1, 3,
	    "`${` is not closed: the template ends where \"}\" should be");
	check_error("{\"a\": \"${input.count\", \"b\": 1}", 1, 21,
	    "expected \"}\" for the ${ of line 1, found a string `\", \"`");
	check_error("<#if input.count", 1, 1,
	    "`<#if` is not closed: the template ends where \">\" should be");
	check_error("<#macro m></#macro><@m>", 1, 20,
	    "this call is not closed: there is no </@m> for it; one without "
	    "content ends with />");
	check_error("<#attempt>x", 1, 1,
	    "this <#attempt> is not closed: there is no <#recover> for it");
	check_error("<#assign x>", 1, 1,
	    "without =, this takes all up to its end tag, which is not there");
	check_error("<#-- x ->", 1, 1, "this comment is not closed with -->");
}

static void test_error_of_a_stray_tag_says_what_it_belongs_to(void **state)
{
	(void)state;
	check_error(
	    "x</#if>", 1, 2, "</#if> closes nothing: no <#if> is open here");
	check_error(
	    "<#else>", 1, 1, "<#else> must be inside of an <#if> or a <#list>");
	check_error("<#case 1>", 1, 1, "<#case> must be inside of a <#switch>");
	check_error("<#if true></#elseif></#if>", 1, 11,
	    "there is no </#elseif>: <#elseif> has no end tag");
	check_error(
	    "x<#ftl>", 1, 2, "<#ftl> must be the first thing in the template");
}

/* As in other template languages, or in JavaScript. */
static void test_error_of_a_slip_says_how_it_is_written_here(void **state)
{
	(void)state;
	check_error("<#elif true>", 1, 1,
	    "there is no <#elif>; write <#elseif condition>");
	check_error("<#set x = 1>", 1, 1,
	    "there is no <#set>; write <#assign name = value>");
	check_error("<#lisst x as y>", 1, 1,
	    "there is no <#lisst>; did you mean <#list>?");
	check_error("<#if true>a<#else if true>b</#if>", 1, 12,
	    "<#else> has no condition: write <#elseif condition>");
	check_error("<#if>a</#if>", 1, 1, "<#if> is written <#if condition>");
	check_error("<#list x in input.list>${x}</#list>", 1, 10,
	    "write <#list sequence as item>: what is gone through comes first");
	check_error("<#list input.user as k v>${k}</#list>", 1, 24,
	    "write `as key, value`, with a comma");
	check_error("<#if true and true>a</#if>", 1, 11,
	    "expected \">\", found a name `and`; and is written &&");
	check_error("<#if input.count === 5>a</#if>", 1, 20,
	    "expected an expression, found \"=\"; equal is written ==");
	check_error("${input.count ? 'a' : 'b'}", 1, 17,
	    "expected the name of a built-in, found a string; a choice is "
	    "written condition?then(a, b)");
	check_error("${input.x ?: 'a'}", 1, 12,
	    "expected the name of a built-in, found \":\"; a default is "
	    "written x!\"...\"");
	check_error("${input.user.Full Name}", 1, 19,
	    "expected \"}\" for the ${ of line 1, found a name `Name`; a name "
	    "with blanks in it is written [\"Full Name\"], without the dot");
	check_error("${'it's'}", 1, 7,
	    "expected \"}\" for the ${ of line 1, found a name `s`; a quote "
	    "inside of a string is written \\'");
	check_error("${input.user.name?uppercase}", 1, 19,
	    "there is no built-in ?uppercase; did you mean ?upper_case?");
	check_error("${input.user.name?toUpperCase}", 1, 19,
	    "there is no built-in ?toUpperCase; write ?upper_case");
	check_error("<#setting numberformat='0'>", 1, 11,
	    "there is no setting numberformat; did you mean number_format?");
	check_error("${'a\\d'}", 1, 3,
	    "\"\\\" in a string must be followed by one of n t r f b g l a { = "
	    "x or be doubled; r\"...\" takes it as it is");
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
	    cmocka_unit_test(test_error_of_a_missing_value_says_what_was_meant),
	    cmocka_unit_test(
		test_error_of_a_member_that_cannot_be_names_the_built_in),
	    cmocka_unit_test(test_error_of_a_call_says_what_the_macro_takes),
	    cmocka_unit_test(test_error_of_a_built_in_says_what_it_takes),
	    cmocka_unit_test(
		test_error_inside_of_a_macro_says_where_it_was_called),
	    cmocka_unit_test(test_error_of_a_budget_is_where_it_ended),
	    cmocka_unit_test(test_error_of_a_condition_says_what_went_wrong),
	    cmocka_unit_test(test_error_of_what_cannot_be_printed_says_how_to),
	    cmocka_unit_test(
		test_error_of_what_is_not_closed_is_where_it_begins),
	    cmocka_unit_test(test_error_of_a_stray_tag_says_what_it_belongs_to),
	    cmocka_unit_test(test_error_of_a_slip_says_how_it_is_written_here),
	    cmocka_unit_test(test_error_of_any_source_is_valid_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
