/* Each allocation fails once. In a render the budget of memory ends there; when
 * a template is compiled malloc itself has none, by a malloc of our own, which
 * sanitizers would mind. */
#include "dispatcher/template/template.h"

#include <stdlib.h>

#include "common/json/json_reader.h"
#include "tests/unit/cmocka_test.h"

enum {
	STEP_BYTES = 16, /* what the smallest allocation takes */
	BUDGET_MAX = 256 * 1024,
};

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define CAN_FAIL_MALLOC

static long until_failure; /* 0: none to come */

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,
 * readability-inconsistent-declaration-parameter-name): glibc's names */
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);

static bool fails_now(void)
{
	return until_failure > 0 && --until_failure == 0;
}

void *malloc(size_t bytes)
{
	return fails_now() ? NULL : __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
	return fails_now() ? NULL : __libc_calloc(count, bytes);
}

/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,
 * readability-inconsistent-declaration-parameter-name) */
#endif

static const char source[] =
    "<#macro m a b='x'>${a}${b}<#nested a></#macro>"
    "<#function f x y...><#local z = x + 1><#return z></#function>"
    "<#assign s = [1, input.a, {'k': input.l}]>"
    "<#assign c>\"${input.q}\" ${input.q}</#assign>"
    "{\"a\": \"${input.a!}${input.q?upper_case}\", \"c\": \"${c}\","
    "<#list input.l?sort as i>\"${i}\": \"${i?index}\",</#list>"
    "<#list input as k, v>${k?length}<#sep>,</#list>"
    "<@m a=input.a; y>${y}</@m>${f(1, 2)}${1.5 * 2.25}"
    "<#attempt>${input.none}<#recover>${.error?length}</#attempt>"
    "${input.q?replace('h', 'j')?json_string + input.q}"
    "${'ab'?matches('(a)(b)')?groups?join('-')}${s?size}"
    "${input.l?filter(x -> x != 'b')?map(x -> x + '!')?join(',')}"
    "${'2026-11-20'?date('yyyy-MM-dd')?string('dd.MM.yyyy')}"
    "${input.q?split(' ')?first}${'{\"a\": 1}'?eval_json.a}\"}";

static const char input_json[] =
    "{\"a\": 12.5, \"q\": \"say \\\"hi\\\"\", \"l\": [\"c\", \"b\", \"a\"], "
    "\"o\": {\"x\": null}, \"n\": 18446744073709551615}";

static bool render_within(const struct template *template, struct slice msgpack,
    size_t max_memory_bytes)
{
	struct template_budget budget = {.max_memory_bytes = max_memory_bytes};
	struct template_scratch *scratch = template_scratch_create(&budget);
	struct template_variable variable = {"input", msgpack};
	struct strbuf out;
	struct err err = {.text = ""};
	bool is_ok;

	strbuf_init(&out, STRBUF_NO_LIMIT);
	is_ok = template_render(template, &variable, 1, scratch, &out, &err);
	if (!is_ok) {
		assert_int_equal(out.len, 0);
		assert_string_not_equal(err.text, "");
	}
	strbuf_finish(&out);
	template_scratch_destroy(scratch);
	return is_ok;
}

static void check_every_allocation(bool escapes_json)
{
	struct template_options options = {
	    .name = "t", .escapes_json = escapes_json};
	struct err err = {.text = ""};
	struct template *template =
	    template_compile(&options, slice_of(source), &err);
	struct strbuf msgpack;
	size_t budget = STEP_BYTES;

	if (template == NULL) {
		fail_msg("%s", err.text);
	}
	strbuf_init(&msgpack, STRBUF_NO_LIMIT);
	assert_true(
	    json_read(slice_of(input_json), JSON_DEPTH_LIMIT, &msgpack, &err));
	while (!render_within(template, strbuf_slice(&msgpack), budget)) {
		budget += STEP_BYTES;
		assert_true(budget < BUDGET_MAX);
	}
	assert_true(budget / STEP_BYTES > 100);
	strbuf_finish(&msgpack);
	template_destroy(template);
}

static void test_memory_that_ends_anywhere_in_a_render_is_an_error(void **state)
{
	(void)state;
	check_every_allocation(false);
	check_every_allocation(true);
}

static void test_memory_that_ends_anywhere_in_compiling_is_an_error(
    void **state)
{
	(void)state;
#ifdef CAN_FAIL_MALLOC
	struct template *template = NULL;
	long failures = 0;

	while (template == NULL) {
		struct err err = {.text = ""};

		until_failure = failures + 1;
		template = template_compile(NULL, slice_of(source), &err);
		if (until_failure > 0) {
			until_failure = 0;
			break;
		}
		assert_null(template);
		assert_string_not_equal(err.text, "");
		failures++;
	}
	assert_non_null(template);
	assert_true(failures >= 3);
	template_destroy(template);
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		test_memory_that_ends_anywhere_in_a_render_is_an_error),
	    cmocka_unit_test(
		test_memory_that_ends_anywhere_in_compiling_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
