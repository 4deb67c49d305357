#include "dispatcher/template/template.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/json/json_reader.h"
#include "tests/unit/cmocka_test.h"

struct outcome {
	bool ok;
	bool compiled;
	struct err err;
	char *text;
};

static struct outcome render_with(
    const char *source, const char *json, const struct template_budget *budget)
{
	struct outcome outcome = {.ok = false};
	struct template_scratch *scratch = template_scratch_create(budget);
	struct template_options options = {.name = "t.ftl"};
	struct template *template =
	    template_compile(&options, slice_of(source), &outcome.err);
	struct template_variable variable = {.name = "input"};
	struct strbuf input;
	struct strbuf out;

	strbuf_init(&input, STRBUF_NO_LIMIT);
	strbuf_init(&out, STRBUF_NO_LIMIT);
	assert_true(
	    json_read(slice_of(json), JSON_DEPTH_LIMIT, &input, &outcome.err));
	variable.msgpack = strbuf_slice(&input);
	outcome.compiled = template != NULL;
	outcome.ok = template != NULL &&
	    template_render(
		template, &variable, 1, scratch, &out, &outcome.err);
	if (!outcome.ok) {
		assert_int_equal(out.len, 0);
	}
	outcome.text = strbuf_take(&out);
	strbuf_finish(&input);
	template_destroy(template);
	template_scratch_destroy(scratch);
	return outcome;
}

static void check(const char *source, const char *json, const char *expected)
{
	struct outcome outcome = render_with(source, json, NULL);

	if (!outcome.ok) {
		print_error("%s: %s\n", source, outcome.err.text);
	}
	assert_true(outcome.ok);
	assert_string_equal(outcome.text, expected);
	free(outcome.text);
}

static void check_error(
    const char *source, const char *json, int line, const char *text)
{
	struct outcome outcome = render_with(source, json, NULL);

	assert_false(outcome.ok);
	assert_int_equal(outcome.err.line, line);
	if (strstr(outcome.err.text, text) == NULL) {
		print_error("%s\n", outcome.err.text);
	}
	assert_non_null(strstr(outcome.err.text, text));
	assert_ptr_equal(strstr(outcome.err.text, "t.ftl: "), outcome.err.text);
	free(outcome.text);
}

static void test_template_prints_values_of_the_input(void **state)
{
	(void)state;
	check("a ${input.user_id!} b", "{\"user_id\":\"u1\"}", "a u1 b");
	check("[${input.x!}]", "{}", "[]");
	check("${input.n} ${input.f} ${input.b}",
	    "{\"n\":1700000000000,\"f\":0.1,\"b\":true}",
	    "1700000000000 0.1 true");
	check("${input['$insert_id']}", "{\"$insert_id\":\"i\"}", "i");
}

static void test_template_takes_the_last_of_duplicate_keys(void **state)
{
	(void)state;
	check("${input.a}", "{\"a\":1,\"b\":2,\"a\":3}", "3");
}

static void test_template_reads_every_key_of_a_large_object(void **state)
{
	char json[4096] = "{";
	char source[64];
	char expected[16];

	(void)state;
	for (int i = 0; i < 100; i++) {
		(void)snprintf(json + strlen(json), 32, "%s\"key_%d\":%d",
		    i > 0 ? "," : "", i, i);
	}
	(void)snprintf(json + strlen(json), 2, "}");
	for (int i = 0; i < 100; i++) {
		(void)snprintf(source, sizeof(source), "${input.key_%d}", i);
		(void)snprintf(expected, sizeof(expected), "%d", i);
		check(source, json, expected);
	}
	check("${input.key_100!'none'}", json, "none");
}

static void test_template_gives_amplitudes_helpers(void **state)
{
	const char *use = "<#assign U=statics['com.amplitude.integrations."
			  "connector.utils.FtlUtils']>";
	char source[256];

	(void)state;
	(void)snprintf(source, sizeof(source), "%s${U.toJson(input.x)}", use);
	check(source, "{\"x\":{\"a\":[1,null,\"q\\\"\"],\"b\":false}}",
	    "{\"a\":[1,null,\"q\\\"\"],\"b\":false}");
	(void)snprintf(
	    source, sizeof(source), "%s${U.toJsonString(input.x)}", use);
	check(source, "{\"x\":{\"a\":\"b\"}}", "\"{\\\"a\\\":\\\"b\\\"}\"");
	check_error("\n${statics['java.lang.Runtime'].x}", "{}", 2,
	    "statics['java.lang.Runtime']");
}

