#include "common/job/identity.h"

#include "common/base/err.h"
#include "common/json/json_reader.h"
#include "tests/unit/cmocka_test.h"

#include <stdio.h>
#include <stdlib.h>

#define DIGEST_OF_X "2d711642b726b04401627ca9fbac32f5"

/* Longest that a group takes as it is: with the kind, 64 bytes. */
#define TEXT_62 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* An object of JSON, as ingest reads it. */
struct fixture {
	struct strbuf msgpack;
	struct identity_members members;
	struct slice object;
};

static void read_members(struct fixture *fixture, const char *json)
{
	const struct json_objects_query query = {
	    .max_depth = JSON_DEPTH_LIMIT,
	    .max_objects = 1,
	    .names = {SLICE_LITERAL("user_id"), SLICE_LITERAL("device_id"),
		SLICE_LITERAL("uuid"), SLICE_LITERAL("$insert_id")},
	    .name_count = 4,
	};
	struct json_object *objects;
	struct err err;
	size_t count;

	strbuf_init(&fixture->msgpack, STRBUF_NO_LIMIT);
	assert_true(json_read_objects(
	    slice_of(json), &query, &fixture->msgpack, &objects, &count, &err));
	assert_int_equal(count, 1);
	fixture->object = objects[0].msgpack;
	fixture->members = (struct identity_members){
	    .user = objects[0].members[0],
	    .device = objects[0].members[1],
	    .uuid = objects[0].members[2],
	    .insert_id = objects[0].members[3],
	};
	free(objects);
}

static void assert_group(const char *json, const char *expected)
{
	struct fixture fixture;
	struct strbuf group;

	read_members(&fixture, json);
	strbuf_init(&group, STRBUF_NO_LIMIT);
	identity_group(&fixture.members, fixture.object, &group);
	assert_string_equal(strbuf_text(&group), expected);
	assert_true(group.len <= IDENTITY_GROUP_MAX);
	strbuf_finish(&group);
	strbuf_finish(&fixture.msgpack);
}

static void assert_delivery_id(const char *json, const char *expected)
{
	struct fixture fixture;
	struct strbuf id;

	read_members(&fixture, json);
	strbuf_init(&id, STRBUF_NO_LIMIT);
	identity_delivery_id(&fixture.members, &id);
	assert_string_equal(strbuf_text(&id), expected);
	strbuf_finish(&id);
	strbuf_finish(&fixture.msgpack);
}

static void test_identity_group_is_user_else_device_else_uuid(void **state)
{
	(void)state;
	assert_group(
	    "{\"user_id\":\"ann\",\"device_id\":\"d1\",\"uuid\":\"x\"}",
	    "u:ann");
	assert_group("{\"device_id\":\"d1\",\"uuid\":\"x\"}", "d:d1");
	assert_group("{\"uuid\":\"x\",\"$insert_id\":\"y\"}", "i:x");
}

static void test_identity_group_skips_what_says_nothing(void **state)
{
	static const char *const nothings[] = {
	    "null", "\"\"", "\"  \"", "\"\\t\\n\"", "true", "[1]", "{}"};
	char json[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(nothings); i++) {
		(void)snprintf(json, sizeof(json),
		    "{\"user_id\":%s,\"device_id\":\"d\"}", nothings[i]);
		assert_group(json, "d:d");
	}
}

static void test_identity_group_takes_numbers_as_their_text(void **state)
{
	(void)state;
	assert_group("{\"user_id\":42}", "u:42");
	assert_group("{\"user_id\":-7}", "u:-7");
	assert_group("{\"user_id\":0}", "u:0");
	assert_group("{\"user_id\":-0}", "u:0");
	assert_group("{\"user_id\":5.0}", "u:5");
	assert_group("{\"user_id\":0.1}", "u:0.1");
	assert_group(
	    "{\"user_id\":0.30000000000000004}", "u:0.30000000000000004");
	assert_group(
	    "{\"user_id\":18446744073709551615}", "u:18446744073709551615");
	/* What fits no number of msgpack is kept as its text. */
	assert_group("{\"user_id\":123456789012345678901234567890}",
	    "u:123456789012345678901234567890");
}

static void test_identity_group_keeps_the_text_as_it_is(void **state)
{
	(void)state;
	assert_group("{\"user_id\":\" Ann \"}", "u: Ann ");
	assert_group("{\"user_id\":\"\\u00fc{x}\"}", "u:\xc3\xbc{x}");
}

static void test_identity_group_hashes_what_is_too_long(void **state)
{
	(void)state;
	assert_group("{\"user_id\":\"" TEXT_62 "\"}", "u:" TEXT_62);
	assert_group("{\"user_id\":\"" TEXT_62 "a\"}",
	    "u:#7d3e74a05d7db15bce4ad9ec0658ea98");
}

