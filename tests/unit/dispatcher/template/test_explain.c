/* Where a printed value comes from, as a watched render tells it. */
#include "common/json/json_reader.h"
#include "dispatcher/template/template.h"
#include "tests/unit/cmocka_test.h"

static const char input_json[] =
    "{\"name\":\"Ann\",\"city\":\"Kyiv\",\"user_properties\":{\"email\":"
    "\"a@b.c\",\"Page Title\":\"Home\",\"plan\":null},\"items\":[{\"sku\":"
    "\"A\"},{\"sku\":\"B\"}],\"paying\":false,\"n\":3}";

/* Each print as "line:column expression = text <- origin (remarks)", a line
 * each. */
static void write_down(void *arg, const struct template_print *print)
{
	struct strbuf *out = arg;

	strbuf_appendf(out, "%d:%d %.*s = %.*s <- %.*s", print->line,
	    print->column, SLICE_ARGS(print->expression),
	    SLICE_ARGS(print->text), SLICE_ARGS(print->origin));
	if (print->remarks.len > 0) {
		strbuf_appendf(out, " (%.*s)", SLICE_ARGS(print->remarks));
	}
	strbuf_append_char(out, '\n');
}

static void check(const char *source, const char *expected)
{
	struct template_scratch *scratch = template_scratch_create(NULL);
	struct template_variable variable = {.name = "input"};
	struct template *template;
	struct err err = {.line = 0};
	struct strbuf input;
	struct strbuf out;
	struct strbuf told;

	strbuf_init(&input, STRBUF_NO_LIMIT);
	strbuf_init(&out, STRBUF_NO_LIMIT);
	strbuf_init(&told, STRBUF_NO_LIMIT);
	assert_true(
	    json_read(slice_of(input_json), JSON_DEPTH_LIMIT, &input, &err));
	variable.msgpack = strbuf_slice(&input);
	template = template_compile(NULL, slice_of(source), &err);
	assert_non_null(template);
	template_scratch_observe(scratch, write_down, &told);
	if (!template_render(template, &variable, 1, scratch, &out, &err)) {
		fail_msg("%s", err.text);
	}
	assert_string_equal(strbuf_text(&told), expected);
	template_destroy(template);
	template_scratch_destroy(scratch);
	strbuf_finish(&input);
	strbuf_finish(&out);
	strbuf_finish(&told);
}

static void test_explain_of_a_member_is_its_path(void **state)
{
	(void)state;
	check("x\n  ${input.user_properties.email}",
	    "2:5 input.user_properties.email = a@b.c <- "
	    "input.user_properties.email\n");
	check(
	    "<#list [\"Page Title\"] as p>${input.user_properties[p]}</#list>",
	    "1:30 input.user_properties[p] = Home <- "
	    "input.user_properties[\"Page Title\"]\n");
	check("${input.items[input.n - 2].sku}",
	    "1:3 input.items[input.n - 2].sku = B <- input.items[1].sku\n");
	check("#{input.n; m2}", "1:3 input.n = 3.00 <- input.n\n");
	check("${input['name'][0..1]}",
	    "1:3 input['name'][0..1] = An <- input.name[0..1]\n");
}

static void test_explain_of_a_default_is_the_side_taken(void **state)
{
	(void)state;
	check("${input.name!\"you\"}",
	    "1:3 input.name!\"you\" = Ann <- "
	    "input.name\n");
	check("${input.plan!\"free\"}",
	    "1:3 input.plan!\"free\" = free <- \"free\" (input.plan is "
	    "missing)\n");
	check("${input.plan!}",
	    "1:3 input.plan! =  <- \"\" (input.plan is missing)\n");
	check("${(input.a.b)!input.user_properties.plan!input.city}",
	    "1:3 (input.a.b)!input.user_properties.plan!input.city = Kyiv <- "
	    "input.city (input.a.b is missing; input.user_properties.plan is "
	    "missing)\n");
	check("${input.plan?default('none')?upper_case}",
	    "1:3 input.plan?default('none')?upper_case = NONE <- "
	    "'none'?upper_case (input.plan is missing)\n");
	check("${input.paying?then('p', input.name)}",
	    "1:3 input.paying?then('p', input.name) = Ann <- input.name "
	    "(input.paying is false)\n");
}

