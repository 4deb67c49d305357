#include "dispatcher/template/template.h"

#include <stdlib.h>

#include "common/json/json_reader.h"
#include "tests/unit/cmocka_test.h"

/* q: a "quote", b: a back\slash, n: two lines, s: <plain> text/ */
static const char input_json[] =
    "{\"q\":\"say \\\"hi\\\"\",\"b\":\"C:\\\\temp\",\"n\":\"a\\nb\","
    "\"s\":\"/<plain>\",\"i\":42,\"t\":true,\"l\":[\"\\\"\",\"x\"],"
    "\"e\":\"end\\\\\"}";

static char *render(const char *source, bool escapes_json)
{
	struct template_options options = {
	    .name = "t.ftl", .escapes_json = escapes_json};
	struct template_scratch *scratch = template_scratch_create(NULL);
	struct template_variable variable = {.name = "input"};
	struct err err = {.line = 0};
	struct template *template =
	    template_compile(&options, slice_of(source), &err);
	struct strbuf input;
	struct strbuf out;

	strbuf_init(&input, STRBUF_NO_LIMIT);
	strbuf_init(&out, STRBUF_NO_LIMIT);
	assert_true(
	    json_read(slice_of(input_json), JSON_DEPTH_LIMIT, &input, &err));
	variable.msgpack = strbuf_slice(&input);
	if (template == NULL ||
	    !template_render(template, &variable, 1, scratch, &out, &err)) {
		print_error("%s: %s\n", source, err.text);
	}
	strbuf_finish(&input);
	template_destroy(template);
	template_scratch_destroy(scratch);
	return strbuf_take(&out);
}

static void check(const char *source, const char *expected)
{
	char *text = render(source, true);

	assert_string_equal(text, expected);
	free(text);
}

static void check_same(const char *source)
{
	char *without = render(source, false);

	assert_string_not_equal(without, "");
	check(source, without);
	free(without);
}

static void test_escape_inside_of_a_literal_makes_a_text_part_of_it(
    void **state)
{
	(void)state;
	check("{\"a\":\"${input.q}\"}", "{\"a\":\"say \\\"hi\\\"\"}");
	check("{\"a\":\"<${input.b}>\"}", "{\"a\":\"<C:\\\\temp>\"}");
	check("{\"a\":\"${input.n}${input.n}\"}", "{\"a\":\"a\\nba\\nb\"}");
	check("{\"${input.q}\":1}", "{\"say \\\"hi\\\"\":1}");
	check("[\"${'a\"b'}\"]", "[\"a\\\"b\"]");
	check("[\"${input.q}${input.i}${input.t}\"]",
	    "[\"say \\\"hi\\\"42true\"]");
	check("[\"${input.i?string('0\"\"')}\"]", "[\"42\\\"\\\"\"]");
}

static void test_escape_leaves_what_a_literal_can_hold(void **state)
{
	(void)state;
	check_same("{\"a\":\"${input.s}\"}");
	check_same("{\"a\":\"${'</script>\\x2028'}\"}");
	check_same("{\"a\":${input.i},\"b\":\"${input.i}\",\"c\":${input.t}}");
}

static void test_escape_outside_of_literals_does_nothing(void **state)
{
	(void)state;
	check_same("${input.q} ${input.b}");
	check_same("{\"a\":${'\"' + input.s + '\"'}}");
	check_same("{\"a\":${'\"' + input.q?json_string + '\"'}}");
	check_same("[${'\"x\", \"y\"'}, \"z\"]");
}

static void test_escape_knows_literals_across_directives(void **state)
{
	(void)state;
	check("[<#if input.t>\"<#else></#if>${input.q}\"]",
	    "[\"say \\\"hi\\\"\"]");
	check("[<#list input.l as x>\"${x}\"<#sep>,</#list>]",
	    "[\"\\\"\",\"x\"]");
	check("[\"<#list input.l as x>${x}<#sep>\",\"</#list>\"]",
	    "[\"\\\"\",\"x\"]");
	check("<#macro q>\"<#nested>\"</#macro>[<@q>${input.q}</@q>]",
	    "[\"say \\\"hi\\\"\"]");
	check("<#function f x>\"<#return x></#function>[\"${f(input.q)}\"]",
	    "[\"say \\\"hi\\\"\"]");
	check("[\"<#attempt>\",${input.none}<#recover>${input.q}</#attempt>\"]",
	    "[\"say \\\"hi\\\"\"]");
	check("[\"<#compress>  a   ${input.q}  </#compress>\"]",
	    "[\"a say \\\"hi\\\"\"]");
}

static void test_escape_knows_a_literals_own_escapes(void **state)
{
	(void)state;
	check("{\"a\\\"${input.q}\":1}", "{\"a\\\"say \\\"hi\\\"\":1}");
	check("{\"a\\\\\":${input.q?json_string?length}}", "{\"a\\\\\":10}");
	check_same("[\"\\u00${input.i}\"]");
	/* The backslash is the template's: it takes one character. */
	check("[\"\\${'\"'}${input.q}\"]", "[\"\\\"say \\\"hi\\\"\"]");
	check("[\"${input.e}\",\"${input.q}\"]",
	    "[\"end\\\\\",\"say \\\"hi\\\"\"]");
}

