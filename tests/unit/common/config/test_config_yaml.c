#include "common/config/config_yaml.h"

#include <stdlib.h>

#include "common/base/strbuf.h"

#include "tests/unit/cmocka_test.h"

static int open_arena(void **state)
{
	static struct arena arena;

	arena_init(&arena, CONFIG_YAML_ARENA_BYTES);
	*state = &arena;
	return 0;
}

static int close_arena(void **state)
{
	arena_finish(*state);
	return 0;
}

static const struct config_yaml_node *parse(void **state, const char *text)
{
	struct err err;
	const struct config_yaml_node *root =
	    config_yaml_parse(slice_of(text), *state, &err);

	if (root == NULL) {
		fail_msg("%d:%d: %s", err.line, err.column, err.text);
		abort();
	}
	return root;
}

static const struct config_yaml_node *member(
    const struct config_yaml_node *map, const char *key)
{
	const struct config_yaml_node *node =
	    config_yaml_find(map, slice_of(key));

	assert_non_null(node);
	return node;
}

static void assert_refused(
    void **state, const char *text, int line, const char *reason)
{
	struct err err;

	assert_null(config_yaml_parse(slice_of(text), *state, &err));
	if (err.line != line || strstr(err.text, reason) == NULL) {
		fail_msg("%s: %d: %s", text, err.line, err.text);
	}
}

static void test_yaml_nodes_know_their_lines(void **state)
{
	const struct config_yaml_node *root = parse(state,
	    "# first\n"
	    "a: 1\n"
	    "b:\n"
	    "  c:\n"
	    "    - x\n"
	    "    - y\n"
	    "  d: >-\n"
	    "    long\n"
	    "    text\n");
	const struct config_yaml_node *b = member(root, "b");
	const struct config_yaml_node *c = member(b, "c");

	assert_int_equal(root->kind, CONFIG_YAML_MAP);
	assert_int_equal(config_yaml_count(root), 2);
	assert_int_equal(member(root, "a")->line, 2);
	assert_int_equal(member(root, "a")->column, 4);
	assert_int_equal(b->line, 3);
	assert_int_equal(c->line, 4);
	assert_int_equal(c->first->line, 5);
	assert_int_equal(c->last->line, 6);
	assert_null(c->first->key);
	assert_int_equal(member(b, "d")->line, 7);
	assert_string_equal(member(b, "d")->text, "long text");
}

static void test_yaml_quoted_text_is_not_plain(void **state)
{
	const struct config_yaml_node *root =
	    parse(state, "{a: 1, b: '1', c: \"\\u00e9\", d: , e: ~, f: ''}");

	assert_true(member(root, "a")->is_plain);
	assert_false(member(root, "b")->is_plain);
	assert_string_equal(member(root, "c")->text, "\xc3\xa9");
	assert_true(config_yaml_is_null(member(root, "d")));
	assert_true(config_yaml_is_null(member(root, "e")));
	assert_false(config_yaml_is_null(member(root, "f")));
	assert_null(config_yaml_find(root, SLICE_LITERAL("g")));
}

static void test_yaml_of_other_line_ends_and_a_byte_order_mark_is_read(
    void **state)
{
	const struct config_yaml_node *root = parse(state,
	    "\xef\xbb\xbf"
	    "a: 1\r\nb: 2\r\n");

	assert_string_equal(member(root, "a")->text, "1");
	assert_int_equal(member(root, "b")->line, 2);
}

static void test_yaml_that_surprises_is_refused(void **state)
{
	assert_refused(state, "a: &x 1\nb: *x\n", 1, "anchors");
	assert_refused(state, "a: 1\nb: *x\n", 2, "");
	assert_refused(state, "a: 1\nb: !!str 2\n", 2, "tags");
	assert_refused(state, "a: 1\nb: !mine [2]\n", 2, "tags");
	assert_refused(state, "a: 1\nb: &m {c: 1}\n", 2, "anchors");
	assert_refused(state, "a: 1\n---\nb: 2\n", 2, "a second document");
	assert_refused(state, "a: 1\nb: 2\na: 3\n", 3, "a: is there twice");
	assert_refused(state, "a: 1\n\"a\": 3\n", 2, "a: is there twice");
	assert_refused(state, "? [a]\n: 1\n", 1, "a key must be");
	assert_refused(state, "? {a: b}\n: 1\n", 1, "a key must be");
	assert_refused(state, "a:\n  \"\": 1\n", 2, "a key is empty");
	assert_refused(state, "a: \"x\\0y\"\n", 1, "NUL");
	assert_refused(state, "", 1, "is empty");
	assert_refused(state, "# nothing\n", 1, "is empty");
}

