#include "common/job/unpack.h"

#include "common/base/mem.h"
#include "tests/unit/cmocka_test.h"

#include <msgpack/pack.h>
#include <msgpack/sbuffer.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Every test packs with msgpack-c and reads back with ours. */
struct fixture {
	msgpack_sbuffer buffer;
	msgpack_packer packer;
};

static int set_up(void **state)
{
	struct fixture *fixture = xcalloc(1, sizeof(*fixture));

	msgpack_sbuffer_init(&fixture->buffer);
	msgpack_packer_init(
	    &fixture->packer, &fixture->buffer, msgpack_sbuffer_write);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	msgpack_sbuffer_destroy(&fixture->buffer);
	free(fixture);
	return 0;
}

static struct slice packed(const struct fixture *fixture)
{
	return slice_make(fixture->buffer.data, fixture->buffer.size);
}

/* Reads the one value that was packed, from memory of just its size; every
 * shorter piece of it is refused. */
static struct unpack_value read_back(struct fixture *fixture)
{
	struct slice all = packed(fixture);
	struct unpack_value value;
	struct slice rest = all;

	for (size_t len = 0; len < all.len; len++) {
		char *piece = xmalloc(len);

		memcpy(piece, all.data, len);
		rest = slice_make(piece, len);
		assert_false(unpack_value(&rest, &value));
		assert_ptr_equal(rest.data, piece);
		assert_false(unpack_skip(&rest, 0));
		assert_ptr_equal(rest.data, piece);
		free(piece);
	}
	rest = all;
	assert_true(unpack_skip(&rest, 0));
	assert_int_equal(rest.len, 0);
	rest = all;
	assert_true(unpack_value(&rest, &value));
	assert_int_equal(rest.len, 0);
	msgpack_sbuffer_clear(&fixture->buffer);
	return value;
}

static void test_unpack_reads_integers_of_every_width(void **state)
{
	static const int64_t numbers[] = {0, 1, 127, 128, 255, 256, 65535,
	    65536, 4294967295, 4294967296, INT64_MAX, -1, -32, -33, -128, -129,
	    -32768, -32769, -2147483648LL, -2147483649LL, INT64_MIN};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		struct unpack_value value;

		(void)msgpack_pack_int64(&fixture->packer, numbers[i]);
		value = read_back(fixture);
		assert_int_equal(value.type, UNPACK_INT);
		assert_true(value.integer == numbers[i]);
		/* At full width, too. */
		(void)msgpack_pack_fix_int64(&fixture->packer, numbers[i]);
		value = read_back(fixture);
		assert_int_equal(value.type, UNPACK_INT);
		assert_true(value.integer == numbers[i]);
	}
}

static void test_unpack_keeps_numbers_over_int64_apart(void **state)
{
	struct fixture *fixture = *state;
	struct unpack_value value;

	(void)msgpack_pack_uint64(&fixture->packer, UINT64_MAX);
	value = read_back(fixture);
	assert_int_equal(value.type, UNPACK_UINT);
	assert_true(value.natural == UINT64_MAX);
	(void)msgpack_pack_uint64(&fixture->packer, (uint64_t)INT64_MAX + 1);
	value = read_back(fixture);
	assert_int_equal(value.type, UNPACK_UINT);
	assert_true(value.natural == (uint64_t)INT64_MAX + 1);
}

static void test_unpack_reads_floats_bools_and_nil(void **state)
{
	struct fixture *fixture = *state;
	struct unpack_value value;

	(void)msgpack_pack_float(&fixture->packer, 1.5F);
	value = read_back(fixture);
	assert_int_equal(value.type, UNPACK_FLOAT);
	assert_true(value.real == 1.5);
	(void)msgpack_pack_double(&fixture->packer, -0.1);
	value = read_back(fixture);
	assert_int_equal(value.type, UNPACK_FLOAT);
	assert_true(value.real == -0.1);
	(void)msgpack_pack_true(&fixture->packer);
	value = read_back(fixture);
	assert_int_equal(value.type, UNPACK_BOOL);
	assert_true(value.boolean);
	(void)msgpack_pack_false(&fixture->packer);
	value = read_back(fixture);
	assert_int_equal(value.type, UNPACK_BOOL);
	assert_false(value.boolean);
	(void)msgpack_pack_nil(&fixture->packer);
	assert_int_equal(read_back(fixture).type, UNPACK_NIL);
}