static void test_template_prints_a_lone_half_of_a_pair_as_java_does(
    void **state)
{
	const char *json = "{\"s\":\"a\\ud83d\\ude00b\"}";

	(void)state;
	check("${input.s[0..*2]}|${input.s[2..]}", json, "a?|?b");
	check("${input.s[1]}${input.s[2]}", json, "\xF0\x9F\x98\x80");
	check("${input.s[0..1] + input.s[2..]}", json,
	    "a\xF0\x9F\x98\x80"
	    "b");
	check("<#assign x>${input.s[1]}${input.s[2]}</#assign>"
	      "${(x == input.s[1..2])?c} ${x?length} ${x}",
	    json, "true 2 \xF0\x9F\x98\x80");
	check("${(input.s[1] + '-' + input.s[2])?replace('-', '')}", json,
	    "\xF0\x9F\x98\x80");
	check("${input.s[2]}${input.s[1]}", json, "??");
}

static void test_template_prints_valid_utf8_whatever_it_is_made_of(void **state)
{
	(void)state;
	check("a\xFFz \xC3", "{}", "a?z ?");
	check("\xC0\xAF \xF4\x90\x80\x80 \xE2\x82", "{}", "?? ???? ??");
	check("0123456789abcdef\x80 \xED\xA0\xBD\xED\xB8\x80 \xE2\x82\xAC",
	    "{}", "0123456789abcdef? \xF0\x9F\x98\x80 \xE2\x82\xAC");
}

static void test_template_error_names_place_and_mend(void **state)
{
	(void)state;
	check_error("a\n  ${input.user_id}", "{}", 2,
	    "`input.user_id` is missing; write input.user_id!\"\"");
	check_error("<#if input.n>x</#if>", "{\"n\":1}", 1, "`input.n`");
	check_error("<#if true>x", "{}", 1, "</#if>");
	check_error("<#include 'x'>", "{}", 1, "not supported");
	check_error("${input?api}", "{}", 1, "not supported");
	check_error("a\n<#stop 'no time'>", "{}", 2, "<#stop>: no time");
}

static void test_template_error_never_shows_the_input(void **state)
{
	static const char *const sources[] = {"${input.secret?number}",
	    "<#stop input.secret>", "<#stop 'it is ${input.secret}'>"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
		struct outcome outcome =
		    render_with(sources[i], "{\"secret\":\"hunter2\"}", NULL);

		assert_false(outcome.ok);
		assert_null(strstr(outcome.err.text, "hunter2"));
		free(outcome.text);
	}
}

static void test_template_reads_json_and_truncates_as_freemarker_does(
    void **state)
{
	(void)state;
	check("${'5'?eval_json + 1} "
	      "${'{\"a\":[1,\"\\\\u0041\"]}'?eval_json.a[1]}",
	    "{}", "6 A");
	check("${'/* c */ -1e2 // x'?eval_json}", "{}", "-100");
	check_error("${'[1,]'?eval_json?size}", "{}", 1, "is no JSON");
	check_error("${'41\"'?eval_json}", "{}", 1, "is no JSON");
	check("${'a long text here'?truncate_w(10)}", "{}", "a [...]");
	check("${'one.two.three'?truncate(9)}", "{}", "one.[...]");
}

static void check_budget(const char *source, struct template_budget budget)
{
	struct outcome outcome = render_with(source, "{}", &budget);

	assert_true(outcome.compiled);
	assert_false(outcome.ok);
	free(outcome.text);
}

static void test_template_past_a_budget_is_an_error(void **state)
{
	(void)state;
	check_budget("<#list 1.. as x></#list>",
	    (struct template_budget){.max_steps = 1000});
	check_budget("<#list 1..1000 as x>xxxxxxxx</#list>",
	    (struct template_budget){.max_output_bytes = 1000});
	check_budget("<#assign s='xx'><#list 1..30 as i><#assign s=s+s>"
		     "</#list>",
	    (struct template_budget){.max_memory_bytes = 100000});
	check_budget("<#macro m><@m/></#macro><@m/>",
	    (struct template_budget){.max_depth = 100});
	check_budget("<#macro m><@m/></#macro><@m/>",
	    (struct template_budget){.max_depth = 0});
	check_budget("<#function f x><#return f(x+1)></#function>${f(1)}",
	    (struct template_budget){.max_depth = 0});
}

static void test_template_attempt_does_not_catch_a_budget(void **state)
{
	(void)state;
	check_budget("<#attempt><#list 1.. as x></#list><#recover>r</#attempt>",
	    (struct template_budget){.max_steps = 1000});
}

static void test_template_with_every_amount_of_memory_fails_cleanly(
    void **state)
{
	const char *source =
	    "<#assign x={'a':[1,2,3],'b':'c'+input.n} y=1/3>"
	    "<#macro m p q='d'><#nested p></#macro>"
	    "<@m p=x.b; z>${z?upper_case}</@m>${x?keys?join(',')}"
	    "${'a${y}b'?json_string}${(x+{'k':'v'})?size}"
	    "<#list input.l as i>${i}<#sep>,</#list>";
	const char *json = "{\"n\":1.25,\"l\":[1,2.5,{}]}";
	bool was_ok = false;

	(void)state;
	for (size_t bytes = 16; bytes < 20000 && !was_ok; bytes += 16) {
		struct template_budget budget = {.max_memory_bytes = bytes};
		struct outcome outcome = render_with(source, json, &budget);

		/* The last item is a hash: with enough memory it fails for
		 * that, not for memory. */
		was_ok = strstr(outcome.err.text, "`i`") != NULL;
		assert_false(outcome.ok);
		free(outcome.text);
	}
	assert_true(was_ok);
}

