#include <stdio.h>

#include "common/base/strbuf.h"
#include "common/json/json_reader.h"
#include "tests/unit/cmocka_test.h"

enum {
	DEPTH = 4,
};

/* A text that is refused, and "line:column: what is said". */
struct refusal {
	struct slice text;
	const char *error;
};

#define REFUSAL(text, error) \
	{ \
		SLICE_LITERAL(text), (error) \
	}

static void assert_refusals(const struct refusal *refusals, size_t count)
{
	char line[600];
	struct strbuf out;
	struct err err;

	strbuf_init(&out, STRBUF_NO_LIMIT);
	for (size_t i = 0; i < count; i++) {
		assert_false(json_read(refusals[i].text, DEPTH, &out, &err));
		(void)snprintf(line, sizeof(line), "%d:%d: %s", err.line,
		    err.column, err.text);
		assert_string_equal(line, refusals[i].error);
		assert_false(json_check(refusals[i].text, DEPTH, &err));
		(void)snprintf(line, sizeof(line), "%d:%d: %s", err.line,
		    err.column, err.text);
		assert_string_equal(line, refusals[i].error);
		assert_int_equal(out.len, 0);
	}
	strbuf_finish(&out);
}

static void test_json_error_of_a_text_without_json_says_so(void **state)
{
	const struct refusal refusals[] = {
	    REFUSAL("", "1:1: empty: there is no JSON"),
	    REFUSAL(" \n\t", "2:2: there is no JSON, nothing but white space"),
	    REFUSAL("\xef\xbb\xbf{}",
		"1:1: a UTF-8 byte order mark stands before the JSON"),
	    REFUSAL("\xff\xfe{",
		"1:1: unexpected character outside ASCII (byte 0xFF) where a "
		"value should be"),
	    REFUSAL("\0",
		"1:1: unexpected control character 0x00 where a value should "
		"be"),
	    REFUSAL("<html>", "1:1: unexpected '<' where a value should be"),
	    REFUSAL("user_id=1",
		"1:1: only numbers, true, false and null stand without double "
		"quotes"),
	};

	(void)state;
	assert_refusals(refusals, ARRAY_LEN(refusals));
}

static void test_json_error_between_members_says_what_is_missing(void **state)
{
	const struct refusal refusals[] = {
	    REFUSAL("[1 2]", "1:4: a comma is missing before '2'"),
	    REFUSAL("[1\n\"a\"]", "2:1: a comma is missing before '\"'"),
	    REFUSAL("{\"a\":1 \"b\":2}", "1:8: a comma is missing before '\"'"),
	    REFUSAL("[[] null]", "1:5: a comma is missing before 'n'"),
	    REFUSAL("[1,]", "1:3: trailing comma before ']'"),
	    REFUSAL("{\"a\":1,\n}", "1:7: trailing comma before '}'"),
	    REFUSAL("[,1]", "1:2: unexpected ',' where a value should be"),
	    REFUSAL("[1,,2]", "1:4: unexpected ',' where a value should be"),
	    REFUSAL("[1}", "1:3: unexpected '}' inside an array"),
	    REFUSAL("{\"a\":1]", "1:7: unexpected ']' inside an object"),
	    REFUSAL("[1:2]", "1:3: unexpected ':' inside an array"),
	    REFUSAL("[1\0]",
		"1:3: unexpected control character 0x00 inside an array"),
	    REFUSAL("{\"a\" 1}",
		"1:6: unexpected '1' where the ':' behind a member's name "
		"should be"),
	    REFUSAL("{\"a\"}",
		"1:5: unexpected '}' where the ':' behind a member's name "
		"should be"),
	    REFUSAL("{\"a\":}", "1:6: unexpected '}' where a value should be"),
	    REFUSAL("{a:1}",
		"1:2: a member's name needs double quotes around "
		"it"),
	    REFUSAL("{'a':1}",
		"1:2: a member's name needs double quotes "
		"around it"),
	    REFUSAL("{1:1}",
		"1:2: a member's name needs double quotes around "
		"it"),
	    REFUSAL("{,}",
		"1:2: unexpected ',' where a member's name should "
		"be"),
	    REFUSAL("{} {}", "1:4: unexpected '{' behind the JSON's end"),
	    REFUSAL("1\n}", "2:1: unexpected '}' behind the JSON's end"),
	};

	(void)state;
	assert_refusals(refusals, ARRAY_LEN(refusals));
}

static void test_json_error_in_a_word_or_number_says_the_rule(void **state)
{
	static const char *const words =
	    "1:2: only numbers, true, false and null stand without double "
	    "quotes";
	const struct refusal refusals[] = {
	    REFUSAL("[True]", words),
	    REFUSAL("[nul]", words),
	    REFUSAL("[nulls]", words),
	    REFUSAL("[NaN]", words),
	    REFUSAL("[undefined]", words),
	    REFUSAL("['a']", "1:2: a string needs double quotes around it"),
	    REFUSAL("[/* */]", "1:2: unexpected '/'; JSON has no comments"),
	    REFUSAL("[# 1\n]", "1:2: unexpected '#'; JSON has no comments"),
	    REFUSAL("[+1]", "1:2: a number must not start with '+'"),
	    REFUSAL("[.5]", "1:2: a number must not start with '.'"),
	    REFUSAL("[01]", "1:2: a number must not start with extra zeros"),
	    REFUSAL("[-00]", "1:3: a number must not start with extra zeros"),
	    REFUSAL("[-]",
		"1:3: unexpected ']' where a digit should follow "
		"the minus"),
	    REFUSAL("[-Infinity]",
		"1:3: unexpected 'I' where a digit should "
		"follow the minus"),
	    REFUSAL("[1.]",
		"1:4: unexpected ']' where a digit should follow "
		"the decimal point"),
	    REFUSAL("[1e+]",
		"1:5: unexpected ']' where a digit of the "
		"exponent should be"),
	    REFUSAL("[0x1F]", "1:3: unexpected 'x' inside a number"),
	    REFUSAL("[1.2.3]", "1:5: unexpected '.' inside a number"),
	    REFUSAL("[2026-11-20]", "1:6: unexpected '-' inside a number"),
	};

	(void)state;
	assert_refusals(refusals, ARRAY_LEN(refusals));
}

