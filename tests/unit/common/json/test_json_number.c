#include <math.h>
#include <stdlib.h>

#include "common/base/rng.h"
#include "common/json/json_reader.h"
#include "tests/unit/cmocka_test.h"
#include "tests/unit/common/json/json_print.h"

/* A number and what becomes of it, as json_print.h prints it. */
struct number {
	const char *text;
	const char *value;
};

static void assert_number(const char *text, const char *value)
{
	struct strbuf out;
	struct strbuf line;
	struct err err;

	strbuf_init(&out, STRBUF_NO_LIMIT);
	strbuf_init(&line, STRBUF_NO_LIMIT);
	if (!json_read(slice_of(text), 0, &out, &err)) {
		fail_msg("%s: %d:%d: %s", text, err.line, err.column, err.text);
	}
	if (strcmp(print_msgpack(strbuf_slice(&out), &line), value) != 0) {
		fail_msg("%s: is %s, not %s", text, strbuf_text(&line), value);
	}
	assert_true(json_check(slice_of(text), 0, &err));
	strbuf_finish(&line);
	strbuf_finish(&out);
}

static void assert_numbers(const struct number *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		assert_number(numbers[i].text, numbers[i].value);
	}
}

static void test_json_number_whole_that_fits_is_an_integer(void **state)
{
	static const struct number numbers[] = {
	    {"0", "0"},
	    {"1", "1"},
	    {"127", "127"},
	    {"128", "128"},
	    {"255", "255"},
	    {"256", "256"},
	    {"65535", "65535"},
	    {"65536", "65536"},
	    {"4294967295", "4294967295"},
	    {"4294967296", "4294967296"},
	    {"9007199254740993", "9007199254740993"},
	    {"9223372036854775807", "9223372036854775807"},
	    {"9223372036854775808", "9223372036854775808"},
	    {"18446744073709551615", "18446744073709551615"},
	    {"-1", "-1"},
	    {"-32", "-32"},
	    {"-33", "-33"},
	    {"-128", "-128"},
	    {"-129", "-129"},
	    {"-32768", "-32768"},
	    {"-32769", "-32769"},
	    {"-2147483648", "-2147483648"},
	    {"-2147483649", "-2147483649"},
	    {"-9223372036854775808", "-9223372036854775808"},
	};

	(void)state;
	assert_numbers(numbers, ARRAY_LEN(numbers));
}

static void test_json_number_whole_that_does_not_fit_is_text(void **state)
{
	static const struct number numbers[] = {
	    {"18446744073709551616", "t18446744073709551616"},
	    {"18446744073709551620", "t18446744073709551620"},
	    {"99999999999999999999", "t99999999999999999999"},
	    {"100000000000000000000", "t100000000000000000000"},
	    {"184467440737095516150", "t184467440737095516150"},
	    {"1844674407370955161600", "t1844674407370955161600"},
	    {"-9223372036854775809", "t-9223372036854775809"},
	    {"-18446744073709551616", "t-18446744073709551616"},
	};

	(void)state;
	assert_numbers(numbers, ARRAY_LEN(numbers));
}

static void test_json_number_with_few_digits_is_a_float(void **state)
{
	static const struct number numbers[] = {
	    {"0.0", "f0"},
	    {"0e5", "f0"},
	    {"0E-999999999999999999999", "f0"},
	    {"0.00000e+99999999999999999999", "f0"},
	    {"-0", "f-0"},
	    {"-0.0", "f-0"},
	    {"-0e-1", "f-0"},
	    {"1.0", "f1"},
	    {"1e0", "f1"},
	    {"1E+2", "f1e+02"},
	    {"59.99", "f59.99"},
	    {"0.1", "f0.1"},
	    {"-1.5e-3", "f-0.0015"},
	    {"1e22", "f1e+22"},
	    {"1e23", "f1e+23"},
	    {"123456789012345e22", "f1.23456789012345e+36"},
	    {"123456789012345e-22", "f1.23456789012345e-08"},
	    {"1e-7", "f1e-07"},
	    {"1.0000000000000000000000000000000000", "f1"},
	    {"1000000000000000000000000000000.0", "f1e+30"},
	    {"0.000000000000000000000000000001", "f1e-30"},
	    {"1e307", "f1e+307"},
	    {"1e308", "f1e+308"},
	};

	(void)state;
	assert_numbers(numbers, ARRAY_LEN(numbers));
}

static void test_json_number_that_a_float_prints_is_a_float(void **state)
{
	static const struct number numbers[] = {
	    {"0.30000000000000004", "f0.30000000000000004"},
	    {"50.450100000000006", "f50.450100000000006"},
	    {"9007199254740993e0", "t9007199254740993e0"},
	    {"9007199254740992e0", "f9007199254740992"},
	    {"1.7976931348623157e308", "f1.7976931348623157e+308"},
	    {"2.2250738585072014e-308", "f2.2250738585072014e-308"},
	    {"5e-324", "f5e-324"},
	    {"-5e-324", "f-5e-324"},
	    {"1.5e-323", "f1.5e-323"},
	};

	(void)state;
	assert_numbers(numbers, ARRAY_LEN(numbers));
}

