/* How full Redis is: its text, and a real one asked. */
#include "tests/unit/common/queue/queue_fixture.h"

#include "common/queue/queue_memory.h"

struct memory_answer {
	struct fixture *f;
	int times;
	enum queue_status status;
	struct queue_memory memory;
	bool has_memory;
	bool has_err;
};

static void on_memory(void *arg, enum queue_status status,
    const struct queue_memory *memory, const struct err *err)
{
	struct memory_answer *a = arg;

	a->times++;
	a->status = status;
	a->has_memory = memory != NULL;
	a->has_err = err != NULL;
	if (memory != NULL) {
		a->memory = *memory;
	}
	loop_stop(a->f->loop);
}

static struct memory_answer read_memory(struct fixture *f)
{
	struct memory_answer a = {.f = f};

	queue_read_memory(f->queue, on_memory, &a);
	assert_int_equal(a.times, 0);
	while (a.times == 0) {
		turn(f);
	}
	return a;
}

static void test_queue_memory_of_a_text_is_read(void **state)
{
	struct queue_memory memory;

	(void)state;
	assert_true(queue_memory_read(
	    slice_of("# Memory\r\nused_memory:1000\r\n"
		     "used_memory_human:1K\r\nmaxmemory:4000\r\n"
		     "maxmemory_human:4K\r\nmem_not_counted_for_evict:300\r\n"),
	    &memory));
	assert_int_equal(memory.used_bytes, 700);
	assert_int_equal(memory.max_bytes, 4000);
	assert_true(
	    queue_memory_read(slice_of("maxmemory:0\nused_memory:5"), &memory));
	assert_int_equal(memory.used_bytes, 5);
	assert_int_equal(memory.max_bytes, 0);
}

static void test_queue_memory_of_another_text_is_refused(void **state)
{
	static const char *const texts[] = {"", "\r\n", "used_memory:1\r\n",
	    "used_memory:1\r\nmaxmemory:\r\n", "maxmemory:1\r\n",
	    "used_memory\r\nmaxmemory:1\r\n",
	    "used_memory_rss:1\r\nmaxmemory_policy:1\r\n"};
	struct queue_memory memory;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		assert_false(queue_memory_read(slice_of(texts[i]), &memory));
	}
}

static void test_queue_memory_is_what_redis_says(void **state)
{
	struct fixture *f = *state;
	struct memory_answer a = read_memory(f);

	assert_int_equal(a.status, QUEUE_OK);
	assert_true(a.memory.used_bytes > 0);
	assert_int_equal(a.memory.max_bytes, 0);
	redis_do(f, "CONFIG SET maxmemory 100mb");
	a = read_memory(f);
	assert_int_equal(a.memory.max_bytes, 100 * 1024 * 1024);
}

static void test_queue_memory_without_redis_is_unavailable(void **state)
{
	struct fixture *f = *state;
	struct memory_answer a;

	kill_redis(f);
	wait_until_down(f);
	a = read_memory(f);
	assert_int_equal(a.status, QUEUE_UNAVAILABLE);
	assert_false(a.has_memory);
	assert_true(a.has_err);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_queue_memory_of_a_text_is_read),
	    cmocka_unit_test(test_queue_memory_of_another_text_is_refused),
	    TEST(test_queue_memory_is_what_redis_says),
	    TEST(test_queue_memory_without_redis_is_unavailable),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