static void test_json_error_in_a_string_is_at_its_byte(void **state)
{
	const struct refusal refusals[] = {
	    REFUSAL("\"a\nb\"",
		"1:3: line break inside a string; it is written \\n"),
	    REFUSAL("\"a\rb\"",
		"1:3: line break inside a string; it is written \\r"),
	    REFUSAL("\"a\tb\"",
		"1:3: control character inside a string; it is "
		"written \\u0009"),
	    REFUSAL("\"a\0b\"",
		"1:3: control character inside a string; it is "
		"written \\u0000"),
	    REFUSAL("\"\xc3\xa9\xff\"",
		"1:4: invalid UTF-8 (byte 0xFF) inside a string"),
	    REFUSAL("\"ok \xc3(\"",
		"1:5: invalid UTF-8 (byte 0xC3) inside a string"),
	    REFUSAL("\"C:\\dir\"",
		"1:4: \\d is no escape; a backslash itself "
		"is written \\\\"),
	    REFUSAL("\"\\\xc3\xa9\"",
		"1:2: a backslash must be followed by "
		"one of \"\\/bfnrtu"),
	    REFUSAL("\"\\u12x4\"",
		"1:2: \\u is not followed by four hexadecimal digits"),
	    REFUSAL("\"\\ud800!\"",
		"1:2: half of a surrogate pair in \\u "
		"escapes, without the other half"),
	    REFUSAL("\"\\udc00\\ud800\"",
		"1:2: half of a surrogate pair in \\u escapes, without the "
		"other half"),
	};

	(void)state;
	assert_refusals(refusals, ARRAY_LEN(refusals));
}

static void test_json_error_of_a_cut_text_says_where_it_ended(void **state)
{
	const struct refusal refusals[] = {
	    REFUSAL("[", "1:2: unexpected end of text where a value should be"),
	    REFUSAL("[1", "1:3: unexpected end of text inside an array"),
	    REFUSAL("{",
		"1:2: unexpected end of text where a member's name "
		"should be"),
	    REFUSAL("{\n\"a\":1\n",
		"3:1: unexpected end of text inside an "
		"object"),
	    REFUSAL("{\"a\"",
		"1:5: unexpected end of text where the ':' "
		"behind a member's name should be"),
	    REFUSAL("\"abc", "1:5: unexpected end of text inside a string"),
	    REFUSAL("\"abc\\", "1:6: unexpected end of text inside a string"),
	    REFUSAL("\"\\u12", "1:6: unexpected end of text inside a string"),
	    REFUSAL("\"\xf0\x9f",
		"1:4: unexpected end of text inside a "
		"string"),
	    REFUSAL("tru", "1:4: unexpected end of text inside a word"),
	};

	(void)state;
	assert_refusals(refusals, ARRAY_LEN(refusals));
}

static void test_json_error_past_the_depth_is_at_the_bracket(void **state)
{
	const struct refusal refusals[] = {
	    REFUSAL("[[[[[]]]]]",
		"1:5: arrays and objects are nested more than 4 deep"),
	    REFUSAL("{\"a\":[\n{\"b\":[{}]}]}",
		"2:7: arrays and objects are nested more than 4 deep"),
	};

	(void)state;
	assert_refusals(refusals, ARRAY_LEN(refusals));
	assert_true(json_check(SLICE_LITERAL("[[[[1]]]]"), DEPTH, NULL));
}

/* Of a text with everything in it, each part up to some byte is refused, at
 * that byte: nothing before it is wrong. */
static void test_json_error_of_each_cut_is_at_its_end(void **state)
{
	static const char text[] =
	    "{\"\\u0041\\ud83d\\ude00 \\n\":[null,true , false,-1.5e+30,\n"
	    "0.25,\"\xc3\xa9\xe2\x82\xac\xed\x9f\xbf\xe0\xa0\x80"
	    "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf 0123456789\",{},[]],\"b\":\n"
	    "{\"c\" : [ ] } }";
	const size_t len = sizeof(text) - 1;
	struct err err;
	size_t at;

	(void)state;
	assert_true(json_check(slice_make(text, len), DEPTH, &err));
	for (size_t cut = 1; cut < len; cut++) {
		assert_false(json_check(slice_make(text, cut), DEPTH, &err));
		at = 0;
		for (int line = 1; line < err.line; line++) {
			while (text[at++] != '\n') {
			}
		}
		assert_int_equal(at + (size_t)err.column - 1, cut);
		assert_memory_equal(err.text, "unexpected end of text", 22);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_json_error_of_a_text_without_json_says_so),
	    cmocka_unit_test(
		test_json_error_between_members_says_what_is_missing),
	    cmocka_unit_test(test_json_error_in_a_word_or_number_says_the_rule),
	    cmocka_unit_test(test_json_error_in_a_string_is_at_its_byte),
	    cmocka_unit_test(test_json_error_of_a_cut_text_says_where_it_ended),
	    cmocka_unit_test(test_json_error_past_the_depth_is_at_the_bracket),
	    cmocka_unit_test(test_json_error_of_each_cut_is_at_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
