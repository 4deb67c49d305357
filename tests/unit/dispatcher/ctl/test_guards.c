#include "dispatcher/ctl/guards.h"

#include "tests/unit/dispatcher/ctl/findings_test.h"

static void check(const char *source, const char *when, const char *expected)
{
	struct strbuf found;

	strbuf_init(&found, STRBUF_NO_LIMIT);
	guards_find(slice_of(source), slice_of(when), collect_finding, &found);
	assert_string_equal(strbuf_text(&found), expected);
	strbuf_finish(&found);
}

static void test_guards_test_of_another_member_is_found(void **state)
{
	(void)state;
	check("{\n<#if input.device_id?\?>\n\"u\": "
	      "\"${input.user_id}\",\n</#if>}",
	    "",
	    "3:9 input.user_id is read where input.device_id is tested: "
	    "without it this is an error; test input.user_id??; ");
	check("<#if input.a?\?>${input.b?upper_case?json_string}</#if>", "",
	    "1:18 input.b is read where input.a is tested: without it this "
	    "is an error; test input.b??; ");
}

static void test_guards_test_of_the_same_member_is_none(void **state)
{
	(void)state;
	check("<#if input.a?\?>${input.a}</#if>", "", "");
}

static void test_guards_member_that_may_be_missing_there_is_none(void **state)
{
	(void)state;
	check("<#if input.a?\?>${input.b!}</#if>", "", "");
	check("<#if input.a?\?>${(input.b)!\"x\"}</#if>", "", "");
	check("<#if input.a?\?>${input.b?has_content}</#if>", "", "");
	check("<#if input.a?\?>${input.b.c}</#if>", "", "");
}

static void test_guards_member_that_is_asked_for_elsewhere_is_none(void **state)
{
	(void)state;
	check("<#if input.b?\?><#if input.a?\?>${input.b}</#if></#if>", "", "");
	check("<#if input.a?\?>${input.b}</#if>", "input.b?has_content", "");
	check("<#if input.a?\?>${input.b}</#if>", "input[identity]??", "");
}

static void test_guards_block_of_more_than_one_reading_is_none(void **state)
{
	(void)state;
	check("<#if input.a?\?>${input.a} ${input.b}</#if>", "", "");
	check("<#if input.a?\?>${vars.b}</#if>", "", "");
	check("<#if input.a?\?>text</#if>${input.b}", "", "");
	check("<#if input.a", "", "");
	check("<#if input.a?\?>${input.b", "", "");
}

static void test_guards_of_the_guide_are_found(void **state)
{
	char *device = read_source("tests/conformance/guide/device.ftl");
	char *event = read_source("tests/conformance/guide/event.ftl");

	(void)state;
	check(device, "",
	    "6:22 input.user_id is read where input.device_id is tested: "
	    "without it this is an error; test input.user_id??; ");
	check(event, "",
	    "5:44 input.user_id is read where input.amplitude_id is tested: "
	    "without it this is an error; test input.user_id??; ");
	free(device);
	free(event);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_guards_test_of_another_member_is_found),
	    cmocka_unit_test(test_guards_test_of_the_same_member_is_none),
	    cmocka_unit_test(
		test_guards_member_that_may_be_missing_there_is_none),
	    cmocka_unit_test(
		test_guards_member_that_is_asked_for_elsewhere_is_none),
	    cmocka_unit_test(
		test_guards_block_of_more_than_one_reading_is_none),
	    cmocka_unit_test(test_guards_of_the_guide_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