static void test_explain_of_a_variable_is_what_was_assigned(void **state)
{
	(void)state;
	check("<#assign e = input.user_properties.email!''>\n${e?upper_case}",
	    "2:3 e?upper_case = A@B.C <- "
	    "input.user_properties.email?upper_case (e is assigned on line "
	    "1)\n");
	check("<#assign a = input.name + ' of ' + input.city\n b = a>"
	      "${b?length}",
	    "2:10 b?length = 11 <- (input.name + ' of ' + "
	    "input.city)?length (a is assigned on line 1; b is assigned on "
	    "line 2)\n");
	check("<#assign t>${input.name}</#assign>${t}",
	    "1:14 input.name = Ann <- input.name\n"
	    "1:37 t = Ann <- t (t is captured on line 1)\n");
	check("<#assign k = 1><#assign k += 2>${k}",
	    "1:34 k = 3 <- k (k is computed on line 1)\n");
	check("<#global g = input.n>${g}",
	    "1:24 g = 3 <- input.n (g is assigned on line 1)\n");
}

static void test_explain_of_a_loop_variable_is_the_item(void **state)
{
	(void)state;
	check("<#list input.items as i>${i.sku}</#list>",
	    "1:27 i.sku = A <- input.items[0].sku\n"
	    "1:27 i.sku = B <- input.items[1].sku\n");
	check("<#list input.items><#items as i>${i.sku}${i?index}"
	      "</#items></#list>",
	    "1:35 i.sku = A <- input.items[0].sku\n"
	    "1:43 i?index = 0 <- i?index\n"
	    "1:35 i.sku = B <- input.items[1].sku\n"
	    "1:43 i?index = 1 <- i?index\n");
	check(
	    "<#list input.user_properties as k, v><#if v?has_content>${k}=${v};"
	    "</#if></#list>",
	    "1:59 k = email <- input.user_properties?keys[0]\n"
	    "1:64 v = a@b.c <- input.user_properties.email\n"
	    "1:59 k = Page Title <- input.user_properties?keys[1]\n"
	    "1:64 v = Home <- input.user_properties[\"Page Title\"]\n");
	check("<#list [input.name, 'x'] as i>${i}</#list>",
	    "1:33 i = Ann <- input.name\n1:33 i = x <- 'x'\n");
}

static void test_explain_of_a_parameter_is_its_argument(void **state)
{
	(void)state;
	check("<#macro m a b='none'>${a},${b}</#macro><@m a=input.name/>",
	    "1:24 a = Ann <- input.name (a is a parameter of m)\n"
	    "1:29 b = none <- 'none' (b is a parameter of m)\n");
	check("<#function f a><#return a + '!'></#function>${f(input.name)}",
	    "1:47 f(input.name) = Ann! <- input.name + '!' (f returns on line "
	    "1)\n");
	check("<#macro m a><#local c = a><#list 1..1 as i>${c}</#list></#macro>"
	      "<@m input.city/>",
	    "1:46 c = Kyiv <- input.city (a is a parameter of m; c is "
	    "assigned on line 1)\n");
	check("<#macro m n><#if n lt 10><@m n + n/><#else>${n}</#if></#macro>"
	      "<@m input.n/>",
	    "1:46 n = 12 <- (input.n + input.n) + (input.n + input.n) (n is a "
	    "parameter of m)\n");
}