static void test_template_of_any_nesting_compiles_or_fails(void **state)
{
	static const char *const pieces[] = {"<#if true>", "${(", "${[",
	    "${{'a':", "${!", "<#list [1] as x>", "${x!", "${\"${", "<@m>",
	    "<#attempt>"};

	enum {
		REPEATS = 20000
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct template_options options = {.name = "t"};
		struct template *template;
		struct strbuf source;
		struct err err;
		size_t skip = pieces[i][0] == '$' ? 2 : 0;

		strbuf_init(&source, STRBUF_NO_LIMIT);
		strbuf_append(&source, pieces[i], skip);
		for (int n = 0; n < REPEATS; n++) {
			strbuf_append_text(&source, pieces[i] + skip);
		}
		template =
		    template_compile(&options, strbuf_slice(&source), &err);
		assert_null(template);
		strbuf_finish(&source);
	}
}

static void test_template_of_a_long_expression_does_not_overflow(void **state)
{
	struct strbuf source;
	struct outcome outcome;

	(void)state;
	strbuf_init(&source, STRBUF_NO_LIMIT);
	strbuf_append_text(&source, "${1");
	for (int i = 0; i < 100000; i++) {
		strbuf_append_text(&source, "+1");
	}
	strbuf_append_text(&source, "}");
	outcome = render_with(strbuf_text(&source), "{}", NULL);
	assert_false(outcome.ok);
	free(outcome.text);
	strbuf_finish(&source);
}

static void test_template_refuses_what_is_no_msgpack(void **state)
{
	static const char *const garbage[] = {"", "\x81", "\x92\x01", "\xc1",
	    "\xdb\xff\xff\xff\xff", "\x01\x01", "\xdf\xff\xff\xff\xff",
	    "\x81\x01\x01"};
	struct template_scratch *scratch = template_scratch_create(NULL);
	struct template *template =
	    template_compile(NULL, SLICE_LITERAL("${input.a!}"), NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
		struct template_variable variable = {
		    "input", slice_of(garbage[i])};
		struct strbuf out;
		struct err err;

		strbuf_init(&out, STRBUF_NO_LIMIT);
		assert_false(template_render(
		    template, &variable, 1, scratch, &out, &err));
		strbuf_finish(&out);
	}
	template_destroy(template);
	template_scratch_destroy(scratch);
}

static void test_template_test_is_a_boolean(void **state)
{
	struct template_scratch *scratch = template_scratch_create(NULL);
	struct template_variable variable = {
	    "input", SLICE_LITERAL("\x81\xa1\x61\x01")};
	struct template *template = template_compile_expression(
	    NULL, SLICE_LITERAL("input.a?? && input.a > 0"), NULL);
	struct err err;
	bool result = false;

	(void)state;
	assert_non_null(template);
	assert_true(
	    template_test(template, &variable, 1, scratch, &result, &err));
	assert_true(result);
	template_destroy(template);
	template =
	    template_compile_expression(NULL, SLICE_LITERAL("input.a"), NULL);
	assert_false(
	    template_test(template, &variable, 1, scratch, &result, &err));
	template_destroy(template);
	assert_null(template_compile_expression(
	    NULL, SLICE_LITERAL("input.a ??? x }"), &err));
	template_scratch_destroy(scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_template_prints_values_of_the_input),
	    cmocka_unit_test(test_template_takes_the_last_of_duplicate_keys),
	    cmocka_unit_test(test_template_reads_every_key_of_a_large_object),
	    cmocka_unit_test(test_template_gives_amplitudes_helpers),
	    cmocka_unit_test(
		test_template_prints_a_lone_half_of_a_pair_as_java_does),
	    cmocka_unit_test(
		test_template_prints_valid_utf8_whatever_it_is_made_of),
	    cmocka_unit_test(test_template_error_names_place_and_mend),
	    cmocka_unit_test(test_template_error_never_shows_the_input),
	    cmocka_unit_test(
		test_template_reads_json_and_truncates_as_freemarker_does),
	    cmocka_unit_test(test_template_past_a_budget_is_an_error),
	    cmocka_unit_test(test_template_attempt_does_not_catch_a_budget),
	    cmocka_unit_test(
		test_template_with_every_amount_of_memory_fails_cleanly),
	    cmocka_unit_test(test_template_of_any_nesting_compiles_or_fails),
	    cmocka_unit_test(
		test_template_of_a_long_expression_does_not_overflow),
	    cmocka_unit_test(test_template_refuses_what_is_no_msgpack),
	    cmocka_unit_test(test_template_test_is_a_boolean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