static void test_yaml_that_is_none_is_refused_with_its_line(void **state)
{
	assert_refused(state, "a: 1\n b: 2\n", 2, "not YAML");
	assert_refused(state, "a: [1, 2\nb: 3\n", 2, "not YAML");
	assert_refused(state, "a: 1\n\tb: 2\n", 2, "not YAML");
	assert_refused(state, "a: 1\nb: \"\n", 3, "not YAML");
	assert_refused(state, "a: 1\nb: \xff\n", 2, "not YAML");
	assert_refused(state, "a: 1\nb: \x01\n", 2, "not YAML");
	assert_refused(state, "a: 1\nb: \"\\ud800\"\n", 2, "not YAML");
}

/* The text repeated; the caller finishes it. */
static struct strbuf repeat(const char *text, size_t times)
{
	struct strbuf out;

	strbuf_init(&out, STRBUF_NO_LIMIT);
	for (size_t i = 0; i < times; i++) {
		strbuf_append_text(&out, text);
	}
	return out;
}

static void assert_repeated_refused(void **state, const char *before,
    const char *text, size_t times, const char *reason)
{
	struct strbuf all = repeat(text, times);
	struct strbuf whole;

	strbuf_init(&whole, STRBUF_NO_LIMIT);
	strbuf_append_text(&whole, before);
	strbuf_append_slice(&whole, strbuf_slice(&all));
	assert_refused(state, strbuf_text(&whole), 1, reason);
	strbuf_finish(&all);
	strbuf_finish(&whole);
}

static void test_yaml_past_a_limit_is_refused(void **state)
{
	assert_repeated_refused(state, "", "[", 33, "32 deep");
	assert_repeated_refused(state, "", "[", 100000, "32 deep");
	assert_repeated_refused(state, "", "{a: ", 1000, "32 deep");
	assert_repeated_refused(
	    state, "[", "1, ", CONFIG_YAML_NODES_MAX + 1, "20000");
	assert_repeated_refused(
	    state, "", "#", CONFIG_YAML_BYTES_MAX + 1, "larger than 1MiB");
	assert_repeated_refused(
	    state, "? ", "k", CONFIG_YAML_KEY_MAX + 1, "longer than 200");
}

static void test_yaml_at_its_limits_is_read(void **state)
{
	struct strbuf open = repeat("[", CONFIG_YAML_DEPTH_MAX);
	struct strbuf close = repeat("]", CONFIG_YAML_DEPTH_MAX);

	strbuf_append_slice(&open, strbuf_slice(&close));
	assert_int_equal(
	    parse(state, strbuf_text(&open))->kind, CONFIG_YAML_LIST);
	strbuf_finish(&open);
	strbuf_finish(&close);
}

static void test_yaml_without_memory_is_refused(void **state)
{
	const struct config_yaml_node *root = NULL;
	struct err err;
	struct arena arena;
	size_t budget = 0;

	(void)state;
	while (root == NULL) {
		arena_init(&arena, budget);
		root = config_yaml_parse(
		    SLICE_LITERAL("{a: b, c: [d, e]}"), &arena, &err);
		arena_finish(&arena);
		if (root == NULL) {
			assert_string_equal(err.text, "too large");
			assert_int_equal(err.line, 1);
		}
		budget++;
	}
	assert_true(budget > 5 * sizeof(*root));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_yaml_nodes_know_their_lines),
	    cmocka_unit_test(test_yaml_quoted_text_is_not_plain),
	    cmocka_unit_test(
		test_yaml_of_other_line_ends_and_a_byte_order_mark_is_read),
	    cmocka_unit_test(test_yaml_that_surprises_is_refused),
	    cmocka_unit_test(test_yaml_that_is_none_is_refused_with_its_line),
	    cmocka_unit_test(test_yaml_past_a_limit_is_refused),
	    cmocka_unit_test(test_yaml_at_its_limits_is_read),
	    cmocka_unit_test(test_yaml_without_memory_is_refused),
	};

	return cmocka_run_group_tests(tests, open_arena, close_arena);
}
