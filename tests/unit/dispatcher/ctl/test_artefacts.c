#include "dispatcher/ctl/artefacts.h"

#include <string.h>

#include "tests/unit/dispatcher/ctl/findings_test.h"

static void check(const char *source, const char *expected)
{
	struct strbuf found;

	strbuf_init(&found, STRBUF_NO_LIMIT);
	artefacts_find(slice_of(source), collect_finding, &found);
	assert_string_equal(strbuf_text(&found), expected);
	strbuf_finish(&found);
}

static void test_artefacts_backslash_before_a_tag_is_found(void **state)
{
	(void)state;
	check("{\n  \\<#if input.a?\?>\n\"a\": 1\n\\</#if>}",
	    "2:3 delete the backslash before <#if; "
	    "4:1 delete the backslash before </#if; ");
	check("\\<@param 1/>", "1:1 delete the backslash before <@param; ");
	check("\\</@param>", "1:1 delete the backslash before </@param; ");
	check("\\</@>", "1:1 delete the backslash before </@; ");
}

static void test_artefacts_backslash_before_a_bracket_is_found(void **state)
{
	(void)state;
	check("{\"params\": \\[1, 2\\]}",
	    "1:12 delete the backslash before [; "
	    "1:18 delete the backslash before ]; ");
	check("<#list \\[1] as x></#list>",
	    "1:8 delete the backslash before [; ");
	check("${x\\[0\\]}",
	    "1:4 delete the backslash before [; "
	    "1:7 delete the backslash before ]; ");
}

static void test_artefacts_backslashes_of_json_are_none(void **state)
{
	(void)state;
	check("{\"path\": \"C:\\\\[x]\", \"b\": \"\\\\<#if x>1</#if>\"}", "");
	check("\"a \\\" b\", \"\\n\\u00e4\\/\"", "");
	check("${x?replace(\"\\\"\", \"\\\\\")} ${r\"\\[a\\]\"}", "");
	check("\\<b> \\", "");
	check("<#if a \\lt b></#if>", "");
	/* The odd one of three. */
	check("\\\\\\[", "1:3 delete the backslash before [; ");
}

static void test_artefacts_dots_for_and_so_on_are_found(void **state)
{
	(void)state;
	check("<#list [\n\"a\",\n\"b\"...\n] as x></#list>",
	    "3:4 delete the three dots; name every item; ");
	check("<#list [\"a\", ...] as x></#list>",
	    "1:14 delete the three dots; name every item; ");
	check("<#list [\"a\" \xe2\x80\xa6] as x></#list>",
	    "1:13 delete the three dots; name every item; ");
}

static void test_artefacts_dots_of_the_language_are_none(void **state)
{
	(void)state;
	check("<#macro m a rest...></#macro>", "");
	check("<#list 1..3 as x>${x}...</#list> ${s[0..*3]} \"a\"...", "");
	check("${\"a...\"} ${\"\xe2\x80\xa6\"}", "");
}

static void test_artefacts_unclosed_string_is_found_where_it_begins(
    void **state)
{
	(void)state;
	check("<#list [\n\"a\",\n \"$b,\n\"$c\"\n] as x>${x}</#list>",
	    "3:2 the string is not closed: write \"$b\"; ");
	check("<#list [\"a\",\n\"b\n] as x>{\"n\": 1}</#list>",
	    "2:1 the string is not closed: write \"b\"; ");
	check("<#list [\n'a,\n'b,\n'c'] as x></#list>",
	    "2:1 the string is not closed: write 'a'; "
	    "3:1 the string is not closed: write 'b'; ");
	check("${\"abc", "");
	check(
	    "<#assign x = \"\n", "1:14 the string is not closed: write \"\"; ");
}

static void test_artefacts_string_of_several_lines_is_none(void **state)
{
	(void)state;
	check("<#assign x = \"a,\nb\">${x}", "");
	check("<#assign x = \"a,\nb\" + \"c\n\"?trim>", "");
	check("<#list [\"a\nb\", \"c\"] as x></#list>", "");
}

static void test_artefacts_typographic_quotes_are_found_once_a_line(
    void **state)
{
	(void)state;
	check("{\n\xe2\x80\x9cname\xe2\x80\x9d: \xe2\x80\x9cx\xe2\x80\x9d}",
	    "2:1 typographic quotes: type straight ones (\") instead; ");
	check("<#list [\xe2\x80\x9c"
	      "a\xe2\x80\x9d] as x></#list>",
	    "1:9 typographic quotes: type straight ones (\") instead; ");
	check("${x!\xe2\x80\x98\xe2\x80\x99}",
	    "1:5 typographic quotes: type straight ones (\") instead; ");
}