static void test_unpack_reads_texts_of_every_width(void **state)
{
	static const size_t lens[] = {
	    0, 1, 2, 3, 4, 5, 8, 16, 17, 31, 32, 255, 256, 65535, 65536};
	struct fixture *fixture = *state;
	char *text = xcalloc(1, 65536);

	for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
		struct unpack_value value;

		/* The three have the same layout; one is read cut, too. */
		(void)msgpack_pack_str(&fixture->packer, lens[i]);
		(void)msgpack_pack_str_body(&fixture->packer, text, lens[i]);
		(void)msgpack_pack_bin(&fixture->packer, lens[i]);
		(void)msgpack_pack_bin_body(&fixture->packer, text, lens[i]);
		(void)msgpack_pack_ext(&fixture->packer, lens[i], -2);
		(void)msgpack_pack_ext_body(&fixture->packer, text, lens[i]);
		for (int kind = 0; kind < 3; kind++) {
			static const enum unpack_type types[] = {
			    UNPACK_STR, UNPACK_BIN, UNPACK_EXT};
			struct slice rest = packed(fixture);

			for (int skipped = 0; skipped < kind; skipped++) {
				assert_true(unpack_skip(&rest, 0));
			}
			assert_true(unpack_value(&rest, &value));
			assert_int_equal(value.type, types[kind]);
			assert_int_equal(value.bytes.len, lens[i]);
			assert_int_equal(value.ext_type, kind == 2 ? -2 : 0);
		}
		msgpack_sbuffer_clear(&fixture->buffer);
		if (lens[i] <= 256) {
			(void)msgpack_pack_ext(&fixture->packer, lens[i], 1);
			(void)msgpack_pack_ext_body(
			    &fixture->packer, text, lens[i]);
			assert_int_equal(read_back(fixture).ext_type, 1);
		}
	}
	free(text);
}

static void test_unpack_reads_heads_of_arrays_and_maps(void **state)
{
	static const uint32_t counts[] = {0, 15, 16, 65535, 65536, UINT32_MAX};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		struct slice rest;
		struct unpack_value value;

		(void)msgpack_pack_array(&fixture->packer, counts[i]);
		(void)msgpack_pack_map(&fixture->packer, counts[i]);
		rest = packed(fixture);
		assert_true(unpack_value(&rest, &value));
		assert_int_equal(value.type, UNPACK_ARRAY);
		assert_int_equal(value.count, counts[i]);
		assert_true(unpack_value(&rest, &value));
		assert_int_equal(value.type, UNPACK_MAP);
		assert_int_equal(value.count, counts[i]);
		assert_int_equal(rest.len, 0);
		msgpack_sbuffer_clear(&fixture->buffer);
	}
}

static void test_unpack_refuses_the_byte_that_is_no_head(void **state)
{
	struct slice rest = SLICE_LITERAL("\xc1\x00");
	struct unpack_value value;

	(void)state;
	assert_false(unpack_value(&rest, &value));
	assert_false(unpack_skip(&rest, UNPACK_DEPTH_MAX));
	assert_int_equal(rest.len, 2);
}

static void test_unpack_skip_takes_all_that_is_inside(void **state)
{
	struct fixture *fixture = *state;
	struct slice rest;
	struct unpack_value value;

	(void)msgpack_pack_map(&fixture->packer, 2);
	(void)msgpack_pack_int(&fixture->packer, 1);
	(void)msgpack_pack_array(&fixture->packer, 2);
	(void)msgpack_pack_map(&fixture->packer, 0);
	(void)msgpack_pack_nil(&fixture->packer);
	(void)msgpack_pack_int(&fixture->packer, 2);
	(void)msgpack_pack_array(&fixture->packer, 0);
	(void)msgpack_pack_int(&fixture->packer, 99);
	for (size_t len = 0; len + 1 < packed(fixture).len; len++) {
		rest = slice_make(packed(fixture).data, len);
		assert_false(unpack_skip(&rest, UNPACK_DEPTH_MAX));
	}
	rest = packed(fixture);
	assert_false(unpack_skip(&rest, 2));
	assert_true(unpack_skip(&rest, 3));
	assert_true(unpack_value(&rest, &value));
	assert_int_equal(value.integer, 99);
}

static void test_unpack_skip_stops_at_the_depth(void **state)
{
	char nest[UNPACK_DEPTH_MAX + 2];
	struct slice rest;

	(void)state;
	memset(nest, '\x91', sizeof(nest));
	nest[UNPACK_DEPTH_MAX] = '\x01';
	rest = slice_make(nest, UNPACK_DEPTH_MAX + 1);
	assert_true(unpack_skip(&rest, UNPACK_DEPTH_MAX));
	rest = slice_make(nest, UNPACK_DEPTH_MAX + 1);
	assert_false(unpack_skip(&rest, UNPACK_DEPTH_MAX - 1));
	nest[UNPACK_DEPTH_MAX] = '\x91';
	nest[UNPACK_DEPTH_MAX + 1] = '\x01';
	rest = slice_make(nest, UNPACK_DEPTH_MAX + 2);
	assert_false(unpack_skip(&rest, UNPACK_DEPTH_MAX));
}

static void test_unpack_skip_does_not_believe_large_counts(void **state)
{
	struct slice rest =
	    SLICE_LITERAL("\xdf\xff\xff\xff\xff\xdd\xff\xff\xff\xff\xc0");

	(void)state;
	assert_false(unpack_skip(&rest, UNPACK_DEPTH_MAX));
	assert_int_equal(rest.len, 11);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(test_unpack_reads_integers_of_every_width),
	    TEST(test_unpack_keeps_numbers_over_int64_apart),
	    TEST(test_unpack_reads_floats_bools_and_nil),
	    TEST(test_unpack_reads_texts_of_every_width),
	    TEST(test_unpack_reads_heads_of_arrays_and_maps),
	    TEST(test_unpack_refuses_the_byte_that_is_no_head),
	    TEST(test_unpack_skip_takes_all_that_is_inside),
	    TEST(test_unpack_skip_stops_at_the_depth),
	    TEST(test_unpack_skip_does_not_believe_large_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
