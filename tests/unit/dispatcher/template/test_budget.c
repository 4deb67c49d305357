#include <stdlib.h>

#include "common/json/json_reader.h"
#include "dispatcher/template/template.h"
#include "tests/unit/cmocka_test.h"

enum {
	LONG_TEXT = 1000000,
	LONG_LIST = 20000,
};

/* s: a megabyte of blanks and an x; l: many numbers. */
static void put_input(struct strbuf *input)
{
	struct strbuf json;
	struct err err;

	strbuf_init(&json, STRBUF_NO_LIMIT);
	strbuf_append_text(&json, "{\"s\":\"");
	assert_true(strbuf_reserve(&json, LONG_TEXT));
	memset(json.data + json.len, ' ', LONG_TEXT);
	json.len += LONG_TEXT;
	strbuf_append_text(&json, "x\",\"l\":[0");
	for (int i = 1; i < LONG_LIST; i++) {
		strbuf_appendf(&json, ",%d", i);
	}
	strbuf_append_text(&json, "]}");
	strbuf_init(input, STRBUF_NO_LIMIT);
	assert_true(
	    json_read(strbuf_slice(&json), JSON_DEPTH_LIMIT, input, &err));
	strbuf_finish(&json);
}

/* Renders within the default budgets; the error must name one of them, or the
 * limit that was met. */
static void check_ends(const char *source, struct slice input,
    struct template_scratch *scratch, const char *expected)
{
	struct template_variable variable = {"input", input};
	struct template_options options = {.name = "t"};
	struct strbuf out;
	struct err err = {.line = 0};
	struct template *template =
	    template_compile(&options, slice_of(source), &err);
	bool is_ok;

	strbuf_init(&out, STRBUF_NO_LIMIT);
	is_ok = template != NULL &&
	    template_render(template, &variable, 1, scratch, &out, &err);
	if (is_ok || strstr(err.text, expected) == NULL) {
		print_error("%s: %s\n", source, is_ok ? "ended" : err.text);
	}
	assert_false(is_ok);
	assert_non_null(strstr(err.text, expected));
	strbuf_finish(&out);
	template_destroy(template);
}

static void check_all_end(
    const char *const *sources, size_t count, const char *expected)
{
	struct template_scratch *scratch = template_scratch_create(NULL);
	struct strbuf input;

	put_input(&input);
	for (size_t i = 0; i < count; i++) {
		check_ends(sources[i], strbuf_slice(&input), scratch, expected);
	}
	strbuf_finish(&input);
	template_scratch_destroy(scratch);
}

#define LOOP(body) "<#list 1..1000000 as i>" body "</#list>"

static void test_budget_of_steps_ends_what_loops_or_reads_too_much(void **state)
{
	static const char *const sources[] = {
	    "<#list 1..30000 as a><#list 1..30000 as b></#list></#list>",
	    LOOP("<#assign q=input.s?length>"),
	    LOOP("<#assign q=input.s[999999]>"),
	    LOOP("<#assign q=input.s[999990..]>"),
	    LOOP("<#assign q=input.s?contains('y')>"),
	    LOOP("<#assign q=input.s?index_of('y')>"),
	    LOOP("<#assign q=input.s == input.s + ''>"),
	    LOOP("<#assign q=input[input.s]!''>"),
	    LOOP("<#assign q=.data_model>"),
	    LOOP("<#assign q=input.l?max>"),
	    LOOP("<#assign q=input.l?seq_contains(-1)>"),
	    LOOP("<#attempt>${input.s}${nothing}<#recover></#attempt>"),
	    "${(1..2000000000)?max}",
	    "${(1..2000000000)?join(',')}",
	    "${(1..2000000000)?seq_contains(-1)?c}",
	};

	(void)state;
	check_all_end(sources, ARRAY_LEN(sources), "more steps");
}

static void test_budget_of_memory_ends_what_grows(void **state)
{
	static const char *const sources[] = {
	    "<#assign s='x'>" LOOP("<#assign s=s+s>"),
	    "<#assign s=[1]>" LOOP("<#assign s=s+s>"),
	    "<#assign s=[]>" LOOP("<#assign s=s+[i]>"),
	    "<#assign s=''>" LOOP("<#assign s=s+'a'>"),
	    "<#assign s={}>" LOOP("<#assign s=s+{'k'+i:i}>"),
	    LOOP("<#assign q=input.s?replace('y', 'z')>"),
	    LOOP("<#assign q=input.s?json_string>"),
	    "${'x'?left_pad(2000000000)}",
	    "${'x'?right_pad(2000000000, 'ab')}",
	    "<#assign x='9'?left_pad(3900, '9')?number>" LOOP(
		"<#assign y=x*x>"),
	};

	(void)state;
	check_all_end(sources, ARRAY_LEN(sources), "");
}

static void test_budget_of_depth_ends_recursion(void **state)
{
	static const char *const sources[] = {
	    "<#macro m><@m/></#macro><@m/>",
	    "<#macro m><#nested></#macro>"
	    "<#macro n><@m><@n/></@m></#macro><@n/>",
	    "<#function f x><#return f(x + 1)></#function>${f(1)}",
	    "<#function f x><#return [x]?map(y -> f(y))?first></#function>"
	    "${f(1)}",
	};

	(void)state;
	check_all_end(sources, ARRAY_LEN(sources), "deeper");
}

static void test_budget_of_a_pattern_ends_catastrophic_matching(void **state)
{
	static const char *const sources[] = {
	    "${(''?left_pad(40, 'a') + '!')?matches('(a+)+$')?c}",
	    "${(''?left_pad(400, 'a') + '!')?replace('(a|aa)+$', '', 'r')}",
	    /* Few tries, each of which looks far. */
	    "${input.s?replace('\\\\s+$', '', 'r')}",
	};

	(void)state;
	check_all_end(sources, ARRAY_LEN(sources), "takes longer to match");
}

static void test_budget_of_digits_ends_huge_numbers(void **state)
{
	static const char *const sources[] = {
	    "${'1e99999'?number}",
	    "<#assign x='9'?left_pad(7900, '9')?number>${x * x}",
	};

	(void)state;
	check_all_end(sources, ARRAY_LEN(sources), "`");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		test_budget_of_steps_ends_what_loops_or_reads_too_much),
	    cmocka_unit_test(test_budget_of_memory_ends_what_grows),
	    cmocka_unit_test(test_budget_of_depth_ends_recursion),
	    cmocka_unit_test(
		test_budget_of_a_pattern_ends_catastrophic_matching),
	    cmocka_unit_test(test_budget_of_digits_ends_huge_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
