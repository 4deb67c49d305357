#include "dispatcher/template/value_msgpack.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatcher/template/hash.h"
#include "dispatcher/template/number.h"

#include "tests/unit/cmocka_test.h"

enum {
	ARENA_BYTES = 1 << 20,
	FLOATS = 20000,
	BYTES_MAX = 64,
};

static struct arena arena;

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena, ARENA_BYTES);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_finish(&arena);
	return 0;
}

static bool read_bytes(const char *bytes, size_t len, struct value *value)
{
	return packed_read(&arena, slice_make(bytes, len), value);
}

static struct value read_float(double number)
{
	char bytes[9] = {(char)0xcb};
	struct value value;
	uint64_t bits;

	memcpy(&bits, &number, sizeof(bits));
	for (int i = 0; i < 8; i++) {
		bytes[1 + i] = (char)(bits >> (56 - 8 * i));
	}
	assert_true(read_bytes(bytes, sizeof(bytes), &value));
	return value;
}

/* The shortest decimal that reads back as the float, as printf finds it. */
static struct value shortest(double number)
{
	char text[BYTES_MAX];
	struct value value;

	for (int precision = 15; precision <= 17; precision++) {
		(void)snprintf(text, sizeof(text), "%.*g", precision, number);
		if (strtod(text, NULL) == number) {
			break;
		}
	}
	assert_true(number_parse(&arena, slice_of(text), &value));
	return value;
}

static void check_float(double number)
{
	struct value read = read_float(number);
	int order;

	assert_int_equal(
	    number_compare(&arena, read, shortest(number), &order), NUMBER_OK);
	if (order != 0) {
		fail_msg("%.17g is read as another number", number);
	}
	arena_reset(&arena);
}

static void test_packed_float_is_the_shortest_decimal_that_reads_back(
    void **state)
{
	static const double numbers[] = {0, 1, -1, 0.1, 0.5, -0.25, 1299.5,
	    19.99, 1e-7, 123456.789012, 123456789.1234567, 2.675, 1e15, 1e16,
	    999999999999999, 9007199254740992, 1.7976931348623157e308, 5e-324,
	    0.1 + 0.2, 1.0 / 3, 4503599627370496.5, 99999999999.9999};
	uint64_t random = 88172645463325252;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		check_float(numbers[i]);
	}
	for (int i = 0; i < FLOATS; i++) {
		static const double powers[] = {
		    1, 10, 100, 1e3, 1e5, 1e6, 1e7, 1e9};

		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		check_float((double)(int64_t)(random >> (i % 50)) /
		    powers[i % (int)ARRAY_LEN(powers)]);
	}
}

static void test_packed_integers_are_read_in_every_width(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		int64_t number;
	} cases[] = {
	    {"\x05", 1, 5},
	    {"\xe0", 1, -32},
	    {"\xcc\xff", 2, 255},
	    {"\xcd\xff\xfe", 3, 65534},
	    {"\xce\xff\xff\xff\xfe", 5, 4294967294},
	    {"\xcf\x7f\xff\xff\xff\xff\xff\xff\xff", 9, INT64_MAX},
	    {"\xd0\x80", 2, -128},
	    {"\xd1\x80\x00", 3, -32768},
	    {"\xd2\x80\x00\x00\x00", 5, INT32_MIN},
	    {"\xd3\x80\x00\x00\x00\x00\x00\x00\x00", 9, INT64_MIN},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct value value;

		assert_true(read_bytes(cases[i].bytes, cases[i].len, &value));
		assert_int_equal(value.kind, VALUE_INTEGER);
		assert_int_equal(value.integer, cases[i].number);
		/* Nothing shorter is one. */
		assert_false(
		    read_bytes(cases[i].bytes, cases[i].len - 1, &value));
	}
}

static void test_packed_bytes_that_are_no_value_are_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} cases[] = {
	    {"", 0}, {"\xc1", 1},	 /* no header */
	    {"\xc4\x01x", 3},		 /* binary */
	    {"\xca\x00\x00\x00\x00", 5}, /* a float of four bytes */
	    {"\xd4\x02x", 3},		 /* another ext type */
	    {"\xa2x", 2},		 /* ends too early */
	    {"\x05\x05", 2},		 /* two values */
	    {"\x82\xa1k\x01\xa1l", 6},	 /* a value is missing */
	    {"\x81\x05\x01", 3},	 /* a key that is no text */
	    {"\xdf\xff\xff\xff\xff", 5}, /* more than there can be */
	    {"\xdd\xff\xff\xff\xff", 5},
	    {"\x81\xa1k\x92\x01", 5}, /* inside of the inner level */
	    {"\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00", 9}, /* infinity */
	};
	struct value value;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (read_bytes(cases[i].bytes, cases[i].len, &value)) {
			fail_msg("case %zu is read", i);
		}
	}
}

static void test_packed_object_is_opened_one_level_at_a_time(void **state)
{
	/* {"k": {"a": [1, null]}, "s": "text"} */
	static const char bytes[] = "\x82\xa1k\x81\xa1"
				    "a\x92\x01\xc0\xa1s\xa4text";
	struct hash_entry *entry;
	struct value value;

	(void)state;
	assert_true(read_bytes(bytes, sizeof(bytes) - 1, &value));
	assert_int_equal(value.kind, VALUE_HASH);
	entry =
	    hash_find(value.hash, slice_of("s"), hash_key(SLICE_LITERAL("s")));
	assert_true(slice_is(value_text(entry->value), "text"));
	entry =
	    hash_find(value.hash, slice_of("k"), hash_key(SLICE_LITERAL("k")));
	assert_int_equal(entry->value.kind, VALUE_PACKED_MAP);
	assert_true(value_open(&arena, &entry->value));
	assert_int_equal(entry->value.kind, VALUE_HASH);
	entry = &entry->value.hash->entries[0];
	assert_true(value_open(&arena, &entry->value));
	assert_int_equal(entry->value.sequence->count, 2);
	assert_int_equal(entry->value.sequence->items[0].integer, 1);
	assert_int_equal(entry->value.sequence->items[1].kind, VALUE_MISSING);
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_packed_float_is_the_shortest_decimal_that_reads_back),
	    TEST(test_packed_integers_are_read_in_every_width),
	    TEST(test_packed_bytes_that_are_no_value_are_refused),
	    TEST(test_packed_object_is_opened_one_level_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