static void test_json_number_that_a_float_would_change_is_text(void **state)
{
	static const struct number numbers[] = {
	    {"0.30000000000000001", "t0.30000000000000001"},
	    {"0.1000000000000000055", "t0.1000000000000000055"},
	    {"3.14159265358979323846", "t3.14159265358979323846"},
	    {"123456789012345678901234567890.5",
		"t123456789012345678901234567890.5"},
	    {"1.0000000000000000000000000010",
		"t1.0000000000000000000000000010"},
	    {"10000000000000000000000000001e0",
		"t10000000000000000000000000001e0"},
	    {"1e309", "t1e309"},
	    {"1.8e308", "t1.8e308"},
	    {"-1e400", "t-1e400"},
	    {"1e-400", "t1e-400"},
	    {"4e-324", "t4e-324"},
	    {"4.9e-324", "t4.9e-324"},
	    {"2e-324", "t2e-324"},
	    {"1.1E+99999999999999999999", "t1.1E+99999999999999999999"},
	    {"1e-99999999999999999999", "t1e-99999999999999999999"},
	};

	(void)state;
	assert_numbers(numbers, ARRAY_LEN(numbers));
}

/* The zeros shift the exponent back to where it is harmless. */
static void test_json_number_with_a_long_run_of_zeros_is_a_float(void **state)
{
	struct strbuf text;

	(void)state;
	strbuf_init(&text, STRBUF_NO_LIMIT);
	strbuf_append_text(&text, "0.");
	for (int i = 0; i < 5000; i++) {
		strbuf_append_char(&text, '0');
	}
	strbuf_append_text(&text, "25e5002");
	assert_number(strbuf_text(&text), "f25");
	strbuf_clear(&text);
	strbuf_append_char(&text, '1');
	for (int i = 0; i < 5000; i++) {
		strbuf_append_char(&text, '0');
	}
	strbuf_append_text(&text, "e-5000");
	assert_number(strbuf_text(&text), "f1");
	strbuf_finish(&text);
}

/* Around the lengths at which the head of msgpack's ext grows. */
static void test_json_number_of_any_length_keeps_its_text(void **state)
{
	static const size_t lens[] = {21, 255, 256, 65535, 65536, 1048576};
	struct strbuf text;
	struct strbuf value;

	(void)state;
	strbuf_init(&text, STRBUF_NO_LIMIT);
	strbuf_init(&value, STRBUF_NO_LIMIT);
	for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
		strbuf_clear(&text);
		while (text.len < lens[i]) {
			strbuf_append_char(&text, (char)('1' + text.len % 9));
		}
		strbuf_clear(&value);
		strbuf_append_char(&value, 't');
		strbuf_append_slice(&value, strbuf_slice(&text));
		assert_number(strbuf_text(&text), strbuf_text(&value));
	}
	strbuf_finish(&value);
	strbuf_finish(&text);
}

/* With an exponent always, as whole numbers are integers. */
static void assert_number_printed(const char *value)
{
	const char *exponent = strchr(value, 'e') != NULL ? "" : "e0";
	char text[64];

	(void)snprintf(text, sizeof(text), "%s%s", value + 1, exponent);
	assert_number(text, value);
}

static void test_json_number_printed_from_any_float_is_that_float(void **state)
{
	struct strbuf line;
	struct rng rng;
	uint64_t bits;
	double value;

	(void)state;
	rng_seed(&rng, 1);
	strbuf_init(&line, STRBUF_NO_LIMIT);
	for (int i = 0; i < 20000; i++) {
		bits = rng_next(&rng);
		memcpy(&value, &bits, sizeof(value));
		if (isfinite(value)) {
			strbuf_clear(&line);
			print_float(value, &line);
			assert_number_printed(strbuf_text(&line));
		}
	}
	strbuf_finish(&line);
}

static void test_json_number_refuses_what_is_no_number(void **state)
{
	static const char *const texts[] = {"-", "+1", "01", "-01", "00", ".5",
	    "1.", "-.5", "1.e5", "1e", "1e+", "1E-", "1.5.5", "1e5.5", "1e5e5",
	    "0x1F", "1_000", "1,5", "--1", "1-1", "1+1", "NaN", "nan",
	    "Infinity", "-Infinity", "-inf", "1f", "1 2", "\xd9\xa1", "1\xd9"};
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (json_check(slice_of(texts[i]), 0, &err)) {
			fail_msg("%s was accepted", texts[i]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_json_number_whole_that_fits_is_an_integer),
	    cmocka_unit_test(test_json_number_whole_that_does_not_fit_is_text),
	    cmocka_unit_test(test_json_number_with_few_digits_is_a_float),
	    cmocka_unit_test(test_json_number_that_a_float_prints_is_a_float),
	    cmocka_unit_test(
		test_json_number_that_a_float_would_change_is_text),
	    cmocka_unit_test(
		test_json_number_with_a_long_run_of_zeros_is_a_float),
	    cmocka_unit_test(test_json_number_of_any_length_keeps_its_text),
	    cmocka_unit_test(
		test_json_number_printed_from_any_float_is_that_float),
	    cmocka_unit_test(test_json_number_refuses_what_is_no_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
