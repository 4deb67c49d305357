/* deploy/relay.example.yaml against the table. A commented key is a line such
 * as "  # level: info"; taking the "# " away must give a file that loads, and
 * that means the same. */
#include <stdlib.h>
#include <string.h>

#include "common/config/config.h"
#include "common/config/config_file.h"
#include "common/config/config_loader.h"

#include "tests/unit/cmocka_test.h"

#define EXAMPLE SOURCE_DIR "/deploy/relay.example.yaml"

static int set_secrets(void **state)
{
	(void)state;
	return setenv("RELAY_SECRET", "s1", 1) |
	    setenv("RETENO_AUTHORIZATION", "Basic eDp5", 1) |
	    setenv("RETENO_ACCESS_KEY", "k1", 1) |
	    setenv("REDIS_PASSWORD", "p1", 1);
}

/* "  # level: info", "    #   base: 1s", "# retry:": not prose. */
static bool is_commented_key(struct slice line)
{
	size_t start = 0;
	size_t end;

	while (start < line.len && line.data[start] == ' ') {
		start++;
	}
	if (!slice_starts_with(slice_from(line, start), "# ")) {
		return false;
	}
	start += 2;
	while (start < line.len && line.data[start] == ' ') {
		start++;
	}
	end = start;
	while (end < line.len &&
	    strchr("abcdefghijklmnopqrstuvwxyz_", line.data[end]) != NULL) {
		end++;
	}
	return end > start && end < line.len && line.data[end] == ':' &&
	    (end + 1 == line.len || line.data[end + 1] == ' ');
}

static void append_uncommented(struct strbuf *out, struct slice line)
{
	if (is_commented_key(line)) {
		const char *hash = memchr(line.data, '#', line.len);
		size_t indent = (size_t)(hash - line.data);

		strbuf_append(out, line.data, indent);
		strbuf_append_slice(out, slice_from(line, indent + 2));
	} else {
		strbuf_append_slice(out, line);
	}
	strbuf_append_char(out, '\n');
}

/* The example with no key commented. Caller finishes. */
static struct strbuf read_uncommented(void)
{
	struct strbuf text;
	struct strbuf out;
	struct slice rest;

	strbuf_init(&text, CONFIG_YAML_BYTES_MAX);
	strbuf_init(&out, STRBUF_NO_LIMIT);
	assert_true(config_file_read(EXAMPLE, CONFIG_FILE_ANY, &text, NULL));
	rest = strbuf_slice(&text);
	while (rest.len > 0) {
		const char *end = memchr(rest.data, '\n', rest.len);

		assert_non_null(end);
		append_uncommented(
		    &out, slice_make(rest.data, (size_t)(end - rest.data)));
		rest = slice_from(rest, (size_t)(end - rest.data) + 1);
	}
	strbuf_finish(&text);
	return out;
}

/* Caller frees. */
static char *print_and_destroy(struct config *config, const struct err *err)
{
	struct strbuf out;

	if (config == NULL) {
		fail_msg("%s", err->text);
		abort();
	}
	strbuf_init(&out, STRBUF_NO_LIMIT);
	config_print(config, &out);
	config_destroy(config);
	return strbuf_take(&out);
}

static void test_config_example_with_its_secrets_set_loads(void **state)
{
	struct err err;
	char *text =
	    print_and_destroy(config_load(EXAMPLE, NULL, 0, &err), &err);

	(void)state;
	assert_non_null(strstr(text, "destinations: [device, contact]\n"));
	assert_non_null(
	    strstr(text, "destinations: [event, anonymous-event]\n"));
	free(text);
}

static void test_config_example_comments_what_is_the_default(void **state)
{
	/* The one key whose comment is an advice. */
	const struct config_override override = {"redis.password", ""};
	struct strbuf uncommented = read_uncommented();
	struct err err;
	char *text =
	    print_and_destroy(config_load(EXAMPLE, NULL, 0, &err), &err);
	char *full = print_and_destroy(
	    config_load_text(
		EXAMPLE, strbuf_slice(&uncommented), &override, 1, &err),
	    &err);

	(void)state;
	assert_string_equal(full, text);
	free(full);
	free(text);
	strbuf_finish(&uncommented);
}

/* The first route, or the first destination, stands for all. */
static const struct config_yaml_node *find_scope(
    const struct config_yaml_node *root, enum config_scope scope)
{
	switch (scope) {
	case CONFIG_SCOPE_ROOT:
		return root;
	case CONFIG_SCOPE_ROUTE:
		return config_node_at(root, "routes")->first;
	case CONFIG_SCOPE_DESTINATION:
		return config_node_at(root, "destinations")->first;
	}
	return NULL;
}

static void test_config_example_has_every_key_of_the_table(void **state)
{
	struct strbuf uncommented = read_uncommented();
	const struct config_yaml_node *root;
	struct arena arena;
	struct err err;

	(void)state;
	arena_init(&arena, CONFIG_YAML_ARENA_BYTES);
	root = config_yaml_parse(strbuf_slice(&uncommented), &arena, &err);
	assert_non_null(root);
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];

		if (config_node_at(find_scope(root, config_table_scope(key)),
			config_table_local_path(key)) == NULL) {
			fail_msg("%s is not in the example", key->path);
		}
	}
	arena_finish(&arena);
	strbuf_finish(&uncommented);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_config_example_with_its_secrets_set_loads),
	    cmocka_unit_test(test_config_example_comments_what_is_the_default),
	    cmocka_unit_test(test_config_example_has_every_key_of_the_table),
	};

	return cmocka_run_group_tests(tests, set_secrets, NULL);
}