static void test_escape_does_not_escape_what_is_json_already(void **state)
{
	(void)state;
	check_same("[\"${input.q?json_string}\"]");
	check_same("[\"${input.q?js_string}\"]");
	check_same("[\"${input.b?j_string}\"]");
	check_same("<#escape x as x?json_string>[\"${input.q}\"]</#escape>");
	check_same("<#assign x = input.q?json_string>[\"${x}\"]");
	check_same("<#assign x = input.q?json_string>[\"${x?trim}\", "
		   "\"${x?string}\"]");
	check_same("<#function f x><#return x?json_string></#function>"
		   "[\"${f(input.q)}\"]");
	check_same("[\"${(input.none!input.q)?json_string}\"]");
	check_same(
	    "[\"${[input.q?json_string, input.b?json_string]?join(' ')}\"]");
	check_same("[\"${['a','b']?join('\", \"')}\"]");
	check_same("<#assign U=statics['com.amplitude.integrations.connector."
		   "utils.FtlUtils']>{\"a\":${U.toJson(input)},"
		   "\"b\":${U.toJsonString(input.l)}}");
}

static void test_escape_escapes_the_other_part_of_a_sum(void **state)
{
	(void)state;
	check("[\"${input.q?json_string + input.b}\"]",
	    "[\"say \\\"hi\\\"C:\\\\temp\"]");
	check("[\"${input.b + '-' + input.q?json_string + input.n}\"]",
	    "[\"C:\\\\temp-say \\\"hi\\\"a\\nb\"]");
	check("[\"${\"${input.b} ${input.q?json_string}\"}\"]",
	    "[\"C:\\\\temp say \\\"hi\\\"\"]");
	check(
	    "<#assign x = input.q?json_string><#assign x += input.q>[\"${x}\"]",
	    "[\"say \\\"hi\\\"say \\\"hi\\\"\"]");
	/* To all else it is a string like any other. */
	check("${(input.q?json_string + input.b)?length} "
	      "${(input.q?json_string == 'say \\\\\"hi\\\\\"')?c}",
	    "17 true");
}

static void test_escape_of_a_capture_escapes_once(void **state)
{
	(void)state;
	check("<#assign x>${input.q} ${input.b}</#assign>[\"${x}\"]",
	    "[\"say \\\"hi\\\" C:\\\\temp\"]");
	check("<#assign x>\n${input.q}\n</#assign>[\"${x?trim}\"]",
	    "[\"say \\\"hi\\\"\"]");
	check("<#assign x>\"${input.q}\"</#assign>[${x}]",
	    "[\"say \\\"hi\\\"\"]");
	check("<#assign x>a\\\"${input.q}\\\"${input.b}</#assign>[\"${x}\"]",
	    "[\"a\\\"say \\\"hi\\\"\\\"C:\\\\temp\"]");
	check(
	    "<#assign x>${input.q?json_string},${input.q}</#assign>[\"${x}\"]",
	    "[\"say \\\"hi\\\",say \\\"hi\\\"\"]");
	check("<#assign x><#assign y>${input.q}</#assign>${y}+${y}</#assign>"
	      "[\"${x}\"]",
	    "[\"say \\\"hi\\\"+say \\\"hi\\\"\"]");
	check("<#assign x><#compress>\\\\  ${input.q}   ${input.b} </#compress>"
	      "</#assign>[\"${x}\"]",
	    "[\"\\\\ say \\\"hi\\\" C:\\\\temp\"]");
	check("<#assign x><#attempt>${input.q}${input.none}<#recover>"
	      "${input.b}</#attempt></#assign>[\"${x}\"]",
	    "[\"C:\\\\temp\"]");
	check("<#attempt><#assign x>\"${input.none}</#assign><#recover>"
	      "</#attempt>${input.q}[\"${input.q}\"]",
	    "say \"hi\"[\"say \\\"hi\\\"\"]");
}

static void test_escape_cannot_be_broken_out_of(void **state)
{
	(void)state;
	check("[\"${'\", \"admin\": \"' + input.i}\"]",
	    "[\"\\\", \\\"admin\\\": \\\"42\"]");
	check("[\"${input.e}${input.q}\"]", "[\"end\\\\say \\\"hi\\\"\"]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		test_escape_inside_of_a_literal_makes_a_text_part_of_it),
	    cmocka_unit_test(test_escape_leaves_what_a_literal_can_hold),
	    cmocka_unit_test(test_escape_outside_of_literals_does_nothing),
	    cmocka_unit_test(test_escape_knows_literals_across_directives),
	    cmocka_unit_test(test_escape_knows_a_literals_own_escapes),
	    cmocka_unit_test(test_escape_does_not_escape_what_is_json_already),
	    cmocka_unit_test(test_escape_escapes_the_other_part_of_a_sum),
	    cmocka_unit_test(test_escape_of_a_capture_escapes_once),
	    cmocka_unit_test(test_escape_cannot_be_broken_out_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