static void test_identity_group_hashes_what_looks_like_a_digest(void **state)
{
	(void)state;
	assert_group("{\"user_id\":\"#7d3e74a05d7db15bce4ad9ec0658ea98\"}",
	    "u:#af3688091c2876f67b2f0a2550e743f6");
}

static void test_identity_group_of_nobody_is_the_digest_of_the_object(
    void **state)
{
	struct identity_members nobody = {.user = {NULL, 0}};
	struct strbuf group;

	(void)state;
	strbuf_init(&group, STRBUF_NO_LIMIT);
	identity_group(&nobody, SLICE_LITERAL("x"), &group);
	assert_string_equal(strbuf_text(&group), "i:#" DIGEST_OF_X);
	strbuf_finish(&group);
}

static void test_identity_delivery_id_is_uuid_else_device_and_insert_id(
    void **state)
{
	(void)state;
	assert_delivery_id("{\"uuid\":\"x\",\"device_id\":\"d\","
			   "\"$insert_id\":\"y\"}",
	    "x");
	assert_delivery_id(
	    "{\"uuid\":\"\",\"device_id\":\"d\",\"$insert_id\":7}", "d/7");
	assert_delivery_id("{\"device_id\":\"d\"}", "");
	assert_delivery_id("{\"$insert_id\":\"y\",\"user_id\":\"u\"}", "");
	assert_delivery_id("{\"user_id\":\"u\"}", "");
}

static void test_identity_reads_no_member_that_is_cut(void **state)
{
	struct identity_members members = {
	    .user = SLICE_LITERAL("\xa5"
				  "ann"),
	    .device = SLICE_LITERAL("\xa1"
				    "d"),
	};
	struct strbuf group;

	(void)state;
	strbuf_init(&group, STRBUF_NO_LIMIT);
	identity_group(&members, SLICE_LITERAL("x"), &group);
	assert_string_equal(strbuf_text(&group), "d:d");
	strbuf_finish(&group);
}

static void test_identity_digest_is_the_start_of_sha256(void **state)
{
	static const uint8_t of_nothing[] = {0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc,
	    0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24};
	uint8_t digest[IDENTITY_DIGEST_BYTES];

	(void)state;
	identity_digest(slice_make(NULL, 0), digest);
	assert_memory_equal(digest, of_nothing, sizeof(digest));
	identity_digest(SLICE_LITERAL("x"), digest);
	assert_int_equal(digest[0], 0x2d);
	assert_int_equal(digest[15], 0xf5);
}

static void test_identity_crc16_is_that_of_redis_cluster(void **state)
{
	(void)state;
	assert_int_equal(identity_crc16(SLICE_LITERAL("123456789")), 0x31c3);
	assert_int_equal(identity_crc16(slice_make(NULL, 0)), 0);
	/* CLUSTER KEYSLOT foo */
	assert_int_equal(identity_crc16(SLICE_LITERAL("foo")) % 16384, 12182);
	assert_int_equal(
	    identity_crc16(SLICE_LITERAL("\xff\x00\x80")) % 16384, 7915);
}

static void test_identity_shard_is_in_range_and_spread(void **state)
{
	int hits[16] = {0};
	char group[16];

	(void)state;
	assert_int_equal(identity_shard(SLICE_LITERAL("u:ann"), 1), 0);
	for (int i = 0; i < 16000; i++) {
		int shard;

		(void)snprintf(group, sizeof(group), "u:%d", i);
		shard = identity_shard(slice_of(group), 16);
		assert_in_range(shard, 0, 15);
		hits[shard]++;
	}
	for (int i = 0; i < 16; i++) {
		assert_in_range(hits[i], 800, 1200);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_identity_group_is_user_else_device_else_uuid),
	    cmocka_unit_test(test_identity_group_skips_what_says_nothing),
	    cmocka_unit_test(test_identity_group_takes_numbers_as_their_text),
	    cmocka_unit_test(test_identity_group_keeps_the_text_as_it_is),
	    cmocka_unit_test(test_identity_group_hashes_what_is_too_long),
	    cmocka_unit_test(
		test_identity_group_hashes_what_looks_like_a_digest),
	    cmocka_unit_test(
		test_identity_group_of_nobody_is_the_digest_of_the_object),
	    cmocka_unit_test(
		test_identity_delivery_id_is_uuid_else_device_and_insert_id),
	    cmocka_unit_test(test_identity_reads_no_member_that_is_cut),
	    cmocka_unit_test(test_identity_digest_is_the_start_of_sha256),
	    cmocka_unit_test(test_identity_crc16_is_that_of_redis_cluster),
	    cmocka_unit_test(test_identity_shard_is_in_range_and_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