/* As in the shipped templates: a path of the configuration is followed. */
static void test_explain_looks_through_functions(void **state)
{
	(void)state;
	check("<#function follow from steps><#local value = from>\n"
	      "<#list steps as step><#local value = value[step]></#list>\n"
	      "<#return value></#function>\n"
	      "<#function text value><#return value?string?trim></#function>\n"
	      "<#assign v = text(follow(input, "
	      "'user_properties.email'?split('.')))>\n"
	      "${v?upper_case}",
	    "6:3 v?upper_case = A@B.C <- "
	    "input.user_properties.email?string?trim?upper_case (text returns "
	    "on line 4; v is assigned on line 5)\n");
	check("<#function fact n><#if n lte 1><#return input.n></#if>"
	      "<#return n * fact(n - 1)></#function>${fact(2)}",
	    "1:94 fact(2) = 6 <- 2 * input.n (fact returns on line 1)\n");
}

static void test_explain_of_a_written_hash_is_its_member(void **state)
{
	(void)state;
	check("<#assign h = {'a': input.name, 'b': input.n + 1}>"
	      "${h.a}${h['b'] * 2}<#list h as k, v>${k}</#list>",
	    "1:52 h.a = Ann <- input.name (h is assigned on line 1)\n"
	    "1:58 h['b'] * 2 = 8 <- (input.n + 1) * 2 (h is assigned on line "
	    "1)\n"
	    "1:88 k = a <- \"a\" (h is assigned on line 1)\n"
	    "1:88 k = b <- \"b\" (h is assigned on line 1)\n");
	check("<#assign h = {'a': input.name}>"
	      "<#list h as k, v>${v}</#list>",
	    "1:51 v = Ann <- input.name (h is assigned on line 1)\n");
}

static void test_explain_of_text_shows_its_parts(void **state)
{
	(void)state;
	check("<#assign n = input.name>${\"Dear ${n}\"}",
	    "1:27 \"Dear ${n}\" = Dear Ann <- \"Dear ${input.name}\" (n is "
	    "assigned on line 1)\n");
	check("${input.name + (input.x!'-')}",
	    "1:3 input.name + (input.x!'-') = Ann- <- input.name + '-' "
	    "(input.x is missing)\n");
}

/* Working an origin out evaluates nothing that may assign. */
static void test_explain_changes_nothing(void **state)
{
	(void)state;
	check("<#assign n = 0><#function f><#assign n += 1><#return n>"
	      "</#function>${f()!0}${f()}",
	    "1:70 f()!0 = 1 <- f()!0\n"
	    "1:78 f() = 2 <- n (f returns on line 1)\n");
}

/* A parameter that doubles its argument at each level has an origin of 2^n. */
static void test_explain_of_what_has_no_end_is_cut(void **state)
{
	struct template_scratch *scratch = template_scratch_create(NULL);
	struct template *template = template_compile(NULL,
	    SLICE_LITERAL("<#macro m a n><#if n lt 500><@m a + a n + 1/>"
			  "<#else>${a?length}</#if></#macro><@m '' 0/>"),
	    NULL);
	struct strbuf out;
	struct strbuf told;

	(void)state;
	assert_non_null(template);
	strbuf_init(&out, STRBUF_NO_LIMIT);
	strbuf_init(&told, STRBUF_NO_LIMIT);
	template_scratch_observe(scratch, write_down, &told);
	assert_true(template_render(template, NULL, 0, scratch, &out, NULL));
	assert_string_equal(strbuf_text(&out), "0");
	assert_true(told.len < 4000);
	template_destroy(template);
	template_scratch_destroy(scratch);
	strbuf_finish(&out);
	strbuf_finish(&told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_explain_of_a_member_is_its_path),
	    cmocka_unit_test(test_explain_of_a_default_is_the_side_taken),
	    cmocka_unit_test(test_explain_of_a_variable_is_what_was_assigned),
	    cmocka_unit_test(test_explain_of_a_loop_variable_is_the_item),
	    cmocka_unit_test(test_explain_of_a_parameter_is_its_argument),
	    cmocka_unit_test(test_explain_looks_through_functions),
	    cmocka_unit_test(test_explain_of_a_written_hash_is_its_member),
	    cmocka_unit_test(test_explain_of_text_shows_its_parts),
	    cmocka_unit_test(test_explain_changes_nothing),
	    cmocka_unit_test(test_explain_of_what_has_no_end_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