static void test_artefacts_typographic_quotes_in_texts_are_none(void **state)
{
	(void)state;
	check(
	    "{\"a\": \"so-called \xe2\x80\x9cx\xe2\x80\x9d, it\xe2\x80\x99s\"}",
	    "");
	check("<#list [\"\xe2\x80\x99\", \"\xe2\x80\x9c\"] as x></#list>", "");
	check("<#-- \xe2\x80\x9cx\xe2\x80\x9d: \\<#if -->", "");
	check("<#assign x>he said \xe2\x80\x9chi\xe2\x80\x9d to me</#assign>",
	    "");
}

static void test_artefacts_columns_count_characters(void **state)
{
	(void)state;
	check("\xc3\xa4\xf0\x9f\x98\x80 \\[",
	    "1:4 delete the backslash before [; ");
}

static void test_artefacts_tag_ends_outside_of_parentheses(void **state)
{
	(void)state;
	check("<#if (a > b) && x == \">\">\\[</#if>",
	    "1:26 delete the backslash before [; ");
	check("<#assign f = l?filter(x -> x != 1)>\\[",
	    "1:36 delete the backslash before [; ");
	check("${{\"a\": {\"b\": \"}\"}}.a.b}\\[",
	    "1:25 delete the backslash before [; ");
}

static void test_artefacts_of_any_cut_of_a_template_do_no_harm(void **state)
{
	char *source =
	    read_source("tests/conformance/guide/as-printed/event.ftl");
	size_t len = strlen(source);

	(void)state;
	for (size_t i = 0; i <= len; i++) {
		struct strbuf found;
		char *cut = malloc(i + 1);

		assert_non_null(cut);
		memcpy(cut, source, i);
		cut[i] = '\0';
		strbuf_init(&found, STRBUF_NO_LIMIT);
		/* Without the NUL: an overrun is the sanitizer's to find. */
		cut = realloc(cut, i > 0 ? i : 1);
		artefacts_find(slice_make(cut, i), collect_finding, &found);
		assert_true(found.len <= 900); /* all there are */
		strbuf_finish(&found);
		free(cut);
	}
	free(source);
}

static void check_file(const char *path, const char *expected)
{
	char *source = read_source(path);

	check(source, expected);
	free(source);
}

static void test_artefacts_of_the_guide_as_printed_are_all_found(void **state)
{
	(void)state;
	check_file("tests/conformance/guide/as-printed/event.ftl",
	    "3:11 delete the backslash before [; "
	    "4:1 delete the backslash before <#if; "
	    "6:1 delete the backslash before </#if; "
	    "7:1 delete the backslash before <#list; "
	    "10:14 delete the three dots; name every item; "
	    "12:1 delete the backslash before <#if; "
	    "14:1 delete the backslash before </#if; "
	    "15:1 delete the backslash before </#list; "
	    "16:1 delete the backslash before <#list; "
	    "18:1 the string is not closed: write \"$parameter2\"; "
	    "19:14 delete the three dots; name every item; "
	    "21:1 delete the backslash before <#if; "
	    "23:1 delete the backslash before </#if; "
	    "24:1 delete the backslash before </#list; ");
	check_file("tests/conformance/guide/as-printed/contact.ftl", "");
}

static void test_artefacts_of_mended_and_shipped_templates_are_none(
    void **state)
{
	static const char *const paths[] = {
	    "tests/conformance/guide/device.ftl",
	    "tests/conformance/guide/contact.ftl",
	    "tests/conformance/guide/event.ftl",
	    "deploy/templates/device.ftl",
	    "deploy/templates/contact.ftl",
	    "deploy/templates/event.ftl",
	    "deploy/templates/anonymous-event.ftl",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		check_file(paths[i], "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_artefacts_backslash_before_a_tag_is_found),
	    cmocka_unit_test(
		test_artefacts_backslash_before_a_bracket_is_found),
	    cmocka_unit_test(test_artefacts_backslashes_of_json_are_none),
	    cmocka_unit_test(test_artefacts_dots_for_and_so_on_are_found),
	    cmocka_unit_test(test_artefacts_dots_of_the_language_are_none),
	    cmocka_unit_test(
		test_artefacts_unclosed_string_is_found_where_it_begins),
	    cmocka_unit_test(test_artefacts_string_of_several_lines_is_none),
	    cmocka_unit_test(
		test_artefacts_typographic_quotes_are_found_once_a_line),
	    cmocka_unit_test(
		test_artefacts_typographic_quotes_in_texts_are_none),
	    cmocka_unit_test(test_artefacts_columns_count_characters),
	    cmocka_unit_test(test_artefacts_tag_ends_outside_of_parentheses),
	    cmocka_unit_test(
		test_artefacts_of_any_cut_of_a_template_do_no_harm),
	    cmocka_unit_test(
		test_artefacts_of_the_guide_as_printed_are_all_found),
	    cmocka_unit_test(
		test_artefacts_of_mended_and_shipped_templates_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
